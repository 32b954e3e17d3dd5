"""`aggregator search` as a person and a script meet it, and as somebody who types anything at all does."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.archive import open_archive
from aggregator.cli import main
from aggregator.cli.facets import over_time
from aggregator.cli.hitforms import FIELDS, fill_template
from aggregator.models import Facet, Verdict
from aggregator.query import parse_query
from tests.makers import HOUR, NOW
from tests.shelves import put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aggregator.archive import Archive

    Run = Callable[..., tuple[int, str, str]]

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \u202eevil\u202c \x9b31m title\r\n\x08"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and an archive of nine articles."""
    folder = tmp_path_factory.mktemp("search")
    (folder / "config.toml").write_text("", encoding="utf-8")
    with open_archive(folder / "aggregator.db", writable=True) as archive:
        for number in range(5):
            put(archive, f"n{number}", f"Bell number {number}", f"The bell of tower {number}.\n\nIt rang.",
                at=NOW - timedelta(days=number), byline="Ada Penn", language="en")  # fmt: skip
        put(archive, "copy", "Bell number 0", "The bell of tower 0.", at=NOW, duplicate_of=1, site="Other")
        put(
            archive,
            "cpp",
            "C++ for AT&T",
            "Don't use node.js, said the U.S. on covid-19.",
            feed="https://b.example/feed",
        )
        put(archive, "jp", "東京の天気", "今日の天気は晴れ。", language="ja", verdict=Verdict.PARTIAL)
        put(archive, "bad", HOSTILE, f"bell {HOSTILE}", at=NOW - timedelta(days=9), site=HOSTILE)
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process; return its exit code and what it said."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["aggregator", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


# ---------------------------------------------------------------------------------------- anything at all

# by class: quotes, stars, signs, words as people write them, operators, fields, brackets, controls, size, injection
WILD = [
    '"', '""', '"""', '"bell', 'bell"', 'bell"tower', "'", "''", "'bell", "*", "**", "*bell", "be*ll", "bell**", "C++",
    "C#", "foo-bar", "-", "--", "-bell", "- bell", '-"', '-""', '-"bell"', "+bell", "bell+tower", "^bell", "don't",
    "node.js", "U.S.", "AT&T", "covid-19", "$5", "#bell", "who@site.example", "AND", "OR", "NOT", "AND OR NOT",
    "bell AND", "OR bell", "bell OR OR tower", "bell NOT", "bell OR -tower", "NEAR(", "NEAR(bell tower, 3)", "NEAR()",
    "NEAR/5", "bell NEAR/99999999999 tower", "title:", 'title:""', "title:*", "title:title:bell", "-title:bell",
    "rowid:1", "articles_fts:bell", "{title text}:bell", "verdict:ful", "lang:klingon", "since:soon", "is:is", ":",
    "::bell", "(", ")", "()", "(bell", "((((bell", "(" * 500, ")" * 500, "bell\x00tower", "\x00", "\ud800",
    "bell\udfff", "\x1b[2J", "\u202e", "…", "🤖", "😀 bell", "bell, tower; ring.", "https://site.example/?a=1&b=2",
    "bell\ttower\nring", "bell;DROP TABLE articles--", "' OR 1=1 --", "%_%", "\\", '\\"bell\\"', "\u3000", "\u00ad",
    "e\u0301" * 50, "bell " * 500, "x" * 10_000, "b." * 5_000, '"' * 9_999, "-bell " * 100, "bell OR " * 100,
    "bell NEAR " * 80 + "bell", "title:(" * 100, "asof:9999", "since:0001-01-01", "on:9999-12-31..0001", "page:2",
]  # fmt: skip


@pytest.mark.parametrize("typed", WILD, ids=range(len(WILD)))
def test_whatever_is_typed_is_answered(run: Run, typed: str) -> None:
    """With hits or without, and nothing of what was typed drives the terminal."""
    code, out, err = run("search", "--", typed)
    assert code in {0, 1}
    assert "Traceback" not in err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out + err)
    for more in (("--count",), ("--facets",), ("--explain",), ("--json", "--page", "2")):
        assert run("search", *more, "--", typed)[0] in {0, 1}


@pytest.fixture(scope="module")
def opened(folder: Path) -> Iterator[Archive]:
    with open_archive(folder / "aggregator.db", writable=False) as archive:
        yield archive


_PIECES = st.sampled_from(
    """bell tower OR AND NOT NEAR( NEAR/2 - * " ( ) title: author: lang: is:copy since:1d sort:new in:revisions
    asof:2026 : + | 天気 C++ “ ” » , . ' \x00 verdict:full site: feed:a""".split()
)


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=25).map(" ".join)))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_answered_alike_in_every_way(opened: Archive, typed: str) -> None:
    """What is listed, counted, streamed and recognised is the same."""
    query = parse_query(typed, NOW, limit=-1)
    hits = [hit.article.id for hit in opened.index.search(query)]
    assert opened.index.count(query) == len(hits)
    assert sorted(opened.index.stream(query)) == sorted(hits)
    among = opened.index.among(query, range(1, 20))
    assert set(hits) <= set(among)
    verdicts = opened.index.facets(query, [Facet.VERDICT])[Facet.VERDICT]
    assert sum(count for _, count in verdicts.values) >= len(hits)


def test_an_empty_and_a_missing_archive_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    code, _, err = run("search", "bell")
    assert (code, "there is no archive yet" in err) == (2, True)
    open_archive(tmp_path / "aggregator.db", writable=True).close()
    for words in (("bell",), ("bell", "--facets"), ("bell", "--count"), ("bell", "--json"), ("",), ("(",)):
        code, _, err = run("search", *words)
        assert (code, "nothing found" in err) == (1, True)
    assert run("search", "bell", "--explain")[0] == 0


def test_an_archive_without_its_index_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with a cure."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        put(archive, "a", "Bell")
        tables = archive.db.rows("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        for row in tables:
            archive.db.execute(f"DROP TABLE {row['name']}")
    code, _, err = run("search", "bell")
    assert code == 2
    assert err.count("\n") == 1
    assert "no such table" in err


def test_nobody_waits_for_a_writer(run: Run, folder: Path) -> None:
    """Also not in the middle of a long transaction."""
    with sqlite3.connect(folder / "aggregator.db", isolation_level=None) as shell:
        shell.execute("BEGIN IMMEDIATE")
        shell.execute("UPDATE articles SET score = score")
        assert run("search", "bell")[0] == 0
        shell.execute("ROLLBACK")
    shell.close()


# ---------------------------------------------------------------------------------------------- the shapes


def ids(out: str) -> list[int]:
    return [hit["id"] for hit in json.loads(out)]


def test_a_list_for_a_person(run: Run) -> None:
    """Title with its address, where from and when, copies, the words around the match."""
    code, out, err = run("search", "tower 0")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == " 1. Bell number 0 <https://site.example/n0>"
    assert re.fullmatch(r"    Site · .* · #1", lines[1])
    assert lines[2] == "    +1 copy: Other"
    assert "**tower**" in lines[3]
    assert err == ""


def test_colours_and_links_for_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """OSC 8 links and highlights where they are understood; never a sequence from outside."""
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    _, out, _ = run("search", "bell", "-n", "9")
    assert "\x1b]8;" in out
    ours = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b\x07]*\x1b\\", "", out)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ours)
    _, out, err = run("search", "bell", "-n", "2")
    assert "more with --page 2" in err


def test_forms_for_programs(run: Run) -> None:
    """JSON, JSON Lines, CSV, a template; each with the fields that one wants."""
    words = ("search", "tower 0")
    [hit] = json.loads(run(*words, "--json")[1])
    assert (hit["id"], hit["copies"][0]["id"], hit["found_in"]) == (1, 6, None)
    assert "text" not in hit
    assert set(FIELDS) - {"text"} == set(hit)
    assert json.loads(run(*words, "--jsonl", "--full")[1])["text"] == "The bell of tower 0.\n\nIt rang."
    assert run(*words, "--json", "--fields", "id,title")[1] == '[{"id": 1, "title": "Bell number 0"}]\n'
    [row] = csv.DictReader(io.StringIO(run(*words, "--csv")[1]))
    assert (row["title"], row["copies"]) == ("Bell number 0", "1")
    assert run(*words, "--csv", "--fields", "id")[1] == "id\n1\n"
    assert run(*words, "--fields", "id,title")[1] == "id\ttitle\n1\tBell number 0\n"
    assert run(*words, "--format", r"{title}\t{{{id}}}\\")[1] == "Bell number 0\t{1}\\\n"
    assert run(*words, "--format", "{text}")[1] == "The bell of tower 0. It rang.\n"
    assert "It rang." in run(*words, "--full")[1]
    assert run(*words, "--count")[1] == "1\n"
    assert run(*words, "--count", "--all-copies")[1] == "2\n"
    assert json.loads(run(*words, "--count", "--json")[1]) == {"count": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "{titel}"), "did you mean title?"),
        (("--format", "{title.__class__}"), "is not a field"),
        (("--format", "{0}"), "is not a field"),
        (("--fields", "id,nope"), "is not a field"),
        (("--json", "--csv"), "only one of"),
        (("--facets", "feed,autor"), "did you mean author?"),
        (("--open", "99"), "this page has"),
        (("--page", "0"), "0"),
        (("--since", "soonish"), "soonish"),
    ],
)
def test_a_wrong_option_is_told(run: Run, words: tuple[str, ...], said: str) -> None:
    code, out, err = run("search", "bell", *words)
    assert (code, out) == (2, "")
    assert said in err


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_a_template_is_no_program(template: str) -> None:
    """A title with brackets in it fills in nothing, and no text from outside keeps a control."""
    record = dict.fromkeys(FIELDS, "{id} \x1b[2J")
    safe_template = re.sub(r"\{[^{}]*\}", "{title}", template)
    filled = fill_template(safe_template, record)
    assert "\x1b" not in filled


@pytest.mark.parametrize("output", ["-o{}/bells.jsonl", "-o={}/bells.jsonl", "--output={}/bells.jsonl"])
def test_a_value_may_stand_right_behind_its_option(run: Run, tmp_path: Path, output: str) -> None:
    assert run("export", "bell", "-n=2", output.format(tmp_path))[0] == 0
    assert len((tmp_path / "bells.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_what_may_be_a_file_or_a_word_to_leave_out_is_refused(run: Run) -> None:
    code, out, err = run("export", "bell", "-otower.csv")
    assert (code, out) == (2, "")
    assert "write -o tower.csv for the option, or NOT otower.csv for a word to leave out" in err


def test_the_value_of_an_option_is_no_word(run: Run) -> None:
    assert run("search", "bell", "-n", "1", "--format", "-title")[1] == "-title\n"
    assert len(ids(run("search", "bell", "-nation", "-hall", "--json")[1])) > 1


def test_a_minus_word_needs_no_dashes_before_it(run: Run) -> None:
    assert len(ids(run("search", "bell", "-title:0", "--json")[1])) == 4
    assert len(ids(run("search", "bell", "-tower", "--json", "-n3")[1])) == 1
    assert ids(run("search", "rang", '-"tower 1"', "-(tower 2)", "-n", "9", "--json")[1]) == [1, 4, 5]


def test_facets_count_all_hits(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whom, from where, in which language, when."""
    counted = json.loads(run("search", "rang", "--facets", "author,lang,verdict,day", "--json")[1])
    assert counted["count"] == 5
    assert counted["facets"]["author"]["counts"] == {"Ada Penn": 5}
    assert list(counted["facets"]["day"]["counts"]) == sorted(counted["facets"]["day"]["counts"])
    _, out, _ = run("search", "--facets", "rang")
    assert out.splitlines()[0] == "facet\tvalue\thits"
    assert "feed\tFeed at https://a.example/feed\t5" in out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    drawn = run("search", "rang", "--facets", "day")[1]
    assert "days" in drawn
    assert drawn.count("2026-02-2") == 4
    assert "█" in drawn


@pytest.mark.parametrize(
    ("days", "unit", "rows"),
    [
        ([], "day", 0),
        ([("2026-11-20", 3)], "day", 1),
        ([("2026-11-01", 1), ("2026-11-30", 1)], "day", 30),
        ([("2026-11-01", 1), ("2027-02-01", 1)], "week", 15),
        ([("2025-01-31", 1), ("2026-12-01", 1)], "month", 24),
        ([("1970-01-01", 1), ("2026-12-01", 1)], "year", 57),
        ([("9999-12-30", 1), ("9999-12-31", 1)], "day", 2),
    ],
)
def test_time_is_counted_in_few_rows(days: list[tuple[str, int]], unit: str, rows: int) -> None:
    """Days, weeks, months or years, the empty ones among them, and nothing is lost."""
    found, counted = over_time(days)
    assert (found, len(counted)) == (unit, rows)
    assert sum(count for _, count in counted) == sum(count for _, count in days)


def test_pages_follow_each_other(run: Run) -> None:
    """By number or by cursor: every hit once, in the order of one long page."""
    whole = ids(run("search", "bell", "--json", "-n", "99")[1])
    by_number = [ids(run("search", "bell", "--json", "-n", "2", "--page", str(n))[1]) for n in range(1, 5)]
    assert [hit for page in by_number for hit in page] == whole
    after, by_cursor = "", []
    while page := json.loads(run("search", "bell", "--json", "-n", "2", "--after", after)[1]):
        by_cursor += [hit["id"] for hit in page]
        after = page[-1]["cursor"]
    assert by_cursor == whole
    assert run("search", "bell", "--after", "no cursor at all")[0] == 2, (
        "the first page again and again helps nobody"
    )


@pytest.mark.parametrize("order", ["sort:new", "sort:old", ""])
def test_pages_are_stable_while_the_service_writes(tmp_path: Path, order: str) -> None:
    """What was archived meanwhile makes no hit of the pages before come again, and none be left out."""
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        for number in range(9):
            put(archive, f"n{number}", f"Bell {number}", at=NOW + number * HOUR)
        query = parse_query(f"title:bell {order}", NOW, limit=3)
        wanted = [hit.article.id for hit in archive.index.search(parse_query(f"bell {order}", NOW, limit=99))]
        found: list[int] = []
        for number in range(3):
            page = archive.index.search(query)
            found += [hit.article.id for hit in page]
            query = parse_query(f"title:bell {order}", NOW, limit=3)
            query = replace(query, after=page[-1].cursor)
            if order != "":
                put(archive, f"x{number}", "Bell", at=NOW + (20 if order == "sort:new" else -20) * HOUR)
        assert found == wanted


def test_a_hit_opens_in_the_browser(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of that number, on its page; only what is on the web."""
    opened = folder / "opened"
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n', encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    code, _, err = run("search", "tower", "sort:new", "-n", "2", "--page", "2", "--open", "3")
    assert (code, err) == (0, "opening https://site.example/n2\n")
    assert opened.read_text(encoding="utf-8") == "https://site.example/n2"
    with open_archive(folder / "aggregator.db", writable=True) as archive:
        archive.db.execute("UPDATE articles SET url = 'file:///etc/passwd' WHERE id = 3")
        assert run("search", "tower 2", "--open", "1")[0] == 2
        archive.db.execute("UPDATE articles SET url = 'https://site.example/n2' WHERE id = 3")


def test_how_it_was_read_is_told(run: Run) -> None:
    """On stderr beside the hits, and in full with --explain."""
    code, out, err = run("search", "bell verdict:ful")
    assert (code, out) == (1, "")
    assert "did you mean verdict:full?" in err
    code, out, err = run("search", "--explain", "title:(bell OR tower) since:2026-02")
    assert (code, out.splitlines()) == (
        0, ["all of", "├─ any of", "│  ├─ title: bell", "│  └─ title: tower", "└─ dated from 2026-02-01 00:00 UTC",
            "best first"],
    )  # fmt: skip


def test_help_is_short(run: Run) -> None:
    """One screen, with examples."""
    code, out, _ = run("search", "--help")
    assert code == 0
    assert len(out.splitlines()) < 50
    assert max(map(len, out.splitlines())) <= 100

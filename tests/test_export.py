"""Exports: what is written is what the other program reads, whatever an article is called, and whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import time
import tracemalloc
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from aggregator.archive import open_archive
from aggregator.cli.exporting import _articles, _write
from aggregator.cli.terminal import Progress
from aggregator.export import bibtex_entry, csl_item, file_name, markdown_page
from aggregator.export.filenames import MOST_BYTES, safe_name
from aggregator.export.people import Name, names_in
from aggregator.export.reports import render_report
from aggregator.markup import clean_text
from aggregator.models import Article, ReportForm, Sighting, Verdict, Watch
from aggregator.parquet import ROWS, write_parquet
from aggregator.query import parse_query
from tests.makers import NOW
from tests.program import Program
from tests.shelves import put

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = Article(
    id=4711, url="https://site.example/a?x=1&y={z}", title="Cost & benefit: 100% of {braces}", byline="Ada Penn, Bo Ro",
    site="The Site", language="en", published_at=datetime(2026, 11, 5, 9, tzinfo=UTC), published_from="feed",
    dated_at=datetime(2026, 11, 5, 9, tzinfo=UTC), archived_at=datetime(2026, 11, 6, 9, tzinfo=UTC),
    verdict=Verdict.FULL, reason="", duplicate_of=None, text="One.\n\nTwo <b>& three.", section="World",
    tags=("a", "b"), sightings=(Sighting("https://a.example/feed", "A", "", "g", "l", "t", NOW),),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------- BibTeX


def read_bibtex(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Read entries by the rules of BibTeX's own scanner: values are braced and balanced, or the name of a string."""
    entries = []
    at = 0
    while (start := text.find("@", at)) >= 0:
        head = re.compile(r"@([a-z]+)\{([^\s,{}~#%\\\"]+),\s*").match(text, start)
        assert head, text[start : start + 80]
        fields: dict[str, str] = {}
        at = head.end()
        while text[at] != "}":
            name = re.compile(r"([a-z]+) = ").match(text, at)
            assert name, text[at : at + 80]
            assert name[1] not in fields
            at = name.end()
            end = at
            if text[at] == "{":
                depth = 0
                while True:
                    depth += {"{": 1, "}": -1}.get(text[end], 0)
                    end += 1
                    if not depth:
                        break
                fields[name[1]] = text[at + 1 : end - 1]
            else:
                word = re.compile(r"[a-z]{3}").match(text, at)
                assert word
                end = word.end()
                fields[name[1]] = word[0]
            at = end + len(re.compile(r",?\s*").match(text, end)[0])  # type: ignore[index]
        at += 1
        entries.append((head[1], head[2], fields))
    return entries


def shown(latex: str) -> str:
    """Return what LaTeX would show."""
    names = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~",
             "textasciicircum": "^"}  # fmt: skip
    text = re.sub(r"\\([a-z]+)\{\}|\\([$&#_%])|([{}])", lambda m: names[m[1]] if m[1] else m[2] or "", latex)
    return unicodedata.normalize("NFC", text)


def test_an_article_is_a_bibtex_entry() -> None:
    [(kind, key, fields)] = read_bibtex(bibtex_entry(ARTICLE))
    assert (kind, key) == ("article", "penn2026-4711")
    assert shown(fields.pop("title")) == ARTICLE.title
    assert fields == {
        "author": "Penn, Ada and Ro, Bo",
        "journal": "The Site",
        "year": "2026",
        "month": "nov",
        "day": "5",
        "url": "https://site.example/a?x=1&y=%7Bz%7D",
        "urldate": "2026-11-06",
        "language": "en",
    }


def test_what_is_not_dated_is_misc() -> None:
    [(kind, key, fields)] = read_bibtex(bibtex_entry(replace(ARTICLE, published_at=None, byline="", site="")))
    assert (kind, key, fields["howpublished"]) == ("misc", "siteexample-4711", "site.example")
    assert not {"year", "month", "author", "journal"} & set(fields)


_NASTY = st.text(
    alphabet=st.one_of(st.sampled_from('{}\\%$&#_~^"@,=\n\0 é語'), st.characters(codec="utf-8")), max_size=40
)


@given(title=_NASTY, byline=_NASTY, site=_NASTY)
@settings(max_examples=300)
def test_no_title_can_break_a_reference(title: str, byline: str, site: str) -> None:
    """Neither by braces nor by anything else; and what LaTeX shows is the title."""
    article = replace(ARTICLE, title=title, byline=byline, site=site)
    [(_, _, fields)] = read_bibtex(bibtex_entry(article) * 1)
    if title.split():
        assert shown(fields["title"]) == unicodedata.normalize(
            "NFC", " ".join(_visible(title).split()) or article.url
        )
    assert not csl_problems(csl_item(article))


def _visible(text: str) -> str:
    return clean_text(text)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ada Penn", [Name("Ada Penn", "Ada", "Penn")]),
        ("Ada Penn and Bo Ro", [Name("Ada Penn", "Ada", "Penn"), Name("Bo Ro", "Bo", "Ro")]),
        ("ADA PENN AND BO RO", [Name("ADA PENN", "ADA", "PENN"), Name("BO RO", "BO", "RO")]),
        ("Ludwig van der Rohe", [Name("Ludwig van der Rohe", "Ludwig", "van der Rohe")]),
        ("Sammy Davis Jr.", [Name("Sammy Davis Jr.", "Sammy", "Davis", "Jr.")]),
        ("Reuters", [Name("Reuters")]),
        ("BBC News", [Name("BBC News")]),
        ("The Editorial Board of Us", [Name("The Editorial Board of Us")]),
        ("山田太郎", [Name("山田太郎")]),
        ("", []),
    ],
)
def test_names_are_told_apart_as_far_as_they_can_be(byline: str, names: list[Name]) -> None:
    """What may be a body, or is written family name first, stays as it is."""
    assert names_in(byline) == names


# ----------------------------------------------------------------------------------------------- CSL-JSON

# of csl-data.json (citation-style-language/schema 1.0.2), as far as we use it
_CSL_TEXT = {"id", "language", "container-title", "title", "URL", "section", "keyword"}
_CSL_TYPES = {"article-newspaper", "webpage"}


def csl_problems(item: dict[str, Any]) -> list[str]:
    """Return what in an item breaks the schema."""
    found = [name for name in item if name not in _CSL_TEXT | {"type", "author", "issued", "accessed"}]
    found += [name for name in _CSL_TEXT & set(item) if not isinstance(item[name], str) or not item[name]]
    if item["type"] not in _CSL_TYPES or "id" not in item:
        found.append("type")
    for person in item.get("author", []):
        if not (
            set(person) == {"literal"} or {"family", "given"} <= set(person) <= {"family", "given", "suffix"}
        ):
            found.append("author")
    for name in {"issued", "accessed"} & set(item):
        [[*parts]] = item[name]["date-parts"]
        date(*parts)
    return found


def test_an_article_is_a_csl_item() -> None:
    assert csl_item(ARTICLE) == {
        "id": "aggregator-4711",
        "type": "article-newspaper",
        "title": ARTICLE.title,
        "container-title": "The Site",
        "URL": ARTICLE.url,
        "accessed": {"date-parts": [[2026, 11, 6]]},
        "author": [{"family": "Penn", "given": "Ada"}, {"family": "Ro", "given": "Bo"}],
        "issued": {"date-parts": [[2026, 11, 5]]},
        "language": "en",
        "section": "World",
        "keyword": "a, b",
    }
    assert csl_item(replace(ARTICLE, published_at=None))["type"] == "webpage"


# -------------------------------------------------------------------------------------- Markdown and names


def test_an_article_is_a_markdown_file() -> None:
    page = markdown_page(ARTICLE)
    front, _, body = page.removeprefix("---\n").partition("\n---\n")
    facts = {
        name: json.loads(value) for name, _, value in (line.partition(": ") for line in front.splitlines())
    }
    assert facts["title"] == ARTICLE.title
    assert facts["tags"] == ["a", "b"]
    assert body.endswith("One.\n\nTwo \\<b\\>& three.\n")
    assert markdown_page(ARTICLE, "# Own *markdown*").endswith("\n\n# Own *markdown*\n")


def test_what_is_not_known_of_an_article_is_not_said() -> None:
    bare = replace(ARTICLE, title="", byline="", site="", language="", section="", published_at=None, tags=())
    assert markdown_page(bare) == (
        f'---\nid: 4711\nurl: "{ARTICLE.url}"\narchived: "2026-11-06T09:00:00Z"\nverdict: "full"\n---\n\n'
        "One.\n\nTwo \\<b\\>& three.\n"
    )


# -------------------------------------------------------------------------------------- reports of a watch

WATCH = Watch("sea", "ferry or quay", file="hits")


def test_hits_are_told_as_lines_of_json_as_text_or_as_one_object_for_a_command() -> None:
    """Each form names the article; a command gets a name for the whole report, the same for the same hits."""
    hits = [ARTICLE, replace(ARTICLE, id=4712, title="\x1b[2J", site="", published_at=None)]
    lines = [json.loads(line) for line in render_report(WATCH, hits, NOW).splitlines()]
    assert [(one["watch"], one["id"], one["feeds"]) for one in lines] == [
        ("sea", 4711, ["https://a.example/feed"]),
        ("sea", 4712, ["https://a.example/feed"]),
    ]
    assert [one["published_at"] for one in lines] == ["2026-11-05T09:00:00Z", None]
    whole = json.loads(render_report(replace(WATCH, file="", command=("notify",)), hits, NOW))
    assert (whole["report"], whole["hits"]) == ("4711-4712-2", lines)
    text = render_report(replace(WATCH, form=ReportForm.TEXT), hits, NOW)
    assert text.splitlines()[0] == f"2026-11-05 09:00  {ARTICLE.title} (The Site) #4711"
    assert text == render_report(replace(WATCH, file="", mail="ada@a.example"), hits, NOW)
    assert "\x1b" not in text
    assert "(site.example) #4712" in text


TITLES = [
    "../../../etc/cron.d/x", "/abs", "..\\..\\x", "CON", "con.txt", ".", "..", "", " ", "a\0b", "x" * 5000, "語" * 500,
    "-rf",
    "trailing dot.", "trailing space ", 'a/b:c*d?e"f<g>h|i', "Å", "A\u030a", "Case",
    "case", "🤖👩‍👩‍👧", "e" + "\u0301" * 300,
    "\u202eevil", "\x1b[2J", "line\nbreak", "~root", "$HOME `x`", "nul", "COM1", "aux.md", "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_a_title_makes_a_safe_name(tmp_path: Path, title: str) -> None:
    """Inside its folder, of bounded length, one that Windows takes as well, and always the same."""
    for name in (file_name(replace(ARTICLE, title=title), ".md"), safe_name(title)):
        target = tmp_path / name
        target.write_text("x", encoding="utf-8")
        assert target.resolve().parent == tmp_path.resolve()
        assert len(name.encode()) <= MOST_BYTES
        assert not re.search(r'[\x00-\x1f\x7f/\\:*?"<>|\u202e]', name)
        assert not name.startswith((".", "-", "~", " "))
        assert not name.endswith((".", " "))
        assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE)
        assert name == unicodedata.normalize("NFC", name)


def test_two_articles_never_share_a_name() -> None:
    """Also where capitals count for nothing, and when titles are cut."""
    many = [
        replace(ARTICLE, id=n, title=title) for n, title in enumerate(["Case", "case", "x" * 900, "x" * 901])
    ]
    assert len({file_name(article, ".md").casefold() for article in many}) == 4


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_any_text_makes_a_safe_name(text: str) -> None:
    name = safe_name(text)
    assert name
    assert len(name.encode()) <= MOST_BYTES
    assert "/" not in name
    assert name not in {".", ".."}


# ------------------------------------------------------------------------------------------------ Parquet


def test_articles_are_a_parquet_file() -> None:
    stream = io.BytesIO()
    assert write_parquet(stream, (replace(ARTICLE, id=n) for n in range(ROWS + 1))) == ROWS + 1
    file = parquet.ParquetFile(io.BytesIO(stream.getvalue()))
    assert file.num_row_groups == 2
    row = file.read_row_group(1).to_pylist()[0]
    assert (row["id"], row["title"], row["published_at"], row["verdict"]) == (
        ROWS, ARTICLE.title, ARTICLE.published_at, "full",
    )  # fmt: skip
    assert (row["tags"], row["feeds"], row["duplicate_of"]) == (["a", "b"], ["https://a.example/feed"], None)


# ----------------------------------------------------------------------------------------- the command line


@pytest.fixture
def program(tmp_path: Path) -> Program:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        put(archive, "a", "=cmd|' /C calc'!A0", "Of coral.\n\nAnd more.")
        put(archive, "b", "Kelp & coral", "Of coral.", byline="-Ada Penn")
        put(archive, "c", "Copy of kelp", "Of coral.", duplicate_of=2)
        put(archive, "d", "Else", "Nothing.")
    return Program(tmp_path, "")


def test_each_form_is_written(program: Program) -> None:
    """By its name or by the ending of the file."""
    code, out, _ = program.run("export", "coral", "--to", "jsonl")
    assert (code, {json.loads(line)["id"] for line in out.splitlines()}) == (0, {1, 2})
    for name in ("x.csv", "x.bib", "x.json", "x.parquet", "x.jsonl"):
        assert program.run("export", "coral", "-o", name)[0] == 0
        assert (program.folder / name).exists()
    items = json.loads((program.folder / "x.json").read_text(encoding="utf-8"))
    assert {item["id"] for item in items} == {"aggregator-2", "aggregator-1"}
    assert len(read_bibtex((program.folder / "x.bib").read_text(encoding="utf-8"))) == 2
    assert parquet.read_table(program.folder / "x.parquet").num_rows == 2
    assert len((program.folder / "x.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert len(program.run("export", "coral", "--to", "jsonl", "--all-copies")[1].splitlines()) == 3
    assert json.loads(program.run("export", "coral", "--to", "jsonl", "-n", "1")[1])["id"] == 2, (
        "the best one"
    )


def test_a_folder_that_is_made_for_a_file_is_told(program: Program) -> None:
    """Its name may be a mistyped one."""
    assert (
        "2 articles written to made/x.csv in a new folder"
        in program.run("export", "coral", "-o", "made/x.csv")[2]
    )
    assert "2 articles written to made/y.csv\n" in program.run("export", "coral", "-o", "made/y.csv")[2]


def test_a_spreadsheet_runs_nothing(program: Program) -> None:
    """What would be a formula is text; the rest is as it was."""
    _, out, _ = program.run("export", "coral", "--to", "csv")
    rows = sorted(csv.DictReader(io.StringIO(out)), key=lambda row: row["id"], reverse=True)
    assert [row["title"] for row in rows] == ["Kelp & coral", "'=cmd|' /C calc'!A0"]
    assert rows[0]["byline"] == "'-Ada Penn"
    assert rows[1]["text"] == "Of coral.\n\nAnd more."


def test_a_folder_goes_on_where_it_ended(program: Program) -> None:
    """What is there with the same content is left; what differs is written; a link is left alone."""
    assert "2 articles written" in program.run("export", "coral", "--to", "markdown", "-o", "notes")[2]
    first, second = sorted((program.folder / "notes").iterdir())
    before = first.stat().st_mtime_ns
    second.write_text("half", encoding="utf-8")
    assert (
        "1 article written to notes, 1 there already"
        in program.run("export", "coral", "--to", "markdown", "-o", "notes")[2]
    )
    assert first.stat().st_mtime_ns == before
    assert second.read_text(encoding="utf-8").startswith("---\nid: ")
    second.unlink()
    second.symlink_to(program.folder / "elsewhere")
    assert program.run("export", "coral", "--to", "markdown", "-o", "notes")[0] == 3
    assert not (program.folder / "elsewhere").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("coral",), 2, "--to names the form"),
        (("coral", "-o", "x.xyz"), 2, "--to names the form"),
        (("coral", "-o", "x.jsonl.gz"), 2, "--to names the form"),
        (("coral", "--to", "parquet"), 2, "needs -o PATH"),
        (("coral", "--to", "markdown"), 2, "needs -o PATH"),
        (("coral", "--to", "pdf"), 2, "pdf"),
        (("coral", "--warc", "x.warc", "-o", "y"), 2, "leave out the others"),
        (("nowhere", "-o", "x.csv"), 1, "nothing was written"),
        (("nowhere", "--to", "markdown", "-o", "x"), 1, "nothing was written"),
        (("coral", "--warc", "x.warc"), 1, "no page is kept"),
        (("coral", "-o", "config.toml/x.csv"), 2, "cannot write"),
    ],
)
def test_what_cannot_be_exported_is_told(
    program: Program, words: tuple[str, ...], code: int, said: str
) -> None:
    ended, out, err = program.run("export", *words)
    assert (ended, out) == (code, "")
    assert said in err
    assert not (program.folder / "x.csv").exists()


def test_without_pyarrow_the_cure_is_named(program: Program) -> None:
    """In one line, and nothing is left behind."""
    (program.folder / "pyarrow.py").write_text("raise ImportError('none here')", encoding="utf-8")
    program.environ["PYTHONPATH"] = str(program.folder)
    code, _, err = program.run("export", "coral", "-o", "x.parquet")
    assert (code, err) == (2, "aggregator: --to parquet needs pyarrow: pip install pyarrow\n")
    assert not [name for name in os.listdir(program.folder) if "tmp" in name or name == "x.parquet"]  # noqa: PTH208


@pytest.mark.slow
def test_a_killed_export_leaves_no_half_file(tmp_path: Path) -> None:
    """Neither a new one nor one in the place of an old one."""
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        first = put(archive, "a", "Coral", "Of coral. " * 5000)
        archive.db.execute(
            """
            INSERT INTO articles (url, canonical_url, title, dated_at, archived_at, verdict, text)
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
            SELECT url || i, canonical_url || i, title, dated_at, archived_at, verdict, text
            FROM n, articles WHERE articles.id = ?
            """,
            (first,),
        )
    program = Program(tmp_path, "")
    (tmp_path / "old.jsonl").write_text("old\n", encoding="utf-8")
    for delay in (0.8, 1.0, 1.2):
        with program.start("export", "coral", "-o", "old.jsonl") as running:
            time.sleep(delay)
            running.send_signal(signal.SIGKILL)
        content = (tmp_path / "old.jsonl").read_text(encoding="utf-8")
        assert content == "old\n" or len(content.splitlines()) == 1500
    assert program.run("export", "coral", "-o", "old.jsonl")[0] == 0
    assert len((tmp_path / "old.jsonl").read_text(encoding="utf-8").splitlines()) == 1500


def test_an_export_holds_few_articles_at_a_time(tmp_path: Path) -> None:
    """However many there are: 8 MB of text pass through a few."""
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        put(archive, "a", "Coral", "Of coral. " * 10_000)
        archive.db.execute(
            """
            INSERT INTO articles (url, canonical_url, title, dated_at, archived_at, verdict, text)
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
            SELECT url || i, canonical_url || i, title, dated_at, archived_at, verdict, text FROM n, articles
            WHERE articles.id = 1
            """
        )
        for form in ("jsonl", "csv", "bibtex", "csl-json"):
            tracemalloc.start()
            ids = archive.index.stream(parse_query("coral", NOW))
            with (tmp_path / form).open("wb") as stream:
                assert _write(stream, _articles(archive, ids, Progress()), form) == 80
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 2_000_000

"""Every example of docs/query-language.md, run."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.cli import main
from aggregator.config import parse_config
from aggregator.models import Change, Query, Verdict
from aggregator.query import explain_query, parse_query
from aggregator.query.fields import MAIN
from tests.shelves import put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

NOW = datetime(2026, 11, 28, 19, 0, tzinfo=UTC)  # a Saturday
PAGE = (Path(__file__).parent.parent / "docs" / "query-language.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def rows(*sections: str) -> list[tuple[str, str]]:
    """Return the first column of the tables, which is typed, and the second."""
    text = "\n".join(SECTIONS[name] for name in sections)
    found = re.findall(r"^\| `(.+?)` \| (.+?) \|$", text, re.MULTILINE)
    return [(typed.replace("\\|", "|"), said) for typed, said in found]


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [line.partition("  #")[0] for block in blocks for line in block.splitlines() if line]


def fill(archive: Archive) -> None:
    """Archive at least one article for each example, and one that no example is about."""
    bbc, reuters = "https://bbc.example/feed", "https://reuters.example/feed"
    day = timedelta(days=1)
    put(archive, "a", "Climate summit opens", "The climate summit opened. The mayor soon resigns.", feed=bbc,
        at=NOW - timedelta(hours=1), section="Science", url="https://news.example/a")  # fmt: skip
    put(archive, "b", "Weather podcast", "A podcast on weather, after the summit.", feed=reuters, at=NOW - 8 * day,
        byline="Bo Ro")  # fmt: skip
    put(archive, "c", "C++ in practice", "C++ is in use.", at=NOW - 60 * day, verdict=Verdict.PARTIAL)
    put(archive, "d", "Das Wetter", "Es regnet.", at=NOW - 16 * day, language="de")
    put(archive, "e", "Copied climate", "The climate summit opened.", at=NOW - day, duplicate_of=1)
    put(archive, "f", "東京の天気", "今日は晴れ。", at=NOW - 400 * day, language="ja")
    gone = put(archive, "g", "Summit of old", "A summit, gone.", at=NOW - 9 * day)
    archive.db.execute("UPDATE articles SET gone_at = '2026-11-21T00:00:00Z' WHERE id = ?", (gone,))
    archive.db.execute(
        """
        INSERT INTO revisions (article_id, seen_at, replaced_at, title, text, verdict, kind)
        VALUES (?, '2026-11-19T00:00:00Z', '2026-11-20T00:00:00Z', 'Summit', 'The summit, before.', 'full', ?)
        """,
        (gone, Change.CORRECTION),
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with open_archive(tmp_path_factory.mktemp("docs") / "aggregator.db", writable=True) as archive:
        fill(archive)
        yield archive


@pytest.mark.parametrize(("typed", "_"), rows("Words", "Fields", "Time"))
def test_each_example_finds_something_and_not_everything(archive: Archive, typed: str, _: str) -> None:
    """And is understood without a word of doubt."""
    query = replace(parse_query(typed, NOW), folds=False)
    assert not query.hint or "only leaves out" in query.hint
    found = archive.index.count(query)
    assert 0 < found < archive.index.count(Query(folds=False))


@pytest.mark.parametrize(("typed", "_"), rows("The whole search"))
def test_each_example_of_the_whole_search_is_answered(archive: Archive, typed: str, _: str) -> None:
    query = parse_query(typed, NOW)
    assert (query.hint, bool(archive.index.search(query))) == ("", True)


@pytest.mark.parametrize(("typed", "said"), rows("Read as words, and said so"))
def test_each_hint_is_the_one_that_is_printed(typed: str, said: str) -> None:
    assert parse_query(typed, NOW).hint == said


@pytest.mark.parametrize(("typed", "reading"), re.findall(r"```query\n(.+?)\n(.*?)```", PAGE, re.DOTALL))
def test_each_reading_is_the_one_that_is_printed(typed: str, reading: str) -> None:
    assert explain_query(parse_query(typed, NOW)) == reading.splitlines()


def test_every_field_is_in_the_tables() -> None:
    typed = " ".join(typed for typed, _ in rows("Fields", "Time", "The whole search"))
    assert [name for name in MAIN if f"{name}:" not in typed] == []


def test_the_saved_search_is_a_setting(tmp_path: Path) -> None:
    [block] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    [watch] = parse_config(block, name="config.toml", folder=tmp_path, environ={}).watches
    assert (watch.name, watch.file) == ("coral", str(tmp_path / "watches/coral.jsonl"))


@pytest.mark.parametrize("command", commands())
def test_each_command_does_something(
    archive: Archive, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the command line, on the same archive."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(f"[archive]\npath = '{archive.db.path}'\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0

"""An archive of an older program is brought up to date: nothing is lost, whatever happens on the way."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlite_utils import Database as UtilsDatabase

from aggregator.archive import SCHEMA_VERSION, migrations, open_archive
from aggregator.archive.db import APPLICATION_ID
from aggregator.archive.migrations import steps
from aggregator.archive.upgrade import copy_path
from aggregator.errors import ArchiveError
from aggregator.models import ArticleDetails, Change, Query, SiteMemory, Verdict, Words
from tests.archives import FOLDER
from tests.killing import open_and_kill
from tests.makers import HOUR, LEASE, NOW, PROSE

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-03-01T12:00:00Z"
BODY = b"<html><p>The bell</p></html>"
ROWS: dict[str, dict[str, object]] = {
    "feeds": {"id": 1, "url": "https://a.example/feed", "host": "a.example", "added_at": AT, "next_check_at": AT},
    "holds": {"host": "b.example", "until": AT},
    "visits": {"id": 1, "feed_id": 1, "at": AT, "outcome": "new", "bytes": 7, "elapsed_ms": 3, "seen": 1, "new": 1},
    "articles": {
        "id": 1, "url": "https://a.example/1", "canonical_url": "https://a.example/1", "title": "The bell",
        "dated_at": AT, "archived_at": AT, "verdict": "full", "text": PROSE, "fingerprint": "f",
    },
    "addresses": {"canonical_url": "https://a.example/1", "article_id": 1},
    "revisions": {
        "id": 1, "article_id": 1, "seen_at": AT, "replaced_at": AT, "title": "Bell", "text": "Before.",
        "verdict": "partial",
    },
    "pages": {
        "id": 1, "article_id": 1, "url": "https://a.example/1", "final_url": "https://a.example/1", "status": 200,
        "headers": '{"etag": "\\"x\\""}', "body": zlib.compress(BODY, 9), "body_bytes": len(BODY), "fetched_at": AT,
    },
    "entries": {
        "id": 1, "feed_id": 1, "guid": "1", "link": "https://a.example/1", "link_key": "https://a.example/1",
        "host": "a.example", "title": "The bell", "hash": "h", "first_seen_at": AT, "next_try_at": AT, "attempts": 2,
        "article_id": 1,
    },
}  # fmt: skip


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make an archive as the first schema was, with a row in every table."""
    path = tmp_path / "news.db"
    make_old(path)
    return path


def make_old(path: Path) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    with closing(conn):
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute("PRAGMA journal_mode = WAL")
        steps.apply(UtilsDatabase(conn, execute_plugins=False), stop_before="m002_how_it_was_read")
        for table, row in ROWS.items():
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


SECOND: dict[str, dict[str, object]] = {
    "articles": {
        "image": "https://a.example/i.jpg",
        "tags": '["bells"]',
        "extractor": 3,
        "gone_at": AT,
        "score": 0.5,
    },
    "revisions": {"kind": "headline"},
    "entries": {"recheck": 1, "checks": 4, "looked_at": AT, "missing": 1},
    "pages": {"host": "a.example", "body_hash": 7},
}


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """Make an archive as the second schema was: the same rows, and what that schema could say of them."""
    path = tmp_path / "second.db"
    make_old(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        steps.apply(UtilsDatabase(conn, execute_plugins=False), stop_before="m003_the_same_story_once")
        for table, row in SECOND.items():
            conn.execute(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in row)}", list(row.values()))
        conn.execute("INSERT INTO readings (article_id, markdown) VALUES (1, '# The bell')")
    return path


class Dump(NamedTuple):
    version: int
    rows: dict[str, list[tuple[object, ...]]]  # of the columns that the first schema had


def dump(path: Path) -> Dump:
    with closing(sqlite3.connect(path)) as conn:
        rows = {
            table: conn.execute(f"SELECT {', '.join(row)} FROM {table}").fetchall()
            for table, row in ROWS.items()
        }
        return Dump(conn.execute("PRAGMA user_version").fetchone()[0], rows)


def expected() -> dict[str, list[tuple[object, ...]]]:
    return {table: [tuple(row.values())] for table, row in ROWS.items()}


def test_the_old_archive_is_one(old: Path) -> None:
    """The fixture is what the first program wrote."""
    assert dump(old) == Dump(1, expected())


def test_every_row_is_kept(old: Path) -> None:
    """And everything that is new has a value that makes sense."""
    with open_archive(old, writable=True) as archive:
        assert archive.check() == ""
        assert archive.index.check() == ""
        article = archive.articles.get(1)
        assert article is not None
        assert (article.text, article.verdict, article.tags, article.gone_at) == (
            PROSE,
            Verdict.FULL,
            (),
            None,
        )
        assert [(past.text, past.kind) for past in archive.articles.revisions(1)] == [
            ("Before.", Change.SUBSTANCE)
        ]
        assert archive.articles.details(1) == ArticleDetails()
        page = archive.pages.newest(1)
        assert page is not None
        assert page.body == BODY
        assert archive.sites.memory("a.example") == SiteMemory("a.example")
        assert [hit.article.id for hit in archive.index.search(Query(Words("harbour")))] == [1]
    assert dump(old) == Dump(SCHEMA_VERSION, expected())


def test_what_the_second_schema_knew_is_kept(second: Path) -> None:
    """Its copy is beside it, and its articles wait to be compared with others."""
    assert dump(second) == Dump(2, expected())
    with open_archive(second, writable=True) as archive:
        assert archive.check() == ""
        assert archive.index.check() == ""
        article = archive.articles.get(1)
        assert article is not None
        assert (article.image, article.tags, article.score, article.agency) == (
            "https://a.example/i.jpg", ("bells",), 0.5, "",
        )  # fmt: skip
        assert [past.kind for past in archive.articles.revisions(1)] == [Change.HEADLINE]
        assert archive.articles.details(1).markdown == "# The bell"
        assert [entry.checks for entry in archive.entries.claim_looks(NOW + HOUR, limit=9, lease=LEASE)] == [
            4
        ]
        assert archive.links.uncompared(9) == [1]
        assert archive.links.family(1).members_in_all == 1
    assert dump(second) == Dump(SCHEMA_VERSION, expected())
    assert dump(copy_path(second)) == Dump(2, expected())


@pytest.mark.parametrize("text", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_every_archive_that_was_ever_written_is_read(tmp_path: Path, text: Path) -> None:
    """Files of all earlier schemas, kept as text for ever: no row is lost, and all of it works."""
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(text.read_text("utf-8"))
    assert dump(path).rows == expected()
    with open_archive(path, writable=True) as archive:
        assert archive.check() == ""
        assert archive.index.check() == ""
        assert archive.vitals.broken_references() == ""
        report = archive.chain.verify()
        assert (report.broken, report.articles, report.revisions) == (0, 1, 1)
        assert [hit.article.id for hit in archive.index.search(Query(Words("harbour")))] == [1]
        page = archive.pages.newest(1)
        assert page is not None
        assert page.body == BODY
    assert dump(path) == Dump(SCHEMA_VERSION, expected())


def test_every_schema_has_its_archive() -> None:
    """Every one that landed; `python -m tests.archives` writes the next."""
    kept = {int(path.stem.removeprefix("schema-")) for path in FOLDER.glob("*.sql")}
    assert {1, 2, 3} <= kept


def test_what_was_to_be_tried_again_is_still(old: Path) -> None:
    """A page that was not to be had is no look for edits."""
    with open_archive(old, writable=True) as archive:
        assert archive.entries.claim_looks(NOW + HOUR, limit=9, lease=LEASE) == []
        assert [entry.attempts for entry in archive.entries.claim(NOW + HOUR, limit=9, lease=LEASE)] == [2]


def test_sqlite_utils_can_still_search_the_file(old: Path) -> None:
    """The index has kept its name and shape."""
    open_archive(old, writable=True).close()
    with closing(sqlite3.connect(old)) as conn:
        table = UtilsDatabase(conn, execute_plugins=False).table("articles")
        assert table.detect_fts() == "articles_fts"
        assert [row["id"] for row in table.search("harbour")] == [1]


def test_a_copy_of_the_old_archive_stays_beside_it(old: Path) -> None:
    """Whole, of the old schema, and an archive: the old program can go on with it."""
    open_archive(old, writable=True).close()
    copy = old.with_name(f"news.before-schema-{SCHEMA_VERSION}.db")
    assert copy == copy_path(old)
    assert dump(copy) == Dump(1, expected())
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_an_archive_of_today_is_not_copied(old: Path) -> None:
    """Nor is a new one."""
    open_archive(old, writable=True).close()
    copy_path(old).unlink()
    open_archive(old, writable=True).close()
    fresh = old.with_name("fresh.db")
    open_archive(fresh, writable=True).close()
    assert not copy_path(old).exists()
    assert not copy_path(fresh).exists()


def test_half_a_copy_is_made_anew(old: Path) -> None:
    """Of a program that was killed while it copied."""
    copy_path(old).with_name(f".{copy_path(old).name}.part").write_bytes(b"half")
    open_archive(old, writable=True).close()
    assert dump(copy_path(old)).version == 1
    assert not list(old.parent.glob("*.part"))


def test_a_copy_is_made_once_through_whatever_link_the_archive_is_opened(old: Path) -> None:
    """A program that was killed between two steps does not put the half that it reached in the copy's place."""
    shutil.copy(old, copy_path(old))
    with closing(sqlite3.connect(old)) as conn:
        steps.apply(UtilsDatabase(conn, execute_plugins=False), stop_before="m003_the_same_story_once")
    assert dump(old).version == 2
    link = old.with_name("link.db")
    link.symlink_to(old)
    open_archive(link, writable=True).close()
    assert dump(copy_path(old)) == Dump(1, expected())
    assert not copy_path(link).exists()


@pytest.mark.parametrize(
    "there", ["another state", "the same rows of a later schema", "no archive", "a folder"]
)
def test_what_stands_in_the_place_of_the_copy_is_left_there(old: Path, second: Path, there: str) -> None:
    """The archive is copied all the same, beside it: an old copy is no copy of what was put back since."""
    first = copy_path(old)
    if there == "a folder":
        first.mkdir()
    elif there == "no archive":
        first.write_text("my notes")
    else:
        shutil.copy(second if there.startswith("the same") else old, first)
    if there == "another state":
        with closing(sqlite3.connect(first, isolation_level=None)) as conn:
            conn.execute("DELETE FROM visits")
    before = first.read_bytes() if first.is_file() else b""
    open_archive(old, writable=True).close()
    assert (first.read_bytes() if first.is_file() else b"") == before
    assert dump(copy_path(old, 2)) == Dump(1, expected())


def test_an_archive_that_was_put_back_from_its_copy_is_copied_again(old: Path) -> None:
    """An older program may have worked on it since, and not all that it does leaves rows."""
    open_archive(old, writable=True).close()
    shutil.copy(copy_path(old), old)
    with closing(sqlite3.connect(old, isolation_level=None)) as conn:
        conn.execute("UPDATE feeds SET title = 'mine'")
    open_archive(old, writable=True).close()
    with closing(sqlite3.connect(copy_path(old, 2))) as conn:
        assert conn.execute("SELECT title FROM feeds").fetchone()[0] == "mine"


def test_without_room_for_the_copy_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how much room is needed."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 4096))
    with pytest.raises(ArchiveError, match=r"needs 17 MB of free disk at .*; nothing was changed"):
        open_archive(old, writable=True)
    monkeypatch.undo()
    assert dump(old) == Dump(1, expected())
    open_archive(old, writable=True).close()


def test_whoever_brings_it_up_to_date_is_told_of_the_copy(old: Path) -> None:
    """Once, by the one that did it."""
    with open_archive(old, writable=True) as archive:
        assert archive.former == copy_path(old)
    with open_archive(old, writable=True) as archive:
        assert archive.former is None


def test_a_copy_that_cannot_be_written_changes_nothing(old: Path) -> None:
    """Something stands in the place of its half that is no file."""
    half = copy_path(old).with_name(f".{copy_path(old).name}.part")
    (half / "full").mkdir(parents=True)
    with pytest.raises(ArchiveError, match=r"before-schema.*; nothing was changed"):
        open_archive(old, writable=True)
    assert dump(old).version == 1


def test_a_reader_is_told_who_brings_it_up_to_date(old: Path) -> None:
    """Reading never changes the archive."""
    with pytest.raises(ArchiveError, match="is from an older version"):
        open_archive(old, writable=False)
    assert dump(old).version == 1


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_old_or_the_new(old: Path) -> None:
    """At whatever statement: every row is there, and the next start goes on."""
    versions = set()
    statement = 1
    while True:
        ended = open_and_kill(old, statement)
        left = dump(old)
        versions.add(left.version)
        assert left.rows == expected()
        with open_archive(old, writable=True) as archive:
            assert archive.check() == ""
            assert archive.index.check() == ""
        assert dump(copy_path(old)) == Dump(1, expected())
        if ended != -signal.SIGKILL:
            break
        for file in old.parent.iterdir():
            file.unlink()
        make_old(old)
        statement += 2
    assert statement > 20
    named = {int(name[1:4]) for name in dir(migrations) if re.match(r"m\d{3}_", name)}
    assert versions == named, "each step stands by itself"
    assert max(named) == SCHEMA_VERSION

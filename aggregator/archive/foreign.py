"""SQLite files of other programs: which program's it is, and its rows as they stand there.

Rules of this file: nothing is ever written, and nothing of the file is believed. It is opened read-only, its own
views, triggers and virtual tables are not used, no value may be larger than `LARGEST`, and bytes that are no UTF-8 are
replaced. What the rows mean is for `moving` to say.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.archive.db import APPLICATION_ID, uri_of
from aggregator.archive.rawfile import MAGIC
from aggregator.errors import UsageError
from aggregator.markup import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST = 32 * 1024 * 1024  # bytes of one value


@dataclass(frozen=True, slots=True)
class _Layout:
    """The tables of one program: the columns that must be there, those that newer versions have, and their order."""

    program: str
    feeds: str
    feed_columns: tuple[str, ...]
    entries: str
    entry_columns: tuple[str, ...]
    newer_columns: tuple[str, ...]
    order: str


_LAYOUTS = (
    _Layout(
        program="newsboat",
        feeds="rss_feed",
        feed_columns=("rssurl", "url", "title"),
        entries="rss_item",
        entry_columns=("guid", "title", "author", "url", "feedurl", "pubDate", "content"),
        newer_columns=("enclosure_url", "enclosure_type", "deleted", "content_mime_type"),
        order="feedurl, id",
    ),
    _Layout(
        program="reader",
        feeds="feeds",
        feed_columns=("url", "title", "link", "user_title", "updates_enabled"),
        entries="entries",
        entry_columns=(
            "id", "feed", "title", "link", "updated", "author", "published", "summary", "content", "enclosures",
            "first_updated",
        ),
        newer_columns=("original_feed", "added_by"),
        order="feed, coalesce(published, updated, first_updated), id",
    ),
)  # fmt: skip


class ForeignFile:
    """An open file of another program."""

    def __init__(self, conn: sqlite3.Connection, layout: _Layout, path: Path) -> None:
        self.program = layout.program
        self._conn = conn
        self._layout = layout
        self._path = path
        self._has = dict.fromkeys(layout.entry_columns, True) | {
            column: column in _columns(conn, layout.entries) for column in layout.newer_columns
        }

    def feeds(self) -> list[Mapping[str, object]]:
        with _told_plainly(self._path):
            names = ", ".join(self._layout.feed_columns)
            return list(map(dict, self._conn.execute(f"SELECT {names} FROM {self._layout.feeds} ORDER BY 1")))

    def count(self) -> int:
        with _told_plainly(self._path):
            return int(self._conn.execute(f"SELECT count(*) FROM {self._layout.entries}").fetchone()[0])

    def entries(self) -> Iterator[Mapping[str, object]]:
        """Yield every entry, those of one feed together; a column that this version lacks is None."""
        layout = self._layout
        names = ", ".join(name if has else f"NULL AS {name}" for name, has in self._has.items())
        with _told_plainly(self._path):
            for row in self._conn.execute(f"SELECT {names} FROM {layout.entries} ORDER BY {layout.order}"):
                yield dict(row)


def is_sqlite(head: bytes) -> bool:
    return head.startswith(MAGIC)


@contextmanager
def open_foreign(path: Path) -> Iterator[ForeignFile]:
    """Open another program's SQLite file.

    Raises:
        UsageError: it is of no program that we know, of a version that we do not know, or damaged.

    """
    with _told_plainly(path):
        conn = _connect(path)
    with closing(conn):
        with _told_plainly(path):
            file = ForeignFile(conn, _layout_of(conn, path), path)
        yield file  # what fails from here on outside of it is not this file's fault


def _connect(path: Path) -> sqlite3.Connection:
    """Open read-only; where there is no room for the files beside a WAL database, as a file that nobody changes."""
    try:
        return _prepared(uri_of(path, "mode=ro"))
    except sqlite3.OperationalError:
        return _prepared(uri_of(path, "mode=ro&immutable=1"))


def _prepared(uri: str) -> sqlite3.Connection:
    conn = sqlite3.connect(uri, uri=True, timeout=5)
    try:
        conn.execute("PRAGMA trusted_schema = OFF")
        conn.execute("PRAGMA cell_size_check = ON")
        conn.execute("PRAGMA query_only = ON")
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        conn.close()
        raise
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
    conn.row_factory = sqlite3.Row
    conn.text_factory = lambda octets: octets.decode("utf-8", "replace")
    return conn


def _layout_of(conn: sqlite3.Connection, path: Path) -> _Layout:
    if conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        raise UsageError(
            f"{path}: is an archive of aggregator itself; name it in [archive] path to work on it"
        )
    tables = _tables(conn)
    for layout in _LAYOUTS:
        if layout.entries in tables and layout.feeds in tables:
            _refuse_unknown_version(conn, layout, path)
            return layout
    names = ", ".join(clean_text(name)[:40] for name in sorted(tables)[:6])
    there = f"its tables are {names}" if tables else "it has no tables"
    raise UsageError(f"{path}: is neither newsboat's cache.db nor a database of reader; {there}")


def _refuse_unknown_version(conn: sqlite3.Connection, layout: _Layout, path: Path) -> None:
    for table, wanted in ((layout.feeds, layout.feed_columns), (layout.entries, layout.entry_columns)):
        missing = [column for column in wanted if column not in _columns(conn, table)]
        if missing:
            raise UsageError(
                f"{path}: looks like {layout.program}, but of a version that is not known here: table {table} has no"
                f" {', '.join(missing)}; open it once with a current {layout.program}, which brings it up to date"
            )


def _tables(conn: sqlite3.Connection) -> set[str]:
    """Return the names of the real tables; views and virtual ones have no root page."""
    rows = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    return {str(row[0]) for row in rows}


def _columns(conn: sqlite3.Connection, table: str) -> set[str]:
    return {str(row["name"]) for row in conn.execute(f"PRAGMA table_info({table})")}


@contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DataError as error:
        raise UsageError(f"{path}: holds a value of more than {LARGEST // 2**20} MB ({error})") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        raise UsageError(f"{path}: {_REASONS.get(code, f'cannot be read: {error}')}") from error


_REASONS = {
    sqlite3.SQLITE_NOTADB: "is not an SQLite file, or is encrypted",
    sqlite3.SQLITE_CORRUPT: "is damaged; `sqlite3 FILE .recover` may save what can be read",
    sqlite3.SQLITE_BUSY: "its program is writing to it; close that and try again",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check its permissions",
}

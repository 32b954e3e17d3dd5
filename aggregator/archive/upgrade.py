"""Bringing a file up to this program's schema: what is refused, and the copy that is made first.

A file from an older program is copied before it is changed, whole and beside it: should the new program be the
wrong one, the old one goes on with the copy. A new or empty archive needs none, nor does one whose copy is there: a
program that was killed between two steps goes on. Whatever else stands at a name is left there, and another is taken.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

from aggregator.archive.db import uri_of
from aggregator.archive.files import half_made, room_for
from aggregator.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.archive.db import Database

SCHEMA_VERSION = 8  # the number of the last step in `migrations`
_HEADER, _USER_VERSION = 64, slice(60, 64)  # bytes at the beginning of the file
# Which state of an archive it is, in whatever schema: no step adds or takes rows here, and every run of a program does.
_STATE = """
    SELECT (SELECT max(id) FROM visits), (SELECT max(id) FROM entries), (SELECT max(id) FROM articles),
        (SELECT max(id) FROM revisions), (SELECT max(id) FROM pages), (SELECT max(id) FROM feeds),
        (SELECT max(last_visit_at) FROM feeds), (SELECT count(*) FROM entries WHERE article_id IS NULL)
"""


def bring_up_to_date(db: Database) -> Path | None:
    """Apply the steps of the schema that the file lacks; return the copy of what it was before, if there was anything.

    Raises:
        ArchiveError: the file is from a newer program; it is older and opened read-only; no room for the copy.

    """
    version = db.value("PRAGMA user_version")
    if version > SCHEMA_VERSION:
        raise ArchiveError(
            f"{db.path}: was written by a newer aggregator (schema {version}, this one knows {SCHEMA_VERSION});"
            " upgrade the program, the archive is left as it is"
        )
    if version == SCHEMA_VERSION:
        return None
    if not db.writable:
        raise ArchiveError(
            f"{db.path}: is from an older version (schema {version}); `aggregator run` or `poll` brings it up to date"
        )
    has_feeds = version and db.value("SELECT EXISTS (SELECT 1 FROM feeds)")
    copy = _keep_copy(db, version) if has_feeds else None
    from aggregator.archive.migrations import migrate  # noqa: PLC0415  sqlite-utils takes 0.3 s to import

    migrate(db.connection)
    return copy


def copy_path(path: Path, number: int = 1) -> Path:
    """Return where the copy of an older archive is put; `number` from 2 on: where others have taken the place."""
    again = f"-{number}" if number > 1 else ""
    return path.with_name(f"{path.stem}.before-schema-{SCHEMA_VERSION}{again}{path.suffix}")


def _keep_copy(db: Database, version: int) -> Path:
    """Return a copy of the archive: the one of its very state that is there, or a new one."""
    path = db.path.resolve()  # beside the file itself, through whatever link it is opened
    state = tuple(db.row(_STATE) or ())

    def will_do(copy: Path) -> bool:
        is_older = 0 < _version_of(copy) < version  # it was made, and then the first step was taken
        return not os.path.lexists(copy) or (is_older and _state_of(copy) == state)

    copy = next(filter(will_do, (copy_path(path, number) for number in count(1))))
    if not os.path.lexists(copy):
        _copy(db, copy)
    return copy


def _state_of(copy: Path) -> tuple[object, ...] | None:
    """Return which state of an archive a copy holds; None if it cannot be read."""
    try:
        with closing(sqlite3.connect(uri_of(copy, "mode=ro&immutable=1"), uri=True)) as conn:
            return tuple(conn.execute(_STATE).fetchone())
    except sqlite3.Error:
        return None


def _version_of(path: Path) -> int:
    """Return the schema of an SQLite file; 0 if there is none (https://www.sqlite.org/fileformat.html, 1.3.13)."""
    try:
        with path.open("rb") as file:
            return int.from_bytes(file.read(_HEADER)[_USER_VERSION])
    except OSError:
        return 0


def _copy(db: Database, target: Path) -> None:
    """Copy the archive, whole or not at all, as it was before the first step."""
    path = db.path.resolve()
    why = (
        f"{db.path}: is from an older version and is copied to {target.name} before it is brought up to date"
    )
    room_for(target, path.stat().st_size + _wal_bytes(path), f"{why}; that")
    with half_made(target) as half:
        try:
            with closing(sqlite3.connect(half)) as copy:
                db.connection.backup(copy)
        except sqlite3.Error as error:
            raise ArchiveError(f"{why}; copying it failed: {error}; nothing was changed") from error


def _wal_bytes(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else 0

"""Backup and restore: one file, consistent while the service writes, verified before it gets its name.

`VACUUM INTO` sees one state of the archive whatever others write meanwhile, leaves free pages out, and makes the file
anew from its contents (docs/reliability.md has the comparison with SQLite's backup interface). It does not wait for
the disk, so that is done here. A file that is replaced is another archive of ours, never anything else.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import suppress
from itertools import chain, count
from typing import TYPE_CHECKING

from aggregator.archive.chain import Chain
from aggregator.archive.db import APPLICATION_ID, Database, locked
from aggregator.archive.files import half_made, room_for, to_disk
from aggregator.archive.index import Index
from aggregator.archive.upgrade import SCHEMA_VERSION
from aggregator.errors import ArchiveError
from aggregator.models.upkeep import BackupReport

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def back_up(path: Path, target: Path) -> BackupReport:
    """Write a copy of the archive to a file; it appears when it is verified, and not at all otherwise.

    Raises:
        ArchiveError: the archive cannot be read, the target not be written, or the copy is not what it should be.

    """
    _refuse_to_replace(path, target)
    with half_made(target) as half:
        report = _copy(path, half)
        with Database(path, writable=False) as live:
            if report.head and not _goes_on_from(live, report.head):
                raise ArchiveError(f"{target}: the copy is not of {path}; nothing was written")
    return report


def restore(path: Path, backup: Path, now: datetime) -> tuple[BackupReport, Path | None]:
    """Put a verified copy of a backup in the archive's place; return what it holds, and where the old one is kept.

    Raises:
        ArchiveLockedError: the archive is in use.
        ArchiveError: the backup cannot be used; the archive is as it was.

    """
    if not backup.is_file():
        raise ArchiveError(f"{backup}: there is no such file; name a backup that `aggregator backup` wrote")
    if path.exists() and path.samefile(backup):
        raise ArchiveError(f"{backup}: is the archive itself; name a backup")
    if not _is_ours(backup):
        raise ArchiveError(
            f"{backup}: is not a backup made by aggregator; name one that `aggregator backup` wrote"
        )
    with locked(path):
        kept = _free_name(path, f"{path.stem}.before-restore-{now:%Y%m%dT%H%M%S}")
        with half_made(path.resolve(), before=lambda: _set_aside(path.resolve(), kept)) as half:
            report = _copy(backup, half)
        return report, kept if kept.exists() else None


def _free_name(path: Path, stem: str) -> Path:
    """Return a name beside the archive that nothing has: what was kept in this very second stays, too."""
    endings = chain([""], (f"-{number}" for number in count(2)))
    return next(
        free for ending in endings if not (free := path.with_name(f"{stem}{ending}{path.suffix}")).exists()
    )


def _copy(source: Path, half: Path) -> BackupReport:
    """Copy an archive and verify the copy."""
    with Database(source, writable=False) as db:
        version = db.value("PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise ArchiveError(
                f"{source}: was written by a newer aggregator (schema {version}); use that one for it"
            )
        room_for(half, source.stat().st_size, f"copying {source}")
        try:
            db.connection.execute("VACUUM INTO ?", (str(half),))
        except sqlite3.Error as error:
            raise ArchiveError(f"{source}: cannot be copied: {error}; nothing was changed") from error
    return verified(half, f"the copy of {source}")


def verified(half: Path, called: str) -> BackupReport:
    """Check a file from end to end and return what it holds.

    Raises:
        ArchiveError: something is wrong with it.

    """
    with Database(half, writable=True) as db:
        wrong = db.value("PRAGMA integrity_check(1)")
        if wrong != "ok":
            raise ArchiveError(f"{called} is damaged: {wrong}; nothing was changed")
        is_ours = db.value("PRAGMA user_version") == SCHEMA_VERSION
        if is_ours and (trouble := Index(db).check()):
            raise ArchiveError(f"the index in {called} is not right: {trouble}; nothing was changed")
        # a copy needs no files beside it, so that it can be read wherever it lies
        db.connection.execute("PRAGMA journal_mode = DELETE")
        return BackupReport(
            bytes=half.stat().st_size,
            articles=db.value("SELECT count(*) FROM articles"),
            entries=db.value("SELECT count(*) FROM entries"),
            head=str(Chain(db).head()) if is_ours else "",
        )


def _goes_on_from(live: Database, head: str) -> bool:
    return head.startswith("0:") or Chain(live).holds(head)


def _refuse_to_replace(path: Path, target: Path) -> None:
    if not target.exists():
        return
    if target.is_dir():
        raise ArchiveError(f"{target}: is a folder; name a file in it")
    if path.exists() and path.samefile(target):
        raise ArchiveError(f"{target}: is the archive itself; name another file")
    if target.stat().st_size and not _is_ours(target):
        raise ArchiveError(
            f"{target}: is not a backup made by aggregator, and is not replaced; name another file"
        )


def _is_ours(path: Path) -> bool:
    """Tell by the beginning of a file whether it is an archive (https://www.sqlite.org/fileformat.html, 1.3)."""
    with suppress(OSError), path.open("rb") as file:
        return int.from_bytes(file.read(72)[68:72]) == APPLICATION_ID
    return False


def _set_aside(path: Path, kept: Path) -> None:
    """Give the archive another name, with whatever was committed to its log; at every moment one of both is whole."""
    if not path.exists():
        return
    with suppress(sqlite3.Error, ArchiveError):  # a damaged one keeps its log
        _empty_log(path)
    for ending in ("-wal", ""):
        old = path.with_name(path.name + ending)
        if old.exists():
            new = kept.with_name(kept.name + ending)
            try:
                os.link(old, new)
            except OSError:  # a file system without links
                shutil.copy2(old, new)
                to_disk(new)
    to_disk(path.parent)
    for ending in ("-wal", "-shm"):  # a log must never meet another archive than its own
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _empty_log(path: Path) -> None:
    conn = sqlite3.connect(path)
    try:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        conn.close()

"""The archive: everything that is kept, behind a few verbs in the domain's own words.

`open_archive` gives an `Archive` with one shelf for each thing that is kept:

    archive.feeds       apply_plan  make_due  claim  mark_asked  all
    archive.visits      record  move  of
    archive.entries     known  claim  announced
    archive.holds       left  keep  forget
    archive.articles    at  with_fingerprint  record  get  between
    archive.index       search  check
    archive.status(now)

What is claimed is leased and becomes due again by itself; what is recorded is recorded whole, in one transaction.
This is the only room that knows SQL. The contract is `tests/test_archive.py`: a second implementation passes the
same class of tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive.articles import ArticleShelf
from aggregator.archive.db import Database
from aggregator.archive.entries import EntryShelf
from aggregator.archive.feeds import FeedShelf
from aggregator.archive.holds import HoldShelf
from aggregator.archive.index import Index
from aggregator.archive.overview import count_all
from aggregator.archive.visits import VisitShelf
from aggregator.errors import ArchiveError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from typing import Self

    from aggregator.models import Status

__all__ = ["Archive", "open_archive"]

SCHEMA_VERSION = 1  # the number of steps in `migrations`


class Archive:
    """One archive file, open."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.feeds = FeedShelf(db)
        self.visits = VisitShelf(db)
        self.entries = EntryShelf(db)
        self.holds = HoldShelf(db)
        self.articles = ArticleShelf(db)
        self.index = Index(db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Make all that is read and recorded inside one transaction."""
        return self.db.transaction()

    def check(self) -> str:
        """Return what is wrong with the file itself, or ""."""
        found = self.db.value("PRAGMA integrity_check(1)")
        return "" if found == "ok" else str(found)

    def status(self, now: datetime) -> Status:
        return count_all(self.db, now)


def open_archive(path: Path, *, writable: bool) -> Archive:
    """Open the archive; a writable one is made, brought up to date, and freed of the leases of the dead.

    Raises:
        ArchiveLockedError: another process writes to it.
        ArchiveError: it is missing (read only), foreign, damaged, or from another version.

    """
    db = Database(path, writable=writable)
    try:
        _bring_up_to_date(db)
        archive = Archive(db)
        if writable:  # we hold the lock, so whoever held a lease is no more
            archive.feeds.release_leases()
            archive.entries.release_leases()
    except BaseException:
        db.close()
        raise
    return archive


def _bring_up_to_date(db: Database) -> None:
    version = db.value("PRAGMA user_version")
    if version > SCHEMA_VERSION:
        raise ArchiveError(
            f"{db.path}: was written by a newer aggregator (schema {version}, this one knows {SCHEMA_VERSION});"
            " upgrade the program, the archive is left as it is"
        )
    if version == SCHEMA_VERSION:
        return
    if not db.writable:
        raise ArchiveError(
            f"{db.path}: is from an older version (schema {version}); `aggregator poll` brings it up to date"
        )
    from aggregator.archive.migrations import migrate  # noqa: PLC0415  sqlite-utils takes 0.3 s to import

    migrate(db.connection)

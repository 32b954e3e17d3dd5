"""The archive: everything that is kept, behind a few verbs in the domain's own words.

`open_archive` gives an `Archive` with one shelf for each thing that is kept:

    archive.feeds       apply_plan  make_due  claim  mark_asked  all
    archive.visits      record  move  of
    archive.entries     known  claim  claim_looks  postpone  set_aside  announced
    archive.moving      bring  wanting_page  ask_page
    archive.holds       left  keep  forget
    archive.articles    at  with_fingerprint  some  record  rewrite  get  details  revisions
    archive.sketches    add  remove  candidates
    archive.links       shown_for  apart  record  release  forget  unlink  mark_walls  family
    archive.lives       at  of  nearest
    archive.period      articles  articles_after  texts  stories_of  revised  gone  failing_since
    archive.editions    know  last  recent  record  due_letters  mark_sending  mark_sent  mark_failed  send_again
    archive.stories     place  place_copy  remove  list  get  story_of
    archive.pages       keep  newest  get  ids_of  kept_of  sizes
    archive.rereads     to_read  past  record  mark
    archive.sites       memory  keep
    archive.index       search  count  facets  stream  among  check
    archive.watches     begin  touched  unknown  owe  owed  delivered  failed  states
    archive.chain       head  holds  verify
    archive.pruning     plan  apply  shrink
    archive.vitals      growth  room  leases  log_bytes  newest_at  replan  broken_references
    archive.status(now)  verdicts_by_feed

What concerns the file as a whole are functions: `back_up`, `restore`, and `salvage` in its own module.

What is claimed is leased and becomes due again by itself; what is recorded is recorded whole, in one transaction.
This is the only room that knows SQL. The contract is `tests/test_archive.py`: a second implementation passes the
same class of tests.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aggregator.archive.db import Database
from aggregator.archive.upgrade import SCHEMA_VERSION, bring_up_to_date
from aggregator.lazily import named

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from typing import Self

    from aggregator.archive.articles import ArticleShelf
    from aggregator.archive.backup import back_up, restore
    from aggregator.archive.chain import Chain
    from aggregator.archive.editions import EditionShelf
    from aggregator.archive.entries import EntryShelf
    from aggregator.archive.feeds import FeedShelf
    from aggregator.archive.holds import HoldShelf
    from aggregator.archive.index import Index
    from aggregator.archive.links import LinkShelf
    from aggregator.archive.lives import LifeShelf
    from aggregator.archive.moving import MovingShelf
    from aggregator.archive.pages import PageShelf
    from aggregator.archive.period import PeriodShelf
    from aggregator.archive.prune import Pruning
    from aggregator.archive.rereads import RereadShelf
    from aggregator.archive.sites import SiteShelf
    from aggregator.archive.sketches import SketchShelf
    from aggregator.archive.stories import StoryShelf
    from aggregator.archive.visits import VisitShelf
    from aggregator.archive.vitals import Vitals
    from aggregator.archive.watches import WatchShelf
    from aggregator.models import Status, Verdict

__all__ = ["SCHEMA_VERSION", "Archive", "back_up", "open_archive", "restore"]

# Loaded and made when they are first named: all together take as long as asking two hundred feeds.
_SHELVES = {
    "feeds": "feeds.FeedShelf",
    "visits": "visits.VisitShelf",
    "entries": "entries.EntryShelf",
    "holds": "holds.HoldShelf",
    "moving": "moving.MovingShelf",
    "articles": "articles.ArticleShelf",
    "sketches": "sketches.SketchShelf",
    "links": "links.LinkShelf",
    "lives": "lives.LifeShelf",
    "stories": "stories.StoryShelf",
    "pages": "pages.PageShelf",
    "rereads": "rereads.RereadShelf",
    "period": "period.PeriodShelf",
    "editions": "editions.EditionShelf",
    "sites": "sites.SiteShelf",
    "index": "index.Index",
    "watches": "watches.WatchShelf",
    "chain": "chain.Chain",
    "pruning": "prune.Pruning",
    "vitals": "vitals.Vitals",
}

__getattr__ = named(__name__, {"backup": "back_up restore"})


class Archive:
    """One archive file, open."""

    feeds: FeedShelf
    visits: VisitShelf
    entries: EntryShelf
    holds: HoldShelf
    moving: MovingShelf
    articles: ArticleShelf
    sketches: SketchShelf
    links: LinkShelf
    lives: LifeShelf
    stories: StoryShelf
    pages: PageShelf
    rereads: RereadShelf
    period: PeriodShelf
    editions: EditionShelf
    sites: SiteShelf
    index: Index
    watches: WatchShelf
    chain: Chain
    pruning: Pruning
    vitals: Vitals

    def __init__(self, db: Database, former: Path | None = None) -> None:
        self.db = db
        self.former = (
            former  # the copy from before its schema was brought up to date, if that was done just now
        )
        if db.writable:
            db.companion = _IndexInStep(self)

    if not TYPE_CHECKING:  # so that a name that is no shelf is seen by mypy

        def __getattr__(self, name: str) -> Any:
            """Make a shelf when it is first named, once for all threads."""
            if name not in _SHELVES:
                raise AttributeError(f"an archive has no shelf {name!r}")
            module, _, made = _SHELVES[name].partition(".")
            with self.db.turn:  # what is made may look into the file
                if name not in self.__dict__:
                    self.__dict__[name] = getattr(import_module(f"{__name__}.{module}"), made)(self.db)
            return self.__dict__[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Make all that is read and recorded inside one transaction."""
        return self.db.transaction()

    def attempt(self) -> AbstractContextManager[None]:
        """Take back what is recorded inside when it raises, and only that."""
        return self.db.attempt()

    def check(self) -> str:
        """Return what is wrong with the file itself, or ""."""
        found = self.db.value("PRAGMA integrity_check(1)")
        return "" if found == "ok" else str(found)

    def status(self, now: datetime) -> Status:
        from aggregator.archive.overview import count_all  # noqa: PLC0415  as the shelves

        return count_all(self.db, now)

    def verdicts_by_feed(self) -> dict[int, dict[Verdict, int]]:
        """Return how each feed's newest articles could be read: id of the feed → verdict → articles."""
        from aggregator.archive.overview import verdicts_by_feed  # noqa: PLC0415  as the shelves

        return verdicts_by_feed(self.db)


def _is_index_behind(db: Database) -> bool:
    """Tell whether something waits to be indexed; asked at the end of every transaction."""
    return db.connection.execute("SELECT 1 FROM index_queue LIMIT 1").fetchone() is not None


class _IndexInStep:
    """Has the index written with every transaction that changed what it holds; most do not."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def before_commit(self) -> None:
        if _is_index_behind(self._archive.db):
            self._archive.index.writer.before_commit()

    def after_rollback(self) -> None:
        if "index" in vars(self._archive):  # else it remembers nothing that could be wrong
            self._archive.index.writer.after_rollback()


def open_archive(path: Path, *, writable: bool) -> Archive:
    """Open the archive; a writable one is made, brought up to date, and freed of the leases of the dead.

    Raises:
        ArchiveLockedError: another process writes to it.
        ArchiveError: it is missing (read only), foreign, damaged, or from another version.

    """
    db = Database(path, writable=writable)
    try:
        former = bring_up_to_date(db)
        archive = Archive(db, former)
        if writable:  # we hold the lock, so whoever held a lease is no more
            archive.feeds.release_leases()
            archive.entries.release_leases()
            if _is_index_behind(db):
                archive.index.writer.catch_up()
    except BaseException:
        db.close()
        raise
    return archive

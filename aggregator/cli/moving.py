"""import: what another program kept of feeds, as entries and articles of ours."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.terminal import note, progress
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.models import Keepsake, MovedIn


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(dir_okay=False, path_type=Path)
)
@click.option("--follow", is_flag=True, help="Also add its feeds to feeds.opml.")
@click.option(
    "--fetch-pages", is_flag=True, help="Ask for the pages of its entries, too: of each host one every 30 s."
)
@pass_session
def import_(session: Session, files: tuple[Path, ...], *, follow: bool, fetch_pages: bool) -> int:
    """Take in the entries that another program kept; which program it was is recognised from FILE.

    newsboat's cache.db, the database of reader, FreshRSS's export of articles (JSON) and Miniflux's /v1/entries (JSON).
    Their articles are made of the words that were kept, dated as they were, and the next poll knows them again.
    Entries of feeds that are not in feeds.opml are taken in as well; those feeds are paused.

    \b
    aggregator feeds import ~/.newsboat/urls && aggregator import ~/.newsboat/cache.db
    aggregator import --follow reader.sqlite
    """
    from aggregator.app import follow_subscriptions, now, open_archive, open_workers
    from aggregator.cli.feeds import append_subscriptions
    from aggregator.keepsakes import open_keepsake
    from aggregator.pipeline import MovingIn, move_in
    from aggregator.schedule import Spread

    spread = Spread(now()) if fetch_pages else None
    taken = 0
    for file in files:
        started = time.monotonic()
        with open_keepsake(file) as keepsake:
            if follow:
                append_subscriptions(session.config, keepsake.subscriptions)
            with open_archive(session.config, writable=True) as archive, open_workers(session.config) as pool:
                follow_subscriptions(session.config, archive, now())
                moved = _count(keepsake, move_in(MovingIn(archive, pool.run, now, spread), keepsake))
        _tell(file, keepsake, moved, time.monotonic() - started)
        taken += moved.new + moved.known
    return 0 if taken else NOTHING_FOUND


def _count(keepsake: Keepsake, batches: Iterable[MovedIn]) -> MovedIn:
    from aggregator.models import MovedIn

    moved = MovedIn()
    with progress(keepsake.count, "import") as bar:
        for batch in batches:
            moved += batch
            bar.advance(batch.new + batch.known + batch.unreadable + batch.homeless, keepsake.program)
    return moved


def _tell(file: Path, keepsake: Keepsake, moved: MovedIn, seconds: float) -> None:
    for line in keepsake.left_out:
        note(f"left out: {line}")
    if moved.homeless:
        note(
            f"left out: {counted(moved.homeless, 'entry', 'entries')} without a feed;"
            " `aggregator feeds import` takes that program's OPML, then try again"
        )
    if moved.unreadable:
        note(f"left out: {counted(moved.unreadable, 'unreadable entry', 'unreadable entries')}")
    entries = counted(moved.new, "entry", "entries")
    note(
        f"{file}: {entries} moved in from {keepsake.program} · {moved.known:,} already here · {seconds:.1f} s"
    )
    if moved.paused:
        note(
            f"{counted(moved.paused, 'feed')} of theirs not in feeds.opml and paused; --follow adds what is missing"
        )
    if moved.asked:
        note(f"{counted(moved.asked, 'page')} of those already here will be fetched")

"""How the cost of a poll's steps grows with feeds (1,000 to 100,000) and with entries (10,000 to 1,000,000).

Synthetic rows, made by SQL; what is measured are the archive's own verbs in one thread, in CPU time: claiming feeds
that are all due at once, claiming entries of which all are due, and recording a visit with new entries. Every figure
is a ratio of the largest size to the smallest in the same run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.models import EntryChange, Outcome, ParsedEntry, Subscription, SubscriptionPlan, Visit
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from tests.makers import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.archive import Archive

LEASE = timedelta(minutes=15)
BATCH = 128
FEED_SIZES = (1_000, 10_000, 100_000)
ENTRY_SIZES = (10_000, 100_000, 1_000_000)
QUICK_FEEDS, QUICK_ENTRIES = FEED_SIZES[:2], ENTRY_SIZES[:2]
ENTRIES_A_FEED = 100
_TEXT = "x" * 1_500  # characters of a feed's words for an entry

_FILL_ENTRIES = """
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :entries)
    INSERT INTO entries (
        feed_id, guid, link, link_key, host, title, published_at, summary_html, hash, first_seen_at, next_try_at
    )
    SELECT i % :feeds + 1, 'g' || i, 'https://h' || (i % :feeds) || '.example/' || i,
        'https://h' || (i % :feeds) || '.example/' || i, 'h' || (i % :feeds) || '.example', 'Title ' || i,
        '2026-01-01T00:00:00Z', :text, 'h' || i, '2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z'
    FROM n
"""


def cpu_of(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def with_feeds(archive: Archive, feeds: int) -> None:
    plan = SubscriptionPlan(add=tuple(Subscription(f"https://h{n}.example/feed") for n in range(feeds)))
    archive.feeds.apply_plan(plan, NOW)


def claiming_feeds(folder: Path, feeds: int) -> float:
    """Return microseconds a feed, all of them due, with as many under way as a poll has."""
    with open_archive(folder / f"{feeds}-feeds.db", writable=True) as archive:
        with_feeds(archive, feeds)
        rounds = min(feeds // BATCH, 30)

        def work() -> None:
            for _ in range(rounds):
                claimed = archive.feeds.claim(NOW, limit=BATCH, lease=LEASE)
                for feed in claimed:
                    archive.feeds.mark_asked(feed.id, NOW, NOW + timedelta(hours=1))

        return cpu_of(work) / rounds / BATCH * 1e6


def with_entries(archive: Archive, entries: int) -> None:
    feeds = entries // ENTRIES_A_FEED
    with_feeds(archive, feeds)
    archive.db.execute(_FILL_ENTRIES, {"entries": entries, "feeds": feeds, "text": _TEXT})


def claiming_entries(archive: Archive) -> float:
    """Return microseconds an entry, all of them due."""
    rounds = 10

    def work() -> None:
        for _ in range(rounds):
            for entry in archive.entries.claim(NOW, limit=BATCH, lease=LEASE):
                archive.entries.postpone(entry, NOW + timedelta(days=1))

    return cpu_of(work) / rounds / BATCH * 1e6


def recording(archive: Archive) -> float:
    """Return microseconds for each new entry of visits that bring twenty, with the look for known ones."""
    feeds = archive.feeds.claim(NOW, limit=50, lease=LEASE)

    def work() -> None:
        for feed in feeds:
            parsed = [
                ParsedEntry(f"new{n}", f"{feed.url}/{n}", f"T {n}", summary_html=_TEXT) for n in range(20)
            ]
            archive.entries.known(feed.id, [e.guid for e in parsed], [e.link for e in parsed])
            archive.entries.times(feed.id, 400)
            changes = tuple(EntryChange(entry, entry.link, entry.guid) for entry in parsed)
            archive.visits.record(
                [Visit(replace(feed, last_visit_at=NOW), NOW, Outcome.NEW, changes, prints=bytes(160))]
            )

    return cpu_of(work) / len(feeds) / 20 * 1e6


def growth(name: str, costs: dict[int, float], target: float) -> Iterator[Figure]:
    for size, cost in costs.items():
        yield Figure(f"{name}.{size}", cost, "us")
    sizes = sorted(costs)
    yield Figure(f"{name}.growth", costs[sizes[-1]] / costs[sizes[0]], "times", "<=", target)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="to a tenth of the sizes")
    args = parser.parse_args()
    feed_sizes, entry_sizes = (QUICK_FEEDS, QUICK_ENTRIES) if args.quick else (FEED_SIZES, ENTRY_SIZES)
    claims: dict[int, float] = {}
    records: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        feeds = {size: claiming_feeds(folder, size) for size in feed_sizes}
        for size in entry_sizes:
            with open_archive(folder / f"{size}-entries.db", writable=True) as archive:
                with_entries(archive, size)
                claims[size] = claiming_entries(archive)
                records[size] = recording(archive)
    return report(
        [
            *growth("claim-feed", feeds, 1.5),
            *growth("claim-entry", claims, 1.5),
            *growth("record-entry", records, 1.25),
        ],
        args.json,
    )


if __name__ == "__main__":
    sys.exit(main())

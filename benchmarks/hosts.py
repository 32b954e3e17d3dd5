"""One slow host with many feeds beside many quick hosts: nobody waits for the slow one, and it is not starved.

    python -m benchmarks.hosts [--quick] [--json FILE]

Real sockets, threads, archive and time. The quick hosts are polled once alone and once beside the slow one; what
counts is how much later the last of them was visited. Each host has an address of its own in 127.0.0.0/8.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from aggregator.archive import open_archive
from aggregator.fetch import Crew, Fetcher, FetchLimits, HostBudget
from aggregator.models import Subscription, SubscriptionPlan
from aggregator.pipeline import CAPACITY, Tools, poll_feeds
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.publisher import rss
from benchmarks.reader import LOOPBACK, rhythm_of
from benchmarks.scene import START
from tests.fakes import Clock, here
from tests.newsroom.server import Ask, LoopbackServer, Reply, bind_all, wire

SLOW = "127.99.0.1"
THREADS = 16


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a rush is played."""

    quick_hosts: int
    slow_feeds: int
    answer_s: float  # that the slow host takes
    spacing_s: float  # between the starts of two requests to one host


FULL = Scale(1000, 200, 1.0, 1.0)
SMALL = Scale(300, 60, 0.05, 0.05)


@dataclass
class Rush:
    """What the servers saw of one poll of everything."""

    quick_s: float = 0.0  # until the last quick feed was visited
    whole_s: float = 0.0
    visited: Counter[str] = field(default_factory=Counter)  # "quick" and "slow" feeds
    failed: int = 0
    slow_then: int = 0  # slow feeds that were visited when the last quick one was
    most_slow: int = 0  # requests under way at the slow host
    slow_starts: list[float] = field(default_factory=list)
    threads: int = 0


def quick_addresses(count: int) -> list[str]:
    return [f"127.88.{number // 250}.{number % 250 + 1}" for number in range(count)]


class Street:
    """The servers: every quick host answers at once, the slow one takes its time."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.rush = Rush()
        self._at_slow = 0
        self.port, sockets = bind_all([SLOW, *quick_addresses(scale.quick_hosts)])
        self.server = LoopbackServer(sockets, self._respond)

    def _respond(self, ask: Ask) -> Reply:
        rush = self.rush
        rush.threads = max(rush.threads, threading.active_count())
        said = wire(200, {"Content-Type": "application/rss+xml"}, rss(f"{ask.address}{ask.target}"))
        if ask.address != SLOW:
            return Reply(200, said)
        self._at_slow += 1
        rush.most_slow = max(rush.most_slow, self._at_slow)
        rush.slow_starts.append(time.monotonic())

        def finished(_answered: bool) -> None:
            self._at_slow -= 1

        return Reply(200, said, self.scale.answer_s, finished=finished)

    def poll(self, *, with_slow: bool) -> Rush:
        """Follow everything in a new archive and poll it once."""
        self.rush = rush = Rush()
        urls = [f"http://{address}:{self.port}/feed" for address in quick_addresses(self.scale.quick_hosts)]
        slow = [f"http://{SLOW}:{self.port}/{number}" for number in range(self.scale.slow_feeds)]
        with tempfile.TemporaryDirectory(prefix="aggregator-hosts-") as folder:
            self._visit_all(Path(folder), [*slow, *urls] if with_slow else urls, rush)
        return rush

    def _visit_all(self, folder: Path, urls: list[str], rush: Rush) -> None:
        budget = HostBudget(self.scale.spacing_s)
        limits = FetchLimits("test/1 (+https://example.org)", allow_networks=(LOOPBACK,))
        crew, began = Crew(THREADS, budget), time.monotonic()
        with (
            open_archive(folder / "archive.db", writable=True) as archive,
            Fetcher(limits, budget) as fetcher,
        ):
            added = tuple(Subscription(url) for url in urls)
            archive.feeds.apply_plan(SubscriptionPlan(add=added), START)
            for visit in poll_feeds(Tools(archive, fetcher.fetch, here, crew, Clock(START), rhythm_of())):
                kind = "slow" if SLOW in visit.feed.url else "quick"
                rush.visited[kind] += 1
                rush.failed += visit.failed
                if kind == "quick":
                    rush.quick_s, rush.slow_then = time.monotonic() - began, rush.visited["slow"]
            rush.whole_s = time.monotonic() - began


def judge(scale: Scale) -> list[Figure]:
    street = Street(scale)
    street.server.start()
    try:
        alone = street.poll(with_slow=False)
        beside = street.poll(with_slow=True)
    finally:
        street.server.close()
    turn = max(scale.answer_s, scale.spacing_s)
    ahead = CAPACITY / scale.quick_hosts * alone.quick_s  # that many may stand in the queue before its turn
    gaps = [after - before for before, after in pairwise(beside.slow_starts)]
    return [
        Figure("hosts.quick_alone", alone.quick_s, "s"),
        Figure("hosts.quick_beside_slow", beside.quick_s, "s"),
        Figure("hosts.delay", beside.quick_s / alone.quick_s, "ratio", "<=", 1.5),
        Figure("hosts.quick_visited", beside.visited["quick"], "feeds", "==", scale.quick_hosts),
        Figure("hosts.slow_visited", beside.visited["slow"], "feeds", "==", scale.slow_feeds),
        Figure("hosts.failed", alone.failed + beside.failed, "visits", "==", 0),
        Figure("hosts.slow_parallel", beside.most_slow, "requests", "==", 1),
        Figure("hosts.slow_spacing", sum(gaps) / len(gaps), "s", ">=", 0.98 * scale.spacing_s),
        Figure("hosts.slow_longest_pause", max(gaps), "s", "<=", 3 * turn + ahead),
        Figure("hosts.slow_visited_meanwhile", beside.slow_then, "feeds"),
        Figure("hosts.whole", beside.whole_s, "s", "<=", 1.25 * (scale.slow_feeds * turn + alone.quick_s)),
        Figure("hosts.threads", beside.threads, "threads", "<=", THREADS + 8),
        Figure("hosts.peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", "<=", 250),
    ]


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer hosts, and a slow host that is less slow")
    wanted = parser.parse_args()
    return report(judge(SMALL if wanted.quick else FULL), wanted.json)


if __name__ == "__main__":
    sys.exit(main())

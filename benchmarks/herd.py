"""A herd: thousands of feeds due at once after a week off. The network is a fake, the crew and the budget are real."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.fetch import Crew, HostBudget
from aggregator.models import Failure, Request, Response, Subscription, SubscriptionPlan
from aggregator.pipeline import Tools, poll_feeds
from aggregator.urls import host_of
from benchmarks.figures import Figure
from benchmarks.reader import rhythm_of
from benchmarks.scene import START, Breach
from tests.fakes import Clock, here

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 16
SPACING = 0.02  # seconds; a fiftieth of the default, as everything here
ANSWER = 0.001


@dataclass
class Crowd:
    """A web that answers 304 after a moment, and counts who is with whom at the same time."""

    budget: HostBudget
    starts: dict[str, list[float]] = field(default_factory=dict)
    most_of_a_host: int = 0
    most: int = 0
    _with: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, request: Request) -> Response | Failure:
        host = host_of(request.url)
        with self.budget.slot(host, self.budget.clock() + 60):
            with self._lock:
                self._with[host] += 1
                self.starts.setdefault(host, []).append(time.monotonic())
                self.most_of_a_host = max(self.most_of_a_host, self._with[host])
                self.most = max(self.most, self._with.total())
            time.sleep(ANSWER)
            with self._lock:
                self._with[host] -= 1
        return Response(request.url, request.url, 304, {"etag": '"a"'})


def herd(quick: bool) -> tuple[list[Breach], list[Figure]]:
    """Wake up after seven days with everything due; return the breaches, and how the rush went."""
    feeds = 1_000 if quick else 10_000
    budget = HostBudget(SPACING)
    crowd = Crowd(budget)
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-herd-") as folder,
        open_archive(Path(folder) / "archive.db", writable=True) as archive,
    ):
        archive.feeds.apply_plan(SubscriptionPlan(add=tuple(_subscriptions(feeds))), START)
        crew, clock = Crew(THREADS, budget), Clock(START + timedelta(days=7))
        began = time.monotonic()
        visits = sum(1 for _ in poll_feeds(Tools(archive, crowd.fetch, here, crew, clock, rhythm_of())))
        took = time.monotonic() - began
        again = Counter(
            feed.next_check_at.replace(second=0) for feed in archive.feeds.all() if feed.next_check_at
        )
    return list(_breaches(crowd)), [
        Figure("manners.herd_visits", visits, "visits", "==", feeds),
        Figure("manners.herd_parallel", crowd.most, "requests", "<=", THREADS),
        Figure("manners.herd_seconds", took, "s"),
        Figure("manners.herd_next_in_one_minute", max(again.values()) / feeds, "share", "<=", 0.25),
    ]


def _subscriptions(count: int) -> Iterator[Subscription]:
    """Yield feeds: a tenth on hosts of fifty, one host with a fiftieth of all, the others each on its own."""
    for number in range(count):
        if number % 50 == 0:
            host = "giant.example"
        elif number % 10 == 1:
            host = f"shared-{number // 500}.example"
        else:
            host = f"own-{number}.example"
        yield Subscription(f"https://{host}/{number}.xml")


def _breaches(crowd: Crowd) -> Iterator[Breach]:
    if crowd.most_of_a_host > 1:
        yield Breach("parallel_beyond_budget", f"a herd: {crowd.most_of_a_host} requests of one host at once")
    for host, starts in crowd.starts.items():
        gaps = [after - before for before, after in pairwise(starts)]
        # What we see of a start comes a little late, so single gaps are measured less exactly than their sum.
        if gaps and (min(gaps) < SPACING / 2 or sum(gaps) < (len(gaps) - 0.5) * SPACING):
            yield Breach("spacing_short", f"a herd: {host} asked {len(starts)} times in {sum(gaps):.3f} s")

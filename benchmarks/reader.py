"""The program on a simulated clock: its own loops, fetcher and archive file; only the time is ours.

`python -m benchmarks.reader FOLDER INSTANT pause|-` is the one poll that the suites kill.
"""

from __future__ import annotations

import math
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from aggregator import __version__
from aggregator.archive import open_archive
from aggregator.fetch import Crew, Fetcher, FetchLimits, HostBudget
from aggregator.models import Subscription, SubscriptionPlan
from aggregator.pipeline import Tools, archive_entries, poll_feeds
from aggregator.schedule import Rhythm
from benchmarks.publisher import resolve
from tests.fakes import Clock, OneByOne, here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aggregator.models import Archived, Feed, Visit

LOOPBACK = "127.0.0.0/8"
CONTACT = "https://example.org/contact"
ENDLESS = 50  # visits of each feed at one instant: nobody would call that polling
FIRST_STEP, LONGEST_STEP = timedelta(minutes=1), timedelta(hours=1)


def rhythm_of(hours: float = 1.0) -> Rhythm:
    return Rhythm(interval=timedelta(hours=hours))


class Reader:
    """`with Reader(folder, clock) as reader: reader.follow(url); reader.run(hours=48)`."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        hours: float = 1.0,  # between two looks at a feed, at least
        spacing: float = 0.0,  # seconds between two requests to one host
        threads: int = 0,  # 0: one request after the other, in simulated time; else a crew, in real time
        deadline: float = 5.0,
        ca_file: str = "",
        look_up: Callable[[str, int], Sequence[str]] = resolve,
        work: Callable[..., Any] = here,
    ) -> None:
        self.path = folder / "archive.db"
        self.clock = clock
        self._rhythm = rhythm_of(hours)
        self._spacing = spacing
        self._threads = threads
        self._limits = FetchLimits(
            f"aggregator/{__version__} (+{CONTACT})",
            allow_networks=(LOOPBACK,),
            deadline=deadline,
            ca_file=ca_file,
        )
        self._resolve = look_up
        self._work = work
        self._followed = 0

    def __enter__(self) -> Self:
        self._open = ExitStack()
        self.archive = self._open.enter_context(open_archive(self.path, writable=True))
        budget = HostBudget(self._spacing) if self._threads else self._budget()
        fetcher = Fetcher(self._limits, budget, resolve=self._resolve, clock=lambda: self.clock().timestamp())
        self.fetcher = self._open.enter_context(fetcher)
        crew = Crew(self._threads, budget) if self._threads else OneByOne()
        self.tools = Tools(
            self.archive, self.fetcher.fetch, self._work, crew, self.clock, self._rhythm, budget=budget
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def restart(self) -> None:
        self.__exit__()
        self.__enter__()

    def follow(self, *urls: str) -> None:
        self._followed += len(urls)
        added = tuple(Subscription(url) for url in urls)
        self.archive.feeds.apply_plan(SubscriptionPlan(add=added), self.clock())

    def feed(self, url: str) -> Feed | None:
        return next((feed for feed in self.archive.feeds.all() if feed.url == url), None)

    def poll(self) -> list[Visit]:
        """Poll what is due now."""
        visits: list[Visit] = []
        enough = ENDLESS * (self._followed + 1)
        for visit in poll_feeds(self.tools):
            visits.append(visit)
            if len(visits) > enough:
                raise RuntimeError(f"{visit.feed.url} is polled without end at {visit.at}")
        return visits

    def archive_pages(self) -> list[Archived]:
        return list(archive_entries(self.tools))

    def run(self, **by: float) -> None:
        """Let time pass, and poll whenever something is due."""
        until, step = self.clock() + timedelta(**by), FIRST_STEP
        while (due := self._next_due()) is not None and due <= until and self.clock() <= until:
            self.clock.at = max(self.clock.at, due)
            if self.poll():
                step = FIRST_STEP
            else:  # due, but held back: look again, as the service does at each tick
                self.clock.at += step
                step = min(1.5 * step, LONGEST_STEP)
        self.clock.at = max(self.clock.at, until)

    def _next_due(self) -> datetime | None:
        feeds = self.archive.feeds.all()
        return min((f.next_check_at for f in feeds if f.state == "active" and f.next_check_at), default=None)

    def _budget(self) -> HostBudget:
        return HostBudget(
            self._spacing, clock=lambda: self.clock().timestamp(), sleep=lambda s: self._sleep(math.ceil(s))
        )

    def _sleep(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)


def main() -> None:
    """Poll once, at the instant that is given; pause before anything is recorded if asked to."""
    folder, instant, pause = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3] == "pause"

    def work(func: Callable[..., Any], *args: Any) -> Any:
        print("reading", flush=True)
        time.sleep(60 if pause else 0)
        return func(*args)

    with Reader(folder, Clock(instant), work=work) as reader:
        reader.poll()
    print("done", flush=True)


if __name__ == "__main__":
    main()

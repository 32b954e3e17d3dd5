"""soak: a day of thousands of feeds. The clock and the web are made up; loops, workers, crew and archive are real.

Every feed brings articles at random moments of its own; each must be archived once. A tick is five minutes of the day.
Were the day to pass in half an hour, a tick would have six seconds: what a tick takes beyond that makes the
next ones late, and the most that they are late is what a feed is overdue.
"""

from __future__ import annotations

import logging
import os
import random
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.fetch import Crew
from aggregator.models import Failure, FailureKind, Request, Response, Subscription, SubscriptionPlan
from aggregator.pipeline import Pricing, Tools, archive_entries, poll_feeds
from aggregator.schedule import Rechecks, Rhythm
from aggregator.workers import WorkerPool
from benchmarks.figures import Figure
from tests.fakes import Clock
from tests.torture.growing import story

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(minutes=5)
HALF_AN_HOUR = 1800.0
SPEED = DAY.total_seconds() / HALF_AN_HOUR
INTERVAL = timedelta(minutes=60)
WINDOW = 15
BROKEN = 37  # every so many-th feed fails
MB = 1e6


@dataclass
class Day:
    """A web in which feed number N posts at its own moments of the day, the first one before it begins."""

    feeds: int
    clock: Clock
    posts: dict[int, list[datetime]] = field(default_factory=dict)
    requests: int = 0

    def __post_init__(self) -> None:
        dice = random.Random(7)
        for feed in range(self.feeds):
            rate = min(40.0, dice.lognormvariate(-1.2, 1.7))  # a day: few write much, most write little
            at, moments = START, [START - timedelta(hours=dice.uniform(1, 400))]
            while (at := at + DAY * dice.expovariate(rate)) < START + DAY:
                moments.append(at)
            self.posts[feed] = moments

    def url(self, feed: int) -> str:
        return f"https://f{feed}.example/feed.xml"

    def until(self, moment: datetime) -> set[str]:
        """Return the addresses of all articles that were announced until then."""
        return {
            f"https://f{feed}.example/{number}"
            for feed, moments in self.posts.items() if feed % BROKEN
            for number, at in enumerate(moments) if at <= moment
        }  # fmt: skip

    def fetch(self, request: Request) -> Response | Failure:
        self.requests += 1
        host, _, path = request.url.removeprefix("https://f").partition(".example/")
        feed = int(host)
        if feed % BROKEN == 0:
            return Failure(request.url, FailureKind.TIMEOUT, "no answer in time")
        if path != "feed.xml":
            return self._page(request.url, feed, int(path))
        posted = [(n, at) for n, at in enumerate(self.posts[feed]) if at <= self.clock.at]
        etag = f'"{len(posted)}"'
        if request.validators.etag == etag:
            return Response(request.url, request.url, 304, {"etag": etag})
        items = "".join(self._item(feed, number, at) for number, at in posted[: -WINDOW - 1 : -1])
        body = f"<rss version='2.0'><channel><title>Feed {feed}</title>{items}</channel></rss>".encode()
        return Response(
            request.url, request.url, 200, {"content-type": "application/rss+xml", "etag": etag}, body
        )

    def _item(self, feed: int, number: int, at: datetime) -> str:
        told = story(feed, number)
        return (
            f"<item><guid isPermaLink='false'>{number}</guid><link>https://f{feed}.example/{number}</link>"
            f"<title>{told[1][:40]}</title><pubDate>{format_datetime(at)}</pubDate><description>{told[0]}</description></item>"
        )

    def _page(self, url: str, feed: int, number: int) -> Response:
        told = story(feed, number)
        text = "".join(f"<p>{paragraph}</p>" for paragraph in told)
        head = f"<html lang='en'><title>{told[1][:40]}</title><body><nav>Home</nav>"
        body = f"{head}<article><h1>{told[1][:40]}</h1>{text}</article></body></html>"
        return Response(url, url, 200, {"content-type": "text/html"}, body.encode())


def suite(*, quick: bool, count: int = 0) -> list[Figure]:
    count = count or (60 if quick else 10_000)
    logging.getLogger("aggregator").setLevel(logging.ERROR)  # feeds fail here all day
    clock = Clock(START)
    day = Day(count, clock)
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-soak-") as folder,
        open_archive(Path(folder) / "archive.db", writable=True) as archive,
        WorkerPool(2, 20.0, 1 << 30) as pool,
    ):
        archive.feeds.apply_plan(
            SubscriptionPlan(add=tuple(Subscription(day.url(feed)) for feed in range(count))), START
        )
        tools = Tools(
            archive, day.fetch, pool.run, Crew(4), clock, Rhythm(INTERVAL, DAY), pricing=Pricing(8.0),
            rechecks=Rechecks(on=False),
        )  # fmt: skip
        first, *ticks = list(_play(tools, clock))
        _last_look(tools, clock)
        found = [row[0] for row in archive.db.rows("SELECT link FROM entries WHERE article_id IS NOT NULL")]
        copies = archive.db.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL")
        articles = archive.db.value("SELECT count(*) FROM articles")
        troubles = [archive.check(), archive.index.check(), *(b.said for b in archive.chain.verify().breaks)]
        visits = archive.db.value("SELECT count(*) FROM visits")
    wanted = day.until(clock.at)
    return [
        Figure("soak.feeds", count, "feeds", ">=", count),
        Figure("soak.first_look", first.seconds, "s"),
        *_day_figures(ticks),
        Figure("soak.visits_a_feed", visits / count, "visits"),
        Figure("soak.articles", articles, "articles", "==", len(wanted)),
        Figure("soak.missing", len(wanted - set(found)), "entries", "==", 0),
        Figure("soak.doubled", len(found) - len(set(found)) + copies, "entries", "==", 0),
        Figure("soak.damaged", len([one for one in troubles if one]), "findings", "==", 0),
    ]


@dataclass(frozen=True)
class Tick:
    seconds: float
    memory_mb: float


def _play(tools: Tools, clock: Clock) -> Iterator[Tick]:
    while clock.at < START + DAY:
        began = time.monotonic()
        for _ in poll_feeds(tools):
            pass
        for _ in archive_entries(tools):
            pass
        yield Tick(time.monotonic() - began, _memory())
        clock.at += TICK


def _last_look(tools: Tools, clock: Clock) -> None:
    """After the day ask every feed once more, so that what came at its end is there, too."""
    tools.archive.feeds.make_due(clock.at)
    for _ in poll_feeds(tools):
        pass
    for _ in archive_entries(tools):
        pass


def _day_figures(ticks: list[Tick]) -> list[Figure]:
    late = worst = 0.0
    for tick in ticks:
        late = max(0.0, late + tick.seconds * SPEED - TICK.total_seconds())
        worst = max(worst, late + tick.seconds * SPEED)
    quarter = len(ticks) // 4
    before, after = (
        sum(tick.memory_mb for tick in part) / quarter for part in (ticks[:quarter], ticks[-quarter:])
    )
    return [
        Figure("soak.day", sum(tick.seconds for tick in ticks), "s", "<=", HALF_AN_HOUR),
        Figure("soak.overdue", worst / INTERVAL.total_seconds(), "intervals", "<=", 2.0),
        Figure("soak.memory", after, "MB", "<=", 250),
        Figure("soak.memory_growth", after / before - 1, "share", "<=", 0.05),
    ]


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB

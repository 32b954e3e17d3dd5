"""The web of a day, in a process of its own: `python -m tests.torture.day FEEDS`.

Feed number N posts at its own moments of a made-up day, each feed at an address of its own. What the time is comes in
on standard input, in seconds since the day began; for each such line one goes out, with what was asked until then.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from tests.newsroom.server import LoopbackServer, Reply, bind_all, wire
from tests.torture.growing import story

if TYPE_CHECKING:
    from tests.newsroom.server import Ask

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = 15  # articles that a feed shows
BROKEN = 37  # every so many-th feed fails, each in one of these ways
FAILURES = (
    wire(500, {}),
    wire(404, {}),
    wire(200, {"Content-Type": "text/html"}, b"<html><title>Log in</title><form></form></html>"),
    b"HELLO\r\n\r\n",
)
_RSS = {"Content-Type": "application/rss+xml"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}


@lru_cache(2)
def posts(feeds: int) -> tuple[tuple[timedelta, ...], ...]:
    """Return for each feed the moments of its articles, the first one before the day begins."""
    dice = random.Random(7)
    each = []
    for _ in range(feeds):
        rate = min(40.0, dice.lognormvariate(-1.2, 1.7))  # a day: few write much, most write little
        at, moments = timedelta(0), [-timedelta(hours=dice.uniform(1, 400))]
        while (at := at + DAY * dice.expovariate(rate)) < DAY:
            moments.append(at)
        each.append(tuple(moments))
    return tuple(each)


def address(feed: int) -> str:
    return f"127.80.{feed // 250}.{feed % 250 + 1}"


def is_broken(feed: int) -> bool:
    return feed % BROKEN == 0


@dataclass
class DayWeb:
    """The process from outside: `with DayWeb(10) as web: web.turn(timedelta(hours=3))`."""

    feeds: int
    requests: int = 0  # until the last turn
    early: int = 0  # feeds that were asked again sooner than they may be
    port: int = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.day", str(self.feeds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    @property
    def pid(self) -> int:
        return self._process.pid

    def turn(self, at: timedelta) -> None:
        """Tell the web what time it is, and learn what it was asked for until now."""
        assert self._process.stdin
        self._process.stdin.write(f"{at.total_seconds()}\n")
        self._read()

    def _read(self) -> None:
        assert self._process.stdout
        said = json.loads(self._process.stdout.readline())
        self.port, self.requests, self.early = said["port"], said["requests"], said["early"]

    def opml(self) -> str:
        outlines = "".join(f'<outline type="rss" xmlUrl="{self.feed_url(n)}"/>' for n in range(self.feeds))
        return f'<opml version="2.0"><head><title>a day</title></head><body>{outlines}</body></opml>'

    def feed_url(self, feed: int) -> str:
        return f"http://{address(feed)}:{self.port}/feed.xml"

    def announced(self, at: timedelta) -> set[str]:
        """Return the addresses of all articles that were announced until then."""
        return {
            f"http://{address(feed)}:{self.port}/{number}"
            for feed, moments in enumerate(posts(self.feeds)) if not is_broken(feed)
            for number, moment in enumerate(moments) if moment <= at
        }  # fmt: skip


@dataclass
class _Day:
    """The process from inside."""

    feeds: int
    soonest: timedelta  # between two visits of a feed
    at: timedelta = timedelta(0)
    requests: int = 0
    early: int = 0
    asked: dict[int, timedelta] = field(default_factory=dict)

    def respond(self, ask: Ask) -> Reply:
        self.requests += 1
        _, _, high, low = map(int, ask.address.split("."))
        feed = high * 250 + low - 1
        if ask.target == "/feed.xml":
            return self._feed(feed, ask.headers.get("if-none-match", ""), f"http://{ask.headers['host']}")
        number = ask.target[1:]
        if number.isdecimal() and int(number) < len(posts(self.feeds)[feed]):
            return Reply(200, wire(200, _HTML, _page(feed, int(number))))
        return Reply(404, wire(404, {}))  # of robots.txt, too

    def _feed(self, feed: int, known: str, site: str) -> Reply:
        last, self.asked[feed] = self.asked.get(feed), self.at
        self.early += last is not None and self.at - last < self.soonest
        if is_broken(feed):
            return Reply(0, FAILURES[feed // BROKEN % len(FAILURES)])
        posted = [(n, at) for n, at in enumerate(posts(self.feeds)[feed]) if at <= self.at]
        etag = f'"{len(posted)}"'
        if known == etag:
            return Reply(304, wire(304, {"ETag": etag}))
        items = "".join(_item(feed, site, number, START + at) for number, at in posted[: -WINDOW - 1 : -1])
        body = f"<rss version='2.0'><channel><title>Feed {feed}</title>{items}</channel></rss>"
        return Reply(200, wire(200, {**_RSS, "ETag": etag}, body.encode()))


def _item(feed: int, site: str, number: int, at: datetime) -> str:
    told = story(feed, number)
    return (
        f"<item><guid isPermaLink='false'>{number}</guid><link>{site}/{number}</link><title>{told[1][:40]}</title>"
        f"<pubDate>{format_datetime(at)}</pubDate><description>{told[0]}</description></item>"
    )


def _page(feed: int, number: int) -> bytes:
    told = story(feed, number)
    text = "".join(f"<p>{paragraph}</p>" for paragraph in told)
    head = f"<html lang='en'><title>{told[1][:40]}</title><body><nav>Home</nav>"
    return f"{head}<article><h1>{told[1][:40]}</h1>{text}</article></body></html>".encode()


def main(feeds: int, soonest: timedelta) -> None:
    day = _Day(feeds, soonest)
    port, sockets = bind_all([address(feed) for feed in range(feeds)])
    server = LoopbackServer(sockets, day.respond)
    server.start()
    try:
        _tell(day, port)
        for line in sys.stdin:
            day.at = timedelta(seconds=float(line))
            _tell(day, port)
    finally:
        server.close()


def _tell(day: _Day, port: int) -> None:
    print(json.dumps({"port": port, "requests": day.requests, "early": day.early}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), timedelta(minutes=60))

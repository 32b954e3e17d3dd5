"""A web that grows: at every step each feed announces one article more, and some articles are corrected later.

Everything follows from the numbers of feed, article and step, so nothing is kept and any number of steps can be
played. The texts are made of invented words, so that no two are alike.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from tests.newsroom.server import LoopbackServer, Reply, bind_all, wire

if TYPE_CHECKING:
    from tests.newsroom.server import Ask

WINDOW = 60  # articles that a feed shows
CORRECTED_AFTER = 3  # steps
_SMALL = (
    "the of and to in that it was for on with as at by from had they this but who said when there".split()
)
_SYLLABLES = (
    "ka lo mi ren tu vas del por ni sha gor em bel ti an dro fi los mer qua ste wen hol ju pra".split()
)
_RSS = {"Content-Type": "application/rss+xml"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}


@lru_cache(4096)
def story(feed: int, number: int) -> tuple[str, ...]:
    """Return the paragraphs of an article."""
    dice = random.Random(f"{feed}-{number}")
    words = ["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4))) for _ in range(120)]

    def sentence() -> str:
        said = [dice.choice(_SMALL if turn % 2 else words) for turn in range(dice.randint(9, 16))]
        return " ".join(said).capitalize() + "."

    return tuple(" ".join(sentence() for _ in range(4)) for _ in range(5))


def is_corrected(number: int, step: int) -> bool:
    return number % 5 == 0 and step >= number + CORRECTED_AFTER


@dataclass
class GrowingWeb:
    """`with GrowingWeb(10) as web: web.step += 1`; feeds are numbered from 0, articles by the step they came with."""

    feeds: int
    step: int = 0
    hang: bool = False  # pages are never answered
    hanging: set[int] = field(default_factory=set)  # feeds that are never answered
    asked: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.port, sockets = bind_all([self._address(feed) for feed in range(self.feeds)])
        self._server = LoopbackServer(sockets, self._respond)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def feed_url(self, feed: int) -> str:
        return f"http://{self._address(feed)}:{self.port}/feed.xml"

    def page_url(self, feed: int, number: int) -> str:
        return f"http://{self._address(feed)}:{self.port}/article/{number}"

    def opml(self) -> str:
        outlines = "".join(f'<outline type="rss" xmlUrl="{self.feed_url(n)}"/>' for n in range(self.feeds))
        return f'<opml version="2.0"><head><title>growing</title></head><body>{outlines}</body></opml>'

    @staticmethod
    def _address(feed: int) -> str:
        return f"127.66.{feed // 250}.{feed % 250 + 1}"

    def _respond(self, ask: Ask) -> Reply:
        self.asked[ask.target] = self.asked.get(ask.target, 0) + 1
        _, _, high, low = map(int, ask.address.split("."))
        feed = high * 250 + low - 1
        if ask.target == "/feed.xml":
            etag = f'"{self.step}"'
            if ask.headers.get("if-none-match") == etag:
                return Reply(304, wire(304, {"ETag": etag}))
            return Reply(200, wire(200, {**_RSS, "ETag": etag}, self._feed(feed)), hang=feed in self.hanging)
        if ask.target.startswith("/article/"):
            return Reply(200, wire(200, _HTML, self._page(feed, int(ask.target[9:]))), hang=self.hang)
        return Reply(404, wire(404, {}))

    def _feed(self, feed: int) -> bytes:
        numbers = range(self.step, max(-1, self.step - WINDOW), -1)
        items = "".join(
            f"<item><guid isPermaLink='false'>{number}</guid><title>{self._title(feed, number)}</title>"
            f"<link>{self.page_url(feed, number)}</link><description>{story(feed, number)[0]}</description></item>"
            for number in numbers
        )
        return f"<rss version='2.0'><channel><title>Feed {feed}</title>{items}</channel></rss>".encode()

    def _title(self, feed: int, number: int) -> str:
        corrected = ", corrected" if is_corrected(number, self.step) else ""
        return " ".join(story(feed, number)[1].split()[:6]) + corrected

    def _page(self, feed: int, number: int) -> bytes:
        told = list(story(feed, number))
        if is_corrected(number, self.step):
            told[2] = " ".join(story(feed, number + 1_000_000)[2].split()[:30]) + "."
        title = self._title(feed, number)
        text = "".join(f"<p>{paragraph}</p>" for paragraph in told)
        return (
            f"<html lang='en'><head><title>{title}</title></head><body><nav>Home</nav>"
            f"<article><h1>{title}</h1>{text}</article></body></html>"
        ).encode()

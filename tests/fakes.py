"""Fakes that are filled with facts and run the real code around them: a web without sockets, a crew without threads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from aggregator.models import Failure, FailureKind, Request, Response
from aggregator.pipeline import Tools
from aggregator.schedule import Rhythm
from tests.makers import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.archive import Archive

T = TypeVar("T")
R = TypeVar("R")


@dataclass
class FakeWeb:
    """What each address answers; an address that nobody filled does not exist."""

    answers: dict[str, Response | Failure] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def feed(self, url: str, *items: str, etag: str = "", title: str = "A feed", older: str = "") -> None:
        """Serve an RSS document; each item is `guid` or `guid|title|description`, its page at the feed's host."""
        host = url.split("/")[2]
        entries = "".join(_item(host, *item.split("|")) for item in items)
        link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{older}"/>' if older else ""
        body = f'<rss version="2.0"><channel><title>{title}</title>{link}{entries}</channel></rss>'.encode()
        headers = {"content-type": "application/rss+xml"} | ({"etag": etag} if etag else {})
        self.answers[url] = Response(url, url, 200, headers, body)

    def relink(self, feed: str, page: str) -> None:
        """Let every item of a feed link to one page, each with a fragment of its own."""
        served = self.answers[feed]
        assert isinstance(served, Response)
        host = feed.split("/")[2]
        body = re.sub(
            rb"<link>https://%s/(\w+)</link>" % host.encode(),
            rb"<link>%s#\1</link>" % page.encode(),
            served.body,
        )
        self.answers[feed] = replace(served, body=body)

    def page(self, url: str, text: str, title: str = "A title", final_url: str = "") -> None:
        paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
        article = f"<article><h1>{title}</h1>{paragraphs}</article>"
        body = f"<html><head><title>{title}</title></head><body>{article}</body></html>"
        self.answers[url] = Response(url, final_url or url, 200, {"content-type": "text/html"}, body.encode())

    def status(self, url: str, status: int, **headers: str) -> None:
        self.answers[url] = Response(
            url, url, status, {name.replace("_", "-"): value for name, value in headers.items()}
        )

    def moves(self, url: str, to: str) -> None:
        """Redirect permanently to a copy of what the address serves now."""
        served = self.answers[url]
        assert isinstance(served, Response)
        self.answers[url] = replace(served, final_url=to, moved_to=to)
        self.answers.setdefault(to, replace(served, url=to, final_url=to))

    def held(self, url: str, seconds: float) -> None:
        self.answers[url] = Failure(url, FailureKind.HELD, "the host asked us to wait", retry_after=seconds)

    def fails(
        self, url: str, kind: FailureKind = FailureKind.TIMEOUT, message: str = "no answer in time"
    ) -> None:
        self.answers[url] = Failure(url, kind, message)

    def fetch(self, request: Request) -> Response | Failure:
        self.asked.append(request)
        answer = self.answers.get(request.url.partition("#")[0]) or Failure(
            request.url, FailureKind.DNS, "no such host"
        )
        if isinstance(answer, Response) and answer.headers.get("etag", "") == request.validators.etag != "":
            return Response(request.url, request.url, 304, answer.headers)
        return answer

    def asks(self, url: str) -> int:
        return sum(1 for request in self.asked if request.url.partition("#")[0] == url)


def _item(host: str, guid: str, title: str = "A title", description: str = "") -> str:
    return (
        f"<item><guid isPermaLink='false'>{guid}</guid><link>https://{host}/{guid}</link>"
        f"<title>{title}</title><description>{description}</description></item>"
    )


def here(func: Callable[..., R], *args: object) -> R:
    """Run a task here and now, where the program has a process do it."""
    return func(*args)


class OneByOne:
    """A crew of one that waits for nothing."""

    def keep_busy(
        self,
        func: Callable[[T], R],
        more: Callable[[int], Sequence[T]],
        key: Callable[[T], str],
        capacity: int,
    ) -> Iterator[list[R]]:
        while items := more(capacity):
            for item in items:
                key(item)
                yield [func(item)]


@dataclass
class Clock:
    """Time that passes when told to."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def tools(archive: Archive, web: FakeWeb, clock: Clock, work: Callable[..., Any] | None = None) -> Tools:
    return Tools(archive, web.fetch, work or here, OneByOne(), clock, Rhythm())

"""From what a person types to the feed that they mean: the looking and the choosing behind `feeds add`.

An address may be a feed, or a page that has feeds; it may lack its scheme. What the page names is looked at
before it is offered, places are guessed at only when it names nothing that works, and one by one. A feed that has
moved for good is followed where it is now. What comes from outside is read in a worker, as in the service.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.discover import BODY, COMMENTS, HEAD, common_places, find_feed_links
from aggregator.errors import ParseError, UsageError
from aggregator.models import Crash, Failure, Kind, ParsedFeed, Request, Response
from aggregator.parse import parse_feed
from aggregator.urls import canonical_url, host_of, is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.discover import FeedLink
    from aggregator.models import ParsedEntry

MOST_LOOKS = 6  # at feeds that a page names
OK, TOO_MANY, UNAVAILABLE = 200, 429, 503
CURE = "--unchecked adds it all the same"
_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE
)  # digits behind the colon: a host and its port


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that works."""

    url: str  # where it is to be followed
    parsed: ParsedFeed
    called: str = ""  # what the page calls it
    moved: bool = False  # it was asked for elsewhere, and has left there for good

    @property
    def title(self) -> str:
        return self.parsed.title or self.called


@dataclass(frozen=True, slots=True)
class NoFeed:
    """What was no feed, and why."""

    reason: str
    answer: Response | Failure

    @property
    def page(self) -> Response | None:
        whole = isinstance(self.answer, Response) and self.answer.status == OK
        return self.answer if whole and isinstance(self.answer, Response) else None


@dataclass(frozen=True, slots=True)
class Tools:
    """The means: asking the network, and reading what it says in a worker process."""

    fetch: Callable[[Request], Response | Failure]
    work: Callable[..., Any]


@contextmanager
def open_tools(config: Config) -> Iterator[Tools]:
    from aggregator.app import open_fetcher, open_workers

    with open_fetcher(config) as fetcher, open_workers(config) as pool:
        yield Tools(fetcher.fetch, pool.run)


# ---------------------------------------------------------------------------------------------- looking


def addresses(typed: str) -> tuple[str, ...]:
    """Return what may be meant by what was typed: without a scheme https, then http.

    Raises:
        UsageError: it is nothing that can be asked over HTTP.

    """
    typed = typed.strip()
    bare = re.sub(r"^feed:(?://)?(?=https?:)", "", typed, flags=re.IGNORECASE)
    bare = re.sub(r"^feed://", "", bare, flags=re.IGNORECASE)
    guesses = (bare,) if _SCHEME.match(bare) else (f"https://{bare}", f"http://{bare}")
    if not is_http(guesses[0]) or not re.search(r"[.:]|^localhost$", host_of(guesses[0])):
        raise UsageError(f"{typed}: is not an http or https address, such as example.org")
    return guesses


def find_feeds(tools: Tools, typed: str) -> tuple[Found, ...]:
    """Return the feed at an address, or those of the page that is there, the best first.

    Raises:
        UsageError: there is none, and why.

    """
    url, first = _first_look(tools, addresses(typed))
    if isinstance(first, Found):
        return (first,)
    page = first.page
    if page is None:
        raise UsageError(f"{url}: {first.reason}; {CURE}")
    found = tuple(_named(tools, page)) or tuple(_guessed(tools, page.final_url))
    if not found:
        raise UsageError(f"{url}: {first.reason}, and no feed was found from there; {CURE}")
    return found


def _first_look(tools: Tools, urls: Sequence[str]) -> tuple[str, Found | NoFeed]:
    """Look at the first address that answers; where none does, the first one's failure tells why."""
    looks = []
    for url in urls:
        looks.append((url, look_at(tools, url)))
        if not (isinstance(looks[-1][1], NoFeed) and isinstance(looks[-1][1].answer, Failure)):
            return looks[-1]
    return looks[0]


def look_at(tools: Tools, url: str, called: str = "") -> Found | NoFeed:
    answer = tools.fetch(Request(url, Kind.FEED))
    if isinstance(answer, Failure):
        return NoFeed(answer.message, answer)
    if answer.status != OK:
        return NoFeed(f"the server answered {answer.status}", answer)
    try:
        parsed = tools.work(parse_feed, answer.body, url, answer.headers.get("content-type", ""))
    except ParseError as error:
        return NoFeed(str(error), answer)
    if isinstance(parsed, Crash):
        return NoFeed(f"reading the document was given up: {parsed.reason}", answer)
    return Found(answer.moved_to or url, parsed, called, moved=bool(answer.moved_to))


def _named(tools: Tools, page: Response) -> Iterator[Found]:
    """Yield the feeds that a page names; from its head if it has any there, of comments only if there are no others."""
    links = tools.work(find_feed_links, page.body, page.final_url, page.headers.get("content-type", ""))
    for where in (HEAD, BODY, COMMENTS):
        found = list(_working(tools, [] if isinstance(links, Crash) else links, where))
        if found:
            yield from _distinct(found)
            return


def _working(tools: Tools, links: Iterable[FeedLink], where: str) -> Iterator[Found]:
    for link in [link for link in links if link.where == where][:MOST_LOOKS]:
        found = look_at(tools, link.url, link.title)
        if isinstance(found, Found):
            yield found


def _guessed(tools: Tools, url: str) -> Iterator[Found]:
    """Yield the first feed at one of the common places, unless the server does not want to be asked."""
    for place in common_places(url):
        found = look_at(tools, place)
        if isinstance(found, Found):
            yield found
            return
        if isinstance(found.answer, Failure) or found.answer.status in {TOO_MANY, UNAVAILABLE}:
            return


def _distinct(found: Iterable[Found]) -> Iterator[Found]:
    """Yield each feed once: the same entries at another address or in another format are no choice."""
    seen: set[object] = set()
    for feed in found:
        links = frozenset(canonical_url(entry.link) for entry in feed.parsed.entries if entry.link)
        keys = {canonical_url(feed.url), links or feed.url}
        if not keys & seen:
            yield feed
        seen |= keys


# ---------------------------------------------------------------------------------------------- choosing


def show(found: Sequence[Found]) -> None:
    """List feeds as a person compares them."""
    from aggregator.app import local_now
    from aggregator.cli.terminal import table

    now = local_now()
    rows = [
        (
            n,
            feed.title or "(no title)",
            len(feed.parsed.entries),
            *_newest(feed.parsed.entries, now),
            feed.url,
        )
        for n, feed in enumerate(found, 1)
    ]
    table(rows, ("no.", "feed", "entries", "newest", "when", "address"))


def _newest(entries: Sequence[ParsedEntry], now: datetime) -> tuple[str, str]:
    """Return title and age of the newest entry; the first, where none is dated."""
    from aggregator.times import ago

    dated = [(at, entry) for entry in entries if (at := entry.published_at or entry.updated_at)]
    if not dated:
        return (entries[0].title if entries else "", "")
    at, newest = max(dated, key=lambda pair: pair[0])
    return newest.title, ago(at, now)


def choose(found: Sequence[Found], *, yes: bool) -> Found:
    """Return the only feed, the best one if that will do, or the one that the person at the terminal names.

    Raises:
        UsageError: there are several, and nobody to ask.

    """
    import click

    if yes or len(found) == 1:
        return found[0]
    show(found)
    if not sys.stdin.isatty():
        raise UsageError(f"{len(found)} feeds were found: --yes takes the first, or name one of these")
    number = click.prompt("Which one", type=click.IntRange(1, len(found)), default=1, err=True)
    return found[int(number) - 1]

"""The script of a newsroom: which addresses there are and what each of them answers at each step.

Rules of this file: plain frozen records with true addresses (`https://host/path`), no sockets and no clock.
A step is a poll in simulated time; what lasts fewer steps than the play stays as it was at its last one.
http and https of a host are one server: where both are scripted, the answer that is no redirect wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sends back. Content-Length and Connection are the server's own business."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0  # seconds until it is sent
    hang: bool = False  # never sent: the connection stays open until one side closes it


@dataclass(frozen=True, slots=True)
class Step:
    """What a feed's address answers at one step and, if that is a redirect, what waits at its target."""

    answer: Answer
    moved_to: str = ""
    then: Answer | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    url: str
    steps: tuple[Step, ...]
    title: str = ""
    category: str = ""  # folders in feeds.opml from the outside in, joined by "/"
    site_url: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Anything that is not a feed; it may change from step to step."""

    url: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One address of one host and what it answers; None is a 404."""

    url: str
    answers: tuple[Answer | None, ...]

    def at(self, step: int) -> Answer | None:
        return self.answers[min(step, len(self.answers) - 1)]

    @property
    def redirects(self) -> bool:
        return all(answer is not None and 300 <= answer.status < 400 for answer in self.answers)


Routes = dict[str, dict[str, Route]]  # host -> path and query -> route


@dataclass(frozen=True, slots=True)
class Manifest:
    feeds: tuple[Feed, ...] = ()
    pages: tuple[Page, ...] = ()

    @property
    def steps(self) -> int:
        return max((len(feed.steps) for feed in self.feeds), default=1)

    def routes(self) -> Routes:
        """Return every address that answers, by host."""
        routes: Routes = {}
        for route in self._all():
            host, target = place_of(route.url)
            known = routes.setdefault(host, {}).get(target)
            if known is None or known.redirects:
                routes[host][target] = route
        return routes

    def _all(self) -> Iterator[Route]:
        for feed in self.feeds:
            yield Route(feed.url, tuple(step.answer for step in feed.steps))
            for moved in {step.moved_to for step in feed.steps if step.then}:
                yield Route(moved, tuple(s.then if s.moved_to == moved else None for s in feed.steps))
        for page in self.pages:
            yield Route(page.url, page.answers)


def place_of(url: str) -> tuple[str, str]:
    """Return the host (with a port of its own, if any) and the path and query as they come over the wire."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc.lower(), normal_target(f"{parts.path or '/'}{query}")


def normal_target(target: str) -> str:
    """Return one spelling for the percent-encodings that clients treat alike (RFC 3986, 6.2.2)."""
    escaped = quote(target, safe="%/:@!$&'()*+,;=-._~?")
    return re.sub(r"%[0-9A-Fa-f]{2}", _shortest, escaped)


def _shortest(match: re.Match[str]) -> str:
    character = chr(int(match.group()[1:], 16))
    unreserved = character.isascii() and (character.isalnum() or character in "-._~")
    return character if unreserved else match.group().upper()

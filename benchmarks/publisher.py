"""A publisher who answers by the hour of a simulated clock, and writes down who asked for what, when and how.

Rules of this file: real sockets on loopback, any number of host names behind them (told apart by the Host header),
and no opinion: what the record means is judged by the suites. Header values are kept byte for byte, as latin-1.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self

from tests.newsroom.server import Ask, LoopbackServer, Reply, bind_all, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

ADDRESS = "127.0.0.1"
RSS = "application/rss+xml"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as the publisher's log has it."""

    at: datetime  # simulated
    host: str  # without the port
    target: str
    headers: Mapping[str, str]  # names in lower case

    @property
    def place(self) -> str:
        return self.host + self.target

    @property
    def etag(self) -> str:
        return self.headers.get("if-none-match", "")

    @property
    def since(self) -> str:
        return self.headers.get("if-modified-since", "")

    @property
    def conditional(self) -> bool:
        return bool(self.etag or self.since)


@dataclass(frozen=True, slots=True)
class Said:
    """What the publisher answers."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False  # never answer
    delay: float = 0.0  # real seconds
    raw: bytes = b""  # the whole answer, where it is to be none that is whole and honest


@dataclass(frozen=True, slots=True)
class Exchange:
    asked: Asked
    said: Said


class Publisher:
    """`with Publisher(clock) as p: url = p.serve("a.example/feed.xml", lambda asked: Said(...))`."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.log: list[Exchange] = []
        self.most_at_once: dict[str, int] = {}  # host → answers under way at the same time
        self._under_way: dict[str, int] = {}
        self._served: dict[str, Callable[[Asked], Said]] = {}
        self.port, sockets = bind_all([ADDRESS])
        self._server = LoopbackServer(sockets, self._respond)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def url(self, place: str) -> str:
        """Return the address of `host/target`."""
        host, _, target = place.partition("/")
        return f"http://{host}:{self.port}/{target}"

    def serve(self, place: str, answering: Callable[[Asked], Said]) -> str:
        """Answer so at `host/target`; return its address. Everything else is a 404."""
        self._served[place] = answering
        return self.url(place)

    def to(self, place: str) -> list[Asked]:
        """Return the requests for `host/target`, in order."""
        return [each.asked for each in self.log if each.asked.place == place]

    def _respond(self, ask: Ask) -> Reply:
        host = ask.headers.get("host", "").partition(":")[0]
        asked = Asked(self.clock(), host, ask.target, ask.headers)
        said = self._served.get(asked.place, _not_found)(asked)
        self.log.append(Exchange(asked, said))
        self._under_way[host] = self._under_way.get(host, 0) + 1
        self.most_at_once[host] = max(self.most_at_once.get(host, 0), self._under_way[host])

        def finished(_answered: bool) -> None:
            self._under_way[host] -= 1

        return Reply(said.status, said.raw or _wire(said, asked.at), said.delay, said.hang, finished)


def _not_found(_asked: Asked) -> Said:
    return Said(404)


def resolve(_host: str, _port: int) -> Sequence[str]:
    """Stand in for the name servers: every name is here."""
    return [ADDRESS]


def _wire(said: Said, at: datetime) -> bytes:
    """Return an answer as bytes, with the Date of the moment unless it says another one, or "" for none."""
    body = gzip.compress(said.body) if said.headers.get("Content-Encoding") == "gzip" else said.body
    kind = {"Content-Type": RSS} if said.body else {}
    headers = {"Date": format_datetime(at, usegmt=True), **kind, **said.headers}
    return wire(
        said.status, {name: value for name, value in headers.items() if value or name != "Date"}, body
    )


# ------------------------------------------------------------------------------------ what is published


def rss(*guids: str, channel: str = "", namespaces: str = "", pages: str = "http://pages.example") -> bytes:
    """Return an RSS document with an item a guid; `channel` is more markup for its head."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><link>{pages}/{guid}</link><title>{guid}</title></item>"
        for guid in guids
    )
    return f'<rss version="2.0" {namespaces}><channel><title>A feed</title>{channel}{items}</channel></rss>'.encode()


@dataclass
class Honest:
    """A feed that minds its validators: 304 to whoever sends them back, the document to everybody else."""

    body: bytes
    etag: str = ""
    last_modified: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # on a 200
    headers_304: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        given = {"ETag": self.etag} if self.etag else {}
        given |= {"Last-Modified": self.last_modified} if self.last_modified else {}
        matches = asked.etag == self.etag if asked.etag else asked.since == self.last_modified
        if asked.conditional and matches:
            return Said(304, {**given, **self.headers_304})
        return Said(200, {**given, **self.headers}, self.body)


@dataclass
class InTurn:
    """Give these answers one by one, the last one (or the whole row) again and again."""

    row: Sequence[Said]
    around: bool = False
    given: int = 0

    def __call__(self, _: Asked) -> Said:
        turn = self.given % len(self.row) if self.around else min(self.given, len(self.row) - 1)
        self.given += 1
        return self.row[turn]

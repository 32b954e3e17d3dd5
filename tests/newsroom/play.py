"""A newsroom at work: a manifest, its addresses, a server and the record of what was asked.

Rules of this file: it decides what an address answers at the present step (RFC 9110: conditional requests,
HEAD, content codings); it opens no socket itself. All public names may be used from any thread.
"""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tests.newsroom.addresses import NETWORK, AddressBook, addresses
from tests.newsroom.asked import Asked, Ledger, most_at_once
from tests.newsroom.control import answer_control
from tests.newsroom.manifest import Answer, Manifest, Route, normal_target, place_of
from tests.newsroom.opml import opml
from tests.newsroom.server import Ask, LoopbackServer, Reply, bind_all, wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

CONTROL_ADDRESS = "127.0.0.1"
_NOT_FOUND = Answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"There is no such address here.\n")
_KEPT_IN_304 = frozenset({"etag", "last-modified", "cache-control", "expires", "vary", "content-location"})
_WITH_ADDRESSES = frozenset({"location", "content-location", "link"})


class Newsroom:
    """Plays a manifest on loopback for as long as its `with` block lasts."""

    allow = (NETWORK,)  # what a client's guard against private addresses must let through

    def __init__(self, manifest: Manifest, *, port: int = 0, delay: float = 0.0, gzip: bool = False) -> None:
        """`delay` (seconds) is added to every answer: it makes what runs in parallel visible in the record."""
        self.manifest = manifest
        self.step = 0
        self.port = port
        self._delay = delay
        self._gzip = gzip
        self._routes = manifest.routes()
        self._ledger = Ledger()
        self._prepared: dict[int, _Prepared] = {}  # by id of the answer, which the manifest keeps alive
        self._book: AddressBook
        self._server: LoopbackServer

    def __enter__(self) -> Self:
        ours = [CONTROL_ADDRESS, *addresses(len(self._routes))]
        self.port, sockets = bind_all(ours, self.port)
        self._book = AddressBook(self._routes, self.port)
        self._prepared.clear()
        self._server = LoopbackServer(sockets, self._respond)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    # ---------------------------------------------------------------------------- addresses

    @property
    def control(self) -> str:
        """Where other processes move the step and read the record: see `control.py`."""
        return f"http://{CONTROL_ADDRESS}:{self.port}"

    def local(self, url: str) -> str:
        return self._book.local(url)

    def true(self, url: str) -> str:
        return self._book.true(url)

    def opml(self) -> bytes:
        """Return a subscription list of all feeds, with local addresses."""
        known = {feed.site_url for feed in self.manifest.feeds if place_of(feed.site_url)[0] in self._routes}
        return opml(self.manifest.feeds, lambda url: self.local(url) if url in known else url, self.local)

    def answers(self, url: str, answer: Answer) -> None:
        """Let an address, true or local, answer this from now on, at whatever step."""
        host, target = place_of(self._spelling(url))
        self._routes[host][target] = Route(self._spelling(url), (answer,))

    def body(self, url: str) -> bytes:
        """Return what an address answers at the present step, with true addresses in it."""
        host, target = place_of(self._spelling(url))
        answer = self._routes[host][target].at(self.step)
        return answer.body if answer else b""

    # ---------------------------------------------------------------------------- the record

    @property
    def requests(self) -> tuple[Asked, ...]:
        return self._ledger.rows()

    def asked(self, url: str) -> tuple[Asked, ...]:
        """Return the requests for one address, true or local."""
        true = self._spelling(url)
        return tuple(row for row in self.requests if row.url == true)

    def statuses(self, url: str) -> list[int | None]:
        return [row.status for row in self.asked(url)]

    def conditional(self, url: str) -> list[bool]:
        """Return for each request for the address whether it carried validators."""
        return [row.conditional for row in self.asked(url)]

    def max_parallel(self, host: str = "") -> int:
        """Return how many requests to a host (true name; "": to all together) were open at once."""
        return most_at_once(row for row in self.requests if host in {"", row.host})

    def forget(self) -> None:
        """Empty the record."""
        self._ledger.forget()

    def _spelling(self, url: str) -> str:
        host, _ = place_of(url)
        return self.true(self.local(url) if host in self._routes else url)

    # ---------------------------------------------------------------------------- answering

    def _respond(self, ask: Ask) -> Reply:
        if ask.address == CONTROL_ADDRESS:
            return answer_control(self, ask)
        started = time.monotonic()
        host, step = self._book.host_at(ask.address), self.step
        target = ask.target.partition("#")[0]
        route = self._routes[host].get(target) or self._routes[host].get(normal_target(target))
        answer = (route and route.at(step)) or _NOT_FOUND
        url = route.url if route else f"https://{host}{target}"
        prepared = self._prepare(answer)
        status, reply = prepared.to(ask, compressed=self._gzip)
        number = self._ledger.opened(Asked(url, host, target, ask.headers, started, ask.method, step))
        done = partial(self._finished, number, status, len(reply))
        return Reply(status, reply, answer.delay + self._delay, answer.hang, done)

    def _finished(self, number: int, status: int, size: int, answered: bool) -> None:
        self._ledger.closed(number, time.monotonic(), status if answered else None, size if answered else 0)

    def _prepare(self, answer: Answer) -> _Prepared:
        prepared = self._prepared.get(id(answer))
        if prepared is None:
            prepared = self._prepared[id(answer)] = _Prepared.of(answer, self._book, compressed=self._gzip)
        return prepared


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An answer in the forms in which it may have to be sent."""

    status: int
    etag: str
    last_modified: str
    plain: bytes
    plain_head: bytes
    zipped: bytes
    zipped_head: bytes
    not_modified: bytes

    @classmethod
    def of(cls, answer: Answer, book: AddressBook, *, compressed: bool) -> _Prepared:
        headers = {k: _local_value(k, v, book) for k, v in answer.headers.items()}
        body = book.translated(answer.body, headers)
        low = {k.lower(): v for k, v in headers.items()}
        coded = headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        small = gzip.compress(body, 6, mtime=0) if compressed and body else body
        if small is body:
            coded = headers
        return cls(
            answer.status,
            low.get("etag", ""),
            low.get("last-modified", ""),
            wire(answer.status, headers, body),
            wire(answer.status, headers, announce=len(body)),
            wire(answer.status, coded, small),
            wire(answer.status, coded, announce=len(small)),
            wire(304, {k: v for k, v in headers.items() if k.lower() in _KEPT_IN_304}),
        )

    def to(self, ask: Ask, *, compressed: bool) -> tuple[int, bytes]:
        """Return the status and the bytes that this request is answered with."""
        if ask.method not in {"GET", "HEAD"}:
            return 405, wire(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})
        if self.status == HTTPStatus.OK and self._unchanged_for(ask.headers):
            return 304, self.not_modified
        if compressed and "gzip" in ask.headers.get("accept-encoding", ""):
            return self.status, self.zipped if ask.method == "GET" else self.zipped_head
        return self.status, self.plain if ask.method == "GET" else self.plain_head

    def _unchanged_for(self, headers: Mapping[str, str]) -> bool:
        """If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2); the comparison is the weak one."""
        wanted = headers.get("if-none-match")
        if wanted is not None:
            tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
            return bool(self.etag) and self.etag.removeprefix("W/") in tags
        since = headers.get("if-modified-since")
        return bool(self.last_modified) and since == self.last_modified


def _local_value(name: str, value: str, book: AddressBook) -> str:
    if name.lower() not in _WITH_ADDRESSES:
        return value
    return book.translated(value.encode("latin-1"), {}).decode("latin-1")

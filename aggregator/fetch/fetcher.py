"""One request from its address to its answer: hop by hop, each within the host's budget.

Redirects are followed here and not by requests, because each hop is a decision: is it http, whose turn is it,
what may be told there (`hops.py`). Nothing that the network does is raised; a `Failure` says it in one line
without the address, so that no password ends in a log.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Self

import requests

from aggregator.errors import ConfigError
from aggregator.fetch.body import read_body
from aggregator.fetch.failing import OUTSIDE, NoAnswer, cause_of, is_stale_connection
from aggregator.fetch.guard import parse_networks
from aggregator.fetch.hops import Hop, first_hop, is_sendable, next_hop, request_headers
from aggregator.fetch.wire import Line, Resolve, Wire, system_resolve
from aggregator.models import Failure, FailureKind, Kind, Request, Response
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse

    from aggregator.fetch.budget import HostBudget
    from aggregator.fetch.limits import FetchLimits

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


class Fetcher:
    """Thread-safe. Keeps connections open between requests until `close`."""

    def __init__(
        self, limits: FetchLimits, budget: HostBudget | None = None, *, resolve: Resolve = system_resolve
    ) -> None:
        if not is_sendable(limits.user_agent):
            raise ConfigError("[fetch] user_agent must be one line of Latin letters")
        self._limits = limits
        self._budget = budget
        self._resolve = resolve
        self._allowed = parse_networks(limits.allow_networks)
        self._idle: list[Wire] = []  # the last one used is the last one in the list
        self._closed = False
        self._lock = threading.Lock()

    def fetch(self, request: Request) -> Response | Failure:
        """Ask for `request.url` and return the answer, whatever its status.

        The body of an answer of 400 and above that cannot be read whole is left out, so that its status and
        headers (410, 429 with Retry-After…) are not lost with it.
        """
        trip = _Trip(self._limits, request, self._budget)
        try:
            hop = first_hop(request)
            with self._wire(host_of(hop.url)) as wire:
                return trip.follow(wire, hop)
        except NoAnswer as e:
            return Failure(request.url, e.kind, e.message, trip.elapsed_ms())

    def close(self) -> None:
        """Close what is idle now, and the rest when it is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for wire in idle:
            wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _wire(self, host: str) -> Iterator[Wire]:
        """Lend a wire to this thread, if possible the one that talked to `host` last."""
        with self._lock:
            likely = next((w for w in reversed(self._idle) if w.last_host == host), None)
            wire = likely or (self._idle[-1] if self._idle else self._new_wire())
            if wire in self._idle:
                self._idle.remove(wire)
        try:
            yield wire
        finally:
            with self._lock:
                if not (closed := self._closed):
                    self._idle.append(wire)
            if closed:
                wire.close()

    def _new_wire(self) -> Wire:
        return Wire(Line(self._resolve, self._allowed, self._limits.connect_timeout), self._limits.ca_file)


class _Trip:
    """One call of `fetch`: its clock, which stands still while we wait for our own budget, and its hops."""

    def __init__(self, limits: FetchLimits, request: Request, budget: HostBudget | None) -> None:
        self._limits = limits
        self._request = request
        self._budget = budget
        self._started = time.monotonic()
        self._waited = 0.0  # seconds that our own manners cost; at most another `limits.deadline`

    def elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started - self._waited) * 1000)

    def follow(self, wire: Wire, hop: Hop) -> Response:
        permanent = True
        moved_to = ""
        for _ in range(self._limits.max_redirects + 1):
            with self._slot(host_of(hop.url)):
                wire.line.deadline = self._started + self._waited + self._limits.deadline
                wire.last_host = host_of(hop.url)
                with closing(_ask(wire, _prepared(hop, self._request.kind, self._limits.user_agent))) as raw:
                    if not _is_redirect(raw):
                        return self._response(raw, hop, moved_to)
                    permanent = permanent and raw.status in _PERMANENT
                    hop = next_hop(hop, raw.headers["location"])
            moved_to = hop.full_url if permanent else ""
        raise NoAnswer(FailureKind.TOO_MANY_REDIRECTS, f"more than {self._limits.max_redirects} redirects")

    def _response(self, raw: BaseHTTPResponse, hop: Hop, moved_to: str) -> Response:
        headers = {name.lower(): value for name, value in raw.headers.itermerged()}
        body = self._body(raw)
        url = self._request.url
        return Response(url, hop.url, raw.status, headers, body, moved_to, self.elapsed_ms())

    def _body(self, raw: BaseHTTPResponse) -> bytes:
        try:
            return read_body(raw, self._limits.bytes_for(self._request.kind))
        except (NoAnswer, *OUTSIDE) as e:
            if raw.status >= 400:  # noqa: PLR2004  # where RFC 9110, 15.5, begins to speak of errors
                return b""
            raise _cut_short(e) from None

    @contextmanager
    def _slot(self, host: str) -> Iterator[None]:
        if self._budget is None:
            yield
            return
        asked = time.monotonic()
        patience = self._budget.clock() + self._limits.deadline - self._waited
        with ExitStack() as stack:
            try:
                stack.enter_context(self._budget.slot(host, patience))
            except TimeoutError:
                raise NoAnswer(FailureKind.TIMEOUT, "the host was busy with other requests of ours") from None
            self._waited += time.monotonic() - asked
            yield


def _prepared(hop: Hop, kind: Kind, user_agent: str) -> requests.PreparedRequest:
    try:
        prepared = requests.Request("GET", hop.url).prepare()
        prepared.headers.update(request_headers(hop, kind, user_agent))
    except OUTSIDE:
        raise NoAnswer(FailureKind.BAD_URL, "not an address that can be asked") from None
    return prepared


def _ask(wire: Wire, prepared: requests.PreparedRequest) -> BaseHTTPResponse:
    """Send one request; once more if a kept connection turns out to be closed (RFC 9110, 9.2.2)."""
    opened = wire.line.opened
    try:
        return wire.ask(prepared)
    except OUTSIDE as e:
        if wire.line.opened > opened or not is_stale_connection(e):
            raise cause_of(e) from e
    try:
        return wire.ask(prepared)
    except OUTSIDE as e:
        raise cause_of(e) from e


def _is_redirect(raw: BaseHTTPResponse) -> bool:
    return raw.status in _REDIRECTS and "location" in raw.headers


def _cut_short(error: BaseException) -> NoAnswer:
    """Return what an error in the middle of a body means: a connection that breaks there truncates it."""
    cause = cause_of(error)
    if cause.kind is FailureKind.CONNECT:
        return NoAnswer(FailureKind.TRUNCATED, f"{cause.message} in the middle of the answer")
    return cause

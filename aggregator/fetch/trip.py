"""One request on its way: hop by hop, each permitted by robots.txt and within the budget of its host.

Redirects are followed here and not by requests, because each hop is a decision: is it http, whose turn is it,
may it be asked, what may be told there (`hops.py`). Ends in a `Response`, or in `NoAnswer`.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.fetch.body import read_body, read_start
from aggregator.fetch.budget import OnHold
from aggregator.fetch.failing import OUTSIDE, NoAnswer, cause_of
from aggregator.fetch.holds import asked_to_wait
from aggregator.fetch.hops import AS_IT_IS, Hop, first_hop, next_hop, request_headers
from aggregator.fetch.line import Route, is_forbidden_literal
from aggregator.models import Failure, FailureKind, Kind, Request, Response
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from aggregator.fetch.budget import HostBudget
    from aggregator.fetch.guard import Network
    from aggregator.fetch.limits import FetchLimits
    from aggregator.fetch.robots import Robots
    from aggregator.fetch.wire import Answer, Asking

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Means:
    """What all trips of a fetcher have in common."""

    limits: FetchLimits
    allowed: tuple[Network, ...]
    budget: HostBudget | None
    robots: Robots | None
    lend: Callable[
        [str, Route], AbstractContextManager[Asking]
    ]  # host, route → a wire for as long as it is needed


class Trip:
    """One call of `Fetcher.fetch`, with its clock, which stands still while we wait for our own budget."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._limits = means.limits
        self._started = time.monotonic()
        self._waited = 0.0  # seconds that our own manners cost; at most another `limits.deadline`
        self._visited: set[str] = set()  # hosts that were asked on this trip

    def elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started - self._waited) * 1000)

    def follow(self, request: Request) -> Response:
        hop = first_hop(request)
        permanent = True
        moved_to = ""
        for _ in range(self._limits.max_redirects + 1):
            self._obey_robots(hop, request.kind)
            with self._answer(hop, request.kind) as raw:
                if not _is_redirect(raw):
                    return self._response(raw, hop, request, moved_to)
                permanent = permanent and raw.status in _PERMANENT
                hop = next_hop(hop, raw.headers["location"])
            moved_to = hop.full_url if permanent else ""
        raise NoAnswer(FailureKind.TOO_MANY_REDIRECTS, f"more than {self._limits.max_redirects} redirects")

    @contextmanager
    def _answer(self, hop: Hop, kind: Kind) -> Iterator[Answer]:
        """Ask for one hop when it is its host's turn, and hold the slot until the answer has been used."""
        host, route = host_of(hop.url), self._route(hop)
        with self._slot(host), self._means.lend(host, route) as wire:
            wire.line.deadline = self._started + self._waited + self._limits.deadline
            headers = request_headers(hop, kind, self._limits.user_agent)
            with wire.ask(_plain_address(hop.url), headers) as raw:
                self._note_hold(host, raw)
                yield raw

    def _route(self, hop: Hop) -> Route:
        """Return how the host is reached. What a proxy connects to we cannot see, but an address we can read."""
        route = Route(hop.access.proxy or self._limits.proxy, hop.access.verify_tls)
        if route.proxy and is_forbidden_literal(urlsplit(hop.url).hostname or "", self._means.allowed):
            message = "a private address; allow it in [fetch] allow_networks"
            raise NoAnswer(FailureKind.FORBIDDEN_ADDRESS, message)
        return route

    def _obey_robots(self, hop: Hop, kind: Kind) -> None:
        robots, budget = self._means.robots, self._means.budget
        if robots is None or kind is not Kind.PAGE or not hop.access.obey_robots:
            return

        def ask(url: str) -> Response | Failure:
            try:
                return self.follow(Request(url, Kind.ROBOTS, access=hop.access))
            except NoAnswer as e:
                return Failure(url, e.kind, e.message, retry_after=e.retry_after)

        delay = robots.permit(hop.url, ask)
        if budget:
            budget.space(host_of(hop.url), delay)

    def _note_hold(self, host: str, raw: Answer) -> None:
        budget = self._means.budget
        if budget and (wait := asked_to_wait(raw.status, raw.headers, datetime.now(UTC))) is not None:
            budget.hold(host, wait)

    def _response(self, raw: Answer, hop: Hop, request: Request, moved_to: str) -> Response:
        body = self._body(raw, request.kind)
        return Response(request.url, hop.url, raw.status, raw.headers, body, moved_to, self.elapsed_ms())

    def _body(self, raw: Answer, kind: Kind) -> bytes:
        read = read_start if kind is Kind.ROBOTS else read_body
        try:
            return read(raw, self._limits.bytes_for(kind))
        except (NoAnswer, *OUTSIDE) as e:
            if raw.status >= 400:  # noqa: PLR2004  # where RFC 9110, 15.5, begins to speak of errors
                return b""
            raise _cut_short(e) from None

    @contextmanager
    def _slot(self, host: str) -> Iterator[None]:
        budget = self._means.budget
        if budget is None:
            yield
            return
        asked = time.monotonic()
        patience = budget.clock() + self._limits.deadline - self._waited
        with ExitStack() as stack:
            try:
                stack.enter_context(budget.slot(host, patience, onward=host in self._visited))
            except TimeoutError:
                message = "the host was busy with other requests of ours"
                raise NoAnswer(FailureKind.HELD, message, max(budget.ready_in(host), 1.0)) from None
            except OnHold as e:
                raise _on_hold(e.seconds) from None
            self._waited += time.monotonic() - asked
            self._visited.add(host)
            yield


def _on_hold(seconds: float) -> NoAnswer:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return NoAnswer(FailureKind.HELD, f"the host asked us to wait until {until:%Y-%m-%d %H:%M} UTC", seconds)


def _plain_address(url: str) -> str:
    """Return the address in ASCII, as it goes over the wire; raise NoAnswer if it cannot."""
    if AS_IT_IS.fullmatch(url):
        return url
    import requests  # noqa: PLC0415  it knows how browsers write odd addresses; most are not odd

    try:
        return requests.Request("GET", url).prepare().url or ""
    except OUTSIDE:
        raise NoAnswer(FailureKind.BAD_URL, "not an address that can be asked") from None


def _is_redirect(raw: Answer) -> bool:
    return raw.status in _REDIRECTS and "location" in raw.headers


def _cut_short(error: BaseException) -> NoAnswer:
    """Return what an error in the middle of a body means: a connection that breaks there truncates it."""
    cause = cause_of(error)
    if cause.kind is FailureKind.CONNECT:
        return NoAnswer(FailureKind.TRUNCATED, f"{cause.message} in the middle of the answer")
    return cause

"""The face of the room: one request in, its answer out, and the connections that are kept between requests.

Nothing that the network does is raised; a `Failure` says it in one line without the address, so that no
password ends in a log. The way of a request is `trip.py`.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from aggregator.fetch.failing import NoAnswer
from aggregator.fetch.guard import parse_networks
from aggregator.fetch.line import Line, Resolve, Route, system_resolve
from aggregator.fetch.robots import Robots
from aggregator.fetch.trip import Means, Trip
from aggregator.fetch.wire import Asking, Wire
from aggregator.models import Failure, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.fetch.budget import HostBudget
    from aggregator.fetch.limits import FetchLimits

_KEPT_WIRES = 256  # as many as there can be threads; more come only from feeds with routes of their own


class Fetcher:
    """Thread-safe. Keeps connections open between requests until `close`."""

    def __init__(
        self,
        limits: FetchLimits,
        budget: HostBudget | None = None,
        *,
        resolve: Resolve = system_resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`, in seconds, tells how old a kept connection is."""
        self._limits = limits
        self._resolve = resolve
        self._allowed = parse_networks(limits.allow_networks)
        self._clock = clock
        robots = Robots(budget.clock if budget else time.monotonic) if limits.robots else None
        self._means = Means(limits, self._allowed, budget, robots, self._lend)
        self._idle: list[Asking] = []  # the last one used is the last one in the list
        self._closed = False
        self._lock = threading.Lock()

    def fetch(self, request: Request) -> Response | Failure:
        """Ask for `request.url` and return the answer, whatever its status.

        The body of an answer of 400 and above that cannot be read whole is left out, so that its status and
        headers (410, 429 with Retry-After…) are not lost with it. A `Failure` of kind HELD or ROBOTS means
        that the page was not asked for.
        """
        trip = Trip(self._means)
        try:
            return trip.follow(request)
        except NoAnswer as e:
            return Failure(request.url, e.kind, e.message, trip.elapsed_ms(), e.retry_after)

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
    def _lend(self, host: str, route: Route) -> Iterator[Asking]:
        """Lend a wire of this route, if possible the one that talked to `host` last."""
        wire = self._take(host, route)
        wire.last_host = host
        try:
            yield wire
        finally:
            for each in self._put_back(wire):
                each.close()

    def _take(self, host: str, route: Route) -> Asking:
        with self._lock:
            fitting = [wire for wire in reversed(self._idle) if wire.line.route == route]
            if not fitting:
                line = Line(self._resolve, self._allowed, self._limits.connect_timeout, route)
                return self._wire(line)
            wire = next((wire for wire in fitting if wire.last_host == host), fitting[0])
            self._idle.remove(wire)
            return wire

    def _wire(self, line: Line) -> Asking:
        if not line.route.proxy:
            return Wire(line, self._limits.ca_file, self._clock)
        from aggregator.fetch.proxied import ProxiedWire  # noqa: PLC0415  few have one, and requests takes its time

        return ProxiedWire(line, self._limits.ca_file)

    def _put_back(self, wire: Asking) -> list[Asking]:
        """Return the wires that are to be closed."""
        with self._lock:
            if self._closed:
                return [wire]
            self._idle.append(wire)
            too_many, self._idle = self._idle[:-_KEPT_WIRES], self._idle[-_KEPT_WIRES:]
            return too_many

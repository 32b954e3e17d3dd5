"""What one host may be asked for, shared by everything that fetches, whatever the number of threads.

- A host: one request at a time, and a pause between the starts of two; Crawl-delay makes it longer.
- A registered domain, all its hosts together: two requests at a time, and half that pause. The blogs of one
  platform are many hosts, but its servers feel them as one reader.
- A host that asked to be left alone is on hold. A hold is never waited for: whoever wants such a host is
  turned away at once (`OnHold`) and comes back later, because a thread that waits for an hour serves nobody.

A host is what `urls.host_of` says, a domain what `domains.registered_domain` makes of it. Memory stays small,
because a host whose pause has passed is as good as unknown. Holds outlive the process: `holds`, `restore`.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.domains import registered_domain
from aggregator.headers import LONGEST as LONGEST_HOLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PER_HOST = 1  # requests at the same time
PER_DOMAIN = 2
LONGEST = LONGEST_HOLD.total_seconds()
_LONGEST_DELAY = 60.0  # seconds of Crawl-delay that are obeyed; some say a day and mean "go away"
_FORGET_ABOVE = 1024  # hosts; fewer are not worth the walk
_BUSY_S = 0.05  # look again so soon when somebody else holds the host
_NEVER = float("-inf")


class OnHold(Exception):  # noqa: N818  # not an error: the expected answer about a host that wants to rest
    """The host wants to be left alone for another `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"on hold for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Lane:
    """A host or a domain. Instants are those of the budget's clock."""

    width: int  # requests at the same time
    spacing: float  # seconds between the starts of two
    running: int = 0
    last_start: float = _NEVER
    held_until: float = _NEVER

    def next_start(self, longest_pause: float = LONGEST) -> float:
        return self.last_start + min(self.spacing, longest_pause)

    def is_idle(self, now: float) -> bool:
        return not self.running and self.next_start() <= now and self.held_until <= now


class HostBudget:
    """Thread-safe. `clock` and `sleep` are in seconds and must belong together."""

    def __init__(
        self,
        spacing_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.spacing_s = spacing_s
        self.clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Lane] = {}
        self._domains: dict[str, _Lane] = {}
        self._held: dict[str, _Lane] = {}  # those hosts that are on hold, and perhaps some that were
        self._changed = threading.Condition()
        self._forget_above = _FORGET_ABOVE

    @contextmanager
    def slot(self, host: str, deadline: float, *, onward: bool = False) -> Iterator[None]:
        """Hold a slot of `host` and of its domain, after waiting for both.

        Raises OnHold if the host wants to be left alone, and TimeoutError if the slot is not to be had by
        `deadline`, an instant of the budget's clock. `onward` is a further request of one visit (a redirect,
        the page after its robots.txt): Crawl-delay is meant between visits and does not count for it.
        """
        lanes = self._take(host, deadline)
        try:
            while (wait := self._begin(lanes, self.spacing_s if onward else LONGEST)) > 0:
                if self.clock() + wait > deadline:
                    raise TimeoutError
                self._sleep(wait)
            yield
        finally:
            self._release(lanes)

    def ready_in(self, host: str) -> float:
        """Return 0.0 if a request to `host` would be answered for now, else the seconds after which to ask again.

        A host on hold is ready: it is refused without delay.
        """
        with self._changed:
            lanes = [self._hosts.get(host), self._domains.get(registered_domain(host))]
            known = [lane for lane in lanes if lane is not None]
            now = self.clock()
            if any(lane.held_until > now for lane in known):
                return 0.0
            pause = max((lane.next_start() - now for lane in known), default=0.0)
            busy = any(lane.running >= lane.width for lane in known)
            return max(pause, _BUSY_S if busy else 0.0)

    def space(self, host: str, seconds: float) -> None:
        """Keep at least `seconds` between two visits of `host` (Crawl-delay), as long as the host is remembered."""
        with self._changed:
            self._lanes(host)[0].spacing = max(self.spacing_s, min(seconds, _LONGEST_DELAY))

    def hold(self, host: str, seconds: float) -> None:
        """Send nothing to `host` for that long; a longer hold that is already there stays."""
        with self._changed:
            known = self._lanes(host)[0]
            known.held_until = max(known.held_until, self.clock() + min(seconds, LONGEST))
            self._held[host] = known

    def holds(self) -> dict[str, float]:
        """Return the hosts on hold and the seconds that are left, for `restore` after a restart."""
        with self._changed:
            now = self.clock()
            self._held = {name: lane for name, lane in self._held.items() if lane.held_until > now}
            return {name: lane.held_until - now for name, lane in self._held.items()}

    def restore(self, holds: Mapping[str, float]) -> None:
        for host, seconds in holds.items():
            if seconds > 0:
                self.hold(host, seconds)

    def __len__(self) -> int:
        """Return how many hosts are remembered."""
        return len(self._hosts)

    def _lanes(self, host: str) -> tuple[_Lane, _Lane]:
        domain = registered_domain(host)
        if (own := self._hosts.get(host)) is None:
            own = self._hosts[host] = _Lane(PER_HOST, self.spacing_s)
        if (shared := self._domains.get(domain)) is None:
            shared = self._domains[domain] = _Lane(PER_DOMAIN, self.spacing_s / PER_DOMAIN)
        return own, shared

    def _take(self, host: str, deadline: float) -> tuple[_Lane, _Lane]:
        with self._changed:
            while True:
                lanes = self._lanes(host)  # anew each time: an idle one may have been forgotten
                self._refuse_if_held(lanes)
                if all(lane.running < lane.width for lane in lanes):
                    break
                if not self._changed.wait(min(deadline - self.clock(), threading.TIMEOUT_MAX)):
                    raise TimeoutError
            for lane in lanes:
                lane.running += 1
            return lanes

    def _begin(self, lanes: tuple[_Lane, _Lane], longest_pause: float) -> float:
        """Begin now and return 0, or return the seconds after which to try again."""
        with self._changed:
            self._refuse_if_held(lanes)
            now = self.clock()
            wait = max(lane.next_start(longest_pause) for lane in lanes) - now
            if wait <= 0:
                for lane in lanes:
                    lane.last_start = now
            return wait

    def _refuse_if_held(self, lanes: tuple[_Lane, _Lane]) -> None:
        if (left := max(lane.held_until for lane in lanes) - self.clock()) > 0:
            raise OnHold(left)

    def _release(self, lanes: tuple[_Lane, _Lane]) -> None:
        with self._changed:
            for lane in lanes:
                lane.running -= 1
            if len(self._hosts) > self._forget_above:
                self._forget_idle()
            self._changed.notify_all()

    def _forget_idle(self) -> None:
        now = self.clock()
        for lanes in (self._hosts, self._domains):
            for name in [name for name, lane in lanes.items() if lane.is_idle(now)]:
                del lanes[name]
        self._forget_above = max(_FORGET_ABOVE, 2 * len(self._hosts))

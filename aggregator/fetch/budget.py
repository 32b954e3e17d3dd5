"""The budget of a host: one request at a time, and a pause between the starts of two.

One budget is shared by everything that fetches, so the manners do not depend on the number of threads. A host
is what `urls.host_of` says. Memory stays small because a host whose pause has passed is as good as unknown.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FORGET_ABOVE = 1024  # hosts; fewer are not worth the walk
_BUSY_S = 0.05  # look again so soon when somebody else holds the host


@dataclass(slots=True)
class _Host:
    busy: bool = False
    free_at: float = float("-inf")  # not before this instant of the budget's clock


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
        self._hosts: dict[str, _Host] = {}
        self._changed = threading.Condition()
        self._forget_above = _FORGET_ABOVE

    @contextmanager
    def slot(self, host: str, deadline: float) -> Iterator[None]:
        """Hold the only slot of `host`, after waiting for it.

        Raises TimeoutError if it is not to be had by `deadline`, an instant of the budget's clock.
        """
        self._take(host, deadline)
        try:
            self._wait_for_turn(host, deadline)
            yield
        finally:
            self._release(host)

    def ready_in(self, host: str) -> float:
        """Return 0.0 if a request to `host` could start now, else the seconds after which to ask again."""
        with self._changed:
            known = self._hosts.get(host)
            if known is None:
                return 0.0
            pause = max(known.free_at - self.clock(), 0.0)
            return max(pause, _BUSY_S) if known.busy else pause

    def hold(self, host: str, seconds: float) -> None:
        """Send nothing to `host` for that long; a longer hold that is already there stays."""
        with self._changed:
            known = self._hosts.setdefault(host, _Host())
            known.free_at = max(known.free_at, self.clock() + seconds)

    def __len__(self) -> int:
        """Return how many hosts are remembered."""
        return len(self._hosts)

    def _take(self, host: str, deadline: float) -> None:
        with self._changed:
            while (known := self._hosts.setdefault(host, _Host())).busy:
                if not self._changed.wait(min(deadline - self.clock(), threading.TIMEOUT_MAX)):
                    raise TimeoutError
            known.busy = True

    def _wait_for_turn(self, host: str, deadline: float) -> None:
        """Let the pause pass, then begin the next one. The host is taken, so nobody else begins meanwhile."""
        while (wait := self._pause(host)) > 0:
            if self.clock() + wait > deadline:
                raise TimeoutError
            self._sleep(wait)
        with self._changed:
            known = self._hosts[host]
            known.free_at = max(known.free_at, self.clock() + self.spacing_s)

    def _pause(self, host: str) -> float:
        with self._changed:
            return self._hosts[host].free_at - self.clock()

    def _release(self, host: str) -> None:
        with self._changed:
            self._hosts[host].busy = False
            if len(self._hosts) > self._forget_above:
                self._forget_idle()
            self._changed.notify_all()

    def _forget_idle(self) -> None:
        now = self.clock()
        self._hosts = {name: host for name, host in self._hosts.items() if host.busy or host.free_at > now}
        self._forget_above = max(_FORGET_ABOVE, 2 * len(self._hosts))

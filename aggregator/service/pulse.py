"""The pulse: which jobs are at work, when each last got anywhere, and what the service has done so far.

Signs of life come from the work itself, not from a thread of their own, which would live on beside a service that
does nothing any more. Used from several threads.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Nothing takes longer than a lease: downloads and tasks end after some 30 s, hosts that want pauses are passed over.
STUCK_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is at a moment."""

    ok: bool
    said: str  # what is wrong; "" when nothing is
    up_seconds: float
    idle_seconds: float  # since any job last got anywhere


class Pulse:
    def __init__(self, tick: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`tick`: seconds between two beginnings of a job when nothing is wrong."""
        self._clock = clock
        self._silence = max(STUCK_SECONDS, 3 * tick)
        self._began = self._last = clock()
        self._working: dict[str, float] = {}  # job → when it last got anywhere
        self._counts: Counter[tuple[str, str]] = Counter()
        self._trouble = ""
        self._lock = threading.Lock()

    @contextmanager
    def job(self, name: str) -> Iterator[Callable[[], None]]:
        """Be at work; yields what is called whenever the work gets anywhere."""

        def beat() -> None:
            with self._lock:
                self._last = self._working[name] = self._clock()

        beat()
        try:
            yield beat
        except BaseException as error:
            self._trouble = f"{name}: {error}"
            raise
        else:
            if self._trouble.startswith(f"{name}: "):
                self._trouble = ""
        finally:
            with self._lock:
                self._working.pop(name, None)
                self._last = self._clock()

    def count(self, what: str, kind: str, by: int = 1) -> None:
        """Count what was done, by its outcome."""
        with self._lock:
            self._counts[what, kind] += by

    def counts(self) -> Mapping[tuple[str, str], int]:
        with self._lock:
            return dict(self._counts)

    def health(self) -> Health:
        now = self._clock()
        with self._lock:
            slow = {name: now - at for name, at in self._working.items() if now - at > self._silence}
            idle = now - self._last
        said = ", ".join(f"{name} got nowhere for {seconds:.0f} s" for name, seconds in sorted(slow.items()))
        if not said and idle > self._silence:
            said = f"nothing was begun for {idle:.0f} s"
        return Health(not said, said or self._trouble, now - self._began, idle)


class BugCount(logging.Handler):
    """Counts every bug that is logged, wherever it was met: what is logged with its trace is one."""

    def __init__(self, pulse: Pulse) -> None:
        super().__init__(logging.ERROR)
        self._pulse = pulse
        pulse.count("bugs", "seen", 0)  # a monitor shall see that there are none

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._pulse.count("bugs", "seen")

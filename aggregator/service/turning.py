"""When the clock is turned: what was planned by the old time is planned by the new one.

Plans stand in the archive as times of day, so a clock that is set back by a day would keep every feed waiting for that
day, and one that is set ahead would have all of them asked too early. Time that passed in sleep has really passed.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.times import SLEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.archive import Archive

log = logging.getLogger("aggregator")


def elapsed() -> float:
    """Return seconds that no one can turn, with those in which the machine slept."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Turning:
    def __init__(
        self, archive: Archive, wall: Callable[[], float] = time.time, passed: Callable[[], float] = elapsed
    ) -> None:
        self._archive, self._wall, self._passed = archive, wall, passed
        self._offset = wall() - passed()
        self._lock = threading.Lock()

    def follow(self) -> bool:
        """Tell whether the clock was turned since the last look, and move all plans with it."""
        with self._lock:
            offset = self._wall() - self._passed()
            by = offset - self._offset
            if abs(by) < SLEW.total_seconds():
                self._offset = offset
                return False
            log.warning("clock turned by=%s", timedelta(seconds=round(by)))
            self._archive.vitals.move_plans(timedelta(seconds=round(by)))
            self._offset = offset
            return True

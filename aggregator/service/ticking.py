"""A trigger that ticks: so long after the last time, and once, however many times were missed.

APScheduler's own interval counts every time that was missed, one by one: a clock that is set right after a start in
1970 would cost it a hundred million of them, and the memory for each.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from datetime import datetime


class Tick(BaseTrigger):  # type: ignore[misc]  # it ships no types
    def __init__(self, seconds: float) -> None:
        self.every = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        if previous is None:
            return now
        due = previous + self.every
        return due if now < due <= now + self.every else now + self.every

"""Hours and days in which a feed asks to be left alone (RSS 2.0, skipHours and skipDays). All in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.schedule.headers import Hints

HOUR = timedelta(hours=1)
HOURS_OF_WEEK = 7 * 24


def after_skips(at: datetime, hints: Hints) -> datetime:
    """Return `at`, or the first full hour after it that is not skipped; what skips all hours is not believed."""
    free = at
    for _ in range(HOURS_OF_WEEK + 1):
        if free.hour not in hints.skip_hours and free.weekday() not in hints.skip_days:
            return free
        free = free.replace(minute=0, second=0, microsecond=0) + HOUR
    return at

"""When to ask again for a page that was not to be had."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.headers import LONGEST

# A page that was not to be had is asked for again after these times, then left.
RETRIES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)


def next_try(attempts: int, now: datetime, retry_after: timedelta | None = None) -> datetime | None:
    """Return when to ask for a page again after `attempts` failures, or None when it is given up."""
    if attempts > len(RETRIES):
        return None
    wait = RETRIES[attempts - 1]
    return now + max(wait, min(retry_after or wait, LONGEST))

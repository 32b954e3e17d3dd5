"""For how long an answer asks us to leave its host alone.

Pure. 429 always asks for it (RFC 6585, 4), 503 only with Retry-After (RFC 9110, 10.2.3).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.headers import LONGEST, retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SHORTEST = timedelta(minutes=1)  # whoever asks for less gets a little more
UNSAID = timedelta(minutes=15)  # for a 429 that does not say
_TOO_MANY, _UNAVAILABLE = 429, 503


def asked_to_wait(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds for which the host is to be left alone, or None; header names are in lower case."""
    if status not in {_TOO_MANY, _UNAVAILABLE}:
        return None
    wait = retry_after(headers, now)
    if wait is None and status == _TOO_MANY:
        wait = UNSAID
    return None if wait is None else min(max(wait, SHORTEST), LONGEST).total_seconds()

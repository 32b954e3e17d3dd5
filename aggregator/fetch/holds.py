"""For how long an answer asks us to leave its host alone.

Pure. 429 always asks for it (RFC 6585, 4), 503 only with Retry-After (RFC 9110, 10.2.3), which is a count of
seconds or a date; a date counts from the server's own Date, because its clock may be wrong. Numbers from
outside may be negative, absurdly large or no numbers at all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST = 60.0  # seconds; whoever asks for less gets a little more
LONGEST = 31 * 86_400.0  # seconds; no header keeps us away for longer
UNSAID = 15 * 60.0  # seconds, for a 429 that does not say
_TOO_MANY, _UNAVAILABLE = 429, 503
_DIGITS = 9  # of seconds; more are more than thirty years


def asked_to_wait(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds for which the host is to be left alone, or None; header names are in lower case."""
    if status not in {_TOO_MANY, _UNAVAILABLE}:
        return None
    wait = _seconds(headers.get("retry-after", ""), headers.get("date", ""), now)
    if wait is None and status == _TOO_MANY:
        wait = UNSAID
    return None if wait is None else min(max(wait, SHORTEST), LONGEST)


def _seconds(said: str, date: str, now: datetime) -> float | None:
    said = said.strip()
    if said.isascii() and said.isdigit():
        return float(said) if len(said) <= _DIGITS else LONGEST
    until = _instant(said)
    return None if until is None else (until - (_instant(date) or now)).total_seconds()


def _instant(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None

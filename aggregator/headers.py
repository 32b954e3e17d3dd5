"""Numbers, dates and waits in HTTP headers, as they come: negative, absurdly large, or no numbers at all.

Ground: used wherever an answer's headers are read. Names of headers are in lower case. RFC 9110, 5.6.7 (dates) and
10.2.3 (Retry-After).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = timedelta(days=31)  # no header keeps us away for longer
_DIGITS = 9  # of seconds; more are more than thirty years


def seconds_in(text: str) -> timedelta | None:
    """Read a count of seconds; None if it is none."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=int(text)) if len(text) <= _DIGITS else LONGEST


def date_in(text: str) -> datetime | None:
    """Read an HTTP date; None if it is none."""
    if not text:
        return None
    try:
        read = parsedate_to_datetime(text.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or a date that counts from the server's own Date, for its clock may be wrong."""
    said = headers.get("retry-after", "")
    seconds = seconds_in(said)
    until = date_in(said)
    if seconds is not None or until is None:
        return seconds
    return max(until - (date_in(headers.get("date", "")) or now), timedelta(0))

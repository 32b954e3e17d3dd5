"""What an answer's headers and document say about when to come back, read into `Hints`.

Freshness is RFC 9111 (4.2), Retry-After RFC 9110 (10.2.3); ttl, skipHours, skipDays are RSS 2.0, sy:* RSS 1.0's
module. All are lower bounds. Numbers from outside may be negative, absurdly large or no numbers at all; then they
are not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = timedelta(days=31)  # no header keeps us away for longer


@dataclass(frozen=True, slots=True)
class Hints:
    """What the publisher said about when to come back."""

    fresh_for: timedelta = timedelta(0)
    retry_after: timedelta | None = None
    ttl: timedelta = timedelta(0)  # the document's own: RSS ttl or sy:updatePeriod, whichever is longer
    skip_hours: frozenset[int] = frozenset()  # 0 to 23 in UTC
    skip_days: frozenset[int] = frozenset()  # Monday is 0


def hints_of(
    headers: Mapping[str, str],
    now: datetime,
    ttl_minutes: int | None = None,
    *,
    update_minutes: int | None = None,
    skip_hours: frozenset[int] = frozenset(),
    skip_days: frozenset[int] = frozenset(),
) -> Hints:
    """Read the publisher's hints out of an answer's headers (names in lower case) and the feed's own words."""
    minutes = max(ttl_minutes or 0, update_minutes or 0, 0)
    return Hints(
        fresh_for=_fresh_for(headers, now),
        retry_after=retry_after(headers, now),
        ttl=timedelta(minutes=min(minutes, LONGEST // timedelta(minutes=1))),
        skip_hours=skip_hours,
        skip_days=skip_days,
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or a date that counts from the server's own Date."""
    value = headers.get("retry-after", "").strip()
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    until = _date(value)
    if until is None:
        return None
    return max(until - (_date(headers.get("date", "")) or now), timedelta(0))


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return timedelta(0)
    max_age = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d+)", control)
    if max_age:
        age = _seconds(headers.get("age", "")) or timedelta(0)
        return max((_seconds(max_age.group(1)) or timedelta(0)) - age, timedelta(0))
    expires = _date(headers.get("expires", ""))
    if expires is None:
        return timedelta(0)
    return max(expires - (_date(headers.get("date", "")) or now), timedelta(0))


def _seconds(text: str) -> timedelta | None:
    """Read a count of seconds; more digits than a century needs are cut to the longest wait."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=int(text)) if len(text) <= 9 else LONGEST  # noqa: PLR2004  nine digits: 31 years


def _date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text.strip())
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)

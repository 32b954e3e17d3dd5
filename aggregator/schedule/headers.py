"""What an answer's headers and document say about when to come back, read into `Hints`.

Freshness is RFC 9111 (4.2), Retry-After RFC 9110 (10.2.3); ttl, skipHours, skipDays are RSS 2.0, sy:* RSS 1.0's
module. All are lower bounds. Numbers from outside may be negative, absurdly large or no numbers at all; then they
are not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.headers import LONGEST, date_in, retry_after, seconds_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


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


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return timedelta(0)
    max_age = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d+)", control)
    if max_age:
        age = seconds_in(headers.get("age", "")) or timedelta(0)
        return max((seconds_in(max_age.group(1)) or timedelta(0)) - age, timedelta(0))
    expires = date_in(headers.get("expires", ""))
    if expires is None:
        return timedelta(0)
    return max(expires - (date_in(headers.get("date", "")) or now), timedelta(0))

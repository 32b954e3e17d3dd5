"""When to look again: at a feed after a visit, at a page after a failure. Plain arithmetic on instants.

Rules of this file: `now` is an argument, chance is not used; what spreads the feeds is their id. Hints of the
publisher are lower bounds: freshness (RFC 9111, 4.2), Retry-After (RFC 9110, 10.2.3), RSS `ttl`. Numbers from
outside may be negative, absurdly large or no numbers at all; then they are not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from aggregator.models import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = timedelta(days=31)  # no header keeps us away for longer
BACKED_OFF = timedelta(days=7)  # a feed that keeps failing is still asked once a week
GONE_APART = timedelta(hours=24)  # two 410 this far apart are believed
SPREAD = 0.1  # an interval is stretched by up to this share, by the feed's id, never shortened

# A page that was not to be had is asked for again after these times, then left.
RETRIES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the user wants feeds to be looked at."""

    interval: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=24)  # the publisher's hints are followed up to here, errors beyond


@dataclass(frozen=True, slots=True)
class Hints:
    """What the publisher said about when to come back."""

    fresh_for: timedelta = timedelta(0)
    retry_after: timedelta | None = None
    ttl: timedelta = timedelta(0)


def next_check(
    feed_id: int, outcome: Outcome, failures: int, now: datetime, rhythm: Rhythm, hints: Hints
) -> datetime:
    """Return when to visit the feed next; `failures` counts this visit if it failed."""
    if outcome is Outcome.GONE:
        wait = GONE_APART
    elif failures:
        wait = min(rhythm.interval * 2 ** min(failures, 16), BACKED_OFF)
    else:
        wait = max(rhythm.interval, min(hints.ttl, rhythm.longest))
    wait = max(_spread(wait, feed_id), min(hints.fresh_for, LONGEST))
    if hints.retry_after is not None:
        wait = max(wait, min(hints.retry_after, LONGEST))
    return now + wait


def next_try(attempts: int, now: datetime, retry_after: timedelta | None = None) -> datetime | None:
    """Return when to ask for a page again after `attempts` failures, or None when it is given up."""
    if attempts > len(RETRIES):
        return None
    wait = RETRIES[attempts - 1]
    return now + max(wait, min(retry_after or wait, LONGEST))


def hints_of(headers: Mapping[str, str], now: datetime, ttl_minutes: int | None = None) -> Hints:
    """Read the publisher's hints out of an answer's headers (names in lower case) and the feed's ttl."""
    return Hints(
        fresh_for=_fresh_for(headers, now),
        retry_after=retry_after(headers, now),
        ttl=timedelta(minutes=min(max(ttl_minutes or 0, 0), 60 * 24 * 31)),
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


def _spread(wait: timedelta, feed_id: int) -> timedelta:
    """Stretch a wait by a share that is the feed's own (Knuth's multiplicative hash of its id)."""
    share = (feed_id * 2654435761 % 2**32) / 2**32
    return wait * (1 + SPREAD * share)

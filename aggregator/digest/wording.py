"""What a digest says of itself in English: its period, its counts, its times. The same in every form.

Names of days and months stand here, not in the locale, so that the same digest gives the same bytes anywhere.
Times are shown in the zone of the digest's `until`: UTC, unless whoever compiled it chose another.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aggregator.models import Digest, DigestEntry

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_A_DAY: Final = timedelta(hours=25)  # the longest day of a year with summer time
_A_WEEK: Final = timedelta(days=7, hours=1)

EMPTY: Final = "Nothing new in this time. Enjoy the quiet."
THE_END: Final = "That is all."


def period(digest: Digest) -> str:
    """Return the period in words: whole days where it is whole days, else with the hours."""
    since, until = digest.since.astimezone(digest.until.tzinfo), digest.until
    if _is_midnight(since) and _is_midnight(until) and since < until:
        return _days(since, until - timedelta(microseconds=1))
    zone = until.tzname() or "UTC"
    if since.date() == until.date():
        return f"{_day(since)}, {since:%H:%M} to {until:%H:%M} {zone}"
    return f"{_day(since)}, {since:%H:%M} to {_day(until)}, {until:%H:%M} {zone}"


def counts(digest: Digest) -> str:
    """Return "61 articles from 14 sources · 38 min"."""
    minutes = sum(e.minutes for section in digest.sections for e in (*section.entries, *section.brief))
    sources = f" from {_number(digest.feeds, 'source')}" if digest.feeds else ""
    return f"{_number(digest.articles, 'article')}{sources} · {duration(minutes)}"


def duration(minutes: int) -> str:
    """Return minutes as "38 min" or "2 h 5 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def when(digest: Digest, entry: DigestEntry) -> str:
    """Return when an entry appeared, as far as the period does not say so already."""
    at = entry.at.astimezone(digest.until.tzinfo)
    length = digest.until - digest.since
    if not digest.since <= entry.at <= digest.until or length > _A_WEEK:
        return _date(at) if at.year != digest.until.year else f"{at.day} {_MONTHS[at.month - 1]}"
    return f"{at:%H:%M}" if length <= _A_DAY else f"{_DAYS[at.weekday()][:3]} {at:%H:%M}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _is_midnight(at: datetime) -> bool:
    return at.hour == at.minute == at.second == 0


def _days(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_date(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} to {_date(last)}"
    return f"{_date(first)} to {_date(last)}"


def _date(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _day(at: datetime) -> str:
    return f"{_DAYS[at.weekday()]}, {_date(at)}"

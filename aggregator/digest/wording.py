"""What a digest says of itself in English: its period, its counts, its times. The same in every form.

Names of days and months stand here, not in the locale, so that the same digest gives the same bytes anywhere.
Times are shown in the zone of the digest's `until`: UTC, unless whoever compiled it chose another.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from aggregator.counting import counted
from aggregator.digest.lead import reading_minutes
from aggregator.models import Verdict

if TYPE_CHECKING:
    from aggregator.models import Digest, DigestEntry, MovedOn

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_A_DAY: Final = timedelta(hours=25)  # the longest day of a year with summer time
_A_WEEK: Final = timedelta(days=7, hours=1)

EMPTY: Final = "Nothing new in this period. Enjoy the quiet."
THE_END: Final = "That is all."
CHANGED: Final = "What changed"
MOVED: Final = "Stories that moved on"
CORRECTED: Final = "Corrected or rewritten"
VANISHED: Final = "Taken down; the text is kept"
TROUBLES: Final = "Sources gone quiet or failing"
KINDS: Final = {
    "headline": "new headline",
    "correction": "corrected",
    "substance": "rewritten or extended",
    "removal": "passages removed",
}


def period(digest: Digest) -> str:
    """Return the period in words: whole days where it is whole days, else with the hours."""
    since, until = digest.since.astimezone(digest.until.tzinfo), digest.until
    if _is_midnight(since) and _is_midnight(until) and since < until:
        return _days(since, until - timedelta(microseconds=1))
    zone = until.tzname() or "UTC"
    if since.date() == until.date():
        return f"{_day(since)}, {since:%H:%M} to {until:%H:%M} {zone}"
    return f"{_start(since, until)} to {_day(until)}, {until:%H:%M} {zone}"


def _start(since: datetime, until: datetime) -> str:
    """Return as much of a period's beginning as its end leaves open."""
    if until - since < _A_WEEK - timedelta(days=1):
        return f"{_DAYS[since.weekday()]}, {since:%H:%M},"
    day = f"{since.day} {_MONTHS[since.month - 1]}" if since.year == until.year else _date(since)
    return f"{day}, {since:%H:%M},"


def counts(digest: Digest) -> str:
    """Return "61 articles from 14 feeds"."""
    feeds = f" from {counted(digest.feeds, 'feed')}" if digest.feeds else ""
    return f"{counted(digest.articles, 'article')}{feeds}"


def reading(digest: Digest) -> str:
    """Return how long the digest itself takes to read: "6 min to read"."""
    entries = (e for section in digest.sections for e in (*section.entries, *section.brief))
    return f"{duration(reading_minutes(' '.join(f'{e.title} {e.lead}' for e in entries)))} to read"


def edition(digest: Digest) -> str:
    """Return "No. 12"; "" for a digest that is no edition."""
    return f"No. {digest.number:,}" if digest.number else ""


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


def began(digest: Digest, at: datetime) -> str:
    """Return the day on which a story began, seen from the digest: "Thursday", "3 May", "3 May 2024"."""
    local, today = at.astimezone(digest.until.tzinfo), digest.until
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if timedelta(0) <= today - at < _A_WEEK - timedelta(days=1):
        return _DAYS[local.weekday()]
    return _date(local) if local.year != today.year else f"{local.day} {_MONTHS[local.month - 1]}"


def standing(digest: Digest, entry: DigestEntry) -> str:
    """Return what to know of a story: "paywalled, 5 sources, developing since Thursday"."""
    parts = ["" if entry.verdict is Verdict.FULL else str(entry.verdict)]
    parts.append(counted(entry.sources, "source") if entry.sources > 1 else "")
    parts.append(f"developing since {began(digest, entry.began_at)}" if entry.began_at else "")
    return ", ".join(part for part in parts if part)


def left_out(count: int) -> str:
    return f"and {counted(count, 'more story', 'more stories')}"


def moved(digest: Digest, story: MovedOn) -> str:
    """Return "2 new articles; began Thursday"."""
    return f"{counted(story.articles, 'new article')}; began {began(digest, story.began_at)}"


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

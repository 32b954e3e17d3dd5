"""Instants as text and text as instants: ISO-8601 in UTC for the archive, human words for people.

No clock: whoever calls says what `now` is, and its time zone is the one in which a person's days begin and
end. A zone with rules (`zoneinfo.ZoneInfo`) is needed for days beyond a change to summer time; a fixed offset
is taken at its word. Text for machines follows RFC 3339; month names are English in every locale.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from aggregator.errors import UsageError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_WEEKDAY = len("mon")

# What is planned for later was planned while a clock was wrong, and counts as due now.
SLEW = timedelta(minutes=2)  # less is a clock that is being set right little by little
LATEST_PLAN = timedelta(days=40)  # of a visit, a look, a hold: the longest wait is 33 days, of the last look
LATEST_LETTER = timedelta(days=1)  # of what goes out to people: its tries are hours apart

# -------------------------------------------------------------------------------------------- for machines


def to_text(moment: datetime) -> str:
    """Write an instant as the archive keeps it: 2026-11-12T10:30:00Z, milliseconds only if there are any."""
    plain = _in_utc(moment).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds" if plain.microsecond // 1000 else "seconds") + "Z"


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote or another ISO-8601 instant with a zone; raise ValueError for the rest."""
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {moment.isoformat()}")
    return moment.astimezone(UTC)


# ---------------------------------------------------------------------------------------- what people type

FORMS = (
    "2026-11-12, 2026-11-12T10:30, 2026-11, 2026, now, today, yesterday, mon (the last Monday), last week, "
    "12 nov 2026, or how long ago: 90m, 24h, 7d, 2w, 3mo, 1y"
)


def parse_moment(typed: str, now: datetime, *, end: bool = False) -> datetime:
    """Return the instant in UTC that `typed` names, seen from `now`; raise UsageError that names the forms.

    A day, a month or a year stands for its first instant, with `end` for the first instant after it.
    """
    text = _typed(typed)
    try:
        first, unit = _period(text, now.date())
        if first is None:
            return _in_utc(_instant(text, now))
        return _in_utc(_midnight(_next(first, unit) if end else first, now))
    except (ValueError, OverflowError):
        raise UsageError(f"{typed[:40]!r} is not a time that can be read: write {FORMS}") from None


def parse_period(typed: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the first instant of the day, week, month or year that `typed` names, and the first one after it.

    An instant stands for its day. Raises UsageError that names the forms.
    """
    text = _typed(typed)
    try:
        first, unit = _period(text, now.date())
        if first is None:
            first, unit = _instant(text, now).astimezone(now.tzinfo).date(), "day"
        return _in_utc(_midnight(first, now)), _in_utc(_midnight(_next(first, unit), now))
    except (ValueError, OverflowError):
        raise UsageError(f"{typed[:40]!r} is not a time that can be read: write {FORMS}") from None


def _typed(text: str) -> str:
    """Write what was typed in one way: "past 3 days" is "3 days", "past week" is "1 week"."""
    text = " ".join(text.lower().split())
    text = re.sub(r"^(?:last|past) (?=\d)", "", text)
    return re.sub(r"^past (?=[a-z])", "1 ", text)


def _period(text: str, today: date) -> tuple[date | None, str]:
    """Return the first day of the year, month, week or day that `text` names, and which of these it is."""
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return date(int(text), 1, 1), "year"
    if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
        return date.fromisoformat(f"{text}-01"), "month"
    if re.fullmatch(r"\d{4}-?w\d{2}", text, re.ASCII):  # ISO 8601 weeks begin on Mondays
        return date.fromisoformat(text.upper()), "week"
    if found := re.fullmatch(r"(last|previous|this) (week|month|year)", text):
        return _calendar(found[2], today, back=found[1] != "this"), found[2]
    if (found := _NAMED_MONTH.fullmatch(text)) and (month := _month_of(found["month"])):
        return _named(found, month, today)
    return _day(text, today), "day"


def _calendar(unit: str, today: date, *, back: bool) -> date:
    """Return the first day of this week, month or year, or of the one before."""
    match unit:
        case "week":
            return today - timedelta(days=today.weekday() + (7 if back else 0))
        case "month":
            return _months_before(today.replace(day=1), int(back))
        case _:
            return date(today.year - back, 1, 1)


_NAMED_MONTH = re.compile(
    r"(?:(?P<day>\d{1,2})\.? )?(?P<month>[a-z]{3,9})\.?"
    r"(?: (?P<day_after>\d{1,2})(?:st|nd|rd|th)?,?)?(?: (?P<year>\d{4}))?",
    re.ASCII,
)


def _month_of(name: str) -> int:
    """Return the number of a month by its English name or the first three letters; 0 if it is none."""
    if name not in _MONTH_NAMES and not (
        len(name) in {3, 4} and any(m.startswith(name) for m in _MONTH_NAMES)
    ):
        return 0
    return next(number for number, full in enumerate(_MONTH_NAMES, 1) if full.startswith(name))


def _named(found: re.Match[str], month: int, today: date) -> tuple[date, str]:
    """Read "nov 2026", "12 nov 2026", "november 12": without a year, the last one that has begun."""
    day = int(found["day"] or found["day_after"] or 1)
    unit = "day" if found["day"] or found["day_after"] else "month"
    if found["year"]:
        return date(int(found["year"]), month, day), unit
    first = date(today.year, month, day)
    return (first if first <= today else date(today.year - 1, month, day)), unit


def _next(first: date, unit: str) -> date:
    if unit in {"day", "week"}:
        return first + timedelta(days=7 if unit == "week" else 1)
    return _months_before(first, -12 if unit == "year" else -1)


def _day(text: str, today: date) -> date | None:
    if text in {"today", "yesterday", "tomorrow"}:
        return today + timedelta(days=("yesterday", "today", "tomorrow").index(text) - 1)
    if found := re.fullmatch(
        r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text, re.ASCII
    ):  # day first wherever dots are used
        return date(int(found[3]), int(found[2]), int(found[1]))
    text = text.removeprefix("last ")
    for number, name in enumerate(_WEEKDAYS):
        if len(text) >= _SHORTEST_WEEKDAY and name.startswith(text):
            return today - timedelta(days=(today.weekday() - number) % 7)
    try:
        return date.fromisoformat(text.upper())
    except ValueError:
        return None


def _midnight(day: date, now: datetime) -> datetime:
    """Return the first instant of a day; where the clocks skip midnight, that is the hour they skip to."""
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


_AGO = re.compile(
    r"(?P<count>\d{1,6}) ?(?:(?P<minutes>m|min|minutes?)|(?P<hours>h|hours?)|(?P<days>d|days?)"
    r"|(?P<weeks>w|weeks?)|(?P<months>mo|months?)|(?P<years>y|years?))(?: ago)?",
    re.ASCII,
)


def _instant(text: str, now: datetime) -> datetime:
    """Read an instant; ValueError if it is none."""
    if text == "now":
        return now
    found = _AGO.fullmatch(text)
    if found:
        return _ago(int(found["count"]), found.lastgroup or "", now)
    moment = datetime.fromisoformat(text.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _ago(count: int, unit: str, now: datetime) -> datetime:
    """Go back from `now`: by the clock for hours, by the calendar (same time of day) for anything longer."""
    match unit:
        case "minutes":
            return _in_utc(now) - timedelta(minutes=count)
        case "hours":
            return _in_utc(now) - timedelta(hours=count)
        case "days" | "weeks":
            return now - timedelta(days=count * (7 if unit == "weeks" else 1))
        case _:
            day = _months_before(now.date(), count * (12 if unit == "years" else 1))
            return now.replace(year=day.year, month=day.month, day=day.day)


def _months_before(day: date, count: int) -> date:
    """Return the same day `count` months earlier, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# ---------------------------------------------------------------------------------------- what people read

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400  # seconds
_HALF_A_DAY = 12 * _HOUR
_WEEK = 7  # days
_STEPS = ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s"))


def ago(then: datetime, now: datetime) -> str:
    """Say when `then` is, seen from `now`: "3 min ago", "in 2 h", "yesterday", "12 Nov", "12 Nov 2024"."""
    # Through UTC: between two times of one zone Python subtracts what the clocks show.
    seconds = (_in_utc(now) - _in_utc(then)).total_seconds()
    local = then.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if abs(seconds) < _MINUTE:
        return "just now"
    if abs(seconds) < _HALF_A_DAY or days == 0:
        return _directed(_hours_or_minutes(abs(seconds)), past=seconds > 0)
    if abs(days) == 1:
        return "yesterday" if days > 0 else "tomorrow"
    if abs(days) < _WEEK:
        return _directed(f"{abs(days)} days", past=days > 0)
    return _dated(local, with_year=local.year != now.year)


def _directed(length: str, *, past: bool) -> str:
    return f"{length} ago" if past else f"in {length}"


def _hours_or_minutes(seconds: float) -> str:
    return f"{int(seconds // _MINUTE)} min" if seconds < _HOUR else f"{int(seconds // _HOUR)} h"


def _dated(day: datetime, *, with_year: bool) -> str:
    short = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{short} {day.year}" if with_year else short


def span(seconds: float) -> str:
    """Say how long something takes, in two units at most: "0.4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    if seconds < 0:
        return f"-{span(-seconds)}"
    if seconds < 10:  # noqa: PLR2004 - below ten seconds the tenths still say something
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for size, unit, smaller_size, smaller in _STEPS:
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"

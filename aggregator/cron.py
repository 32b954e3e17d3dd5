"""Cron times: five fields as crontab(5) reads them, and the moments they name in a time zone.

Pure. When both day and weekday are restricted, either may match, as in every cron. A time that the clocks skip in
spring comes as much later as they were put forward; one that they show twice in autumn comes once, the first time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Cron:
    """The times of a schedule."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # Sunday is 0
    either_day: bool  # day or weekday may match; else both do

    def latest(self, now: datetime, zone: tzinfo) -> datetime:
        """Return the last moment of the schedule that is not after `now`, in UTC."""
        today = now.astimezone(zone).date()
        return next(
            moment for day in self._days(today) for moment in self._moments(day, zone) if moment <= now
        )

    def _days(self, today: date) -> Iterator[date]:
        """Return the matching days back from tomorrow: a zone may be a day apart from itself.

        Every schedule has had its day before long: 29 February is a given weekday every 28 years, or 40.
        """
        return filter(self._matches, map(date.fromordinal, range(today.toordinal() + 1, 0, -1)))

    def _matches(self, day: date) -> bool:
        weekday = day.isoweekday() % 7 in self.weekdays
        in_month = day.day in self.days
        fits = (weekday or in_month) if self.either_day else (weekday and in_month)
        return fits and day.month in self.months

    def _moments(self, day: date, zone: tzinfo) -> list[datetime]:
        """Return the moments of a day, the latest first."""
        local = (
            datetime.combine(day, time(hour, minute), zone) for hour in self.hours for minute in self.minutes
        )
        return sorted({moment.astimezone(UTC) for moment in local}, reverse=True)


def parse_cron(text: str) -> Cron:
    """Read the five fields: minute hour day month weekday.

    Raises:
        ValueError: with what is wrong in one line.

    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{text!r} must have five fields: minute hour day month weekday")
    minutes, hours, days, months, weekdays = (
        frozenset(_values(field, *limits)) for field, limits in zip(fields, _FIELDS, strict=True)
    )
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    cron = Cron(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either)
    if not any(_exists(day, month) for day in days for month in months) and not either:
        raise ValueError(f"{text!r} never comes: no such month has that day")
    return cron


def _exists(day: int, month: int) -> bool:
    try:
        date(2024, month, day)  # a leap year
    except ValueError:
        return False
    return True


def _values(field: str, name: str, lowest: int, highest: int) -> list[int]:
    values: list[int] = []
    for part in field.split(","):
        found = _PART.fullmatch(part)
        if not found:
            raise ValueError(f"{field!r} is not a {name}")
        first = _number(found[1], name) if found[1] else lowest
        last = _number(found[2], name) if found[2] else first if found[1] and not found[3] else highest
        step = int(found[3] or 1)
        if not lowest <= first <= last <= highest or not step:
            raise ValueError(f"{part!r} is not a {name} between {lowest} and {highest}")
        values += range(first, last + 1, step)
    return values


def _number(text: str, name: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    names = {"weekday": _WEEKDAYS, "month": _MONTHS}.get(name, ())
    if text.lower()[:3] not in names or len(text) > len("mon"):
        raise ValueError(f"{text!r} is not a {name}")
    return names.index(text.lower()) + (name == "month")

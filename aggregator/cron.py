"""Cron times: five fields as crontab(5) reads them, checked, and rewritten with weekday names.

Pure. APScheduler counts weekdays from Monday = 0, cron from Sunday = 0 (and 7): names mean the same to both.
"""

from __future__ import annotations

import re

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")


def parse_cron(text: str) -> str:
    """Return the five fields, weekdays spelled as a list of names, for a reader that counts them otherwise.

    Raises:
        ValueError: with what is wrong in one line.

    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{text!r} must have five fields: minute hour day month weekday")
    read = [_values(field, *limits) for field, limits in zip(fields, _FIELDS, strict=True)]
    days = sorted({day % 7 for day in read[4]})
    weekday = "*" if len(days) == len(_WEEKDAYS) else ",".join(_WEEKDAYS[day] for day in days)
    return " ".join([*fields[:3], fields[3].lower(), weekday])


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

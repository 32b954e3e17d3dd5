"""Moments in foreign files, which may be of any type: one of the wrong type is not there."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.dates import parse_date, within


def seconds_of(value: object) -> datetime | None:
    """Return the instant that is so many seconds after 1970, as a number or in digits."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else None
        return within(datetime.fromtimestamp(seconds, UTC)) if seconds and seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def instant_of(value: object) -> datetime | None:
    """Return the instant that a text names; UTC where it names no zone."""
    return parse_date(value) if isinstance(value, str) else None

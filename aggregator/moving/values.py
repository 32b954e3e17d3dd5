"""Values of foreign files, each of which may be of any type: one of the wrong type is not there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aggregator.dates import parse_date, within

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NUMBER = 18  # digits; no field of ours needs more


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def list_of(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def mapping_of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


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


def loaded(text: str) -> object:
    """Read JSON from a stranger.

    Raises:
        ValueError: it is not well-formed, or nested too deeply.

    """
    try:
        return json.loads(text, parse_int=_int, parse_constant=lambda _: None, strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None

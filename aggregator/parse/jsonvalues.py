"""JSON from strangers: every value may be of any type, and one of the wrong type is not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NUMBER = (
    18  # digits; Python refuses to read more than 4,300, and no number of ours needs more than 18
)


def loaded(text: str) -> object:
    """Read a document.

    Raises:
        ValueError: it is not well-formed, or nested too deeply.

    """
    try:
        return json.loads(text, parse_int=_int, parse_constant=lambda _: None, strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _int(digits: str) -> int | str:
    """Return a number; one that is too long stays text, for an id is one whatever its length."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def list_of(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def mapping_of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}

"""A digest as JSON, for programs. Its names are a promise; instants are ISO 8601 in UTC."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from aggregator.digest.clean import one_line, safe_href
from aggregator.times import to_text

if TYPE_CHECKING:
    from aggregator.models import Digest

VERSION = 1  # of the names
_UNSAID: Final = frozenset({"text", "shown"})  # texts, and the numbers of articles, are the archive's


def render_json(digest: Digest) -> str:
    """Return the whole digest; the same digest gives the same bytes."""
    document = {"version": VERSION, **_cleaned(asdict(digest))}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _cleaned(value: Any, name: str = "") -> Any:
    """Return what JSON can hold, with text and addresses as every other form shows them."""
    match value:
        case dict():
            return {key: _cleaned(one, key) for key, one in value.items() if key not in _UNSAID}
        case (str(), str()):
            return _pair(name, *value)
        case tuple() | list():
            return [_cleaned(one, name) for one in value]
        case datetime():
            return to_text(value)
        case str():
            return safe_href(value) if name in {"url", "image"} else one_line(value)
    return value


def _pair(name: str, first: str, second: str) -> dict[str, str]:
    if name == "also_in":
        return {"source": one_line(first), "url": safe_href(second)}
    return {"kind": first, "text": one_line(second)}  # a piece of a passage

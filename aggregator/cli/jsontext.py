"""What a script gets: articles, hits and any other record as JSON, whole, and still harmless on a terminal.

The names in these records and their order are a promise: nothing is renamed, new ones come at the end.
RFC 8259; instants are those of `times.to_text`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields, is_dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from aggregator.cli.safetext import json_safe
from aggregator.times import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.models import Article, Hit


def as_json(article: Article, *, text: bool = True, sightings: bool = False) -> dict[str, object]:
    """Return an article as JSON knows it; the names and their order are a promise to scripts."""
    record = _plain_value(article)
    feeds = list(dict.fromkeys(sighting.feed_url for sighting in article.sightings))
    names = [*_FIRST, *(["text"] if text else []), *_THEN, *(["sightings"] if sightings else [])]
    return {name: feeds if name == "feeds" else record[name] for name in names}


_FIRST = (
    "id", "url", "title", "byline", "site", "language", "published_at", "archived_at", "verdict", "duplicate_of",
    "feeds",
)  # fmt: skip
_THEN = ("reason", "published_from", "dated_at")


def hit_json(hit: Hit) -> dict[str, object]:
    """Return a search hit as JSON knows it: article without the text, score, snippet unmarked, copies folded."""
    from aggregator.models import MARK_END, MARK_START

    snippet = hit.snippet.replace(MARK_START, "").replace(MARK_END, "")
    return {**as_json(hit.article, text=False), "score": round(hit.score, 4), "snippet": snippet,
            "copies": list(hit.copies), "cursor": hit.cursor, "found_in": hit.found_in}  # fmt: skip


def plain_record(record: dict[str, object]) -> dict[str, Any]:
    """Return a record with nothing but what JSON has."""
    plain: dict[str, Any] = _plain_value(record)
    return plain


def json_line(record: Mapping[str, object]) -> str:
    """Write a record as one line of JSON Lines."""
    return json_safe(json.dumps(_plain_value(dict(record)), ensure_ascii=False, allow_nan=False)) + "\n"


def json_out(value: object) -> None:
    """Write a value as UTF-8 JSON: on several lines for a person, on one (JSON Lines) for a pipe."""
    indent = 2 if sys.stdout is not None and sys.stdout.isatty() else None
    text = json.dumps(_plain_value(value), ensure_ascii=False, allow_nan=False, indent=indent)
    write_utf8(json_safe(text) + "\n")


def _plain_value(value: Any) -> Any:
    """Return records, instants, paths and collections as what JSON has."""
    match value:
        case datetime():
            return to_text(value)
        case PurePath():
            return str(value)
        case dict():
            return {str(key): _plain_value(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain_value(each) for each in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: _plain_value(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def write_utf8(text: str) -> None:
    """Write to stdout in UTF-8 whatever the locale says: RFC 8259, section 8.1."""
    stream = sys.stdout
    if isinstance(stream, TextIOWrapper):
        stream.flush()
        stream.buffer.write(text.encode())
        stream.buffer.flush()
    else:
        print(text, end="", file=stream)

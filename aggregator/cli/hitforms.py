"""Hits for programs: JSON, JSON Lines, CSV, a template's lines; the fields that each can have.

A template is filled in with fields and knows nothing else: no attribute, no index, no format of Python's.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import sys
from typing import TYPE_CHECKING, Any

from aggregator.cli.jsontext import json_line, plain_record, write_utf8
from aggregator.cli.safetext import one_line, safe
from aggregator.cli.terminal import hit_json
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aggregator.models import Hit

FIELDS = tuple(
    """id url title byline site language published_at archived_at verdict duplicate_of feeds reason published_from
    dated_at score snippet copies cursor found_in text""".split()
)
CSV_FIELDS = ("id", "title", "url", "site", "byline", "language", "dated_at", "verdict", "copies", "snippet")
_ESCAPES = {r"\t": "\t", r"\n": "\n", r"\\": "\\"}
_FORMULA = re.compile(r"[=+\-@\t\r]")  # what a spreadsheet takes for a formula at the beginning of a cell


def read_fields(typed: str) -> tuple[str, ...]:
    """Read the names of --fields; raise UsageError that names the one that is none."""
    names = tuple(name.strip() for name in typed.split(",") if name.strip())
    for name in names:
        _check_field(name, "--fields")
    return names


def _check_field(name: str, where: str) -> None:
    if name not in FIELDS:
        close = difflib.get_close_matches(name, FIELDS, n=1)
        cure = f"did you mean {close[0]}?" if close else f"there are {', '.join(FIELDS)}"
        raise UsageError(f"{where}: {name[:40]!r} is not a field; {cure}")


def fields_of(template: str) -> tuple[str, ...]:
    """Return the fields that a template asks for; raise UsageError that names one that is none."""
    names = []
    for piece in _pieces(template):
        if piece.startswith("{") and piece not in {"{{", "{"}:
            _check_field(piece[1:-1], "--format")
            names.append(piece[1:-1])
    return tuple(names)


def fill_template(template: str, record: Mapping[str, Any]) -> str:
    r"""Fill in {field}; {{ and }} are brackets, \t and \n what they are everywhere."""
    filled = []
    for piece in _pieces(template):
        if piece in {"{{", "}}"}:
            filled.append(piece[0])
        elif piece.startswith("{") and piece.endswith("}"):
            filled.append(one_line(cell(record[piece[1:-1]])))
        else:
            filled.append(safe(_ESCAPES.get(piece, piece)))
    return "".join(filled)


def _pieces(template: str) -> Iterator[str]:
    for found in re.finditer(r"\{\{|\}\}|\{[^{}]*\}|\\[tn\\]|[^{}\\]+|.", template, re.DOTALL):
        yield found.group()


def cell(value: Any) -> str:
    """Write a value as one cell: a list of records as how many they are, of texts joined by "; "."""
    match value:
        case None:
            return ""
        case []:
            return ""
        case [str(), *_]:
            return "; ".join(value)
        case list():
            return str(len(value))
        case {"since": since, "until": until}:  # an earlier text
            return f"{since}/{until}"
        case _:
            return str(value)


def for_spreadsheets(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; outsiders write titles."""
    return f"'{text}" if _FORMULA.match(text) else text


def csv_line(values: Iterable[object]) -> str:
    """Write one line of CSV (RFC 4180, with the line end of Unix), harmless in a spreadsheet."""
    stream = io.StringIO()
    cells = (
        for_spreadsheets(safe(cell(value))) if isinstance(value, str) else cell(value) for value in values
    )
    csv.writer(stream, lineterminator="\n").writerow(list(cells))
    return stream.getvalue()


def record_of(hit: Hit, text: str | None) -> dict[str, Any]:
    """Return a hit with all its fields, `text` among them if there is one."""
    return plain_record({**hit_json(hit), **({} if text is None else {"text": text})})


def write_jsonl(records: Iterable[Mapping[str, Any]]) -> None:
    for record in records:
        write_utf8(json_line(record))


def write_csv(records: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> None:
    write_utf8(csv_line(fields))
    for record in records:
        write_utf8(csv_line(record[name] for name in fields))


def write_template(records: Iterable[Mapping[str, Any]], template: str) -> None:
    end = "" if template.endswith((r"\n", "\n")) else "\n"
    for record in records:
        write_utf8(fill_template(template, record) + end)
    sys.stdout.flush()


def chosen(record: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {name: record[name] for name in fields} if fields else dict(record)

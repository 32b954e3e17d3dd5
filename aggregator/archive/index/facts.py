"""What holds of the whole index: the dates and the mean length of its texts."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aggregator.archive.index.weights import MEAN_LENGTH

if TYPE_CHECKING:
    from aggregator.archive.db import Database


def mean_length(db: Database) -> int:
    """Return how many terms a text has in the mean, as FTS5 counts them (fts5_index.c, "the averages record")."""
    totals = _varints(db.value("SELECT block FROM articles_fts_data WHERE id = 1") or b"")
    rows, *terms = [*totals, 0, 0, 0, 0][:4]  # of text, title and byline: the first three columns
    return max(1, round(sum(terms) / rows)) if rows else MEAN_LENGTH


def _varints(record: bytes) -> list[int]:
    """Read big-endian numbers of seven bits a byte, as SQLite's file format has them; nine are never needed."""
    numbers, number = [], 0
    for byte in record:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004  the last byte of a number
            numbers.append(number)
            number = 0
    return numbers


def dates(db: Database) -> tuple[datetime, datetime]:
    """Return the dates of the oldest and the newest text."""
    row = db.row("SELECT (SELECT min(dated) FROM indexed), (SELECT max(dated) FROM indexed)")
    first, last = row if row is not None and row[0] is not None else (0, 0)
    return moment(first), moment(last)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(math.floor(seconds), UTC)

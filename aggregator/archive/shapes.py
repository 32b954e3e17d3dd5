"""What a table's statement declares: which rows can be of it, and which of their values the program can read.

Pure. A salvage reads rows without SQLite and tells by this to which table they belong. A flipped bit may leave a row
that SQLite takes and this program stumbles over: an instant that is none, JSON that does not end, a verdict that
there is not. Such a value gives way to one that says nothing; the rest of the row is kept.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain as joined
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant
from aggregator.models import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aggregator.archive.rawrows import RawRow, Value

_TYPES: dict[str, tuple[type, ...]] = {
    "INTEGER": (int,),
    "TEXT": (str,),
    "BLOB": (bytes,),
    "REAL": (float, int),
}
_INSTANT = re.compile(r"(?:.*_)?(?:at|since|until)|slot")  # names of columns
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_JSON = {"'[]'": list, "'{}'": dict}  # what a column holds, by its default
_VERDICTS = frozenset(verdict.value for verdict in Verdict)


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as its statement declares it; columns stand in the order of its records."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    needed: tuple[bool, ...]  # not null
    defaults: tuple[str | None, ...]  # as the statement has them
    rowid: int | None  # the column that is the row id; None: none is
    indexed: bool  # without row ids
    root: int  # 0: not known

    def values(self, row: RawRow) -> tuple[Value, ...]:
        if self.rowid is None or row.rowid is None:
            return row.values
        return (*row.values[: self.rowid], row.rowid, *row.values[self.rowid + 1 :])

    def fits(self, row: RawRow) -> bool:
        """Tell whether a row can be of this table."""
        if not self.rowid_fits(row) or not len(self.columns) // 2 <= len(row.values) <= len(self.columns):
            return False
        given = zip(self.values(row), self.types, self.needed, strict=False)
        return all(
            not needed if value is None else isinstance(value, _TYPES.get(kind, (object,)))
            for value, kind, needed in given
        )

    def likeness(self, rows: Sequence[RawRow]) -> int:
        """Return how many of these rows look like this table's, by more than the types of their values; -1: none can.

        Only a row from before a column was added has fewer columns, and only a damaged one a value that says nothing.
        """
        if not all(self.fits(row) for row in rows):
            return -1
        alike = sum(len(row.values) == len(self.columns) and self._reads_well(row) for row in rows)
        # pages without row ids are those of indexes, too, of which there are many: nothing less will do
        return -1 if self.indexed and alike < len(rows) else alike

    def _reads_well(self, row: RawRow) -> bool:
        return all(map(_is_readable, self.columns, row.values, self.defaults))

    def rowid_fits(self, row: RawRow) -> bool:
        if self.indexed:
            return row.rowid is None
        if row.rowid is None or row.rowid < 1:
            return False
        return self.rowid is None or (len(row.values) > self.rowid and row.values[self.rowid] is None)

    def sound(self, given: Mapping[str, Value], now: str) -> dict[str, Value]:
        """Return the values of these that are ours and can be read; `now` stands for an instant that is needed."""
        kept: dict[str, Value] = {}
        for name, needed, default in zip(self.columns, self.needed, self.defaults, strict=True):
            if name not in given:
                continue
            if _is_readable(name, given[name], default):
                kept[name] = given[name]
            elif needed and default is None:
                kept[name] = Verdict.PARTIAL.value if name == "verdict" else now
        return kept


def _is_readable(name: str, value: Value, default: str | None) -> bool:
    if not isinstance(value, str):
        return True
    if default in _JSON:
        with suppress(ValueError):
            return isinstance(json.loads(value), _JSON[default])
        return False
    if _INSTANT.fullmatch(name):
        with suppress(ValueError):
            return bool(_STAMP.fullmatch(value) and instant(value))
        return False
    return name != "verdict" or value in _VERDICTS


def only_fit(shapes: Iterable[Shape], rows: Sequence[RawRow]) -> Shape | None:
    """Return the table that the rows of a page are of; None: it can be none, or several."""
    likeness = {shape: shape.likeness(rows) for shape in shapes}
    best = max(likeness.values(), default=-1)
    found = [shape for shape, alike in likeness.items() if alike == best]
    return found[0] if best >= 0 and len(found) == 1 else None


def index_shapes(sql: str, indexes: Iterable[str]) -> Iterator[Shape]:
    """Yield the shapes of a table's indexes, by its statement and theirs: what is indexed, then the key of the row."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        with suppress(sqlite3.Error, sqlite3.Warning):
            for statement in (sql, *indexes):
                scratch.execute(statement)
        tables = [
            row
            for row in scratch.execute("PRAGMA table_list")
            if row[2] == "table" and row[1][:7] != "sqlite_"
        ]
        for _, table, _, _, without_row_ids, _ in tables:
            columns = [row[:4] for row in scratch.execute(f'PRAGMA table_info("{table}")')]
            for _, name, _, origin, _ in scratch.execute(f'PRAGMA index_list("{table}")').fetchall():
                if not (without_row_ids and origin == "pk"):  # that one is the table itself
                    places = [row[1] for row in scratch.execute(f'PRAGMA index_xinfo("{name}")')]
                    yield _index_shape(name, columns, places)


def _index_shape(name: str, columns: Sequence[tuple[int, str, str, int]], places: Sequence[int]) -> Shape:
    """Return the shape of an index by the places of its columns in the table; -1 is the row id, -2 an expression."""
    row_id, computed = (-1, "", "INTEGER", 1), (-2, "", "", 0)
    parts = [columns[place] if place >= 0 else row_id if place == -1 else computed for place in places]
    return Shape(
        name=name,
        columns=tuple(part[1] for part in parts),
        types=tuple(part[2].upper() for part in parts),
        needed=tuple(bool(part[3]) for part in parts),
        defaults=(None,) * len(parts),
        rowid=None,
        indexed=True,
        root=0,
    )


def shape_of(name: str, sql: str, root: int) -> Shape | None:
    """Return the shape that a statement declares; None if it declares none."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        try:
            scratch.execute(sql)
            rows = scratch.execute(f'PRAGMA table_info("{name}")').fetchall()
            without = [row[4] for row in scratch.execute("PRAGMA table_list") if row[1] == name]
        except (sqlite3.Error, sqlite3.Warning):
            return None
    indexed = bool(without and without[0])
    keys = sorted((row for row in rows if row[5]), key=lambda row: row[5])
    if indexed:  # 2.4: the key comes first
        rows = list(joined(keys, (row for row in rows if not row[5])))
    sole = len(keys) == 1 and keys[0][2].upper() == "INTEGER" and not indexed
    return Shape(
        name=name,
        columns=tuple(row[1] for row in rows),
        types=tuple(row[2].upper() for row in rows),
        needed=tuple(bool(row[3]) or (indexed and bool(row[5])) for row in rows),
        defaults=tuple(row[4] for row in rows),
        rowid=rows.index(keys[0]) if sole else None,
        indexed=indexed,
        root=root,
    )

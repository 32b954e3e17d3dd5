"""Salvage: everything that can be read of a damaged archive, in a new one, with a report for each table.

The damaged file is only read. Its trees are walked without SQLite (`rawrows`), pages that nothing leads to any more
are adopted by the table whose rows they look like (`shapes`), and what other rows need but is lost gets a stand-in
(`standins`). What follows from other rows is not read but made anew: the index, by its triggers; sketches; the chain.
Prints are forgotten, or an entry that is lost would count as known. Whether a text was altered by the damage, the old
chain tells.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from aggregator.archive.chain import ARTICLE, REVISION, link_all
from aggregator.archive.index.schema import NEXT, PAST, SERVING
from aggregator.archive.instants import stamp
from aggregator.archive.rawfile import RawFile
from aggregator.archive.rawrows import RowReader
from aggregator.archive.shapes import index_shapes, only_fit, shape_of
from aggregator.archive.standins import leave_out_orphans, stand_in
from aggregator.errors import ArchiveError
from aggregator.models.upkeep import Salvaged, SalvageReport

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.archive.rawrows import RawRow, Value
    from aggregator.archive.shapes import Shape
    from aggregator.models import KnownArticle
    from aggregator.models.upkeep import Break

    Sketcher = Callable[[KnownArticle], Sequence[int]]

DERIVED = frozenset(
    (
        *SERVING.tables, *NEXT.tables, *PAST.tables, "index_queue", "index_state", "index_sites",
        "sketches", "prints",
    )
)  # fmt: skip
# Rows that an index could have as well, and that would lead astray; an article's own address is known without them.
_NEVER_GUESSED = {"addresses"}
_CATALOGUE = ("type", "name", "tbl_name", "rootpage", "sql")  # 2.6: columns of the table on page 1
_BATCH = 500  # articles that are sketched at once


def salvage(damaged: Path, archive: Archive, now: datetime, sketch: Sketcher) -> SalvageReport:
    """Copy everything readable of a damaged file into an empty archive; `sketch` makes what texts are found by.

    Raises:
        ArchiveError: the file cannot be opened, or nothing in it is of an archive of ours.

    """
    with RawFile(damaged) as file:
        return _Salvage(file, archive, now, sketch).report()


class _Salvage:
    def __init__(self, file: RawFile, archive: Archive, now: datetime, sketch: Sketcher) -> None:
        self._file, self._archive, self._now, self._sketch = file, archive, now, sketch
        self._db = archive.db
        self._reader = RowReader(file)
        self._ours = _shapes_of(self._db.connection)
        kept = _kept_tables(self._db.connection)
        self._broken: set[str] = set()  # tables and indexes that were seen to miss something
        self._statements: dict[str, list[str]] = defaultdict(list)  # of a table, then of its indexes
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in self._ours if name in kept}

    def report(self) -> SalvageReport:
        conn = self._db.connection
        conn.execute("PRAGMA foreign_keys = OFF")  # parents may come after their children, or not at all
        try:
            with self._db.transaction():
                shapes = self._shapes()
                self._read_tables(shapes)
                adopted = self._adopt(shapes)
                self._counts["addresses"]["rows"] += conn.execute(_OWN_ADDRESSES).rowcount
                if not self._counts["articles"]["rows"] and not self._counts["feeds"]["rows"]:
                    raise ArchiveError(f"{self._file.path}: nothing in it is of an archive of aggregator")
                made = stand_in(self._db, self._now)
                for table, gone in leave_out_orphans(self._db):
                    self._counts[table].update({"left out": gone, "rows": -gone})
                changed = self._changed(made["articles"])
                self._make_anew()
        finally:
            conn.execute("PRAGMA foreign_keys = ON")
        return SalvageReport(
            tables=tuple(
                Salvaged(name, n["rows"], n["unreadable"], n["left out"]) for name, n in self._counts.items()
            ),
            pages=self._file.pages,
            damaged_pages=len(self._reader.damaged),
            adopted_pages=adopted,
            stand_ins={name: len(ids) for name, ids in made.items() if ids},
            changed=changed,
        )

    def _changed(self, stand_ins: Collection[int]) -> tuple[Break, ...]:
        """Return what is there and not as the old chain has it; a stand-in is told of already."""
        return tuple(
            found
            for found in self._archive.chain.verify().breaks
            if found.of in {ARTICLE, REVISION} and found.at and found.said.startswith("is not")
            and not (found.of == ARTICLE and found.row_id in stand_ins)
        )  # fmt: skip

    def _make_anew(self) -> None:
        conn = self._db.connection
        conn.execute("DELETE FROM chain")  # with holes in it, it would never be whole again
        link_all(conn)
        last = 0
        while ids := [row[0] for row in self._db.rows(_COMPARED, (last, _BATCH))]:
            for article in self._archive.articles.some(ids):
                self._archive.sketches.add(article.id, self._sketch(article))
            last = ids[-1]
        if self._reader.damaged:  # a feed whose entries are lost must not answer that nothing is new
            conn.execute("UPDATE feeds SET etag = '', last_modified = '', validators_of = '', body_hash = ''")

    # ------------------------------------------------------------------------------------------- reading

    def _shapes(self) -> list[Shape]:
        """Return the shapes of the tables in the file; where the file does not tell, as this program makes them."""
        told: dict[str, Shape] = {}
        for row in self._reader.tree(1):
            if len(row.values) == len(_CATALOGUE) and isinstance(root := row.values[3], int):
                kind, name, table, _, sql = map(str, row.values)
                if kind == "table" and root and (shape := shape_of(name, sql, root)):
                    told[name] = shape
                    self._statements[name].insert(0, sql)
                elif kind == "index":  # its pages belong to somebody
                    if row.values[4] is not None:
                        self._statements[table].append(sql)
                    for _ in self._reader.tree(root, indexed=True):
                        pass
                    if not self._reader.whole:
                        self._broken.add(name)
        # the queue is empty between our transactions, and what it may hold looks like many a row of others
        return [shape for name, shape in (self._ours | told).items() if name != "index_queue"]

    def _read_tables(self, shapes: Iterable[Shape]) -> None:
        for shape in shapes:
            if shape.root:
                rows = self._reader.tree(shape.root, indexed=shape.indexed)
                self._put(shape, rows)
                if shape.name in self._counts:
                    self._counts[shape.name]["unreadable"] += self._reader.unreadable
            if not (shape.root and self._reader.whole) and shape.name not in _NEVER_GUESSED:
                self._broken.add(shape.name)

    def _adopt(self, shapes: list[Shape]) -> int:
        """Give the leaves that nothing leads to any more to the only table that they can be of; some are an index's."""
        free, adopted = self._file.free_pages(), 0
        indexes = [one for sql, *more in self._statements.values() for one in index_shapes(sql, more)]
        shapes = [*shapes, *indexes]
        for number in range(2, self._file.pages + 1):
            if number in self._reader.used or number in free or not (rows := self._reader.rows_of(number)):
                continue
            shape = only_fit([one for one in shapes if one.name in self._broken], rows) or only_fit(
                shapes, rows
            )
            if shape is not None:
                adopted += shape.name in self._counts
                self._put(shape, rows)
        return adopted

    def _put(self, shape: Shape, rows: Iterable[RawRow]) -> None:
        """Insert rows into the table of the same name, by the names of its columns; of others, only look at them."""
        counts, now = self._counts.get(shape.name), str(stamp(self._now))
        for row in rows:
            if counts is not None:
                given = dict(zip(shape.columns, shape.values(row), strict=False))
                is_in = self._insert(shape.name, self._ours[shape.name].sound(given, now))
                counts["rows" if is_in else "left out"] += 1

    def _insert(self, table: str, given: dict[str, Value]) -> bool:
        names, marks = ", ".join(f'"{name}"' for name in given), ", ".join("?" * len(given))
        sql = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})'
        try:
            return self._db.connection.execute(sql, list(given.values())).rowcount == 1
        except (sqlite3.IntegrityError, OverflowError):  # not a value of its column
            return False


def _shapes_of(conn: sqlite3.Connection) -> dict[str, Shape]:
    """Return the shapes of all our tables, also of those in which SQLite keeps the index."""
    rows = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND rootpage ORDER BY rowid"
    )
    return {name: shape for name, sql in rows.fetchall() if sql and (shape := shape_of(name, sql, 0))}


def _kept_tables(conn: sqlite3.Connection) -> set[str]:
    """Return the names of the tables whose rows are read: nothing derived, nothing of SQLite and sqlite-utils."""
    plain = {row[1] for row in conn.execute("PRAGMA table_list") if row[2] == "table"}
    return {name for name in plain - DERIVED if not name.startswith(("sqlite_", "_"))}


# An article's own address leads to it, whatever became of the page that said so.
_OWN_ADDRESSES = (
    "INSERT OR IGNORE INTO addresses (canonical_url, article_id) SELECT canonical_url, id FROM articles"
)
_COMPARED = "SELECT id FROM articles WHERE compared AND id > ? ORDER BY id LIMIT ?"

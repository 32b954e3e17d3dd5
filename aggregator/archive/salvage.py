"""Salvage: everything that can be read of a damaged archive, in a new one, with a report for each table.

The damaged file is only read. Its trees are walked without SQLite (`rawrows`), pages that nothing leads to any more
are adopted by the table whose rows they look like, and what other rows need but is lost gets a stand-in: for a lost
article one whose page is asked for again, for a lost feed one that is paused. The index, the chain and what the
program makes by itself are made anew. Whether a text was altered by the damage, the old chain tells.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import chain as joined
from typing import TYPE_CHECKING

from aggregator.archive.chain import ARTICLE, REVISION, link_all
from aggregator.archive.db import stamp
from aggregator.archive.rawfile import RawFile
from aggregator.archive.rawrows import RowReader
from aggregator.errors import ArchiveError
from aggregator.models.upkeep import Salvaged, SalvageReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.archive.rawrows import RawRow, Value

_CATALOGUE = ("type", "name", "tbl_name", "rootpage", "sql")  # 2.6: columns of the table on page 1
_TYPES: dict[str, tuple[type, ...]] = {
    "INTEGER": (int,),
    "TEXT": (str,),
    "BLOB": (bytes,),
    "REAL": (float, int),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as its statement declares it; columns stand in the order of its records."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    needed: tuple[bool, ...]  # not null
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

    def rowid_fits(self, row: RawRow) -> bool:
        if row.rowid is None or row.rowid < 1:
            return False
        return self.rowid is None or (len(row.values) > self.rowid and row.values[self.rowid] is None)


def salvage(damaged: Path, archive: Archive, now: datetime) -> SalvageReport:
    """Copy everything readable of a damaged file into an empty archive.

    Raises:
        ArchiveError: the file cannot be opened, or nothing in it is of an archive of ours.

    """
    with RawFile(damaged) as file:
        return _Salvage(file, archive, now).report()


class _Salvage:
    def __init__(self, file: RawFile, archive: Archive, now: datetime) -> None:
        self._file, self._archive, self._now = file, archive, now
        self._db = archive.db
        self._reader = RowReader(file)
        self._wanted = _tables_of(self._db.connection)
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in self._wanted}

    def report(self) -> SalvageReport:
        conn = self._db.connection
        conn.execute("PRAGMA foreign_keys = OFF")  # parents may come after their children, or not at all
        try:
            with self._db.transaction():
                shapes = self._shapes()
                self._read_tables(shapes)
                adopted = self._adopt(shapes)
                if not self._counts["articles"]["rows"] and not self._counts["feeds"]["rows"]:
                    raise ArchiveError(f"{self._file.path}: nothing in it is of an archive of aggregator")
                stand_ins = {"feeds": self._stand_in_feeds(), "articles": self._stand_in_articles()}
                self._leave_out_orphans()
                changed = [
                    b for b in self._archive.chain.verify().breaks if b.of in {ARTICLE, REVISION} and b.at
                ]
                changed = [b for b in changed if b.said.startswith("is not")]
                conn.execute("DELETE FROM chain")  # with holes in it, it would never be whole again
                link_all(conn)
        finally:
            conn.execute("PRAGMA foreign_keys = ON")
        return SalvageReport(
            tables=tuple(
                Salvaged(name, n["rows"], n["unreadable"], n["left out"]) for name, n in self._counts.items()
            ),
            pages=self._file.pages,
            damaged_pages=len(self._reader.damaged),
            adopted_pages=adopted,
            stand_ins={name: count for name, count in stand_ins.items() if count},
            changed=tuple(changed),
        )

    # ------------------------------------------------------------------------------------------- reading

    def _shapes(self) -> list[Shape]:
        """Return the shapes of the tables in the file; where the file does not tell, as this program makes them."""
        told: dict[str, Shape] = {}
        for row in self._reader.tree(1):
            if len(row.values) == len(_CATALOGUE) and isinstance(root := row.values[3], int):
                kind, name, _, _, sql = map(str, row.values)
                if kind == "table" and root and (shape := shape_of(name, sql, root)):
                    told[name] = shape
                elif kind == "index":  # its pages belong to somebody
                    for _ in self._reader.tree(root, indexed=True):
                        pass
        ours = {name: shape for name, sql in self._wanted.items() if (shape := shape_of(name, sql, 0))}
        return list((ours | told).values())

    def _read_tables(self, shapes: Iterable[Shape]) -> None:
        for shape in shapes:
            if shape.root:
                rows = self._reader.tree(shape.root, indexed=shape.indexed)
                self._put(shape, rows)
                if shape.name in self._counts:
                    self._counts[shape.name]["unreadable"] += self._reader.unreadable

    def _adopt(self, shapes: list[Shape]) -> int:
        """Give the leaves that nothing leads to any more to the only table that they can be of."""
        free, adopted = self._file.free_pages(), 0
        for number in range(2, self._file.pages + 1):
            if number in self._reader.used or number in free or not (rows := self._reader.rows_of(number)):
                continue
            fitting = [s for s in shapes if not s.indexed and all(s.fits(row) for row in rows)]
            if len(fitting) == 1:
                adopted += 1
                self._put(fitting[0], rows)
        return adopted

    def _put(self, shape: Shape, rows: Iterable[RawRow]) -> None:
        """Insert rows into the table of the same name, by the names of its columns."""
        if shape.name not in self._wanted:
            for _ in rows:
                pass
            return
        ours = shape_of(shape.name, self._wanted[shape.name], 0)
        known = set(ours.columns) if ours else set()
        counts = self._counts[shape.name]
        for row in rows:
            given = dict(zip(shape.columns, shape.values(row), strict=False))
            given = {name: value for name, value in given.items() if name in known}
            counts["rows" if self._insert(shape.name, given) else "left out"] += 1

    def _insert(self, table: str, given: dict[str, Value]) -> bool:
        names, marks = ", ".join(f'"{name}"' for name in given), ", ".join("?" * len(given))
        sql = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})'
        try:
            return self._db.connection.execute(sql, list(given.values())).rowcount == 1
        except (sqlite3.IntegrityError, OverflowError):  # not a value of its column
            return False

    # ------------------------------------------------------------------------------------- what others need

    def _stand_in_feeds(self) -> int:
        lost = "SELECT DISTINCT feed_id FROM {} WHERE feed_id NOT IN (SELECT id FROM feeds)"
        ids = {row[0] for table in ("entries", "visits") for row in self._db.rows(lost.format(table))}
        for id_ in ids:
            values = {"id": id_, "url": f"urn:aggregator:lost-feed:{id_}", "now": stamp(self._now)}
            self._db.execute(_STAND_IN_FEED, values)
        return len(ids)

    def _stand_in_articles(self) -> int:
        """Make an article of what is left of it; its entries become due, so that its page is asked for again."""
        ids = [row[0] for row in self._db.rows(_LOST_ARTICLES)]
        for id_ in ids:
            values = {"id": id_, "now": stamp(self._now)}
            self._db.execute(_STAND_IN_ARTICLE, values)
            self._db.execute(_DUE_AGAIN, values)
        return len(ids)

    def _leave_out_orphans(self) -> None:
        """Remove what belongs to something that is lost and can be made again, such as links and stories."""
        while found := self._db.connection.execute("PRAGMA foreign_key_check").fetchall():
            for table, conditions in _orphans(self._db.connection, found):
                gone = self._db.connection.execute(f'DELETE FROM "{table}" WHERE {conditions}').rowcount
                if table in self._counts:
                    self._counts[table]["left out"] += gone
                    self._counts[table]["rows"] -= gone


def _orphans(conn: sqlite3.Connection, found: Iterable[sqlite3.Row]) -> Iterator[tuple[str, str]]:
    """Yield a table and which of its rows have no parent, for each broken reference of `foreign_key_check`."""
    for table, parent, number in sorted({(row[0], row[2], row[3]) for row in found}):
        for key in conn.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
            if key["id"] == number:
                to = key["to"] or "id"
                yield table, f'"{key["from"]}" NOT IN (SELECT "{to}" FROM "{parent}")'


def _tables_of(conn: sqlite3.Connection) -> dict[str, str]:
    """Return our tables with their statements, without the index and what SQLite and sqlite-utils keep."""
    plain = {row[1] for row in conn.execute("PRAGMA table_list") if row[2] == "table"}
    rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    return {name: sql for name, sql in rows if name in plain and not name.startswith(("sqlite_", "_"))}


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
        rowid=rows.index(keys[0]) if sole else None,
        indexed=indexed,
        root=root,
    )


_STAND_IN_FEED = """
    INSERT INTO feeds (id, url, host, title, state, added_at, next_check_at)
    VALUES (:id, :url, '', 'Lost feed ' || :id, 'paused', :now, :now)
"""
_LOST_ARTICLES = """
    SELECT DISTINCT article_id FROM (
        SELECT article_id FROM entries WHERE article_id IS NOT NULL
        UNION SELECT article_id FROM revisions UNION SELECT article_id FROM pages
    ) WHERE article_id NOT IN (SELECT id FROM articles)
"""
# What its address was, the table of addresses and its entry know; of its text an earlier state may be left.
_STAND_IN_ARTICLE = """
    INSERT INTO articles (id, url, canonical_url, title, dated_at, archived_at, verdict, reason, text)
    SELECT :id, coalesce(e.link, p.final_url, ''),
        coalesce(
            (SELECT canonical_url FROM addresses WHERE article_id = :id
                AND canonical_url NOT IN (SELECT canonical_url FROM articles) LIMIT 1),
            'urn:aggregator:lost-article:' || :id),
        coalesce(r.title, e.title, ''), coalesce(e.published_at, e.first_seen_at, p.fetched_at, :now),
        coalesce(e.first_seen_at, p.fetched_at, :now), coalesce(r.verdict, 'empty'), 'lost in a damaged file',
        coalesce(r.text, '')
    FROM (SELECT 1) LEFT JOIN (SELECT * FROM entries WHERE article_id = :id ORDER BY id LIMIT 1) e
        LEFT JOIN (SELECT * FROM pages WHERE article_id = :id ORDER BY id DESC LIMIT 1) p
        LEFT JOIN (SELECT * FROM revisions WHERE article_id = :id ORDER BY id DESC LIMIT 1) r
"""
_DUE_AGAIN = "UPDATE entries SET next_try_at = :now, recheck = 0, attempts = 0 WHERE article_id = :id"

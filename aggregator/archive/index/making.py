"""Making the index anew, step by step, while the old one serves.

A second generation of its tables is filled in the order of the ids; what changes meanwhile is written to both. When
it is complete, one transaction puts it in the place of the first, whose tables are then emptied bit by bit: to drop
them at once would hold up everything else for as long as it takes to write them over (SQLite's secure_delete).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive.index.schema import NEXT, PAST, SERVING, generation_schema
from aggregator.archive.index.state import State, remember
from aggregator.archive.index.writing import source_of
from aggregator.terms import RULES

if TYPE_CHECKING:
    from aggregator.archive.db import Database
    from aggregator.archive.index.schema import Generation
    from aggregator.archive.index.writing import Writer

STEP = 200  # texts that are indexed in one transaction: a fraction of a second
_EMPTIED = 2_000  # pages of the old index that are freed in one transaction, of 4 KB
_KEPT = "WHERE id > 10"  # averages and structure of FTS5: without them it cannot even be dropped
_SMALL = 1_000  # articles from which the mean length says something; of so many it is measured
_DRIFT = 1.25  # times by which the mean may be another one before the levels are worked out anew
_MERGED = 500  # pages that one step of merging writes
_TIDY = 64  # changed rows below which a merge has nothing left to do


class Progress(NamedTuple):
    done: int
    of: int


class Maker:
    def __init__(self, db: Database, writer: Writer) -> None:
        self._db = db
        self._writer = writer

    def restart(self) -> None:
        """Begin anew, whatever has been filled so far."""
        with self._db.transaction():
            state = State.of(self._db)
            self._drop(NEXT)
            mean = self._mean_length()
            for statement in generation_schema(NEXT, state.generation + 1):
                self._db.connection.execute(statement)
            last = self._db.value("SELECT max(id) FROM articles") or 0
            first = self._db.value("SELECT max(id) FROM revisions") or 0
            remember(self._db, reached=-first - 1, next_mean=mean, last=last, next_rules=None)

    def step(self) -> Progress | None:
        """Do one step of what is to be done; None when nothing is."""
        state = State.of(self._db)
        if state.past:
            self._empty_past()
            return Progress(state.last, state.last)
        if state.reached is None:
            return None
        with self._db.transaction():
            ids = self._next_ids(state.reached)
            for id_ in ids:
                source = source_of(self._db.connection, id_)
                if source is not None:
                    self._writer.add(NEXT, source, state.next_mean)
            if ids:
                remember(self._db, reached=ids[-1])
            else:
                self._put_in_place(state)
        return Progress(max(0, ids[-1] if ids else state.last), max(state.last, ids[-1] if ids else 0))

    def tidy(self) -> bool:
        """Merge the index a little, so that a search looks in fewer places; tell whether it may be worth more."""
        before = self._db.connection.total_changes
        self._db.execute(f"INSERT INTO articles_fts (articles_fts, rank) VALUES ('merge', {_MERGED})")
        return self._db.connection.total_changes - before >= _TIDY

    def _next_ids(self, reached: int) -> list[int]:
        """Return the ids that come next: earlier texts first, by falling id, then articles by rising id."""
        ids: list[int] = []
        if reached < 0:
            rows = self._db.rows(
                "SELECT -id FROM revisions WHERE id < ? ORDER BY id DESC LIMIT ?", (-reached, STEP)
            )
            ids = [row[0] for row in rows]
        if len(ids) < STEP:
            rows = self._db.rows(
                "SELECT id FROM articles WHERE id > ? ORDER BY id LIMIT ?", (max(reached, 0), STEP - len(ids))
            )
            ids += [row[0] for row in rows]
        return ids

    def _put_in_place(self, state: State) -> None:
        for was, becomes in ((SERVING, PAST), (NEXT, SERVING)):
            for old, new in zip(was.tables, becomes.tables, strict=True):
                self._db.connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
        remember(
            self._db,
            rules=RULES,
            mean=state.next_mean,
            generation=state.generation + 1,
            past=1,
            due=None,
            reached=None,
            next_mean=None,
        )
        self._writer.forget()

    def _empty_past(self) -> None:
        """Free some of the old generation, or drop what is left of it."""
        with self._db.transaction():
            for table, key, spared in (
                (f"{PAST.fts}_data", "id", _KEPT),
                (PAST.indexed, "id", ""),
                (PAST.words, "key, form", ""),
            ):
                picked = f"SELECT {key} FROM {table} {spared} LIMIT {_EMPTIED}"
                if self._db.changed(f"DELETE FROM {table} WHERE ({key}) IN ({picked})"):
                    return
            self._drop(PAST)
            remember(self._db, past=None, last=None)

    def _drop(self, generation: Generation) -> None:
        for table in generation.tables:
            self._db.connection.execute(f"DROP TABLE IF EXISTS {table}")

    def has_drifted(self) -> bool:
        """Whether articles have become so much longer or shorter that the levels of words tell little."""
        is_, was = self._mean_length(), State.of(self._db).mean
        return max(is_, was) > _DRIFT * min(is_, was)

    def _mean_length(self) -> int:
        """Return how many terms an article has in the mean: the newest ones, if there are enough."""
        row = self._db.row(
            f"""
            SELECT count(*), avg(length)
            FROM (SELECT length FROM indexed WHERE id > 0 ORDER BY id DESC LIMIT {_SMALL})
            """
        )
        if row is None or row[0] < _SMALL:
            return State.of(self._db).mean
        return max(1, round(float(row[1])))

"""Watches: which hits of a saved search are known, and the outbox of those that are still to be told.

A hit becomes known and goes into the outbox in one transaction, so that it is owed exactly once, whatever is killed
when.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, stamp
from aggregator.models import Report, WatchState
from aggregator.times import LATEST_LETTER

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.archive.db import Database

SCHEMA = (
    """
    CREATE TABLE watches (
        name TEXT PRIMARY KEY,
        query TEXT NOT NULL,                      -- as it was when it was last looked at
        since TEXT NOT NULL,                      -- what was archived before is not reported
        checked_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE watch_hits (                     -- articles that a watch has found, or that were there before it
        watch TEXT NOT NULL,
        article_id INTEGER NOT NULL REFERENCES articles (id),
        told INTEGER NOT NULL,                    -- 1: it was put into the outbox; 0: it only counts as known
        PRIMARY KEY (watch, article_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE watch_reports (                  -- the outbox: what is still to be delivered
        id INTEGER PRIMARY KEY,
        watch TEXT NOT NULL,
        at TEXT NOT NULL,
        payload TEXT NOT NULL,
        offset INTEGER,                           -- size of the file before it was written to; null: not tried yet
        tries INTEGER NOT NULL DEFAULT 0,
        next_try_at TEXT NOT NULL,
        error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX articles_changed ON articles (changed_at) WHERE changed_at IS NOT NULL",
    "CREATE INDEX articles_gone ON articles (gone_at) WHERE gone_at IS NOT NULL",
)
OVERLAP = timedelta(hours=1)  # looked at again: clocks step, and an entry may find its article late


class WatchShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def state(self, name: str) -> WatchState | None:
        row = self._db.row(f"{_STATES} WHERE w.name = ?", (name,))
        return _state(row) if row is not None else None

    def states(self) -> list[WatchState]:
        return [_state(row) for row in self._db.rows(f"{_STATES} ORDER BY w.name")]

    def begin(self, name: str, query: str, since: datetime, now: datetime, known: Iterable[int]) -> None:
        """Record a watch that is new, or whose query is; these articles are known and will not be told."""
        with self._db.transaction():
            self._db.execute(
                """
                INSERT INTO watches (name, query, since, checked_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET query = excluded.query, since = excluded.since,
                    checked_at = excluded.checked_at
                """,
                (name, query, stamp(since), stamp(now)),
            )
            self._db.execute_many(
                "INSERT INTO watch_hits (watch, article_id, told) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
                [(name, id_) for id_ in known],
            )

    def archived_before(self, ids: Sequence[int], moment: datetime) -> list[int]:
        """Return those of these articles that came into the archive before then."""
        rows = self._db.rows(
            "SELECT id FROM articles WHERE archived_at < ? AND id IN (SELECT value FROM json_each(?))",
            (stamp(moment), json.dumps(list(ids))),
        )
        return [row["id"] for row in rows]

    def touched(self, since: datetime) -> list[int]:
        """Return the articles that came, changed, went or were announced again since then."""
        moment = stamp(since - OVERLAP)
        rows = self._db.rows(
            """
            SELECT id FROM articles WHERE archived_at >= ?1
            UNION SELECT id FROM articles WHERE changed_at IS NOT NULL AND changed_at >= ?1
            UNION SELECT id FROM articles WHERE gone_at IS NOT NULL AND gone_at >= ?1
            UNION SELECT article_id FROM entries WHERE first_seen_at >= ?1 AND article_id IS NOT NULL
            """,
            (moment,),
        )
        return [row["id"] for row in rows]

    def unknown(self, name: str, ids: Sequence[int]) -> list[int]:
        """Return those of these articles that this watch has not found yet, oldest first."""
        rows = self._db.rows(
            """
            SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?))
                AND id NOT IN (SELECT article_id FROM watch_hits WHERE watch = ?)
            ORDER BY dated_at, id
            """,
            (json.dumps(list(ids)), name),
        )
        return [row["id"] for row in rows]

    def new_texts(self, name: str, ids: Sequence[int]) -> list[int]:
        """Return of these articles one of each family of copies of which this watch knows none yet, in their order."""
        rows = self._db.rows(
            """
            SELECT a.id, coalesce(a.duplicate_of, a.id) AS family FROM articles a
            WHERE a.id IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (
                SELECT 1 FROM watch_hits h JOIN articles x ON x.id = h.article_id
                WHERE h.watch = ?2 AND x.id IN (
                    SELECT id FROM articles WHERE duplicate_of = coalesce(a.duplicate_of, a.id)
                    UNION ALL SELECT coalesce(a.duplicate_of, a.id)
                )
            )
            """,
            (json.dumps(list(ids)), name),
        )
        families: dict[int, list[int]] = {}
        for row in rows:
            families.setdefault(row["family"], []).append(row["id"])
        first = {family if family in members else min(members) for family, members in families.items()}
        return [id_ for id_ in ids if id_ in first]

    def owe(self, name: str, found: Sequence[int], payload: str, now: datetime) -> None:
        """Record what a look has found, and put the report into the outbox, unless it says nothing."""
        with self._db.transaction():
            self._db.execute_many(
                "INSERT INTO watch_hits (watch, article_id, told) VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
                [(name, id_) for id_ in found],
            )
            if payload:
                self._db.execute(
                    "INSERT INTO watch_reports (watch, at, payload, next_try_at) VALUES (?, ?, ?, ?)",
                    (name, stamp(now), payload, stamp(now)),
                )
            self._db.execute("UPDATE watches SET checked_at = ? WHERE name = ?", (stamp(now), name))

    def owed(self, now: datetime, name: str = "") -> list[Report]:
        """Return the reports whose time has come, oldest first; of one watch, whatever their time, if it is named.

        One that waits lets none of its watch pass: a file gets its hits in their order.
        """
        rows = self._db.rows(
            """
            SELECT * FROM watch_reports r WHERE watch = ?1 OR (?1 = '' AND NOT EXISTS (
                SELECT 1 FROM watch_reports w
                WHERE w.watch = r.watch AND w.id <= r.id AND w.next_try_at > ?2 AND w.next_try_at <= ?3
            )) ORDER BY id
            """,
            (name, stamp(now), stamp(now + LATEST_LETTER)),
        )
        return [
            Report(r["id"], r["watch"], instant(r["at"]), r["payload"], r["offset"], r["tries"], r["error"])
            for r in rows
        ]

    def note_offset(self, report_id: int, offset: int) -> None:
        """Record where in its file a report is going to stand, before it is written."""
        self._db.execute("UPDATE watch_reports SET offset = ? WHERE id = ?", (offset, report_id))

    def delivered(self, report_id: int) -> None:
        self._db.execute("DELETE FROM watch_reports WHERE id = ?", (report_id,))

    def failed(self, report_id: int, error: str, next_try_at: datetime) -> None:
        self._db.execute(
            "UPDATE watch_reports SET tries = tries + 1, error = ?, next_try_at = ? WHERE id = ?",
            (error, stamp(next_try_at), report_id),
        )


_STATES = """
    SELECT w.*, (SELECT count(*) FROM watch_hits h WHERE h.watch = w.name AND h.told) AS reported,
        (SELECT count(*) FROM watch_reports r WHERE r.watch = w.name) AS owed,
        coalesce((SELECT r.error FROM watch_reports r WHERE r.watch = w.name ORDER BY r.id LIMIT 1), '') AS error
    FROM watches w
"""


def _state(row: sqlite3.Row) -> WatchState:
    return WatchState(
        name=row["name"],
        query=row["query"],
        since=instant(row["since"]),
        checked_at=instant(row["checked_at"]),
        reported=row["reported"],
        owed=row["owed"],
        error=row["error"],
    )

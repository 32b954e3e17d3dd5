"""Entries that another program brought: recorded beside those that a visit brought, and asked for when that is wanted.

What the feed itself says of them is not known (`hash` is ''); its next visit tells, and that is no change of its words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.archive.entries import SAID, pending_entry
from aggregator.archive.instants import stamp
from aggregator.archive.visits import INSERT_ENTRY, what_was_said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.models import EntryChange, PendingEntry


class MovingShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def bring(self, feed_id: int, changes: Sequence[EntryChange], now: datetime) -> list[PendingEntry]:
        """Record new entries of a feed and return them in their order; part of the caller's transaction."""
        for change in changes:
            said = {**what_was_said(change), "hash": "", "feed_id": feed_id, "now": stamp(now)}
            self._db.execute(INSERT_ENTRY, said)
        guids = [change.parsed.guid for change in changes]
        rows = self._db.rows(_BROUGHT, {"feed": feed_id, "guids": json.dumps(guids)})
        brought = {row["guid"]: pending_entry(row, shares_link=bool(row["shares_link"])) for row in rows}
        return [brought[guid] for guid in guids]

    def wanting_page(self, entry_ids: Sequence[int]) -> list[tuple[int, str]]:
        """Return those entries, each with its host, that another program brought and whose page nobody asked for."""
        rows = self._db.rows(
            """
            SELECT id, host FROM entries AS e
            WHERE id IN (SELECT value FROM json_each(?)) AND hash = '' AND link <> '' AND attempts = 0
                AND next_try_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM entries WHERE link_key = e.link_key AND feed_id = e.feed_id AND id <> e.id
                )
            ORDER BY id
            """,
            (json.dumps(list(entry_ids)),),
        )
        return [(row["id"], row["host"]) for row in rows]

    def ask_page(self, entry_id: int, at: datetime) -> None:
        """Let an entry's page be asked for at that moment."""
        self._db.execute("UPDATE entries SET next_try_at = ? WHERE id = ?", (stamp(at), entry_id))


_BROUGHT = f"""
    SELECT {SAID}, '' AS page_headers, '' AS page_url, e.link_key <> '' AND EXISTS (
        SELECT 1 FROM entries WHERE link_key = e.link_key AND feed_id = e.feed_id AND id <> e.id
    ) AS shares_link
    FROM entries e JOIN feeds f ON f.id = e.feed_id
    WHERE e.feed_id = :feed AND e.guid IN (SELECT value FROM json_each(:guids))
"""

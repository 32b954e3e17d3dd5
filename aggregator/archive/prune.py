"""Prune: the only thing that ever removes from an archive, when a person asks for it, tier by tier.

Pages first (the bytes behind an article; its text stays), then visits (what came of each poll). Never texts, never
revisions, never entries. A page that others are packed against stays as long as one of them does. What is removed is
removed in small transactions, so that a kill leaves less to do and nothing half done.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.archive.instants import stamp
from aggregator.models.upkeep import PruneTier

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive.db import Database

KEPT_VISITS = 20  # the newest of each feed, so that `feeds check` and `why` still know how it fared
_VISIT_BYTES = 110  # about, with its index
_BATCH = 500


class Pruning:
    def __init__(self, db: Database) -> None:
        self._db = db

    def plan(self, pages_before: datetime | None, visits_before: datetime | None) -> list[PruneTier]:
        """Return what a prune would remove; None: nothing of that tier."""
        tiers = []
        with self._db.reading():
            if pages_before is not None:
                tiers.append(self._pages(str(stamp(pages_before))))
            if visits_before is not None:
                tiers.append(self._visits(str(stamp(visits_before))))
        return tiers

    def _pages(self, before: str) -> PruneTier:
        values = {"before": before}
        old = self._db.value("SELECT count(*) FROM pages WHERE fetched_at < :before", values)
        row = self._db.row(f"SELECT count(*), total(length(body)) FROM pages p WHERE {_FREE}", values)
        rows, size = (int(row[0]), int(row[1])) if row is not None else (0, 0)
        return PruneTier("pages", rows, size, old - rows)

    def _visits(self, before: str) -> PruneTier:
        old = self._db.value("SELECT count(*) FROM visits WHERE at < ?", (before,))
        rows = self._db.value(f"SELECT count(*) FROM visits AS row WHERE {_OLD_VISIT}", {"before": before})
        return PruneTier("visits", rows, rows * _VISIT_BYTES, old - rows)

    def apply(self, pages_before: datetime | None, visits_before: datetime | None) -> list[PruneTier]:
        """Remove it; return what was removed."""
        planned = self.plan(pages_before, visits_before)
        if pages_before is not None:
            for chosen in (_DEPENDENT, _BASE):  # a base can go when nothing rests on it any more
                self._drop("pages", chosen, str(stamp(pages_before)))
        if visits_before is not None:
            self._drop("visits", _OLD_VISIT, str(stamp(visits_before)))
        return planned

    def _drop(self, table: str, chosen: str, before: str) -> None:
        """Remove what is chosen in the order of the ids, so that what stays is looked at once and not in each batch."""
        last = 0
        while ids := [
            row["id"]
            for row in self._db.rows(
                f"SELECT id FROM {table} AS row WHERE id > :last AND {chosen} ORDER BY id LIMIT :limit",
                {"before": before, "last": last, "limit": _BATCH},
            )
        ]:
            self._db.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
            )
            last = ids[-1]

    def shrink(self) -> None:
        """Give the room that was freed back to the disk; it needs as much again while it works."""
        self._db.by_itself("VACUUM")


# A page is free to go when it is old and nothing that stays is packed against it.
_FREE = """
    p.fetched_at < :before AND NOT EXISTS (
        SELECT 1 FROM pages d WHERE d.base_id = p.id AND d.fetched_at >= :before
    )
"""
_DEPENDENT = "fetched_at < :before AND base_id IS NOT NULL"
_BASE = """
    fetched_at < :before AND base_id IS NULL AND NOT EXISTS (SELECT 1 FROM pages d WHERE d.base_id = row.id)
"""
# A visit is old when its feed has enough that are newer; of those no more are looked at.
_OLD_VISIT = f"""
    at < :before AND {KEPT_VISITS} = (
        SELECT count(*) FROM (
            SELECT 1 FROM visits newer
            WHERE newer.feed_id = row.feed_id AND (newer.at, newer.id) > (row.at, row.id) LIMIT {KEPT_VISITS}
        )
    )
"""

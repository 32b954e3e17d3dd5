"""What the doctor asks the archive: how it grows, who holds what, whether references and dates make sense."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant_or_none, stamp
from aggregator.errors import SET_ASIDE
from aggregator.models.upkeep import Growth, Leases, SetAside
from aggregator.times import SLEW

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from aggregator.archive.db import Database

LOOKED_AT = timedelta(days=30)
LONGEST_LEASE = timedelta(hours=1)  # a lease takes a quarter of that
MEASURED = timedelta(hours=6)  # less than that says nothing about a day


class Vitals:
    def __init__(self, db: Database) -> None:
        self._db = db

    def growth(self, now: datetime) -> Growth | None:
        """Return how fast the archive grew of late; None while it is too young to tell."""
        first = instant_or_none(self._db.value("SELECT min(archived_at) FROM articles"))
        if first is None or now - first < MEASURED:
            return None
        since = max(first, now - LOOKED_AT)
        articles, all_of_them = (
            self._db.value("SELECT count(*) FROM articles WHERE archived_at >= ?", (at,))
            for at in (stamp(since), "")
        )
        days = (now - since) / timedelta(days=1)
        return Growth(days, articles, self.room()[0] / all_of_them * articles / days)

    def room(self) -> tuple[int, int]:
        """Return the bytes of the file that hold something, and those that hold nothing."""
        row = self._db.row(
            """
            SELECT (page_count - freelist_count) * page_size, freelist_count * page_size
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size
            """
        )
        return (int(row[0]), int(row[1])) if row is not None else (0, 0)

    def log_bytes(self) -> int:
        """Return the size of the write-ahead log."""
        log = self._db.path.with_name(self._db.path.name + "-wal")
        return log.stat().st_size if log.exists() else 0

    def leases(self, now: datetime) -> Leases:
        counts = {"held": 0, "expired": 0, "absurd": 0}
        sql = """
            SELECT total(leased_until BETWEEN :now AND :last), total(leased_until < :now),
                total(leased_until > :last) FROM {} WHERE leased_until IS NOT NULL
        """
        for table in ("feeds", "entries"):
            row = self._db.row(sql.format(table), {"now": stamp(now), "last": stamp(now + LONGEST_LEASE)})
            for name, value in zip(counts, row or (), strict=False):
                counts[name] += int(value)
        return Leases(**counts)

    def set_aside(self) -> SetAside:
        """Return what bugs of ours have struck, with the newest example."""
        found: dict[str, list[sqlite3.Row]] = {
            kind: self._db.rows(sql, {"said": SET_ASIDE}) for kind, sql in _SET_ASIDE.items()
        }
        first = next((rows[0] for rows in found.values() if rows), None)
        return SetAside(
            **{kind: len(rows) for kind, rows in found.items()},
            example=first["example"] if first else "",
            reason=first["reason"] if first else "",
        )

    def newest_at(self) -> datetime | None:
        """Return the latest moment at which anything was recorded, by the clock of then."""
        return instant_or_none(
            self._db.value("SELECT max(at) FROM (SELECT max(last_visit_at) AS at FROM feeds"
                           " UNION ALL SELECT max(archived_at) FROM articles)")
        )  # fmt: skip

    def gauges(self, now: datetime) -> dict[str, float]:
        """Return counts that cost little, whatever the size of the archive, by name."""
        row = self._db.row(_GAUGES, {"now": stamp(now)})
        counts: dict[str, float] = dict(zip(row.keys(), row, strict=True)) if row is not None else {}
        return counts | {"archive_bytes": self._db.path.stat().st_size, "log_bytes": self.log_bytes()}

    def move_plans(self, by: timedelta) -> None:
        """Move everything that is planned for a moment, because the clock was turned by so much."""
        with self._db.transaction():
            for table, column in _PLANS:
                # a clock that was set to an absurd day leaves plans that no calendar has: those are for now
                self._db.execute(
                    f"""
                    UPDATE {table} SET {column} = coalesce(
                        strftime('%Y-%m-%dT%H:%M:%SZ', {column}, :by), strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
                    WHERE {column} IS NOT NULL
                    """,
                    {"by": f"{by.total_seconds():+.0f} seconds"},
                )

    def replan(self, now: datetime) -> bool:
        """Plan anew what a clock that was far ahead had planned, and tell whether there was any.

        It was set back while nobody worked, or before anybody saw that, and what it had planned would wait until it is
        right again. A feed comes as long after now as it would have come after its visit; an entry that was never asked
        for is due. What is put right once looks like any other plan the next time.
        """
        moments = {"now": stamp(now), "ahead": stamp(now + SLEW)}
        if self._db.value("SELECT 1 FROM feeds WHERE last_visit_at > :ahead LIMIT 1", moments) is None:
            return False
        with self._db.transaction():
            for statement in _REPLANNED:
                self._db.execute(statement, moments)
        return True

    def broken_references(self) -> str:
        """Return a row that refers to one that is not there, or ""."""
        row = self._db.row("PRAGMA foreign_key_check")
        return (
            f"row {row['rowid']} of {row['table']} refers to a {row['parent']} that is not there"
            if row
            else ""
        )


_PAUSE = "(unixepoch(next_check_at) - unixepoch(last_visit_at))"  # between its visit and the next one
_REPLANNED = (
    f"""
    UPDATE feeds SET next_check_at = strftime('%Y-%m-%dT%H:%M:%SZ', unixepoch(:now) + {_PAUSE}, 'unixepoch')
    WHERE last_visit_at > :ahead AND {_PAUSE} BETWEEN 1 AND unixepoch(last_visit_at) - unixepoch(:now) - 1
    """,
    """
    UPDATE entries SET next_try_at = :now
    WHERE next_try_at > :now AND article_id IS NULL AND attempts = 0 AND first_seen_at > :ahead
    """,
)
_PLANS = (
    ("feeds", "next_check_at"), ("feeds", "leased_until"), ("entries", "next_try_at"), ("entries", "leased_until"),
    ("holds", "until"), ("outbox", "next_try_at"), ("watch_reports", "next_try_at"),
)  # fmt: skip
_SET_ASIDE = {
    "entries": """
        SELECT coalesce(nullif(link, ''), guid) AS example, last_error AS reason FROM entries
        WHERE next_try_at IS NOT NULL AND NOT recheck AND instr(last_error, :said) = 1 ORDER BY id DESC
    """,
    "feeds": """
        SELECT url AS example, last_error AS reason FROM feeds
        WHERE state = 'active' AND instr(last_error, :said) = 1 ORDER BY last_visit_at DESC
    """,
    "articles": """
        SELECT 'article ' || id AS example, :said || 'it could not be compared' AS reason FROM articles
        WHERE compared = 2 ORDER BY id DESC
    """,
}
# Articles and entries are never deleted, so the largest id is their number.
_GAUGES = """
    SELECT count(*) AS feeds_active, coalesce(sum(last_error <> ''), 0) AS feeds_failing,
        coalesce(sum(next_check_at <= :now), 0) AS feeds_due,
        max(0.0, (julianday(:now) - min(julianday(next_check_at))) * 86400.0) AS feeds_overdue_seconds,
        coalesce((julianday(:now) - max(julianday(last_visit_at))) * 86400.0, 0) AS last_visit_seconds,
        (SELECT coalesce(max(id), 0) FROM articles) AS articles_archived,
        (SELECT coalesce(max(id), 0) FROM entries) AS entries_announced,
        (SELECT count(*) FROM entries WHERE next_try_at <= :now AND recheck = 0) AS entries_due
    FROM feeds WHERE state = 'active'
"""

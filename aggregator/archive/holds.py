"""Holds: hosts that asked to be left alone for a while. They outlive the process that was asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, stamp
from aggregator.times import LATEST_PLAN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from aggregator.archive.db import Database


class HoldShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def left(self, now: datetime) -> dict[str, float]:
        """Return the seconds for which each host still wants to be left alone."""
        rows = self._db.rows(
            "SELECT host, until FROM holds WHERE until > ? AND until <= ?",
            (stamp(now), stamp(now + LATEST_PLAN)),
        )
        return {row["host"]: (instant(row["until"]) - now).total_seconds() for row in rows}

    def forget(self, hosts: Collection[str]) -> None:
        """Forget what these hosts asked for, because the user insists."""
        self._db.execute_many("DELETE FROM holds WHERE host = ?", [(host,) for host in hosts])

    def keep(self, left: Mapping[str, float], now: datetime) -> None:
        """Remember these, and forget those that are over."""
        with self._db.transaction():
            self._db.execute(
                "DELETE FROM holds WHERE until <= ? OR until > ?", (stamp(now), stamp(now + LATEST_PLAN))
            )
            self._db.execute_many(
                """
                INSERT INTO holds (host, until) VALUES (?, ?)
                ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until)
                """,
                [(host, stamp(now + timedelta(seconds=seconds))) for host, seconds in left.items()],
            )

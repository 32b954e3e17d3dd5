"""Counts over the whole archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive.db import instant_or_none, stamp
from aggregator.models import Status

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive.db import Database


def count_all(db: Database, now: datetime) -> Status:
    return Status(
        feeds=_counted(db, "SELECT state, count(*) FROM feeds GROUP BY state"),
        failing=db.value("SELECT count(*) FROM feeds WHERE state = 'active' AND last_error <> ''"),
        due=db.value(
            "SELECT count(*) FROM feeds WHERE state = 'active' AND next_check_at <= ?", (stamp(now),)
        ),
        gaps=db.value("SELECT count(*) FROM feeds WHERE gaps > 0"),
        holds=db.value("SELECT count(*) FROM holds WHERE until > ?", (stamp(now),)),
        entries=_counted(
            db,
            """
            SELECT CASE WHEN article_id IS NULL THEN 'pending' WHEN next_try_at IS NOT NULL THEN 'retrying'
                ELSE 'archived' END, count(*) FROM entries GROUP BY 1
            """,
        ),
        articles=_counted(db, "SELECT verdict, count(*) FROM articles GROUP BY verdict"),
        duplicates=db.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL"),
        pages=db.value("SELECT count(*) FROM pages"),
        archive_bytes=db.path.stat().st_size,
        last_visit_at=instant_or_none(db.value("SELECT max(last_visit_at) FROM feeds")),
        next_check_at=instant_or_none(
            db.value("SELECT min(next_check_at) FROM feeds WHERE state = 'active'")
        ),
    )


def _counted(db: Database, sql: str) -> dict[str, int]:
    return {row[0]: row[1] for row in db.rows(sql)}

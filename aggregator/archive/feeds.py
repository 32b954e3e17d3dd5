"""Feeds: what we follow, and when each is due."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aggregator.archive.db import instant, instant_or_none, stamp
from aggregator.models import Asks, Feed, FeedState, Move, Subscription, SubscriptionPlan, Validators
from aggregator.urls import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive.db import Database

# One batch asks no host for more than this, so that one big host does not fill a batch and hold back the rest.
PER_HOST = 8
# Nothing is ever put off for so long: such a date is of a clock that was wrong once, and counts as now.
ABSURD = timedelta(days=40)

_COLUMNS = """
    id, url, coalesce(nullif(title, ''), own_title) AS title, category, site_url, state, etag, last_modified,
    validators_of, whole_at, lied, body_hash, next_check_at, failures, gone_at, move_to, move_times, move_since,
    move_ours, former_urls, older_url, gaps, gap_url, asks, cadence, weight, last_outcome, last_error, last_visit_at,
    last_new_at
"""


class FeedShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def apply_plan(self, plan: SubscriptionPlan, now: datetime) -> None:
        """Make the archive follow what the plan says. Nothing is deleted; a new feed is due at once."""
        with self._db.transaction():
            for subscription in plan.add:
                self._db.execute(
                    """
                    INSERT INTO feeds (url, host, title, category, site_url, added_at, next_check_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING
                    """,
                    (
                        subscription.url, host_of(subscription.url), subscription.title, subscription.category,
                        subscription.site_url, stamp(now), stamp(now),
                    ),
                )  # fmt: skip
            for subscription in (*plan.change, *plan.resume):
                self._change(subscription)
            self._db.execute_many(
                "UPDATE feeds SET state = 'active', next_check_at = ? WHERE url = ?",
                [(stamp(now), subscription.url) for subscription in plan.resume],
            )
            self._db.execute_many(
                "UPDATE feeds SET state = 'paused' WHERE url = ?", [(url,) for url in plan.pause]
            )

    def _change(self, subscription: Subscription) -> None:
        self._db.execute(
            """
            UPDATE feeds SET title = coalesce(nullif(?, ''), title), category = ?,
                site_url = coalesce(nullif(?, ''), site_url)
            WHERE url = ?
            """,
            (subscription.title, subscription.category, subscription.site_url, subscription.url),
        )

    def all(self) -> list[Feed]:
        """Return every feed, in the order of category and title."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS}, (SELECT count(*) FROM entries WHERE feed_id = feeds.id) AS entries"
            " FROM feeds ORDER BY category, title, url"
        )
        return [feed_of(row, entries=row["entries"]) for row in rows]

    def usual_pauses(self) -> dict[int, timedelta]:
        """Return the mean pause between the entries of each feed that has enough of them, by its id."""
        rows = self._db.rows(
            """
            SELECT feed_id, (julianday(max(first_seen_at)) - julianday(min(first_seen_at))) / count(*) AS days
            FROM entries GROUP BY feed_id HAVING count(DISTINCT first_seen_at) >= 4
            """
        )
        return {row["feed_id"]: timedelta(days=row["days"]) for row in rows}

    def make_due(self, now: datetime, urls: Sequence[str] = ()) -> None:
        """Make all active feeds due now; with addresses these, even if they were gone."""
        if urls:
            self._db.execute_many(
                """
                UPDATE feeds SET next_check_at = ?, state = 'active', gone_at = NULL
                WHERE url = ? AND state IN ('active', 'gone')
                """,
                [(stamp(now), url) for url in urls],
            )
        else:
            self._db.execute("UPDATE feeds SET next_check_at = ? WHERE state = 'active'", (stamp(now),))

    def claim(self, now: datetime, *, limit: int, lease: timedelta, urls: Sequence[str] = ()) -> list[Feed]:
        """Lease up to `limit` due feeds, longest overdue first; with addresses, only among these.

        Those that failed the last time come after the others, so that a crowd that hangs keeps no one waiting.
        Never more than `PER_HOST` of one host at a time, with those that are leased already.
        """
        chosen = "AND url IN (SELECT value FROM json_each(:urls))" if urls else ""
        with self._db.transaction():
            rows = self._db.rows(
                f"""
                WITH busy AS (
                    SELECT host, count(*) AS leased FROM feeds
                    WHERE leased_until > :now AND leased_until <= :lease GROUP BY host
                )
                SELECT {_COLUMNS} FROM (
                    SELECT feeds.*, row_number() OVER (PARTITION BY feeds.host ORDER BY next_check_at, id)
                        + coalesce(busy.leased, 0) AS turn
                    FROM feeds LEFT JOIN busy ON busy.host = feeds.host
                    WHERE state = 'active' AND (next_check_at <= :now OR next_check_at > :absurd)
                        AND (leased_until IS NULL OR leased_until <= :now OR leased_until > :lease) {chosen}
                ) WHERE turn <= {PER_HOST} ORDER BY failures > 0, next_check_at, id LIMIT :limit
                """,
                {
                    "now": stamp(now),
                    "limit": limit,
                    "lease": stamp(now + lease),
                    "absurd": stamp(now + ABSURD),
                    "urls": json.dumps(list(urls)),
                },
            )
            self._db.execute_many(
                "UPDATE feeds SET leased_until = ? WHERE id = ?",
                [(stamp(now + lease), row["id"]) for row in rows],
            )
        return [feed_of(row) for row in rows]

    def mark_asked(self, feed_id: int, now: datetime, not_before: datetime) -> bool:
        """Say that a request is about to leave: whatever ends this process, the feed is not asked again sooner.

        False if it is not due any more: somebody else has asked. Durable against a kill, not against a power cut,
        which is not worth a wait for the disk at every request.
        """
        with self._db.transaction(durable=False):
            return self._db.changed(
                "UPDATE feeds SET next_check_at = ? WHERE id = ? AND (next_check_at <= ? OR next_check_at > ?)",
                (stamp(not_before), feed_id, stamp(now), stamp(now + ABSURD)),
            )

    def excuse(self, feed_ids: Sequence[int], again_at: datetime) -> None:
        """Take back one failure each: it was the network's. They are due again soon."""
        self._db.execute_many(
            """
            UPDATE feeds SET failures = max(failures - 1, 0), last_outcome = 'offline',
                next_check_at = min(next_check_at, ?)
            WHERE id = ?
            """,
            [(stamp(again_at), feed_id) for feed_id in feed_ids],
        )

    def close_gap(self, feed_id: int) -> None:
        """Note that the older pages which a gap left unread have been read."""
        self._db.execute("UPDATE feeds SET gap_url = '' WHERE id = ?", (feed_id,))

    def weights(self) -> list[float]:
        """Return the shares of all active feeds in the budget of requests."""
        return [row["weight"] for row in self._db.rows("SELECT weight FROM feeds WHERE state = 'active'")]

    def due(self, now: datetime, urls: Sequence[str] = ()) -> int:
        """Count the active feeds whose time has come; with addresses, only among these."""
        chosen = "AND url IN (SELECT value FROM json_each(:urls))" if urls else ""
        return int(
            self._db.value(
                f"SELECT count(*) FROM feeds WHERE state = 'active' AND next_check_at <= :now {chosen}",
                {"now": stamp(now), "urls": json.dumps(list(urls))},
            )
        )

    def release_leases(self) -> None:
        """Make due again what was claimed. Only right while nobody else works on the archive."""
        if self._db.value("SELECT EXISTS (SELECT 1 FROM feeds WHERE leased_until IS NOT NULL)"):
            self._db.execute("UPDATE feeds SET leased_until = NULL WHERE leased_until IS NOT NULL")


def _asks(kept: dict[str, Any]) -> Asks:
    return Asks(
        ttl_minutes=kept.get("ttl"),
        update_minutes=kept.get("update"),
        skip_hours=frozenset(kept.get("hours", ())),
        skip_days=frozenset(kept.get("days", ())),
    )


def _move(row: sqlite3.Row) -> Move:
    return Move(row["move_to"], row["move_times"], instant(row["move_since"]), bool(row["move_ours"]))


def feed_of(row: sqlite3.Row, entries: int = 0) -> Feed:
    return Feed(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        category=row["category"],
        site_url=row["site_url"],
        state=FeedState(row["state"]),
        validators=Validators(row["etag"], row["last_modified"]),
        validators_of=row["validators_of"],
        whole_at=instant_or_none(row["whole_at"]),
        lied=bool(row["lied"]),
        body_hash=row["body_hash"],
        next_check_at=instant_or_none(row["next_check_at"]),
        failures=row["failures"],
        gone_at=instant_or_none(row["gone_at"]),
        move=_move(row) if row["move_since"] else None,
        former_urls=tuple(json.loads(row["former_urls"])),
        older_url=row["older_url"],
        gaps=row["gaps"],
        gap_url=row["gap_url"],
        asks=_asks(json.loads(row["asks"])),
        cadence=row["cadence"],
        weight=row["weight"],
        last_outcome=row["last_outcome"],
        last_error=row["last_error"],
        last_visit_at=instant_or_none(row["last_visit_at"]),
        last_new_at=instant_or_none(row["last_new_at"]),
        entries=entries,
    )

"""Feeds: what we follow, when each is due, and the record of every visit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.archive.db import instant_or_none, stamp
from aggregator.models import EntryChange, Feed, FeedState, Subscription, SubscriptionPlan, Validators, Visit
from aggregator.urls import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from aggregator.archive.db import Database

# One batch asks no host for more than this, so that one big host does not fill a batch and hold back the rest.
PER_HOST = 8

_COLUMNS = """
    id, url, coalesce(nullif(title, ''), own_title) AS title, category, site_url, state, etag, last_modified,
    body_hash, next_check_at, failures, gone_at, last_outcome, last_error, last_visit_at, last_new_at
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
        return [_feed(row, entries=row["entries"]) for row in rows]

    def make_due(self, now: datetime, urls: Sequence[str] = ()) -> None:
        """Make these active feeds due now; without addresses, all of them."""
        chosen = "AND url IN (SELECT value FROM json_each(:urls))" if urls else ""
        self._db.execute(
            f"UPDATE feeds SET next_check_at = :now WHERE state = 'active' {chosen}",
            {"now": stamp(now), "urls": json.dumps(list(urls))},
        )

    def claim(self, now: datetime, *, limit: int, lease: timedelta, urls: Sequence[str] = ()) -> list[Feed]:
        """Lease up to `limit` due feeds, longest overdue first; with addresses, only among these."""
        chosen = "AND url IN (SELECT value FROM json_each(:urls))" if urls else ""
        with self._db.transaction():
            rows = self._db.rows(
                f"""
                SELECT {_COLUMNS} FROM (
                    SELECT *, row_number() OVER (PARTITION BY host ORDER BY next_check_at, id) AS turn
                    FROM feeds
                    WHERE state = 'active' AND next_check_at <= :now
                        AND (leased_until IS NULL OR leased_until <= :now) {chosen}
                ) WHERE turn <= {PER_HOST} ORDER BY next_check_at, id LIMIT :limit
                """,
                {"now": stamp(now), "limit": limit, "urls": json.dumps(list(urls))},
            )
            self._db.execute_many(
                "UPDATE feeds SET leased_until = ? WHERE id = ?",
                [(stamp(now + lease), row["id"]) for row in rows],
            )
        return [_feed(row) for row in rows]

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

    def record_visits(self, visits: Sequence[Visit]) -> None:
        """Record visits with their entries in one transaction.

        Validators and the entries they stand for are saved together: were the validators saved first and the
        program killed in between, the next 304 would lose the entries for ever.
        """
        with self._db.transaction():
            for visit in visits:
                self._record_feed(visit)
                self._record_visit(visit)
                for change in visit.changes:
                    self._record_change(visit, change)

    def _record_feed(self, visit: Visit) -> None:
        feed = visit.feed
        self._db.execute(
            """
            UPDATE feeds SET
                own_title = coalesce(nullif(?, ''), own_title), site_url = ?, state = iif(state = 'paused', state, ?),
                etag = ?, last_modified = ?, body_hash = ?, next_check_at = ?, leased_until = NULL,
                failures = ?, gone_at = ?, last_outcome = ?, last_error = ?, last_visit_at = ?, last_new_at = ?
            WHERE id = ?
            """,
            (
                visit.own_title, feed.site_url, feed.state, feed.validators.etag, feed.validators.last_modified,
                feed.body_hash, stamp(feed.next_check_at), feed.failures, stamp(feed.gone_at), visit.outcome,
                visit.error, stamp(visit.at), stamp(feed.last_new_at), feed.id,
            ),
        )  # fmt: skip

    def _record_visit(self, visit: Visit) -> None:
        self._db.execute(
            """
            INSERT INTO visits (feed_id, at, outcome, status, bytes, elapsed_ms, seen, new, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                visit.feed.id, stamp(visit.at), visit.outcome, visit.status, visit.bytes, visit.elapsed_ms,
                visit.seen, visit.new, visit.error,
            ),
        )  # fmt: skip

    def _record_change(self, visit: Visit, change: EntryChange) -> None:
        said = _what_was_said(change)
        if change.id is None:
            self._db.execute(_INSERT_ENTRY, {**said, "feed_id": visit.feed.id, "now": stamp(visit.at)})
        else:
            self._db.execute(_UPDATE_ENTRY, {**said, "id": change.id, "now": stamp(visit.at)})


_SAID = (
    "guid link link_key host title author published_at updated_at summary_html content_html language categories"
    " enclosures hash"
).split()

_INSERT_ENTRY = f"""
    INSERT INTO entries (feed_id, first_seen_at, next_try_at, {", ".join(_SAID)})
    VALUES (:feed_id, :now, :now, {", ".join(":" + name for name in _SAID)})
    ON CONFLICT (feed_id, guid) DO NOTHING
"""

# The article is looked at again; its entry stays linked to it meanwhile.
_UPDATE_ENTRY = f"""
    UPDATE entries SET {", ".join(f"{name} = :{name}" for name in _SAID)},
        changed_at = iif(hash = :hash, changed_at, :now),  -- a new guid alone is no news
        next_try_at = iif(hash = :hash, next_try_at, :now), attempts = iif(hash = :hash, attempts, 0)
    WHERE id = :id
"""


def _what_was_said(change: EntryChange) -> dict[str, object]:
    parsed = change.parsed
    return {
        "guid": parsed.guid,
        "link": parsed.link,
        "link_key": change.link_key,
        "host": host_of(parsed.link),
        "title": parsed.title,
        "author": parsed.author,
        "published_at": stamp(parsed.published_at),
        "updated_at": stamp(parsed.updated_at),
        "summary_html": parsed.summary_html,
        "content_html": parsed.content_html,
        "language": parsed.language,
        "categories": json.dumps(parsed.categories, ensure_ascii=False),
        "enclosures": json.dumps(
            [{"url": e.url, "type": e.type, "length": e.length} for e in parsed.enclosures],
            ensure_ascii=False,
        ),
        "hash": change.hash,
    }


def _feed(row: sqlite3.Row, entries: int = 0) -> Feed:
    return Feed(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        category=row["category"],
        site_url=row["site_url"],
        state=FeedState(row["state"]),
        validators=Validators(row["etag"], row["last_modified"]),
        body_hash=row["body_hash"],
        next_check_at=instant_or_none(row["next_check_at"]),
        failures=row["failures"],
        gone_at=instant_or_none(row["gone_at"]),
        last_outcome=row["last_outcome"],
        last_error=row["last_error"],
        last_visit_at=instant_or_none(row["last_visit_at"]),
        last_new_at=instant_or_none(row["last_new_at"]),
        entries=entries,
    )

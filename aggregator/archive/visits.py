"""Visits: one poll of one feed each, recorded whole: the feed as it is afterwards, and its new and changed entries."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, stamp
from aggregator.models import Outcome, PastVisit
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.models import Asks, EntryChange, Feed, Visit


_as_json = json.JSONEncoder(ensure_ascii=False).encode


class VisitShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def record(self, visits: Sequence[Visit]) -> None:
        """Record visits with their entries in one transaction.

        Validators and the entries they stand for are saved together: were the validators saved first and the
        program killed in between, the next 304 would lose the entries for ever.
        """
        with self._db.transaction():
            older = [visit for visit in visits if visit.outcome is Outcome.OLDER]
            newest = [visit for visit in visits if visit.outcome is not Outcome.OLDER]
            self._db.execute_many(_UPDATE_FEED, [_as_it_is_now(visit) for visit in newest])
            self._db.execute_many(  # what is older says nothing about the feed as it is now
                _UPDATE_LAST_NEW, [{"at": stamp(v.feed.last_new_at), "id": v.feed.id} for v in older]
            )
            self._db.execute_many(_INSERT_VISIT, [_as_it_was(visit) for visit in visits])
            self._db.execute_many(
                _KEEP_PRINTS, [(v.feed.id, v.prints) for v in visits if v.prints is not None]
            )
            said = [
                (change.id, {**what_was_said(change), "now": stamp(visit.at), "feed_id": visit.feed.id})
                for visit in visits
                for change in visit.changes
            ]
            self._db.execute_many(INSERT_ENTRY, [row for id_, row in said if id_ is None])
            self._db.execute_many(_UPDATE_ENTRY, [{**row, "id": id_} for id_, row in said if id_ is not None])

    def move(self, feed: Feed, to: str, now: datetime) -> None:
        """Let a feed be at its new address from now on, or end it where another feed is there already."""
        with self._db.transaction():
            there = self._db.value("SELECT state FROM feeds WHERE url = ?", (to,))
            if there in {"active", "paused"}:  # the list's wish for this one counts for that one from now on
                self._db.execute(
                    "UPDATE feeds SET state = 'moved', move_to = ?, move_since = ? WHERE id = ?",
                    (to, stamp(now), feed.id),
                )
            if there is not None:
                return
            self._db.execute(
                """
                UPDATE feeds SET url = :to, host = :host, former_urls = json_insert(former_urls, '$[#]', url),
                    move_to = NULL, move_times = 0, move_since = NULL, next_check_at = max(next_check_at, :now)
                WHERE id = :id
                """,
                {"to": to, "host": host_of(to), "now": stamp(now), "id": feed.id},
            )

    def of(self, feed_id: int, limit: int) -> list[PastVisit]:
        """Return the last visits of a feed, newest first."""
        rows = self._db.rows(
            """
            SELECT at, outcome, status, new, gap, error FROM visits WHERE feed_id = ?
            ORDER BY at DESC, id DESC LIMIT ?
            """,
            (feed_id, limit),
        )
        return [
            PastVisit(
                at=instant(row["at"]),
                outcome=Outcome(row["outcome"]),
                status=row["status"],
                new=row["new"],
                gap=bool(row["gap"]),
                error=row["error"],
            )
            for row in rows
        ]


# A pause that the user ordered while the visit was under way stays.
_UPDATE_FEED = """
    UPDATE feeds SET
        own_title = coalesce(nullif(:own_title, ''), own_title), site_url = :site_url,
        state = iif(state = 'paused', state, :state), etag = :etag, last_modified = :last_modified,
        validators_of = :validators_of, whole_at = :whole_at, lied = :lied, body_hash = :body_hash,
        next_check_at = :next_check_at, leased_until = NULL, failures = :failures, gone_at = :gone_at,
        move_to = :move_to, move_times = :move_times, move_since = :move_since, move_ours = :move_ours,
        older_url = :older_url,
        gaps = :gaps, gap_url = :gap_url, asks = :asks, cadence = :cadence, weight = :weight,
        last_outcome = :last_outcome,
        last_error = :last_error, last_visit_at = coalesce(:last_visit_at, last_visit_at),
        last_new_at = :last_new_at
    WHERE id = :id
"""
_UPDATE_LAST_NEW = """
    UPDATE feeds SET last_new_at = max(coalesce(last_new_at, ''), :at) WHERE id = :id AND :at IS NOT NULL
"""
_KEEP_PRINTS = """
    INSERT INTO prints (feed_id, entries) VALUES (?, ?) ON CONFLICT (feed_id) DO UPDATE SET entries = excluded.entries
"""
_INSERT_VISIT = """
    INSERT INTO visits (feed_id, at, outcome, status, bytes, elapsed_ms, seen, new, gap, error)
    VALUES (:feed_id, :at, :outcome, :status, :bytes, :elapsed_ms, :seen, :new, :gap, :error)
"""


def _as_it_is_now(visit: Visit) -> dict[str, object]:
    feed = visit.feed
    return {
        "id": feed.id,
        "own_title": visit.own_title,
        "site_url": feed.site_url,
        "state": feed.state,
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "validators_of": feed.validators_of,
        "whole_at": stamp(feed.whole_at),
        "lied": feed.lied,
        "body_hash": feed.body_hash,
        "next_check_at": stamp(feed.next_check_at),
        "failures": feed.failures,
        "gone_at": stamp(feed.gone_at),
        "move_to": feed.move.to if feed.move else None,
        "move_times": feed.move.times if feed.move else 0,
        "move_since": stamp(feed.move.since) if feed.move else None,
        "move_ours": feed.move.ours if feed.move else False,
        "older_url": feed.older_url,
        "gaps": feed.gaps,
        "gap_url": feed.gap_url,
        "asks": _asks(feed.asks),
        "cadence": feed.cadence,
        "weight": feed.weight,
        "last_outcome": visit.outcome,
        "last_error": feed.last_error,
        "last_visit_at": None if visit.outcome is Outcome.HELD else stamp(visit.at),
        "last_new_at": stamp(feed.last_new_at),
    }


@lru_cache(maxsize=256)  # most feeds ask for the same, or for nothing
def _asks(asks: Asks) -> str:
    said = {
        "ttl": asks.ttl_minutes,
        "update": asks.update_minutes,
        "hours": sorted(asks.skip_hours),
        "days": sorted(asks.skip_days),
    }
    return json.dumps({name: value for name, value in said.items() if value})


def _as_it_was(visit: Visit) -> dict[str, object]:
    return {
        "feed_id": visit.feed.id,
        "at": stamp(visit.at),
        "outcome": visit.outcome,
        "status": visit.status,
        "bytes": visit.bytes,
        "elapsed_ms": visit.elapsed_ms,
        "seen": visit.seen,
        "new": visit.new,
        "gap": visit.gap,
        "error": visit.error,
    }


_SAID = (
    "guid link link_key host title author published_at updated_at summary_html content_html language categories"
    " enclosures hash"
).split()

INSERT_ENTRY = f"""
    INSERT INTO entries (feed_id, first_seen_at, next_try_at, {", ".join(_SAID)})
    VALUES (:feed_id, :now, :now, {", ".join(":" + name for name in _SAID)})
    ON CONFLICT (feed_id, guid) DO NOTHING
"""

# The article is looked at again; its entry stays linked to it meanwhile.
_UPDATE_ENTRY = f"""
    UPDATE entries SET {", ".join(f"{name} = :{name}" for name in _SAID)},
        -- a new guid alone is no news, nor is the first time that the feed speaks of what another program brought
        changed_at = iif(hash IN (:hash, ''), changed_at, :now),
        next_try_at = iif(hash = :hash, next_try_at, :now), attempts = iif(hash = :hash, attempts, 0),
        recheck = iif(hash = :hash, recheck, 0)
    WHERE id = :id
"""


def what_was_said(change: EntryChange) -> dict[str, object]:
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
        "categories": _as_json(parsed.categories),
        "enclosures": _as_json(
            [{"url": e.url, "type": e.type, "length": e.length} for e in parsed.enclosures]
        ),
        "hash": change.hash,
    }

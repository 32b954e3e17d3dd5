"""Feeds: what we follow, and when each is due."""

from __future__ import annotations

import json
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, instant_or_none, stamp
from aggregator.archive.turns import Turns
from aggregator.models import Asks, Feed, FeedState, Move, Subscription, SubscriptionPlan, Validators
from aggregator.times import LATEST_PLAN
from aggregator.urls import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive.db import Database

_BUSY = """
    SELECT host, count(*) AS leased FROM feeds WHERE leased_until > :now AND leased_until <= :lease GROUP BY host
"""
# those that could not be read come after the others, whoever was blamed for it; a date too far ahead is of a clock that
# was wrong once, and counts as now
_TURNS = tuple(
    f"next_check_at {moment} AND {read} (failures > 0 OR last_outcome IS 'offline')"
    for read in ("NOT", "")
    for moment in ("<= :now", "> :absurd")
)
_DUE = """
    SELECT id, host FROM feeds WHERE state = 'active' AND {when}
        AND (leased_until IS NULL OR leased_until <= :now OR leased_until > :lease) {chosen}
    ORDER BY next_check_at, id
"""
_CHOSEN = "id IN (SELECT value FROM json_each(?))"
_MARK = "UPDATE feeds SET next_check_at = ? WHERE id = ? AND (next_check_at <= ? OR next_check_at > ?)"
PRINTS = (
    """
    CREATE TABLE prints (
        feed_id INTEGER PRIMARY KEY REFERENCES feeds (id),
        entries BLOB NOT NULL  -- hashes of 8 bytes: of what all have in common; of each entry, its guid, its link
    ) STRICT
    """,
)

# Of `feeds AS f`: those with `:feed`, folded, in title or address.
NAMED = "(instr(fold(f.url), :feed) OR instr(fold(f.title), :feed) OR instr(fold(f.own_title), :feed))"

_COLUMNS = """
    id, url, coalesce(nullif(title, ''), own_title) AS title, category, site_url, state, etag, last_modified,
    validators_of, whole_at, lied, body_hash, next_check_at, failures, gone_at, move_to, move_times, move_since,
    move_ours, former_urls, older_url, gaps, gap_url, asks, cadence, weight, last_outcome, last_error, last_visit_at,
    last_new_at
"""


@dataclass(eq=False, slots=True)
class _Asking:
    """A feed that a thread is about to ask for. Threads that wait for their turn are marked together."""

    feed_id: int
    not_before: str | None
    now: str | None
    absurd: str | None
    is_due: bool | None = None  # not yet known


class FeedShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._asking: deque[_Asking] = deque()

    def apply_plan(self, plan: SubscriptionPlan, now: datetime) -> None:
        """Make the archive follow what the plan says. Nothing is deleted; a new feed is due at once.

        One that was paused is due when it would have been: taking it out and in again asks nobody before its time.
        """
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
                """
                UPDATE feeds SET next_check_at = iif(state = 'paused', next_check_at, ?), state = 'active' WHERE url = ?
                """,
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
        return [feed_of(row) for row in rows]

    def known(self) -> list[Feed]:
        """Return every feed, in no order and without counting its entries, of which there may be a million."""
        return [feed_of(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM feeds")]

    def id_of(self, url: str) -> int:
        """Return the id of the feed at an address; 0 if there is none."""
        return int(self._db.value("SELECT id FROM feeds WHERE url = ?", (url,)) or 0)

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

        Those that could not be read the last time come after the others: a crowd that hangs keeps no one waiting.
        Never more than `turns.PER_HOST` of one host at a time, with those that are leased already.
        """
        until = stamp(now + lease)
        with self._db.transaction():
            ids = self._choose(now, limit, lease, urls)
            chosen = json.dumps(ids)
            self._db.execute(f"UPDATE feeds SET leased_until = ? WHERE {_CHOSEN}", (until, chosen))
            rows = self._db.rows(f"SELECT {_COLUMNS} FROM feeds WHERE {_CHOSEN}", (chosen,))
        place = {id_: number for number, id_ in enumerate(ids)}
        return sorted(map(feed_of, rows), key=lambda feed: place[feed.id])

    def _choose(self, now: datetime, limit: int, lease: timedelta, urls: Sequence[str]) -> list[int]:
        """Go through the due feeds in their order until there are enough: a hundred thousand may be due at once."""
        moments = {"now": stamp(now), "lease": stamp(now + lease), "absurd": stamp(now + LATEST_PLAN)}
        turns = Turns(limit, {row["host"]: row["leased"] for row in self._db.rows(_BUSY, moments)})
        chosen = "AND url IN (SELECT value FROM json_each(:urls))" if urls else ""
        for when in _TURNS:
            if turns.are_over:  # the next turn would look through all that is due for the few that failed
                break
            sql = _DUE.format(when=when, chosen=chosen)
            with closing(self._db.stepping(sql, {**moments, "urls": json.dumps(list(urls))})) as due:
                for row in due:
                    if turns.are_over:
                        break
                    if turns.has_one(row["host"]):
                        turns.take(row["host"], row["id"])
        return turns.taken

    def mark_asked(self, feed_id: int, now: datetime, not_before: datetime) -> bool:
        """Say that a request is about to leave: whatever ends this process, the feed is not asked again sooner.

        False if it is not due any more: somebody else has asked. Durable against a kill, not against a power cut,
        which is not worth a wait for the disk at every request.
        """
        mine = _Asking(feed_id, stamp(not_before), stamp(now), stamp(now + LATEST_PLAN))
        self._asking.append(mine)
        with self._db.turn:  # who waited for it may find that another thread has marked his feed with its own
            if mine.is_due is None:
                asking = [self._asking.popleft() for _ in range(len(self._asking))]
                with self._db.transaction(durable=False):
                    self._mark(asking if mine in asking else [*asking, mine])
        return bool(mine.is_due)

    def _mark(self, asking: Sequence[_Asking]) -> None:
        due = [
            self._db.changed(_MARK, (each.not_before, each.feed_id, each.now, each.absurd)) for each in asking
        ]
        for each, is_due in zip(asking, due, strict=True):
            each.is_due = is_due

    def prints(self, feed_id: int) -> bytes:
        """Return the prints of the entries of the feed's last document."""
        return self._db.value("SELECT entries FROM prints WHERE feed_id = ?", (feed_id,)) or b""

    def excuse(self, feed_ids: Sequence[int], again_at: datetime) -> None:
        """Take back one failure each, with what it said: it was the network's. They are due again soon."""
        self._db.execute_many(
            """
            UPDATE feeds SET failures = max(failures - 1, 0), last_outcome = 'offline',
                last_error = iif(failures > 1, last_error, ''), next_check_at = min(next_check_at, ?)
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


@lru_cache(maxsize=256)  # most feeds ask for the same, or for nothing
def _asks(kept: str) -> Asks:
    said = json.loads(kept)
    return Asks(
        ttl_minutes=said.get("ttl"),
        update_minutes=said.get("update"),
        skip_hours=frozenset(said.get("hours", ())),
        skip_days=frozenset(said.get("days", ())),
    )


def feed_of(row: sqlite3.Row) -> Feed:
    """Return a row of `_COLUMNS`, and perhaps the count of the feed's entries, as a feed.

    Columns are taken by their place: looking for the names of thirty costs more than all the rest.
    """
    (
        id_, url, title, category, site_url, state, etag, last_modified, validators_of, whole_at, lied, body_hash,
        next_check_at, failures, gone_at, move_to, move_times, move_since, move_ours, former_urls, older_url, gaps,
        gap_url, asks, cadence, weight, last_outcome, last_error, last_visit_at, last_new_at, *counted,
    ) = row  # fmt: skip
    return Feed(
        id=id_, url=url, title=title, category=category, site_url=site_url, state=FeedState(state),
        validators=Validators(etag, last_modified), validators_of=validators_of,
        whole_at=instant_or_none(whole_at), lied=bool(lied), body_hash=body_hash,
        next_check_at=instant_or_none(next_check_at), failures=failures, gone_at=instant_or_none(gone_at),
        move=Move(move_to, move_times, instant(move_since), bool(move_ours)) if move_since else None,
        former_urls=tuple(json.loads(former_urls)) if former_urls != "[]" else (), older_url=older_url,
        gaps=gaps, gap_url=gap_url, asks=_asks(asks), cadence=cadence, weight=weight, last_outcome=last_outcome,
        last_error=last_error, last_visit_at=instant_or_none(last_visit_at),
        last_new_at=instant_or_none(last_new_at), entries=sum(counted),
    )  # fmt: skip

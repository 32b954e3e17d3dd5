"""Entries: what feeds announced, and which of them still wait for their article."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from aggregator.archive.feeds import NAMED
from aggregator.archive.instants import instant, instant_or_none, stamp
from aggregator.archive.turns import Turns
from aggregator.errors import SET_ASIDE
from aggregator.models import (
    AnnouncedEntry,
    Enclosure,
    EntryState,
    KnownEntry,
    ParsedEntry,
    PendingEntry,
    Validators,
)
from aggregator.times import LATEST_PLAN

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from aggregator.archive.db import Database

# The newest of a feed, without a look at all the others.
IN_ORDER = ("CREATE INDEX entries_in_order ON entries (feed_id, coalesce(published_at, first_seen_at))",)

_LAST = "\U0010ffff"  # comes behind every other character

SAID = """
    e.id, e.feed_id, e.guid, e.link, e.link_key, e.hash, e.title, e.author, e.published_at, e.updated_at,
    e.summary_html, e.content_html, e.language, e.categories, e.enclosures, e.attempts, e.first_seen_at,
    e.article_id, e.recheck, e.checks, e.missing, f.url AS feed_url, f.former_urls AS feed_former_urls,
    coalesce(nullif(f.title, ''), f.own_title) AS feed_title
"""
# Of `entries AS e`, what became of it.
STATE = f"""
    CASE WHEN e.next_try_at IS NOT NULL AND NOT e.recheck AND instr(e.last_error, '{SET_ASIDE}') = 1 THEN 'set-aside'
         WHEN e.article_id IS NULL THEN 'pending'
         WHEN e.next_try_at IS NOT NULL AND NOT e.recheck THEN 'retrying'
         ELSE 'archived' END
"""
ANNOUNCED = f"""
    e.id, f.url AS feed_url, e.guid, e.link, e.title, e.published_at, e.first_seen_at, e.changed_at, e.attempts,
    e.last_error, e.article_id, e.next_try_at, e.checks, e.looked_at, {STATE} AS state
"""


_DUE = """
    SELECT id, feed_id, host, link_key FROM entries
    WHERE recheck = :recheck AND {when} AND (leased_until IS NULL OR leased_until <= :now OR leased_until > :lease)
    ORDER BY next_try_at, id
"""
_BUSY = """
    SELECT host, count(*) AS leased FROM entries WHERE leased_until > :now AND leased_until <= :lease GROUP BY host
"""
_SHARES_LINK = """
    SELECT EXISTS (SELECT 1 FROM entries WHERE link_key = :key AND +feed_id = :feed AND id <> :id)
"""
# The links' own index is the one to use (a plus keeps the others out): few entries share an address.
# Of several entries with one address the shortest link is asked for, whichever was recorded first, and none while one
# of them is under way. Entries of one feed that share a link are named by none of them and go each for itself.
_FIRST_COPY = """
    SELECT id FROM entries AS e
    WHERE link_key = :key AND +recheck = :recheck AND (+next_try_at <= :now OR +next_try_at > :absurd)
        AND NOT EXISTS (
            SELECT 1 FROM entries WHERE link_key = :key AND +leased_until > :now AND +leased_until <= :lease
        )
        AND NOT EXISTS (SELECT 1 FROM entries WHERE link_key = :key AND +feed_id = e.feed_id AND id <> e.id)
    ORDER BY length(link), link, id LIMIT 1
"""
_CLAIMED = f"""
    SELECT {SAID}, p.headers AS page_headers, p.final_url AS page_url
    FROM entries e JOIN feeds f ON f.id = e.feed_id
        LEFT JOIN pages p ON :recheck AND p.id = (
            SELECT id FROM pages WHERE article_id = e.article_id ORDER BY fetched_at DESC, id DESC LIMIT 1
        )
    WHERE e.id IN (SELECT value FROM json_each(:ids))
    ORDER BY e.next_try_at, e.id
"""


class EntryShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def known(self, feed_id: int, guids: Iterable[str], link_keys: Iterable[str]) -> list[KnownEntry]:
        """Return the feed's archived entries that have one of these guids or canonical links.

        The plus keeps SQLite from going through all entries of the feed for the links.
        """
        rows = self._db.rows(
            """
            SELECT id, guid, link_key, hash FROM entries
            WHERE feed_id = :feed AND guid IN (SELECT value FROM json_each(:guids))
            UNION
            SELECT id, guid, link_key, hash FROM entries
            WHERE +feed_id = :feed AND link_key IN (SELECT value FROM json_each(:links))
            """,
            {
                "feed": feed_id,
                "guids": json.dumps(list(guids)),
                "links": json.dumps([key for key in link_keys if key]),
            },
        )
        return [KnownEntry(row["id"], row["guid"], row["link_key"], row["hash"]) for row in rows]

    def has_guids(self, feed_id: int, beginning: str = "") -> bool:
        """Tell whether the archive has entries of the feed whose guid begins so (in ASCII)."""
        return bool(
            self._db.value(
                "SELECT EXISTS (SELECT 1 FROM entries WHERE feed_id = ? AND guid >= ? AND guid < ?)",
                (feed_id, beginning, beginning + _LAST),
            )
        )

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[PendingEntry]:
        """Lease up to `limit` entries that are due, longest waiting first, one for each address.

        Never more than `turns.PER_HOST` of one host at a time, with those that are leased already.
        """
        return self._claim(now, limit, lease, looks=False)

    def claim_looks(self, now: datetime, *, limit: int, lease: timedelta) -> list[PendingEntry]:
        """Lease up to `limit` entries whose article is there and whose page is to be looked at again now."""
        return self._claim(now, limit, lease, looks=True)

    def _claim(self, now: datetime, limit: int, lease: timedelta, *, looks: bool) -> list[PendingEntry]:
        until = stamp(now + lease)
        with self._db.transaction():
            sharing = self._choose(now, limit, lease, looks=looks)
            ids = json.dumps(list(sharing))
            self._db.execute(
                "UPDATE entries SET leased_until = ? WHERE id IN (SELECT value FROM json_each(?))",
                (until, ids),
            )
            rows = self._db.rows(_CLAIMED, {"recheck": looks, "ids": ids})
        return [pending_entry(row, shares_link=sharing[row["id"]]) for row in rows]

    def _choose(self, now: datetime, limit: int, lease: timedelta, *, looks: bool) -> dict[int, bool]:
        """Go through the due entries in their order until there are enough: a million may be due at once.

        Return for each whether other entries of its feed have its link. A date too far ahead is of a clock that was
        wrong once, and counts as now.
        """
        moments = {
            "now": stamp(now), "lease": stamp(now + lease), "absurd": stamp(now + LATEST_PLAN), "recheck": looks,
        }  # fmt: skip
        turns = Turns(limit, {row["host"]: row["leased"] for row in self._db.rows(_BUSY, moments)})
        sharing: dict[int, bool] = {}
        for when in ("next_try_at <= :now", "next_try_at > :absurd"):
            with closing(self._db.stepping(_DUE.format(when=when), moments)) as due:
                for row in due:
                    if turns.are_over:
                        break
                    if turns.has_one(row["host"]):
                        shares = self._shares_link(row)
                        if shares or self._is_first_copy(row, moments):
                            turns.take(row["host"], row["id"])
                            sharing[row["id"]] = shares
        return sharing

    def _shares_link(self, row: sqlite3.Row) -> bool:
        key = row["link_key"]
        said = {"key": key, "feed": row["feed_id"], "id": row["id"]}
        return bool(key and self._db.value(_SHARES_LINK, said))

    def _is_first_copy(self, row: sqlite3.Row, moments: dict[str, Any]) -> bool:
        key = row["link_key"]
        return not key or self._db.value(_FIRST_COPY, {**moments, "key": key}) == row["id"]

    def announced_since(self, since: datetime) -> int:
        """Count the entries that were first seen from then on."""
        return int(self._db.value("SELECT count(*) FROM entries WHERE first_seen_at >= ?", (stamp(since),)))

    def looked_since(self, since: datetime, now: datetime) -> int:
        """Count the entries whose page was looked at again from then on, or is being looked at."""
        return int(
            self._db.value(
                """
                SELECT (SELECT count(*) FROM entries WHERE looked_at >= :since AND looked_at <= :now)
                    + (SELECT count(*) FROM entries WHERE leased_until > :now AND recheck = 1)
                """,
                {"since": stamp(since), "now": stamp(now)},
            )
        )

    def postpone(self, entry: PendingEntry, until: datetime) -> None:
        """Leave an entry as it is until then: its page was not asked for."""
        self._db.execute(
            "UPDATE entries SET next_try_at = ?, leased_until = NULL WHERE id = ?", (stamp(until), entry.id)
        )

    def set_aside(self, entry: PendingEntry, until: datetime | None, reason: str, now: datetime) -> None:
        """Leave an entry as it is until then (None: for good), because a bug of ours struck it."""
        self._db.execute(
            """
            UPDATE entries SET leased_until = NULL, last_error = :reason,
                checks = checks + :looked, looked_at = iif(:looked, :now, looked_at),
                -- if the feed changed its words meanwhile, the entry stays due
                attempts = iif(hash = :hash, attempts + NOT :looked, attempts),
                next_try_at = iif(hash = :hash, :until, next_try_at)
            WHERE id = :id
            """,
            {
                "id": entry.id, "hash": entry.hash, "looked": entry.recheck, "until": stamp(until),
                "now": stamp(now), "reason": reason,
            },
        )  # fmt: skip

    def release_leases(self) -> None:
        """Make due again what was claimed. Only right while nobody else works on the archive."""
        if self._db.value(
            "SELECT EXISTS (SELECT 1 FROM entries WHERE next_try_at IS NOT NULL AND leased_until IS NOT NULL)"
        ):
            self._db.execute(
                "UPDATE entries SET leased_until = NULL WHERE next_try_at IS NOT NULL AND leased_until IS NOT NULL"
            )

    def times(self, feed_id: int, limit: int) -> list[tuple[datetime | None, datetime, datetime | None]]:
        """Return of the newest entries when each was published, as the feed says, and first seen by us.

        The third is when we had last looked before that; None at the first visit.
        """
        rows = self._db.rows(
            """
            WITH newest AS (
                SELECT published_at, first_seen_at FROM entries
                WHERE feed_id = :feed ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT :limit
            ),
            moments AS (
                SELECT first_seen_at, (
                    SELECT at FROM visits
                    WHERE feed_id = :feed AND at < first_seen_at AND outcome IN ('new', 'same', 'not-modified')
                    ORDER BY at DESC LIMIT 1
                ) AS looked_before
                FROM (SELECT DISTINCT first_seen_at FROM newest)
            )
            SELECT published_at, first_seen_at, looked_before FROM newest JOIN moments USING (first_seen_at)
            """,
            {"feed": feed_id, "limit": limit},
        )
        return [
            (instant_or_none(published), instant(found), instant_or_none(before))
            for published, found, before in rows
        ]

    def due(self, now: datetime) -> int:
        """Count the entries whose time has come; not those whose article is only looked at again."""
        return int(
            self._db.value(
                "SELECT count(*) FROM entries WHERE next_try_at <= ? AND recheck = 0", (stamp(now),)
            )
        )

    def announced(
        self, *, feed: str = "", state: str = "", since: datetime | None = None, limit: int | None = None
    ) -> list[AnnouncedEntry]:
        """Return what was announced, newest first; `feed` is a part of the feed's title or address."""
        rows = self._db.rows(
            f"""
            SELECT * FROM (
                SELECT {ANNOUNCED}
                FROM entries e JOIN feeds f ON f.id = e.feed_id
                WHERE (:feed = '' OR e.feed_id IN (SELECT f.id FROM feeds f WHERE {NAMED}))
                    AND (:since IS NULL OR e.first_seen_at >= :since)
            ) WHERE :state = '' OR state = :state
            ORDER BY first_seen_at DESC, id DESC LIMIT :limit
            """,
            {
                "feed": feed.casefold(),
                "since": stamp(since),
                "state": state,
                "limit": -1 if limit is None else limit,
            },
        )
        return [announced_entry(row) for row in rows]


def pending_entry(row: sqlite3.Row, *, shares_link: bool) -> PendingEntry:
    return PendingEntry(
        id=row["id"],
        feed_id=row["feed_id"],
        feed_url=row["feed_url"],
        feed_title=row["feed_title"],
        parsed=ParsedEntry(
            guid=row["guid"],
            link=row["link"],
            title=row["title"],
            author=row["author"],
            published_at=instant_or_none(row["published_at"]),
            updated_at=instant_or_none(row["updated_at"]),
            summary_html=row["summary_html"],
            content_html=row["content_html"],
            language=row["language"],
            categories=tuple(json.loads(row["categories"])),
            enclosures=tuple(Enclosure(**enclosure) for enclosure in json.loads(row["enclosures"])),
        ),
        link_key=row["link_key"],
        hash=row["hash"],
        shares_link=shares_link,
        attempts=row["attempts"],
        first_seen_at=instant(row["first_seen_at"]),
        article_id=row["article_id"],
        recheck=bool(row["recheck"]),
        checks=row["checks"],
        missing=row["missing"],
        validators=_validators(row["page_headers"]),
        validators_of=row["page_url"] or "",
        feed_former_urls=tuple(json.loads(row["feed_former_urls"])),
    )


def _validators(headers: str | None) -> Validators:
    said = json.loads(headers) if headers else {}
    return Validators(said.get("etag", ""), said.get("last-modified", ""))


def announced_entry(row: sqlite3.Row) -> AnnouncedEntry:
    return AnnouncedEntry(
        id=row["id"],
        feed=row["feed_url"],
        guid=row["guid"],
        link=row["link"],
        title=row["title"],
        published_at=instant_or_none(row["published_at"]),
        first_seen_at=instant(row["first_seen_at"]),
        changed_at=instant_or_none(row["changed_at"]),
        state=EntryState(row["state"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        next_try_at=instant_or_none(row["next_try_at"]),
        article_id=row["article_id"],
        looks=row["checks"],
        looked_at=instant_or_none(row["looked_at"]),
    )

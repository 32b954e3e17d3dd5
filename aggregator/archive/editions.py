"""Editions and their outbox: what was made for which moment, and what is still on its way to where.

An edition is recorded in one transaction with the articles that stand in it and with everything that is to be sent of
it, as the bytes that will be sent: from then on it is never made again, whatever ends the program, and a later try
sends the same. A letter is waiting, being sent, sent, given up, or superseded by a newer one that replaces the same
file. One that is found being sent when nobody sends is in doubt: it was handed over, and whether it arrived is not
known.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, instant_or_none, stamp
from aggregator.models import Appearance, Edition, Letter, LetterState, ShownAs
from aggregator.times import LATEST_LETTER

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive.db import Database

KEPT = (
    20  # editions of a digest whose bytes are kept once they are sent: to send them again, and for its feed
)

EDITIONS_SCHEMA = (
    """
    CREATE TABLE digests (                        -- what a digest's schedule is counted from
        name TEXT PRIMARY KEY,
        known_at TEXT NOT NULL                    -- first seen in the configuration: no edition is due before
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE editions (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,                       -- of the digest
        number INTEGER NOT NULL,                  -- counts from 1
        slot TEXT NOT NULL,                       -- the moment it is for
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        made_at TEXT NOT NULL,
        title TEXT NOT NULL,
        last_article INTEGER NOT NULL,            -- highest id that it could see: the next one begins behind it
        articles INTEGER NOT NULL,
        page BLOB,                                -- zlib: HTML for a feed of editions; null: older than the newest few
        UNIQUE (name, slot),
        UNIQUE (name, number)
    ) STRICT
    """,
    """
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        edition_id INTEGER NOT NULL REFERENCES editions (id),
        place TEXT NOT NULL CHECK (place IN ('file', 'maildir', 'smtp', 'command')),
        target TEXT NOT NULL,                     -- path, mail address, or words of a command as JSON
        format TEXT NOT NULL,
        content BLOB,                             -- zlib; null: sent, and older than the newest few
        message_id TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'waiting'
            CHECK (state IN ('waiting', 'sending', 'sent', 'given-up', 'superseded')),
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try_at TEXT,                         -- null: nothing left to do
        sent_at TEXT,                             -- null: not sent yet
        last_error TEXT NOT NULL DEFAULT '',
        UNIQUE (edition_id, place, target, format)
    ) STRICT
    """,
    """
    CREATE TABLE edition_articles (               -- an article that an edition showed
        article_id INTEGER NOT NULL REFERENCES articles (id),
        edition_id INTEGER NOT NULL REFERENCES editions (id),
        shown_as TEXT NOT NULL                    -- with its first sentences; in a line; as changed or gone
            CHECK (shown_as IN ('story', 'line', 'change')),
        behind INTEGER REFERENCES articles (id),  -- the article that stood for it; null: it stood for itself
        PRIMARY KEY (article_id, edition_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX outbox_due ON outbox (next_try_at) WHERE next_try_at IS NOT NULL",
    "CREATE INDEX revisions_replaced ON revisions (replaced_at)",
)


class EditionShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def know(self, name: str, now: datetime) -> datetime:
        """Return when a digest was first known; from now on, if it was not."""
        known = instant_or_none(self._db.value("SELECT known_at FROM digests WHERE name = ?", (name,)))
        if known is None or known > now + LATEST_LETTER:
            self._db.execute(
                """
                INSERT INTO digests (name, known_at) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET known_at = excluded.known_at
                """,
                (name, stamp(now)),
            )
            return now
        return known

    def last(self, name: str, now: datetime | None = None) -> Edition | None:
        """Return the newest edition of a digest; seen from `now`, one of a day to come is none."""
        row = self._db.row(
            """
            SELECT * FROM editions WHERE name = ?1 AND (?2 IS NULL OR slot <= ?2) ORDER BY number DESC LIMIT 1
            """,
            (name, stamp(now + LATEST_LETTER) if now else None),
        )
        return _edition(row) if row is not None else None

    def recent(self, name: str, limit: int = KEPT) -> list[Edition]:
        """Return the newest editions of a digest, newest first."""
        rows = self._db.rows(
            "SELECT * FROM editions WHERE name = ? ORDER BY number DESC LIMIT ?", (name, limit)
        )
        return [_edition(row) for row in rows]

    def record(self, edition: Edition, letters: Sequence[Letter], now: datetime) -> bool:
        """Record an edition with all that is to be sent of it; False if there is one for its moment already."""
        with self._db.transaction():
            if self._db.value(
                "SELECT EXISTS (SELECT 1 FROM editions WHERE name = ? AND slot >= ? AND slot <= ?)",
                (edition.name, stamp(edition.slot), stamp(max(now, edition.slot) + LATEST_LETTER)),
            ):
                return False
            edition_id = self._db.execute(
                """
                INSERT INTO editions (name, number, slot, since, until, made_at, title, last_article, articles, page)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    edition.name, edition.number, stamp(edition.slot), stamp(edition.since), stamp(edition.until),
                    stamp(now), edition.title, edition.last_article, edition.articles, _packed(edition.page.encode()),
                ),
            )  # fmt: skip
            self._db.execute_many(
                "INSERT INTO edition_articles (article_id, edition_id, shown_as, behind) VALUES (?, ?, ?, ?)",
                [(one.article_id, edition_id, one.shown_as, one.behind) for one in edition.shown],
            )
            for letter in letters:
                self._post(edition_id, letter, now)
            self._forget(edition.name)
        return True

    def that_showed(self, article_id: int) -> list[Appearance]:
        """Return the editions in which an article stood, oldest first."""
        rows = self._db.rows(
            """
            SELECT e.name, e.number, e.made_at, s.shown_as, s.behind
            FROM edition_articles s JOIN editions e ON e.id = s.edition_id
            WHERE s.article_id = ? ORDER BY e.made_at, e.id
            """,
            (article_id,),
        )
        return [
            Appearance(
                row["name"], row["number"], instant(row["made_at"]), ShownAs(row["shown_as"]), row["behind"]
            )
            for row in rows
        ]

    def _post(self, edition_id: int, letter: Letter, now: datetime) -> None:
        if letter.place == "file":  # an older one must not replace the newer
            self._db.execute(
                """
                UPDATE outbox SET state = 'superseded', next_try_at = NULL
                WHERE place = 'file' AND target = ? AND next_try_at IS NOT NULL
                """,
                (letter.target,),
            )
        self._db.execute(
            """
            INSERT INTO outbox (edition_id, place, target, format, content, message_id, next_try_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                edition_id, letter.place, letter.target, letter.format, _packed(letter.content), letter.message_id,
                stamp(now),
            ),
        )  # fmt: skip

    def _forget(self, name: str) -> None:
        """Let go of the bytes of all but the newest editions."""
        old = "(SELECT id FROM editions WHERE name = ? ORDER BY number DESC LIMIT -1 OFFSET ?)"
        self._db.execute(
            f"UPDATE editions SET page = NULL WHERE page IS NOT NULL AND id IN {old}", (name, KEPT)
        )
        self._db.execute(
            f"""
            UPDATE outbox SET content = NULL
            WHERE next_try_at IS NULL AND content IS NOT NULL AND edition_id IN {old}
            """,
            (name, KEPT),
        )

    # ---------------------------------------------------------------------------------------- the outbox

    def due_letters(self, now: datetime, *, name: str = "") -> list[Letter]:
        """Return what is to be sent now, in the order in which it was made; with `name`, of one digest, due or not."""
        rows = self._db.rows(
            """
            SELECT o.*, e.name, e.number, e.made_at FROM outbox o JOIN editions e ON e.id = o.edition_id
            WHERE o.next_try_at IS NOT NULL AND iif(
                :name = '', o.next_try_at <= :now OR o.next_try_at > :absurd, e.name = :name
            ) ORDER BY o.id
            """,
            {"now": stamp(now), "absurd": stamp(now + LATEST_LETTER), "name": name},
        )
        return [_letter(row) for row in rows]

    def mark_sending(self, letter_id: int) -> None:
        """Say that a letter is about to be handed over: should we end now, it is in doubt."""
        self._db.execute("UPDATE outbox SET state = 'sending' WHERE id = ?", (letter_id,))

    def mark_sent(self, letter_id: int, now: datetime, remark: str = "") -> None:
        self._db.execute(
            """
            UPDATE outbox SET state = 'sent', attempts = attempts + 1, next_try_at = NULL, sent_at = ?, last_error = ?
            WHERE id = ?
            """,
            (stamp(now), remark, letter_id),
        )

    def mark_failed(self, letter_id: int, error: str, again_at: datetime | None) -> None:
        """Record a failure and when to try again; None: never."""
        self._db.execute(
            """
            UPDATE outbox SET state = iif(?1 IS NULL, 'given-up', 'waiting'), attempts = attempts + 1,
                next_try_at = ?1, last_error = ?2
            WHERE id = ?3
            """,
            (stamp(again_at), error, letter_id),
        )

    def send_again(self, name: str, now: datetime) -> Edition | None:
        """Put all letters of a digest's newest edition into the outbox again; None if there never was one."""
        edition = self.last(name)
        if edition is not None:
            self._db.execute(
                """
                UPDATE outbox SET state = 'waiting', attempts = 0, next_try_at = ?, last_error = ''
                WHERE content IS NOT NULL
                    AND edition_id = (SELECT id FROM editions WHERE name = ? AND number = ?)
                """,
                (stamp(now), name, edition.number),
            )
        return edition

    def letters(self, name: str = "", limit: int = 50) -> list[LetterState]:
        """Return what became of the newest letters, newest first."""
        rows = self._db.rows(
            """
            SELECT o.*, e.name, e.number, e.slot FROM outbox o JOIN editions e ON e.id = o.edition_id
            WHERE :name = '' OR e.name = :name ORDER BY o.id DESC LIMIT :limit
            """,
            {"name": name, "limit": limit},
        )
        return [_state(row) for row in rows]


def _packed(content: bytes) -> bytes:
    return zlib.compress(content, 6)


def _edition(row: sqlite3.Row) -> Edition:
    return Edition(
        name=row["name"],
        number=row["number"],
        slot=instant(row["slot"]),
        since=instant(row["since"]),
        until=instant(row["until"]),
        title=row["title"],
        last_article=row["last_article"],
        articles=row["articles"],
        page=zlib.decompress(row["page"]).decode() if row["page"] else "",
    )


def _letter(row: sqlite3.Row) -> Letter:
    return Letter(
        place=row["place"],
        target=row["target"],
        format=row["format"],
        content=zlib.decompress(row["content"]),
        message_id=row["message_id"],
        id=row["id"],
        name=row["name"],
        number=row["number"],
        attempts=row["attempts"],
        in_doubt=row["state"] == "sending",
        made_at=instant(row["made_at"]),
    )


def _state(row: sqlite3.Row) -> LetterState:
    return LetterState(
        name=row["name"],
        number=row["number"],
        slot=instant(row["slot"]),
        place=row["place"],
        target=row["target"],
        format=row["format"],
        state=row["state"],
        attempts=row["attempts"],
        last_error=row["last_error"],
        next_try_at=instant_or_none(row["next_try_at"]),
        sent_at=instant_or_none(row["sent_at"]),
    )

"""What a salvage puts in the place of rows that are lost and that others belong to, and what it leaves out.

For a lost feed one that is paused, for a lost article one of what is known of it, whose page is asked for again, for
a lost edition one with which its letters are still sent. What can be made again, such as links and stories, is left
out with what it belonged to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive.instants import stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.archive.db import Database


def stand_in(db: Database, now: datetime) -> dict[str, list[int]]:
    """Make stand-ins for lost feeds, articles and editions; return their ids by table."""
    made: dict[str, list[int]] = {}
    for table, lost, statements in _KINDS:
        made[table] = [row[0] for row in db.rows(lost)]
        for id_ in made[table]:
            for statement in statements:
                db.execute(statement, {"id": id_, "now": stamp(now)})
    return made


def leave_out_orphans(db: Database) -> Iterator[tuple[str, int]]:
    """Remove rows that belong to something that is lost; yield tables, and how many of their rows."""
    while found := db.connection.execute("PRAGMA foreign_key_check").fetchall():
        for table, parent, number in sorted({(row[0], row[2], row[3]) for row in found}):
            for key in db.connection.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
                if key["id"] == number:
                    yield table, _let_go(db.connection, table, key["from"], parent, key["to"] or "id")


def _let_go(conn: sqlite3.Connection, table: str, column: str, parent: str, to: str) -> int:
    """Forget a reference, or remove the row where it means nothing without; return how many were removed."""
    orphans = f'"{column}" NOT IN (SELECT "{to}" FROM "{parent}")'
    if (table, column) in _LOOSE:
        conn.execute(f'UPDATE "{table}" SET "{column}" = NULL WHERE {orphans}')
        return 0
    return conn.execute(f'DELETE FROM "{table}" WHERE {orphans}').rowcount


_LOOSE = {("articles", "duplicate_of"), ("stories", "merged_into")}  # such a row stands by itself as well
_LOST_FEEDS = """
    SELECT feed_id FROM (SELECT feed_id FROM entries UNION SELECT feed_id FROM visits)
    WHERE feed_id NOT IN (SELECT id FROM feeds)
"""
_FEED = """
    INSERT INTO feeds (id, url, host, title, state, added_at, next_check_at)
    VALUES (:id, 'urn:aggregator:lost-feed:' || :id, '', 'Lost feed ' || :id, 'paused', :now, :now)
"""
_LOST_ARTICLES = """
    SELECT article_id FROM (
        SELECT article_id FROM entries WHERE article_id IS NOT NULL
        UNION SELECT article_id FROM revisions UNION SELECT article_id FROM pages
        UNION SELECT article_id FROM addresses UNION SELECT article_id FROM readings
    ) WHERE article_id NOT IN (SELECT id FROM articles)
"""
# What its address was, the table of addresses and its entry know; of its text the reading may be left, or an earlier
# state.
_ARTICLE = """
    INSERT INTO articles (id, url, canonical_url, title, dated_at, archived_at, verdict, reason, text)
    SELECT :id, coalesce(e.link, p.final_url, a.canonical_url, ''),
        coalesce(a.canonical_url, 'urn:aggregator:lost-article:' || :id),
        coalesce(r.title, e.title, ''), coalesce(e.published_at, e.first_seen_at, p.fetched_at, :now),
        coalesce(e.first_seen_at, p.fetched_at, :now),
        coalesce(iif(m.markdown IS NULL, r.verdict, 'partial'), 'empty'), 'lost in a damaged file',
        coalesce(m.markdown, r.text, '')
    FROM (SELECT 1) LEFT JOIN (SELECT * FROM entries WHERE article_id = :id ORDER BY id LIMIT 1) e
        LEFT JOIN (SELECT * FROM pages WHERE article_id = :id ORDER BY id DESC LIMIT 1) p
        LEFT JOIN (SELECT * FROM revisions WHERE article_id = :id ORDER BY id DESC LIMIT 1) r
        LEFT JOIN (SELECT * FROM readings WHERE article_id = :id AND markdown <> '') m
        LEFT JOIN (
            SELECT canonical_url FROM addresses WHERE article_id = :id
                AND canonical_url NOT IN (SELECT canonical_url FROM articles) LIMIT 1
        ) a
"""
_DUE_AGAIN = "UPDATE entries SET next_try_at = :now, recheck = 0, attempts = 0 WHERE article_id = :id"
_LOST_EDITIONS = "SELECT DISTINCT edition_id FROM outbox WHERE edition_id NOT IN (SELECT id FROM editions)"
_EDITION = """
    INSERT INTO editions (id, name, number, slot, since, until, made_at, title, last_article, articles)
    VALUES (:id, 'lost-edition-' || :id, 1, :now, :now, :now, :now, '', 0, 0)
"""
_KINDS = (
    ("feeds", _LOST_FEEDS, (_FEED,)),
    ("articles", _LOST_ARTICLES, (_ARTICLE, _DUE_AGAIN)),
    ("editions", _LOST_EDITIONS, (_EDITION,)),
)

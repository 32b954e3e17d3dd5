"""Articles: one text each, wherever announced; its addresses, its pages, its earlier revisions."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from aggregator.archive.db import instant, instant_or_none, stamp
from aggregator.models import Article, KnownArticle, Page, Sighting, Verdict

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.models import Archived, ArticleText

_KNOWN = "id, canonical_url, site, title, verdict, text, fingerprint, duplicate_of"
COLUMNS = """
    a.id, a.url, a.title, a.byline, a.site, a.language, a.published_at, a.published_from, a.dated_at,
    a.archived_at, a.verdict, a.reason, a.duplicate_of
"""


class ArticleShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def at(self, canonical_urls: Iterable[str]) -> KnownArticle | None:
        """Return the article that one of these canonical addresses leads to."""
        row = self._db.row(
            f"""
            SELECT {_KNOWN} FROM articles WHERE id = (
                SELECT min(article_id) FROM addresses
                WHERE canonical_url IN (SELECT value FROM json_each(?))
            )
            """,
            (json.dumps(list(canonical_urls)),),
        )
        return _known(row) if row is not None else None

    def known(self, article_id: int) -> KnownArticle:
        row = self._db.row(f"SELECT {_KNOWN} FROM articles WHERE id = ?", (article_id,))
        if row is None:
            raise KeyError(article_id)
        return _known(row)

    def with_fingerprint(self, fingerprint: str) -> list[KnownArticle]:
        """Return the articles whose text has this fingerprint, earliest first; none for ""."""
        if not fingerprint:
            return []
        rows = self._db.rows(
            f"SELECT {_KNOWN} FROM articles WHERE fingerprint = ? ORDER BY id", (fingerprint,)
        )
        return [_known(row) for row in rows]

    def record(self, archived: Archived) -> int:
        """Record what became of an entry, in one transaction; return the id of its article."""
        with self._db.transaction():
            article_id = self._write(archived)
            self._db.execute_many(
                "INSERT INTO addresses (canonical_url, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(url, article_id) for url in archived.addresses if url],
            )
            if archived.page is not None:
                self._keep(archived.page, article_id)
            self._settle(archived, article_id)
        return article_id

    def _write(self, archived: Archived) -> int:
        if archived.says is None:
            if archived.article_id is None:
                raise ValueError("neither an article nor the id of one")
            return archived.article_id
        says = _columns(archived.says)
        if archived.article_id is None:
            return self._db.execute(_INSERT, {**says, "at": stamp(archived.at)})
        change = {**says, "at": stamp(archived.at), "id": archived.article_id}
        if archived.keeps_revision:
            self._db.execute(_KEEP_REVISION, change)
        self._db.execute(_UPDATE, change)
        return archived.article_id

    def _keep(self, page: Page, article_id: int) -> None:
        self._db.execute(
            """
            INSERT INTO pages (article_id, url, final_url, status, headers, body, body_bytes, fetched_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                article_id, page.url, page.final_url, page.status,
                json.dumps(dict(page.headers), ensure_ascii=False), zlib.compress(page.body, 9), len(page.body),
                stamp(page.fetched_at),
            ),
        )  # fmt: skip

    def _settle(self, archived: Archived, article_id: int) -> None:
        entry = archived.entry
        self._db.execute(
            """
            UPDATE entries SET article_id = :article, leased_until = NULL, last_error = :error,
                -- if the feed changed its words while we were at it, the entry stays due
                attempts = iif(hash = :hash, attempts + :asked, attempts),
                next_try_at = iif(hash = :hash, :retry_at, next_try_at)
            WHERE id = :id
            """,
            {
                "article": article_id,
                "error": archived.error,
                "hash": entry.hash,
                "asked": archived.asked,
                "retry_at": stamp(archived.retry_at),
                "id": entry.id,
            },
        )
        if (
            entry.link_key and not entry.shares_link
        ):  # whoever else announced the same address has its article now, if it was read
            self._db.execute(
                """
                UPDATE entries SET article_id = :article, next_try_at = NULL, leased_until = NULL
                WHERE link_key = :link AND article_id IS NULL AND feed_id <> :feed
                    AND (SELECT verdict FROM articles WHERE id = :article) IN ('full', 'partial')
                """,
                {"article": article_id, "link": entry.link_key, "feed": entry.feed_id},
            )

    def get(self, article_id: int) -> Article | None:
        row = self._db.row(f"SELECT {COLUMNS}, a.text FROM articles a WHERE a.id = ?", (article_id,))
        return self.with_sightings([row])[0] if row is not None else None

    def between(self, since: datetime, until: datetime) -> list[Article]:
        """Return the articles that came into the archive in the period, newest first."""
        rows = self._db.rows(
            f"""
            SELECT {COLUMNS}, a.text FROM articles a WHERE a.archived_at >= ? AND a.archived_at < ?
            ORDER BY a.dated_at DESC, a.id DESC
            """,
            (stamp(since), stamp(until)),
        )
        return self.with_sightings(rows)

    def revisions(self, article_id: int) -> list[tuple[datetime, str]]:
        """Return the article's earlier texts with the moment each was first seen, oldest first."""
        rows = self._db.rows(
            "SELECT seen_at, text FROM revisions WHERE article_id = ? ORDER BY id", (article_id,)
        )
        return [(instant(row["seen_at"]), row["text"]) for row in rows]

    def page(self, article_id: int) -> Page | None:
        """Return the newest page kept for an article."""
        row = self._db.row(
            "SELECT * FROM pages WHERE article_id = ? ORDER BY fetched_at DESC, id DESC LIMIT 1",
            (article_id,),
        )
        if row is None:
            return None
        return Page(
            url=row["url"],
            final_url=row["final_url"],
            status=row["status"],
            headers=json.loads(row["headers"]),
            body=zlib.decompress(row["body"]),
            fetched_at=instant(row["fetched_at"]),
        )

    def with_sightings(self, rows: Sequence[sqlite3.Row]) -> list[Article]:
        """Make articles of rows that have `COLUMNS` (and perhaps the text), each with its sightings."""
        sightings: dict[int, list[Sighting]] = {row["id"]: [] for row in rows}
        for row in self._db.rows(_SIGHTINGS, (json.dumps(list(sightings)),)):
            sightings[row["article_id"]].append(
                Sighting(
                    feed_url=row["feed_url"],
                    feed_title=row["feed_title"],
                    category=row["category"],
                    guid=row["guid"],
                    link=row["link"],
                    title=row["title"],
                    first_seen_at=instant(row["first_seen_at"]),
                )
            )
        return [_article(row, tuple(sightings[row["id"]])) for row in rows]


_SAYS = (
    "url canonical_url title byline site language published_at published_from dated_at verdict reason text"
    " fingerprint duplicate_of"
).split()
_INSERT = f"""
    INSERT INTO articles (archived_at, {", ".join(_SAYS)}) VALUES (:at, {", ".join(":" + name for name in _SAYS)})
"""
# The identity and the date it sorts by stay what they were when the article was first archived.
_UPDATE = f"""
    UPDATE articles SET changed_at = :at,
        {", ".join(f"{name} = :{name}" for name in _SAYS if name not in ("canonical_url", "dated_at"))}
    WHERE id = :id
"""
_KEEP_REVISION = """
    INSERT INTO revisions (article_id, seen_at, replaced_at, title, text, verdict)
    SELECT id, coalesce(changed_at, archived_at), :at, title, text, verdict FROM articles WHERE id = :id
"""
_SIGHTINGS = """
    SELECT e.article_id, f.url AS feed_url, coalesce(nullif(f.title, ''), f.own_title) AS feed_title, f.category,
        e.guid, e.link, e.title, e.first_seen_at
    FROM entries e JOIN feeds f ON f.id = e.feed_id
    WHERE e.article_id IN (SELECT value FROM json_each(?)) ORDER BY e.article_id, e.first_seen_at, e.id
"""


def _columns(says: ArticleText) -> dict[str, object]:
    return {
        "url": says.url,
        "canonical_url": says.canonical_url,
        "title": says.title,
        "byline": says.byline,
        "site": says.site,
        "language": says.language,
        "published_at": stamp(says.published_at),
        "published_from": says.published_from,
        "dated_at": stamp(says.dated_at),
        "verdict": says.verdict,
        "reason": says.reason,
        "text": says.text,
        "fingerprint": says.fingerprint,
        "duplicate_of": says.duplicate_of,
    }


def _known(row: sqlite3.Row) -> KnownArticle:
    return KnownArticle(
        id=row["id"],
        canonical_url=row["canonical_url"],
        site=row["site"],
        title=row["title"],
        verdict=Verdict(row["verdict"]),
        text=row["text"],
        fingerprint=row["fingerprint"],
        duplicate_of=row["duplicate_of"],
    )


def _article(row: sqlite3.Row, sightings: tuple[Sighting, ...]) -> Article:
    return Article(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        byline=row["byline"],
        site=row["site"],
        language=row["language"],
        published_at=instant_or_none(row["published_at"]),
        published_from=row["published_from"],
        dated_at=instant(row["dated_at"]),
        archived_at=instant(row["archived_at"]),
        verdict=Verdict(row["verdict"]),
        reason=row["reason"],
        duplicate_of=row["duplicate_of"],
        text=row["text"] if "text" in row.keys() else "",  # noqa: SIM118  a Row iterates over its values
        sightings=sightings,
    )

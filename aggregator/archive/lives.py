"""The life of an address: everything that the archive knows of what it led to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.archive.articles import ArticleShelf
from aggregator.archive.editions import EditionShelf
from aggregator.archive.entries import ANNOUNCED, announced_entry
from aggregator.archive.instants import instant
from aggregator.archive.links import LinkShelf
from aggregator.archive.stories import StoryShelf
from aggregator.models import KeptPage, Life
from aggregator.urls import canonical_url, site_of

if TYPE_CHECKING:
    from aggregator.archive.db import Database
    from aggregator.models import AnnouncedEntry

NEAREST = 5  # addresses that are suggested
TELLING = 5  # letters of a path's last part that tell something
MOST_ENTRIES = 1000  # announcements of one article that are told


class LifeShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._articles = ArticleShelf(db)
        self._links = LinkShelf(db)
        self._stories = StoryShelf(db)
        self._editions = EditionShelf(db)

    def at(self, asked: str) -> Life | None:
        """Return the life of an address in whatever spelling; None if nothing ever led there."""
        key = canonical_url(asked)
        article_id = self._db.value("SELECT article_id FROM addresses WHERE canonical_url = ?", (key,))
        if article_id is None:
            article_id = self._db.value(
                """
                SELECT article_id FROM entries WHERE link_key = ? AND link_key <> ''
                ORDER BY article_id IS NULL, id LIMIT 1
                """,
                (key,),
            )
        return self._life(asked, article_id, key)

    def of(self, article_id: int) -> Life | None:
        """Return the life of an article."""
        return self._life(str(article_id), article_id, "")

    def _life(self, asked: str, article_id: int | None, key: str) -> Life | None:
        entries = self._entries(article_id, key)
        article = self._articles.get(article_id) if article_id is not None else None
        if article is None:
            return Life(asked, entries) if entries else None
        addresses = self._db.rows(
            "SELECT canonical_url FROM addresses WHERE article_id = ? ORDER BY 1", (article.id,)
        )
        return Life(
            asked=asked,
            entries=entries,
            article=article,
            addresses=tuple(row[0] for row in addresses),
            pages=self._pages(article.id),
            revisions=tuple(self._articles.revisions(article.id)),
            family=self._links.family(article.id),
            is_indexed=self._db.row("SELECT 1 FROM articles_fts_docsize WHERE id = ?", (article.id,))
            is not None,
            story=self._stories.get(self._stories.story_of(article.id) or 0),
            digests=tuple(self._editions.that_showed(article.id)),
        )

    def _entries(self, article_id: int | None, key: str) -> tuple[AnnouncedEntry, ...]:
        rows = self._db.rows(
            f"""
            SELECT {ANNOUNCED} FROM entries e JOIN feeds f ON f.id = e.feed_id
            WHERE e.id IN (
                SELECT id FROM entries WHERE article_id = :article
                UNION SELECT id FROM entries WHERE link_key = :key AND :key <> ''
            )
            ORDER BY e.first_seen_at, e.id LIMIT {MOST_ENTRIES}
            """,
            {"article": article_id, "key": key},
        )
        return tuple(announced_entry(row) for row in rows)

    def _pages(self, article_id: int) -> tuple[KeptPage, ...]:
        rows = self._db.rows(
            """
            SELECT fetched_at, url, final_url, status, body_bytes FROM pages WHERE article_id = ?
            ORDER BY fetched_at, id
            """,
            (article_id,),
        )
        return tuple(
            KeptPage(
                instant(row["fetched_at"]), row["url"], row["final_url"], row["status"], row["body_bytes"]
            )
            for row in rows
        )

    def nearest(self, asked: str) -> list[str]:
        """Return known addresses that an unknown one may have been meant for: its last part, else its site."""
        parts = urlsplit(canonical_url(asked))
        last = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0]
        found = self._like(f"%/{_literal(last)}%") if len(last) >= TELLING else []
        if not found and (site := site_of(asked)):
            found = self._like(f"https://{_literal(site)}/%") or self._like(f"https://www.{_literal(site)}/%")
        return found

    def _like(self, pattern: str) -> list[str]:
        rows = self._db.rows(
            r"""
            SELECT canonical_url FROM addresses WHERE canonical_url LIKE ?1 ESCAPE '\'
            UNION SELECT link_key FROM entries WHERE link_key LIKE ?1 ESCAPE '\' ORDER BY 1 LIMIT ?2
            """,
            (pattern, NEAREST),
        )
        return [row[0] for row in rows]


def _literal(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "%_\\" else letter for letter in text)

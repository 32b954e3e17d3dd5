"""What can be read again: articles whose page is kept, with what their feed said, and which rules read them last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive.articles import ArticleShelf
from aggregator.archive.entries import SAID, pending_entry
from aggregator.archive.instants import instant_or_none, stamp
from aggregator.models import PastReading
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.models import Archived


class RereadShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._articles = ArticleShelf(db)

    def to_read(self, version: int | None, *, since: datetime | None = None, site: str = "") -> list[int]:
        """Return the ids of the articles whose page is kept, those of one host together.

        `version`: only those that older rules read; None: all. `since`: only those that came into the archive
        from then on. `site`: only those of this host and of hosts below it.
        """
        rows = self._db.rows(
            """
            SELECT id, url FROM articles a
            WHERE (:version IS NULL OR extractor < :version) AND (:since IS NULL OR archived_at >= :since)
                AND EXISTS (SELECT 1 FROM pages WHERE article_id = a.id)
            """,
            {"version": version, "since": stamp(since)},
        )
        placed = sorted((host_of(row["url"]), row["id"]) for row in rows)
        return [id_ for host, id_ in placed if not site or host == site or host.endswith(f".{site}")]

    def past(self, article_id: int) -> PastReading | None:
        """Return what is known of an article and what its feed said; None if no entry leads to it any more."""
        row = self._db.row(_PAST, (article_id,))
        if row is None:
            return None
        return PastReading(
            known=self._articles.known(article_id),
            url=row["article_url"],
            published_at=instant_or_none(row["article_published_at"]),
            extractor=row["extractor"],
            entry=pending_entry(row, shares_link=False),
        )

    def record(self, archived: Archived) -> None:
        """Record another reading of an article; its entry, its page and its addresses stay as they are."""
        self._articles.rewrite(archived)

    def mark(self, article_ids: Iterable[int], version: int) -> None:
        """Remember that rules of this version have read these articles, whatever came of it."""
        self._db.execute_many(
            "UPDATE articles SET extractor = ? WHERE id = ?", [(version, id_) for id_ in article_ids]
        )


# Of several announcements of one article the one that said most is the best help in reading its page.
_PAST = f"""
    SELECT {SAID}, NULL AS page_headers, NULL AS page_url,
        a.url AS article_url, a.published_at AS article_published_at, a.extractor
    FROM articles a JOIN entries e ON e.article_id = a.id JOIN feeds f ON f.id = e.feed_id
    WHERE a.id = ? ORDER BY length(e.content_html) DESC, e.id LIMIT 1
"""

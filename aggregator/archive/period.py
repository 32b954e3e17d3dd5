"""A period as a digest asks for it: what came in, what was changed, what went away, which sources began to fail.

Articles are given one after the other, so that a day of any size needs no more memory than a small one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.archive.articles import COLUMNS, ArticleShelf
from aggregator.archive.instants import instant, stamp
from aggregator.models import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.models import Article, Revision

_BATCH = 500  # articles read at once
_TOLD = tuple(change.value for change in Change if change not in {Change.REREAD, Change.COSMETIC})


class PeriodShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._articles = ArticleShelf(db)

    def newest_article(self) -> int:
        """Return the highest id of an article; what comes later has a higher one."""
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM articles"))

    def newest_before(self, moment: datetime) -> int:
        """Return the highest id of an article that came before a moment; 0 if none did."""
        return int(
            self._db.value(
                "SELECT coalesce(max(id), 0) FROM articles WHERE archived_at < ?", (stamp(moment),)
            )
        )

    def articles(self, since: datetime, until: datetime) -> Iterator[Article]:
        """Yield the articles that came into the archive in the period, with their texts."""
        return self._batches(
            "a.archived_at >= :since AND a.archived_at < :until AND (a.archived_at, a.id) > (:at, :id)"
            " ORDER BY a.archived_at, a.id",
            {"since": stamp(since), "until": stamp(until)},
        )

    def articles_after(self, first: int, last: int) -> Iterator[Article]:
        """Yield the articles whose ids lie above `first` and not above `last`, with their texts."""
        return self._batches(
            "a.id > max(:id, :first) AND a.id <= :last ORDER BY a.id", {"first": first, "last": last}
        )

    def _batches(self, condition: str, params: dict[str, object]) -> Iterator[Article]:
        at, id_ = "", 0
        while True:
            rows = self._db.rows(
                f"SELECT {COLUMNS}, a.text FROM articles a WHERE {condition} LIMIT {_BATCH}",
                {**params, "at": at, "id": id_},
            )
            yield from self._articles.with_sightings(rows)
            if len(rows) < _BATCH:
                return
            at, id_ = rows[-1]["archived_at"], rows[-1]["id"]

    def texts(self, article_ids: Sequence[int]) -> dict[int, str]:
        rows = self._db.rows(
            "SELECT id, text FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(article_ids)),),
        )
        return {row["id"]: row["text"] for row in rows}

    def stories_of(
        self, article_ids: Iterable[int], since: datetime
    ) -> tuple[dict[int, int], dict[int, datetime]]:
        """Return the story of each article that is in one; and when each of these began of which we knew before."""
        rows = self._db.rows(
            """
            SELECT sa.article_id, sa.story_id
            FROM json_each(?) ids JOIN story_articles sa ON sa.article_id = ids.value
            """,
            (json.dumps(list(article_ids)),),
        )
        stories = {row["article_id"]: row["story_id"] for row in rows}
        rows = self._db.rows(
            """
            SELECT sa.story_id, min(sa.at) AS at
            FROM json_each(?) ids JOIN story_articles sa ON sa.story_id = ids.value
                JOIN articles a ON a.id = sa.article_id
            WHERE a.archived_at < ? GROUP BY sa.story_id
            """,
            (json.dumps(sorted(set(stories.values()))), stamp(since)),
        )
        return stories, {row["story_id"]: instant(row["at"]) for row in rows}

    def revised(self, since: datetime, until: datetime, limit: int) -> list[tuple[Article, Revision]]:
        """Return the articles that were there before and whose words were changed in the period, latest first.

        Each with the state it had when the period began. What we only read better is no change.
        """
        rows = self._db.rows(
            """
            SELECT r.article_id, min(r.id) AS revision, max(r.replaced_at) AS at
            FROM revisions r JOIN articles a ON a.id = r.article_id
            WHERE r.replaced_at >= :since AND r.replaced_at < :until AND a.archived_at < :since
                AND r.kind IN (SELECT value FROM json_each(:kinds))
            GROUP BY r.article_id ORDER BY at DESC, r.article_id LIMIT :limit
            """,
            {"since": stamp(since), "until": stamp(until), "kinds": json.dumps(_TOLD), "limit": limit},
        )
        found = []
        for row in rows:
            article = self._articles.get(row["article_id"])
            past = [one for one in self._articles.revisions(row["article_id"]) if one.id == row["revision"]]
            found += [(article, one) for one in past if article is not None]
        return found

    def gone(self, since: datetime, until: datetime, limit: int) -> list[Article]:
        """Return the articles whose pages were found to be gone in the period, latest first; without texts."""
        rows = self._db.rows(
            f"""
            SELECT {COLUMNS} FROM articles a WHERE a.gone_at >= ? AND a.gone_at < ?
            ORDER BY a.gone_at DESC, a.id LIMIT ?
            """,
            (stamp(since), stamp(until), limit),
        )
        return self._articles.with_sightings(rows)

    def failing_since(self) -> dict[int, datetime]:
        """Return when the unbroken row of failures of each feed that fails began, by the feed's id."""
        rows = self._db.rows(
            """
            SELECT f.id, min(v.at) AS at FROM feeds f JOIN visits v ON v.feed_id = f.id
            WHERE f.last_error <> '' AND v.error <> '' AND v.at > coalesce(
                (SELECT max(w.at) FROM visits w WHERE w.feed_id = f.id AND w.error = ''), '')
            GROUP BY f.id
            """
        )
        return {row["id"]: instant(row["at"]) for row in rows}

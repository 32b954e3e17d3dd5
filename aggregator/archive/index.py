"""The full-text index: ranked search over the articles, and the proof that it agrees with them."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from aggregator.archive import plainsearch
from aggregator.archive.articles import COLUMNS, ArticleShelf
from aggregator.models import FoldedCopy, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.archive.db import Database
    from aggregator.models import Article, Facet, FacetCounts, Query


class Index:
    def __init__(self, db: Database) -> None:
        self._db = db

    def search(self, query: Query) -> list[Hit]:
        """Return the best hits first; without words, the newest articles that pass the filters.

        Copies of one text are one hit, if the query folds: the original, or the best of the copies when the
        original does not match. It stands where the best of them stands.
        """
        folds = plainsearch.page(self._db, query)
        articles = {article.id: article for article in self._articles([fold.shown for fold in folds])}
        copies = self._copies([id_ for fold in folds for id_ in fold.others])
        snippets = plainsearch.snippets(self._db, [fold.shown for fold in folds], query)
        return [
            Hit(
                articles[fold.shown],
                fold.score,
                snippets.get(fold.shown, ""),
                tuple(copies[other] for other in fold.others),
                fold.cursor,
            )
            for fold in folds
        ]

    def count(self, query: Query) -> int:
        """Return how many hits there are, whatever the limit."""
        return len(plainsearch.folded(self._db, query))

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 10) -> dict[Facet, FacetCounts]:
        """Count all hits by these facets: the `limit` most frequent values of each, of days all."""
        ids = [fold.shown for fold in plainsearch.folded(self._db, query)]
        return {facet: plainsearch.counts(self._db, ids, facet, limit) for facet in facets}

    def stream(self, query: Query) -> Iterator[int]:
        """Yield the ids of all hits, in no promised order, whatever the limit."""
        for fold in plainsearch.folded(self._db, query):
            yield fold.shown

    def among(self, query: Query, ids: Sequence[int]) -> list[int]:
        """Return those of these articles that match, copies too; the query's limit and page do not count."""
        return plainsearch.among(self._db, query, ids)

    def _copies(self, ids: list[int]) -> dict[int, FoldedCopy]:
        rows = self._db.rows(
            "SELECT id, url, site, title FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return {row["id"]: FoldedCopy(row["id"], row["url"], row["site"], row["title"]) for row in rows}

    def _articles(self, ids: list[int]) -> list[Article]:
        rows = self._db.rows(
            f"SELECT {COLUMNS} FROM articles a WHERE a.id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return ArticleShelf(self._db).with_sightings(rows)

    def check(self) -> str:
        """Return what is wrong with the index, or "". Only rank 1 compares it with the articles (fts5, 6.4)."""
        try:
            self._db.connection.execute(
                "INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)"
            )
        except sqlite3.DatabaseError as error:
            return str(error)
        return ""

    def rebuild(self) -> None:
        """Make the index anew from the articles."""
        self._db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")

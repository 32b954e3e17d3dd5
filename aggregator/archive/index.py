"""The full-text index: ranked search over the articles, and the proof that it agrees with them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.archive.articles import COLUMNS, ArticleShelf
from aggregator.archive.db import stamp
from aggregator.models import MARK_END, MARK_START, FoldedCopy, Hit

if TYPE_CHECKING:
    from aggregator.archive.db import Database
    from aggregator.models import Article, Query

# A hit in the title says more about an article than one in its text (weights of title, byline, text).
_BM25 = "bm25(articles_fts, 10.0, 4.0, 1.0)"
SPARE = 10  # hits that are asked for beyond twice what is shown, since some fold
SNIPPET_TOKENS = 28  # about two lines of a terminal
SNIPPET_CHARACTERS = 240  # the same, where there are no tokens

_FILTERS = """
    NOT EXISTS (
        SELECT 1 FROM json_each(:contains) c WHERE NOT instr(a.title, c.value) AND NOT instr(a.text, c.value)
    )
    AND (:without = '' OR a.id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :without))
    AND (:since IS NULL OR a.dated_at >= :since) AND (:before IS NULL OR a.dated_at < :before)
    AND (:feed = '' OR EXISTS (
        SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id
        WHERE e.article_id = a.id
            AND (instr(lower(f.url), :feed) OR instr(lower(f.title), :feed) OR instr(lower(f.own_title), :feed))
    ))
"""


class Index:
    def __init__(self, db: Database) -> None:
        self._db = db

    def search(self, query: Query) -> list[Hit]:
        """Return the best hits first; without words, the newest articles that pass the filters.

        Copies of one text are one hit, if the query folds: the original, or the best of the copies when the
        original does not match. It stands where the best of them stands.
        """
        folds = (
            self._folded(query) if query.folds else {id_: (s, []) for id_, s in self._scores(query).items()}
        )
        articles = {article.id: article for article in self._articles(list(folds))}
        copies = self._copies([id_ for _, others in folds.values() for id_ in others])
        snippets = self._snippets(list(folds), query)
        return [
            Hit(articles[id_], score, snippets.get(id_, ""), tuple(copies[other] for other in others))
            for id_, (score, others) in folds.items()
        ]

    def _folded(self, query: Query) -> dict[int, tuple[float, list[int]]]:
        """Return for each hit its score and the copies behind it, best hit first."""
        best = self._best_of_families(query)
        matching: dict[int, list[int]] = {original: [] for original in best}
        family = self._families(list(best))
        originals = self._originals(family)
        for id_ in self._scores(replace(query, limit=-1), within=family):
            matching.get(originals[id_], []).append(id_)
        folded = {}
        for original, score in best.items():
            found = matching[original] or [
                original
            ]  # empty: the service has joined it to another one just now
            shown = original if original in found else found[0]
            folded[shown] = (score, sorted(id_ for id_ in found if id_ != shown))
        return folded

    def _best_of_families(self, query: Query) -> dict[int, float]:
        """Return the originals of the best hits' families, and the score of each family's best hit.

        More hits are asked for as long as too many of them are copies of each other.
        """
        asked = 2 * query.limit + SPARE
        while True:
            scores = self._scores(replace(query, limit=asked))
            originals = self._originals(list(scores))
            best: dict[int, float] = {}
            for id_, score in scores.items():
                best.setdefault(originals[id_], score)
            if len(best) >= query.limit or len(scores) < asked:
                return dict(islice(best.items(), query.limit))
            asked *= 4

    def _originals(self, ids: list[int]) -> dict[int, int]:
        rows = self._db.rows(
            "SELECT id, coalesce(duplicate_of, id) FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return {row[0]: row[1] for row in rows}

    def _families(self, originals: list[int]) -> list[int]:
        """Return all articles of these families."""
        rows = self._db.rows(
            """
            SELECT value AS id FROM json_each(?1)
            UNION SELECT id FROM articles WHERE duplicate_of IN (SELECT value FROM json_each(?1))
            """,
            (json.dumps(originals),),
        )
        return [row[0] for row in rows]

    def _copies(self, ids: list[int]) -> dict[int, FoldedCopy]:
        rows = self._db.rows(
            "SELECT id, url, site, title FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return {row["id"]: FoldedCopy(row["id"], row["url"], row["site"], row["title"]) for row in rows}

    def ids(self, query: Query) -> list[int]:
        """Return the ids of the best hits, best first."""
        return list(self._scores(query))

    def _scores(self, query: Query, within: list[int] | None = None) -> dict[int, float]:
        filters = {
            "match": query.match,
            "contains": json.dumps(query.contains, ensure_ascii=False),
            "without": query.without,
            "since": stamp(query.since),
            "before": stamp(query.before),
            "feed": query.feed.lower(),
            "limit": query.limit,
            "within": json.dumps(within),
        }
        sql = _RANKED if query.match else _NEWEST
        found = self._db.rows(sql.format(within="" if within is None else _WITHIN), filters)
        return {row["id"]: -row["rank"] for row in found}

    def _articles(self, ids: list[int]) -> list[Article]:
        rows = self._db.rows(
            f"SELECT {COLUMNS} FROM articles a WHERE a.id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return ArticleShelf(self._db).with_sightings(rows)

    def _snippets(self, ids: list[int], query: Query) -> dict[int, str]:
        """Make snippets of the hits that are shown, not of all that matched: each costs a look at the text."""
        if query.match:
            rows = self._db.rows(
                """
                SELECT rowid AS id, snippet(articles_fts, 2, ?, ?, '…', ?) AS snippet FROM articles_fts
                WHERE articles_fts MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
                """,
                (MARK_START, MARK_END, SNIPPET_TOKENS, query.match, json.dumps(ids)),
            )
            return {row["id"]: row["snippet"] for row in rows}
        first = query.contains[0] if query.contains else ""
        rows = self._db.rows(
            """
            SELECT id, substr(text, max(1, instr(text, ?) - ?), ?) AS snippet FROM articles
            WHERE id IN (SELECT value FROM json_each(?))
            """,
            (first, SNIPPET_CHARACTERS // 3, SNIPPET_CHARACTERS, json.dumps(ids)),
        )
        marked = f"{MARK_START}{first}{MARK_END}"
        return {row["id"]: row["snippet"].replace(first, marked) if first else row["snippet"] for row in rows}

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


_WITHIN = "AND +a.id IN (SELECT value FROM json_each(:within))"
_RANKED = f"""
    SELECT a.id, {_BM25} AS rank FROM articles_fts JOIN articles a ON a.id = articles_fts.rowid
    WHERE articles_fts MATCH :match AND {_FILTERS} {{within}}
    ORDER BY rank, a.dated_at DESC, a.id DESC LIMIT :limit
"""
_NEWEST = f"""
    SELECT a.id, 0.0 AS rank FROM articles a WHERE :match = '' AND {_FILTERS} {{within}}
    ORDER BY a.dated_at DESC, a.id DESC LIMIT :limit
"""

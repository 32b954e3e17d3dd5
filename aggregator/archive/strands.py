"""Strands: what the articles of a story in one language have in common, and how a new article finds them.

A strand is the sum of its articles' vectors, and rows in `story_terms` for the words that weigh most there; beside
it the vectors of the newest articles, for telling whether the story fell apart. All of it is for stories that are
still told and is forgotten afterwards, so that its size follows the news and not the archive.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from functools import cache
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, stamp
from aggregator.models.stories import Member, Strand, Vector

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from aggregator.archive.db import Database

STRANDS_SCHEMA = (
    """
    CREATE TABLE story_strands (                  -- the articles of a story in one language, added up
        id INTEGER PRIMARY KEY,
        story_id INTEGER NOT NULL REFERENCES stories (id),
        language TEXT NOT NULL,
        articles INTEGER NOT NULL,
        weights BLOB NOT NULL,                    -- words (u32), then their weights (f32)
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        UNIQUE (story_id, language)
    ) STRICT
    """,
    """
    CREATE TABLE story_vectors (                  -- the newest articles of a story, for telling whether it fell apart
        story_id INTEGER NOT NULL,
        article_id INTEGER NOT NULL,
        weights BLOB NOT NULL,
        PRIMARY KEY (story_id, article_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE story_terms (                    -- what weighs most in a strand
        term INTEGER NOT NULL,                    -- CRC-32 of a word
        strand_id INTEGER NOT NULL,
        PRIMARY KEY (term, strand_id)
    ) STRICT, WITHOUT ROWID
    """,
)
KEPT = 96  # words of a strand; an article has fewer, and those of a long story are mostly said once
INDEXED = 20  # of which so many can be found by
LOOKED_UP = 24  # words of an article: names that are shared across languages are not always the heaviest
NEWEST = 16  # strands read of a word; one that has as many tells nothing
CLOSE = 24  # strands that may be near enough; of those that are near in time …
CANDIDATES = 6  # … so many stories are looked at
STRANDS = 6  # languages of a story that are looked at
_NOTHING = 1e-6  # what is left by rounding when an article is taken away
VECTORS = 32  # articles of a story whose vectors are kept: as many as are compared


class Strands:
    def __init__(self, db: Database) -> None:
        self._db = db

    def near(self, vector: Vector, at: datetime, window: timedelta) -> list[Strand]:
        """Return all strands of the stories that an article of this time may belong to, likeliest first.

        Of each word only the newest strands are seen, so the time is bounded, however many say the same.
        """
        heaviest = dict(_heaviest(vector.weights, LOOKED_UP))
        if not heaviest:
            return []
        found: dict[int, float] = {}
        for term, strand_id in self._db.rows(_newest_with(len(heaviest)), tuple(heaviest)):
            found[strand_id] = found.get(strand_id, 0.0) + heaviest[term]
        close = [id_ for id_, _ in _heaviest(found, CLOSE)]
        rows = self._db.rows(
            """
            SELECT t.id, t.story_id FROM story_strands t JOIN stories s ON s.id = t.story_id
            WHERE t.id IN (SELECT value FROM json_each(?)) AND s.last_at >= ? AND s.first_at <= ?
            """,
            (json.dumps(close), stamp(at - window), stamp(at + window)),
        )
        rows.sort(key=lambda row: (-found[row["id"]], row["id"]))
        stories = list(dict.fromkeys(row["story_id"] for row in rows))[:CANDIDATES]
        return self.of(*stories)

    def of(self, *stories: int) -> list[Strand]:
        """Return the strands of stories, the first few of each."""
        rows = self._db.rows(
            f"""
            SELECT *, {_ONLY_SOURCE} AS told_by FROM story_strands t
            WHERE story_id IN (SELECT value FROM json_each(?)) ORDER BY story_id, id
            """,
            (json.dumps(stories),),
        )
        strands = [replace(_strand(row), told_by=row["told_by"]) for row in rows]
        return [
            strand
            for _, some in groupby(strands, lambda one: one.story_id)
            for strand in islice(some, STRANDS)
        ]

    def add(self, story_id: int, more: Strand, times: int = 1) -> None:
        """Add articles to the strand of their language, or take them away from it (`times` is -1)."""
        row = self._db.row(
            "SELECT * FROM story_strands WHERE story_id = ? AND language = ?", (story_id, more.language)
        )
        if row is None and times < 0:  # a story keeps the strands of its first few languages
            return
        if row is None:
            strand_id = self._db.execute(
                """
                INSERT INTO story_strands (story_id, language, articles, weights, first_at, last_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                (story_id, more.language, more.articles, _packed(more.weights), *_span(more)),
            )
            self._index(strand_id, {}, more.weights)
            return
        old = _strand(row)
        articles = old.articles + times * more.articles
        weights = dict(_heaviest(_sum(old.weights, more.weights, times), KEPT)) if articles > 0 else {}
        self._index(row["id"], old.weights, weights)
        if articles <= 0:
            self._db.execute("DELETE FROM story_strands WHERE id = ?", (row["id"],))
            return
        first_at, last_at = _span(more)
        self._db.execute(
            """
            UPDATE story_strands SET articles = ?, weights = ?,
                first_at = min(first_at, ?), last_at = max(last_at, ?) WHERE id = ?
            """,
            (articles, _packed(weights), first_at, last_at, row["id"]),
        )

    def _index(self, strand_id: int, old: Mapping[int, float], new: Mapping[int, float]) -> None:
        """Make a strand findable by what weighs most now, and not by what did before."""
        before = {term for term, _ in _heaviest(old, INDEXED)}
        after = {term for term, _ in _heaviest(new, INDEXED)}
        self._db.execute_many(
            "DELETE FROM story_terms WHERE term = ? AND strand_id = ?",
            [(term, strand_id) for term in before - after],
        )
        self._db.execute_many(
            "INSERT INTO story_terms (term, strand_id) VALUES (?, ?)",
            [(term, strand_id) for term in sorted(after - before)],
        )

    def members(self, story_id: int) -> list[Member]:
        """Return the newest articles of a story with their vectors, copies aside; oldest first."""
        rows = self._db.rows(
            """
            SELECT a.article_id, a.at, a.language, v.weights
            FROM story_vectors v JOIN story_articles a ON a.article_id = v.article_id
            WHERE v.story_id = ? ORDER BY a.at, a.article_id
            """,
            (story_id,),
        )
        return [
            Member(row["article_id"], instant(row["at"]), Vector(row["language"], _unpacked(row["weights"])))
            for row in rows
        ]

    def size(self, story_id: int) -> int:
        """Return how many articles a story has, copies aside; 0 when it is not told any more."""
        counted = self._db.value("SELECT total(articles) FROM story_strands WHERE story_id = ?", (story_id,))
        return int(counted)

    def keep_vector(self, story_id: int, article_id: int, vector: Vector) -> None:
        self._db.execute(
            "INSERT INTO story_vectors (story_id, article_id, weights) VALUES (?, ?, ?)",
            (story_id, article_id, _packed(vector.weights)),
        )
        self._db.execute(
            """
            DELETE FROM story_vectors WHERE story_id = ?1 AND article_id <= (
                SELECT article_id FROM story_vectors WHERE story_id = ?1 ORDER BY article_id DESC LIMIT 1 OFFSET ?2
            )
            """,
            (story_id, VECTORS),
        )

    def move_vector(self, old: int, new: int, article_id: int) -> None:
        self._db.execute(
            "UPDATE story_vectors SET story_id = ? WHERE story_id = ? AND article_id = ?",
            (new, old, article_id),
        )

    def drop_vector(self, story_id: int, article_id: int) -> None:
        self._db.execute(
            "DELETE FROM story_vectors WHERE story_id = ? AND article_id = ?", (story_id, article_id)
        )

    def merge(self, older: int, younger: int) -> None:
        """Add all that is known of one story to another."""
        for strand in self.of(younger):
            self.add(older, strand)
        self._db.execute("UPDATE story_vectors SET story_id = ? WHERE story_id = ?", (older, younger))
        self.forget(younger)

    def forget(self, story_id: int) -> None:
        """Make a story unfindable."""
        rows = self._db.rows("SELECT id, weights FROM story_strands WHERE story_id = ?", (story_id,))
        for row in rows:
            self._index(row["id"], _unpacked(row["weights"]), {})
        self._db.execute("DELETE FROM story_strands WHERE story_id = ?", (story_id,))
        self._db.execute("DELETE FROM story_vectors WHERE story_id = ?", (story_id,))


# Of so many articles, or a story of which one site tells without end would be read whole.
_ONLY_SOURCE = """
    (
        SELECT iif(min(source) = max(source), min(source), '') FROM (
            SELECT source FROM story_articles a WHERE a.story_id = t.story_id ORDER BY a.at DESC LIMIT 8
        )
    )
"""


@cache
def _newest_with(terms: int) -> str:
    """Return the statement that reads the newest strands of so many words at once."""
    one = f"SELECT term, strand_id FROM story_terms WHERE term = ? ORDER BY strand_id DESC LIMIT {NEWEST}"
    return " UNION ALL ".join([f"SELECT * FROM ({one})"] * terms)


def _strand(row: sqlite3.Row) -> Strand:
    return Strand(
        row["story_id"],
        row["language"],
        row["articles"],
        _unpacked(row["weights"]),
        instant(row["first_at"]),
        instant(row["last_at"]),
    )


def _span(strand: Strand) -> tuple[str | None, str | None]:
    return stamp(strand.first_at), stamp(strand.last_at)


def _sum(one: Mapping[int, float], other: Mapping[int, float], times: int) -> dict[int, float]:
    total = dict(one)
    for word, weight in other.items():
        total[word] = total.get(word, 0.0) + times * weight
    return {word: weight for word, weight in total.items() if weight > _NOTHING}


def _heaviest(weights: Mapping[int, float], most: int) -> list[tuple[int, float]]:
    return sorted(weights.items(), key=itemgetter(1), reverse=True)[:most]


def _packed(weights: Mapping[int, float]) -> bytes:
    return struct.pack(f"<{len(weights)}I{len(weights)}f", *weights, *weights.values())


def _unpacked(blob: bytes) -> dict[int, float]:
    count = len(blob) // 8
    numbers = struct.unpack(f"<{count}I{count}f", blob)
    return dict(zip(numbers[:count], numbers[count:], strict=True))

"""Sketches: where the texts of the archive can be met again. A row is one hash of one article.

An article has a few dozen hashes, copies of it the same ones; two texts that have nothing to do with each other meet
in none, or in a phrase that everybody uses. Nothing is held in memory and nothing is rebuilt at start: whatever the
size of the archive and whatever is in it, a look reads at most NEWEST rows of each hash.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.archive.db import Database

SCHEMA = (
    """
    CREATE TABLE sketches (                       -- a text's smallest hashes, for finding others like it
        hash INTEGER NOT NULL,                    -- of three words in a row (32 bits)
        article_id INTEGER NOT NULL,
        PRIMARY KEY (hash, article_id)
    ) STRICT, WITHOUT ROWID
    """,
)
NEWEST = 24  # rows read of a hash; one that has as many is a phrase, a template, or a story that all carry
_RARE = 3  # times what such a hash weighs
_ENOUGH = 2 * _RARE  # by chance two texts have one rare hash in common, and a few common ones


class Candidate(NamedTuple):
    """An article that may be like the one at hand."""

    article_id: int
    common: int  # hashes that both have, of those that were read


class SketchShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, article_id: int, sketch: Sequence[int]) -> None:
        """Make an article findable by its sketch; part of the caller's transaction. Twice is as good as once."""
        self._db.execute_many(
            "INSERT INTO sketches (hash, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(mark, article_id) for mark in sketch],
        )

    def remove(self, article_id: int, sketch: Sequence[int]) -> None:
        """Make an article unfindable: `sketch` is the one it was added by, from the text that it had then."""
        self._db.execute_many(
            "DELETE FROM sketches WHERE hash = ? AND article_id = ?", [(mark, article_id) for mark in sketch]
        )

    def candidates(self, sketch: Sequence[int], limit: int = 16) -> list[Candidate]:
        """Return the articles that share enough of a sketch: most in common first, of those the earliest.

        At least two hashes are in common; what many articles have weighs less. Of those that have a hash only the
        newest are seen, so the time is bounded, however many notices of one form there are.
        """
        rows = [newest for (newest,) in self._db.rows(_NEWEST, (json.dumps(list(sketch)),)) if newest]
        rare = _counts(newest for newest in rows if newest.count(",") + 1 < NEWEST)
        often = _counts(newest for newest in rows if newest.count(",") + 1 >= NEWEST)
        weight = {id_: _RARE * rare[id_] + often[id_] for id_ in (*rare, *often)}
        enough = [(-weighs, int(id_), id_) for id_, weighs in weight.items() if weighs >= _ENOUGH]
        return [Candidate(number, rare[id_] + often[id_]) for _, number, id_ in sorted(enough)[:limit]]


def _counts(lists: Iterable[str]) -> Counter[str]:
    """Return how often each id stands in these lists of ids."""
    joined = ",".join(lists)
    return Counter(joined.split(",") if joined else ())


# For each hash its newest articles, in one statement and one row each: rows are what takes the time.
_NEWEST = f"""
    SELECT (
        SELECT group_concat(article_id) FROM (
            SELECT article_id FROM sketches WHERE hash = wanted.value ORDER BY article_id DESC LIMIT {NEWEST}
        )
    )
    FROM json_each(?) AS wanted
"""

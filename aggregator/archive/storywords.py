"""How common words are: in how many articles of a language each has stood. Counted as articles come, never rebuilt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.models.stories import Frequencies

if TYPE_CHECKING:
    from aggregator.archive.db import Database
    from aggregator.models.stories import Terms

WORDS_SCHEMA = (
    """
    CREATE TABLE story_words (                    -- how many articles of a language have a word
        language TEXT NOT NULL,
        term INTEGER NOT NULL,                    -- CRC-32 of the word; -1: all articles of the language
        articles INTEGER NOT NULL,
        PRIMARY KEY (language, term)
    ) STRICT, WITHOUT ROWID
    """,
)
_ALL = -1


class StoryWords:
    def __init__(self, db: Database) -> None:
        self._db = db

    def frequencies(self, terms: Terms) -> Frequencies:
        """Return how common the words are in the articles of their language."""
        rows = self._db.rows(
            """
            SELECT term, articles FROM story_words
            WHERE language = ? AND term IN (SELECT value FROM json_each(?))
            """,
            (terms.language, json.dumps([_ALL, *terms.emphasis])),
        )
        having = {row[0]: row[1] for row in rows}
        return Frequencies(having.pop(_ALL, 0), having)

    def learn(self, terms: Terms) -> Frequencies:
        """Count the words of one more article and return how common they were before; in the caller's transaction."""
        with self._db.transaction():
            rows = self._db.rows(
                """
                INSERT INTO story_words (language, term, articles)
                SELECT ?, value, 1 FROM json_each(?) WHERE true
                ON CONFLICT DO UPDATE SET articles = articles + 1 RETURNING term, articles - 1
                """,
                (terms.language, json.dumps([_ALL, *sorted(terms.emphasis)])),
            )
        having = {row[0]: row[1] for row in rows}
        return Frequencies(having.pop(_ALL), having)

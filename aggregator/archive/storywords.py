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

    def learn(self, terms: Terms) -> None:
        """Count the words of one more article; part of the caller's transaction."""
        self._db.execute_many(
            """
            INSERT INTO story_words (language, term, articles) VALUES (?, ?, 1)
            ON CONFLICT DO UPDATE SET articles = articles + 1
            """,
            [(terms.language, term) for term in sorted([_ALL, *terms.emphasis])],
        )

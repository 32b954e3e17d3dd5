"""How much a text says about what was asked: BM25 of each word, phrase and beginning, as far as it must be known.

What stands in a text more than once is kept beside the index, word by word. A phrase stands there as often as its
rarest word at most, and of a beginning only the words that are repeated are known: so where these come first, they
are counted in the texts themselves.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive.index.weights import BYLINE, TITLE, damping_of, hash_of, weight_in
from aggregator.terms import terms_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from aggregator.archive.db import Database
    from aggregator.archive.index.matching import Scored

_MOST_COUNTED = 100  # texts that are read for it
_DECIMALS = 3  # scores that differ by less are equal: then originals come first, and newer ones
_COLUMNS = (("title", TITLE), ("byline", BYLINE), ("text", 1))


class Found(NamedTuple):
    """A text that matches: of an article, or an earlier one (id < 0)."""

    id: int
    article: int
    family: int
    dated: int  # Unix seconds
    length: int
    strong: bytes

    @property
    def is_copy(self) -> bool:
        return self.family != self.article


class Ranked(NamedTuple):
    """A match in its place: the smaller the key, the earlier it comes."""

    key: tuple[float, ...]
    found: Found


class Score:
    """The share of one word, phrase or beginning in the scores of texts."""

    def __init__(self, scored: Scored, idf: float, mean: int) -> None:
        self.scored = scored
        self._idf = idf
        self._mean = mean
        self._counted: dict[int, int] = {}  # weights, by the ids of texts

    @cached_property
    def _hashes(self) -> list[frozenset[bytes]]:
        return [frozenset(map(hash_of, lead.stems)) for lead in self.scored.leads]

    @property
    def is_sure(self) -> bool:
        """Whether weights are known without the texts."""
        return not self.scored.spelt

    def weight(self, id_: int, strong: bytes) -> int:
        """Return how often it stands in a text, weighted; at most, for a phrase that was not counted there."""
        counted = self._counted.get(id_)
        return counted if counted is not None else min(weight_in(strong, each) for each in self._hashes)

    def of(self, id_: int, length: int, strong: bytes) -> float:
        weight = self.weight(id_, strong)
        return self._idf * weight / (weight + damping_of(length, self._mean))

    def is_open(self, id_: int, strong: bytes) -> bool:
        """Whether counting in this text might tell another weight."""
        if self.is_sure or id_ in self._counted:
            return False
        return self.scored.goes_on or self.weight(id_, strong) > 1

    def count(self, id_: int, row: sqlite3.Row) -> None:
        """Count in a text: its row has title, byline, text and language."""
        weights = (times * self._times(row[name], row["language"]) for name, times in _COLUMNS)
        self._counted[id_] = sum(weights) or 1

    def _times(self, text: str, language: str) -> int:
        written = _written([term.form for term in terms_of(text, language)])
        return sum(written.count(_written(spelt, goes_on=self.scored.goes_on)) for spelt in self.scored.spelt)


def ranked_by(row: Found, scores: Iterable[Score]) -> Ranked:
    score = sum(each.of(row.id, row.length, row.strong) for each in scores)
    return Ranked((-round(score, _DECIMALS), row.is_copy, -row.dated, -row.id), row)


def by_key(ranked: Ranked) -> tuple[float, ...]:
    return ranked.key


def counted(db: Database, ranked: list[Ranked], having: dict[int, list[Score]], want: int) -> list[Ranked]:
    """Count phrases and beginnings in the texts that come first, until these are known to come first."""
    left = _MOST_COUNTED
    while left > 0:
        opened = {
            row.id: having[row.id]
            for row in (each.found for each in ranked[:want])
            if any(score.is_open(row.id, row.strong) for score in having[row.id])
        }
        ids = list(opened)[:left]
        if not ids:
            break
        for text in texts_of(db, ids):
            for score in opened[text["id"]]:
                if not score.is_sure:
                    score.count(text["id"], text)
        left -= len(ids)
        ranked = sorted((ranked_by(each.found, having[each.found.id]) for each in ranked), key=by_key)
    return ranked


def _written(forms: Iterable[str], *, goes_on: bool = False) -> str:
    """Write forms so that a run of them is a part of the string: each between two blanks of its own."""
    return f" {'  '.join(forms)}{'' if goes_on else ' '}"


def texts_of(db: Database, ids: list[int]) -> list[sqlite3.Row]:
    """Return the texts of articles, and of revisions by minus their id."""
    return db.rows(
        """
        SELECT id, title, byline, text, language FROM articles WHERE id IN (SELECT value FROM json_each(:ids))
        UNION ALL
        SELECT -r.id, r.title, '' AS byline, r.text, a.language FROM revisions r JOIN articles a ON a.id = r.article_id
        WHERE r.id IN (SELECT -value FROM json_each(:ids) WHERE value < 0)
        """,
        {"ids": json.dumps(ids)},
    )

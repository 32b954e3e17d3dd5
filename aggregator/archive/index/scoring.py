"""How much a text says about what was asked: BM25 of each word, phrase and beginning, as far as it must be known.

What stands in a text more than once is kept beside the index, word by word. A phrase stands there as often as its
rarest word at most; one of several alternatives may not stand there at all; of a beginning only the words that are
repeated are known. So where texts come first by what is known of them, the rest is counted in the texts themselves.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive.index.weights import BYLINE, TITLE, damping_of, hash_of, weight_in
from aggregator.terms import forms_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from aggregator.archive.db import Database
    from aggregator.archive.index.matching import Scored

_MOST_COUNTED = 150  # texts that are read for it
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

    def __init__(self, scored: Scored, idf: float, mean: int, *, may_be_missing: bool) -> None:
        self._scored = scored
        self._idf = idf
        self._mean = mean
        self._may_be_missing = may_be_missing
        self._counted: dict[int, int] = {}  # weights, by the ids of texts

    @cached_property
    def _hashes(self) -> list[frozenset[bytes]]:
        return [frozenset(map(hash_of, lead.stems)) for lead in self._scored.leads]

    def of(self, row: Found) -> float:
        weight = self._weight(row)
        return self._idf * weight / (weight + damping_of(row.length, self._mean))

    def _weight(self, row: Found) -> int:
        """Return how often it stands in a text, weighted; unless it was counted there, what that is at most."""
        counted = self._counted.get(row.id)
        return counted if counted is not None else min(weight_in(row.strong, each) for each in self._hashes)

    def is_open(self, row: Found) -> bool:
        """Whether counting in this text might tell another weight."""
        if row.id in self._counted:
            return False
        if self._scored.goes_on:
            return True
        if self._scored.spelt:
            return self._may_be_missing or self._weight(row) > 1
        return self._may_be_missing and self._weight(row) == 1

    def count(self, id_: int, parts: Sequence[_Part]) -> None:
        """Count in the parts of a text."""
        weight = sum(part.times * self._times(part) for part in parts)
        self._counted[id_] = weight if self._may_be_missing else max(1, weight)

    def _times(self, part: _Part) -> int:
        if not self._scored.spelt:
            forms = self._scored.forms
            return sum(map(forms.__contains__, part.forms)) if any(map(part.may_have, forms)) else 0
        goes_on = self._scored.goes_on
        return sum(
            part.written.count(_written(spelt, goes_on=goes_on))
            for spelt in self._scored.spelt
            if all(map(part.may_have, spelt))
        )


class _Part:
    """A title, a byline or a text; read as far as it must be."""

    def __init__(self, text: str, language: str, times: int) -> None:
        self.times = times  # that a word counts there
        self._text = text
        self._language = language

    @cached_property
    def forms(self) -> list[str]:
        return forms_of(self._text, self._language)

    @cached_property
    def written(self) -> str:
        return _written(self.forms)

    @cached_property
    def _letters(self) -> str | None:
        return self._text.lower() if self._text.isascii() else None

    def may_have(self, form: str) -> bool:
        """Whether a form may stand there: most texts that lack it are told without cutting them into words."""
        return self._letters is None or form in self._letters


def _written(forms: Iterable[str], *, goes_on: bool = False) -> str:
    """Write forms so that a run of them is a part of the string: each between two blanks of its own."""
    return f" {'  '.join(forms)}{'' if goes_on else ' '}"


# ---------------------------------------------------------------------------------------------- ranking


def ranked(db: Database, rows: Iterable[Found], scores: Sequence[Score], want: int) -> list[Ranked]:
    """Rank texts, the best first: exactly as many as are wanted, the others by what is known of them."""
    found = sorted((_placed(row, scores) for row in rows), key=_by_key)
    left = _MOST_COUNTED
    while left > 0:
        opened = [
            each.found.id for each in found[:want] if any(score.is_open(each.found) for score in scores)
        ]
        counted = set(opened[:left])
        if not counted:
            break
        _count(db, counted, scores)
        left -= len(counted)
        found = [_placed(each.found, scores) if each.found.id in counted else each for each in found]
        found.sort(key=_by_key)
    return found


def _placed(row: Found, scores: Iterable[Score]) -> Ranked:
    score = sum(each.of(row) for each in scores)
    return Ranked((-round(score, _DECIMALS), row.is_copy, -row.dated, -row.id), row)


def _by_key(ranked: Ranked) -> tuple[float, ...]:
    return ranked.key


def _count(db: Database, ids: set[int], scores: Iterable[Score]) -> None:
    for row in _texts(db, ids):
        parts = [_Part(row[name], row["language"], times) for name, times in _COLUMNS]
        for score in scores:
            score.count(row["id"], parts)


def _texts(db: Database, ids: Iterable[int]) -> list[sqlite3.Row]:
    """Return the texts of articles, and of revisions by minus their id."""
    return db.rows(
        """
        SELECT id, title, byline, text, language FROM articles WHERE id IN (SELECT value FROM json_each(:ids))
        UNION ALL
        SELECT -r.id, r.title, '' AS byline, r.text, a.language FROM revisions r JOIN articles a ON a.id = r.article_id
        WHERE r.id IN (SELECT -value FROM json_each(:ids) WHERE value < 0)
        """,
        {"ids": json.dumps(list(ids))},
    )

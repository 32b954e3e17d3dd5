"""BM25: how much a term says about an article, and how that is kept so that the best are found first.

Robertson & Zaragoza, "The Probabilistic Relevance Framework" (2009), with k1 = 1.2 and b = 0.75 as FTS5 has them
(https://sqlite.org/fts5.html, 5.1.1). A term in the title counts ten times, in the byline four times. Forms of one
word are one term.

A term's share in an article's score, between 0 and 1, depends on the article alone: its impact. The strongest
impacts are written into the index in levels, four to each halving of what is missing to 1 (Anh & Moffat, "Impact
transformation", SIGIR 2002), so that the best articles for a common word are found without looking at all of them.
"""

from __future__ import annotations

import math
import zlib
from functools import lru_cache
from typing import NamedTuple

from aggregator.archive.index import marks
from aggregator.terms import ACROSS, Term, across_in, counted, signs_in

K1, B = 1.2, 0.75
TITLE, BYLINE = 10, 4  # times that a term counts there
MEAN_LENGTH = 450  # terms of an article, until a reindex has measured the archive's own
LOWEST, HIGHEST = 5, 31  # levels; from 0.58 on: in an ordinary article, what stands there twice
_STEPS = 4  # levels for each halving
_MOST = 255  # a weight is one byte
_BYTES = [bytes((number,)) for number in range(_MOST + 1)]
_FEW = 60  # terms that are looked for one by one


class Written(NamedTuple):
    """A text as the index holds it."""

    text: str
    title: str
    byline: str
    marks: str  # with levels, signed words and pairs across two words
    length: int
    strong: bytes
    terms: list[Term]  # of each part in its order: some more than once

    @property
    def crc(self) -> int:
        return zlib.crc32("\n".join(self[:4]).encode())


def written(title: str, byline: str, text: str, language: str, filters: str, mean: int) -> Written:
    """Return what the index holds of a text with these marks, in an archive of this mean length."""
    of_title, of_byline, of_text = (counted(part, language) for part in (title, byline, text))
    weights: dict[str, int] = {}
    for part, weight in ((of_text, 1), (of_title, TITLE), (of_byline, BYLINE)):
        for term, times in part.times:
            weights[term[1]] = weights.get(term[1], 0) + weight * times
    length = of_title.length + of_byline.length + of_text.length
    damping = damping_of(length, mean)
    strong = [(stem, weight) for stem, weight in weights.items() if weight > 1]
    ranked = strong if damping * _floor() > 1 else weights.items()
    tags = {weight: marks.tag_of(level_of(weight, damping)) for weight in set(weights.values())}
    levels = [tag + stem for stem, weight in ranked if (tag := tags[weight])]
    signed = sorted(signs_in(title) | signs_in(text))
    has_runs = of_title.has_runs or of_text.has_runs
    across = sorted(ACROSS + pair for pair in across_in(title, text)) if has_runs else ()
    return Written(
        of_text.forms,
        of_title.forms,
        of_byline.forms,
        " ".join([*levels, *signed, *across, filters]),
        length,
        b"".join([hash_of(stem) + _BYTES[min(weight, _MOST)] for stem, weight in strong]),
        [term for part in (of_text, of_title, of_byline) for term, _ in part.times],
    )


def damping_of(length: int, mean: int) -> float:
    return K1 * (1 - B + B * length / mean)


def level_of(weight: float, damping: float) -> int:
    """Return the level of an impact; 0 when it is too weak to have one."""
    number = int(_STEPS * math.log2(weight / damping + 1))
    return min(number, HIGHEST) if number >= LOWEST else 0


def _floor() -> float:
    return float(2 ** (LOWEST / _STEPS) - 1)


@lru_cache(maxsize=50_000)
def hash_of(stem: str) -> bytes:
    return (zlib.crc32(stem.encode()) & 0xFFFF).to_bytes(2)


def weight_in(strong: bytes, hashes: frozenset[bytes]) -> int:
    """Return how often any of these terms stands in an article, weighted; 1 when it stands there at most once."""
    if len(hashes) > _FEW:
        return sum(strong[at + 2] for at in range(0, len(strong), 3) if strong[at : at + 2] in hashes) or 1
    total = 0
    for each in hashes:
        at = strong.find(each)
        while at % 3 and at >= 0:
            at = strong.find(each, at + 1)
        if at >= 0:
            total += strong[at + 2]
    return total or 1


def idf(having: float, articles: int) -> float:
    """Return how much it says that a term stands in an article, by how many have it."""
    return math.log(1 + (articles - having + 0.5) / (having + 0.5))

"""Other ways to group articles on one event, as they are used elsewhere."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from benchmarks.storysets import Told

WINDOW = timedelta(hours=72)

# NewsBlur's rule for headlines (github.com/samuelclay/NewsBlur, apps/clustering): the same after folding, or of at
# least five telling words each at least three in common that are 60 % of the shorter one's; within 120 hours.
LOOKBACK = timedelta(hours=120)
LEAST_LETTERS, LEAST_WORDS, LEAST_SHARED, OVERLAP = 10, 5, 3, 0.6
IDLE = frozenset(
    """a an the and or but in on at to for of is it by with from as be was were are this that have has had do does did
    will would could should may might can shall not no its his her their our your my been being he she so up if me we
    am us go oh ok""".split()
)


def headline_words(title: str) -> frozenset[str]:
    words = re.sub(r"[^\w\s]", "", re.sub("[-/]", " ", title.casefold())).split()
    telling = (word for word in words if word not in IDLE and len(word) > 1 and not word.isdigit())
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in telling
    )


def headlines_alike(one: str, other: str) -> bool:
    folded = [" ".join(re.findall(r"\w+", title.casefold())) for title in (one, other)]
    if folded[0] == folded[1] and len(folded[0]) >= LEAST_LETTERS:
        return True
    here, there = headline_words(one), headline_words(other)
    shorter = min(len(here), len(there))
    shared = len(here & there)
    return shorter >= LEAST_WORDS and shared >= LEAST_SHARED and shared >= OVERLAP * shorter


def by_headlines(texts: Sequence[Told]) -> list[int]:
    """Group by headlines: whoever is like one in a group is in it."""
    group = list(range(len(texts)))
    words: dict[str, list[int]] = defaultdict(list)
    for number, told in enumerate(texts):
        near = Counter(other for word in headline_words(told.title) for other in words[word])
        for other in near:
            if told.at - texts[other].at <= LOOKBACK and headlines_alike(told.title, texts[other].title):
                old, new = group[number], group[other]
                group = [new if one == old else one for one in group]
        for word in headline_words(told.title):
            words[word].append(number)
    return group


class PlainTfidf:
    """TF-IDF over headline and lead, words as they are, cosine against the centroid; one threshold for all."""

    def __init__(self, threshold: float, learnt: Iterable[Told] = ()) -> None:
        self._threshold = threshold
        self._articles = 0
        self._having: Counter[str] = Counter()
        for told in learnt:
            self._learn(self.counts(told))

    @staticmethod
    def counts(told: Told) -> Counter[str]:
        lead = re.findall(r"\w+", told.text.casefold())[:100]
        return Counter(re.findall(r"\w+", told.title.casefold()) * 3 + lead)

    def _learn(self, counts: Counter[str]) -> None:
        self._articles += 1
        self._having.update(counts.keys())

    def vector(self, counts: Counter[str]) -> dict[str, float]:
        idf = {word: math.log((self._articles + 1) / (self._having[word] + 0.5)) for word in counts}
        weights = {word: (1 + math.log(count)) * max(idf[word], 0.01) for word, count in counts.items()}
        return _unit(weights)

    def alike(self, one: Told, other: Told) -> bool:
        return _dot(*(self.vector(self.counts(told)) for told in (one, other))) >= self._threshold

    def group(self, texts: Sequence[Told]) -> list[int]:
        sums: list[dict[str, float]] = []
        last: list[datetime] = []
        found: list[int] = []
        for told in texts:
            counts = self.counts(told)
            self._learn(counts)
            vector = self.vector(counts)
            open_ = (number for number, at in enumerate(last) if told.at - at <= WINDOW)
            fits = {number: _dot(vector, sums[number]) / _length(sums[number]) for number in open_}
            best = max(fits, key=fits.__getitem__, default=-1)
            if best < 0 or fits[best] < self._threshold:
                best = len(sums)
                sums.append({})
                last.append(told.at)
            for word, weight in vector.items():
                sums[best][word] = sums[best].get(word, 0) + weight
            last[best] = told.at
            found.append(best)
        return found


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    shorter, longer = sorted((one, other), key=len)
    return sum(weight * longer.get(word, 0) for word, weight in shorter.items())


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = _length(weights)
    return {word: weight / length for word, weight in weights.items()}

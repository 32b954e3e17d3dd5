"""Other ways to tell that two texts are one: what feed readers and crawlers do.

Each is measured in its favour: every pair is compared, as if its index never missed one.
"""

from __future__ import annotations

import random
import re
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

_MERSENNE = (1 << 61) - 1


class Rival(Protocol):
    name: str

    def mark(self, title: str, text: str, /) -> object:
        """Return what is kept of a text."""

    def score(self, one: object, other: object) -> float:
        """Return how alike two marks are; `bound` or more is the same."""

    bound: float


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normalize("NFKC", text).casefold())


@cache
def _hash64(shingle: str) -> int:
    return int.from_bytes(blake2b(shingle.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _shingles(text: str) -> set[int]:
    words = _words(text)
    return {_hash64(" ".join(three)) for three in zip(words, words[1:], words[2:], strict=False)}


class ExactHash:
    """The same letters and digits."""

    name = "exact"
    bound = 1.0

    def mark(self, _: str, text: str, /) -> str:
        return "".join(_words(text))

    def score(self, one: object, other: object) -> float:
        return float(one == other and bool(one))


class TitleTrigrams:
    """Tiny Tiny RSS, plugin af_psql_trgm: similarity of titles by trigrams 0.75, titles of 32 letters or more."""

    name = "title"
    bound = 0.75

    def mark(self, title: str, _: str, /) -> frozenset[str]:
        if len(title) < 32:
            return frozenset()
        padded = [f"  {word} " for word in _words(title)]
        return frozenset(word[i : i + 3] for word in padded for i in range(len(word) - 2))

    def score(self, one: object, other: object) -> float:
        assert isinstance(one, frozenset)
        assert isinstance(other, frozenset)
        return len(one & other) / max(1, len(one | other))


class SimHash:
    """64 bits of all shingles, at most `distance` of them different (Charikar; Manku et al. use 3)."""

    def __init__(self, distance: int) -> None:
        self.name = f"simhash{distance}"
        self.bound = float(-distance)

    def mark(self, _: str, text: str, /) -> int:
        return _simhash(frozenset(_shingles(text)))

    def score(self, one: object, other: object) -> float:
        assert isinstance(one, int)
        assert isinstance(other, int)
        return float(-(one ^ other).bit_count()) if one and other else -64.0


@cache
def _simhash(shingles: frozenset[int]) -> int:
    """Set each bit that most shingles have set."""
    columns = [0] * 64
    for mark in shingles:
        for bit in range(64):
            columns[bit] += mark >> bit & 1
    half = len(shingles) / 2
    return sum(1 << bit for bit, ones in enumerate(columns) if ones > half)


class MinHash:
    """64 permutations of the shingles; the share of equal minima estimates Jaccard (datasketch's usual bound .7)."""

    def __init__(self, bound: float) -> None:
        self.name = f"minhash{bound:g}"
        self.bound = bound

    def mark(self, _: str, text: str, /) -> tuple[int, ...]:
        return _minima(frozenset(_shingles(text)))

    def score(self, one: object, other: object) -> float:
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        return sum(map(int.__eq__, one, other)) / len(one) if one and other else 0.0


_CHANCE = random.Random(0)
_PERMUTATIONS = [(_CHANCE.randrange(1, _MERSENNE), _CHANCE.randrange(_MERSENNE)) for _ in range(64)]


@cache
def _minima(shingles: Iterable[int]) -> tuple[int, ...]:
    marks = [mark % _MERSENNE for mark in shingles]
    if not marks:
        return ()
    return tuple(min((a * mark + b) % _MERSENNE for mark in marks) for a, b in _PERMUTATIONS)


RIVALS: tuple[Rival, ...] = (
    ExactHash(), TitleTrigrams(), SimHash(3), SimHash(10), MinHash(0.7), MinHash(0.5), MinHash(0.2)
)  # fmt: skip

"""How alike two texts are: how much of one stands in the other, and whether that tells the same there.

Pure. How much two texts share does not tell a copy from yesterday's weather: notices of one form share nearly all.
So the texts are laid beside each other, passage by passage, and it counts what stands between two shared passages:
a copy has lost or won sentences there, another notice of the same form tells other numbers, names and words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from aggregator.dedupe.shingles import SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from aggregator.dedupe.shingles import Shingles

STRIDE = 64  # shingles
SLOT = 30  # words; what takes up more between two shared passages was written anew, not filled in
PHRASE = 6  # words in a row that are the same by chance now and then, more hardly ever
_DIGITS = re.compile(r"\d+")
_THOUSANDS = re.compile(r" (?<=\d )(?=\d{3}(?!\d))")  # the space first, as it is found fastest


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts have in common. Shares are from 0 to 1."""

    shared: int = 0  # distinct shingles that stand in both
    jaccard: float = 0.0  # those, of all that stand in either
    containment: float = 0.0  # those, of the shorter text's
    size: float = 0.0  # shingles of the shorter text, of the longer one's
    begins: float = 1.0  # where in the longer text shared passages begin: 0 with its first word, 1 nowhere
    numbers: float = 0.0  # of the numbers in shared surroundings, those that are the same
    names: float = 0.0  # of the capitalised words there
    confirmed: int = 0  # names and numbers there that are the same, where others are not
    replaced: float = 1.0  # of the words there, those that others took the place of
    added: int = 0  # words of the later text outside shared passages
    removed: int = 0  # words of the earlier text outside shared passages
    is_whole: bool = True  # False: one of the texts is so long that its end was not compared


_THE_SAME = Likeness(jaccard=1.0, containment=1.0, size=1.0, begins=0.0, numbers=1.0, names=1.0, replaced=0.0)


class _Passage(NamedTuple):
    """A range of words in one text and the range beside it in the other."""

    here: slice
    there: slice


def likeness(earlier: Shingles, later: Shingles, *, shared: int | None = None) -> Likeness:
    """Return what two texts have in common. Linear in both. `shared`: see `shared_by`, if it is known."""
    is_whole = earlier.is_whole and later.is_whole
    if earlier.hashes and earlier.hashes == later.hashes:
        return replace(_THE_SAME, shared=len(earlier.distinct), is_whole=is_whole)
    swap_sides = len(later.distinct) > len(earlier.distinct)
    shorter, longer = (earlier, later) if swap_sides else (later, earlier)
    shared = shared_by(shorter, longer) if shared is None else shared
    if not shared:
        return Likeness()
    passages = _passages(shorter, longer)
    facts = _facts(shorter, longer, passages)
    alone = _outside(shorter, [passage.here for passage in passages])
    alone_in_longer = _outside(longer, [passage.there for passage in passages])
    return Likeness(
        shared=shared,
        jaccard=shared / (len(shorter.distinct) + len(longer.distinct) - shared),
        containment=shared / len(shorter.distinct),
        size=len(shorter.distinct) / len(longer.distinct),
        begins=_begin(passages) / longer.length,
        **facts,
        added=alone_in_longer if swap_sides else alone,
        removed=alone if swap_sides else alone_in_longer,
        is_whole=is_whole,
    )


def shared_by(one: Shingles, other: Shingles) -> int:
    """Return how many distinct shingles stand in both. Those that do not are fewer, where it matters."""
    return len(one.distinct) - len(one.distinct - other.distinct)


def _passages(one: Shingles, other: Shingles) -> list[_Passage]:
    """Return the passages that stand in both, in the order of `one`; those beside them may be in any order."""
    where = other.place
    passages: list[_Passage] = []
    here, end = 0, len(one.hashes)
    while here < end:
        there = where.get(one.hashes[here], -1)
        run = _run(one.hashes, here, other.hashes, there) if there >= 0 else 0
        if run:
            passages.append(_Passage(_words(here, run), _words(there, run)))
        here += run or 1
    return passages


def _run(one: Sequence[int], here: int, other: Sequence[int], there: int) -> int:
    """Return how many shingles are the same from here and there on; a stride at a time, as copies are long."""
    run = 0
    while stride := one[here + run : here + run + STRIDE]:
        beside = other[there + run : there + run + STRIDE]
        if stride != beside:
            return run + _alike(stride, beside)
        run += len(stride)
    return run


def _alike(stride: Sequence[int], beside: Sequence[int]) -> int:
    """Return how many shingles are the same from the first on."""
    for count, (mine, theirs) in enumerate(zip(stride, beside, strict=False)):
        if mine != theirs:
            return count
    return min(len(stride), len(beside))


def _words(start: int, shingles: int) -> slice:
    return slice(start, start + shingles + SIZE - 1)


def _begin(passages: Sequence[_Passage]) -> int:
    """Return with which word of the longer text shared passages begin, chance phrases aside; at most its length."""
    telling: list[int] = [there.start for here, there in passages if here.stop - here.start >= PHRASE]
    return min(telling) if telling else max(int(there.stop) for _, there in passages)


def _swaps(passages: Sequence[_Passage]) -> Iterator[_Passage]:
    """Yield what stands between one shared passage and the next, where either text has something there."""
    for before, after in pairwise(passages):
        here = slice(before.here.stop, after.here.start)
        there = slice(before.there.stop, after.there.start)
        if all(0 < gap.stop - gap.start <= SLOT for gap in (here, there)):
            yield _Passage(here, there)


class _Facts(TypedDict):
    numbers: float
    names: float
    confirmed: int
    replaced: float


def _facts(shorter: Shingles, longer: Shingles, passages: Sequence[_Passage]) -> _Facts:
    """Return the shares of numbers and of names that are the same, and of words that are not."""
    between = list(_swaps(passages))
    if not between:
        return _Facts(numbers=1.0, names=1.0, confirmed=0, replaced=0.0)
    ours = shorter.words()
    swaps = [(ours[swap.here], longer.words(swap.there)) for swap in between]
    same = [word for passage in passages for word in ours[passage.here]]
    words = sum(max(len(here), len(there)) for here, there in swaps)
    numbers, names = _numbers(same), _names(same).difference(same)
    return _Facts(
        numbers=_share(numbers, _swapped(_numbers, swaps)),
        names=_share(names, _swapped(_names, swaps)),
        confirmed=len(numbers) + len(names),
        replaced=words / (words + len(same)),
    )


def _share(same: set[str], swapped: int) -> float:
    return len(same) / (len(same) + swapped) if swapped else 1.0


def _swapped(facts: Callable[[list[str]], set[str]], swaps: Sequence[tuple[list[str], list[str]]]) -> int:
    """Return how many facts took the place of others; one that is only told here or only there is not swapped."""
    gone: set[str] = set()
    come: set[str] = set()
    for here, there in swaps:
        mine, theirs = facts(here), facts(there)
        if mine - theirs and theirs - mine:
            gone |= mine - theirs
            come |= theirs - mine
    return min(len(gone), len(come))


def _numbers(words: Iterable[str]) -> set[str]:
    """Return the numbers as digits: 1,000 and 1000, 5 million and 5m are alike."""
    return set(_DIGITS.findall(_THOUSANDS.sub("", " ".join(words))))


def _names(words: Iterable[str]) -> set[str]:
    """Return the capitalised words, folded; a word that is also written small is none, says the caller."""
    return {word.casefold() for word in words if word[0].isupper()}


def _outside(text: Shingles, passages: Iterable[slice]) -> int:
    """Return how many words stand outside of all passages, which may overlap."""
    inside = bytearray(text.length)
    for passage in passages:
        inside[passage] = b"\1" * (passage.stop - passage.start)
    return inside.count(0)

"""What two sequences have in common, in order: patience diff, with a bound on the work.

Patience (Bram Cohen, 2010): what occurs once on either side is an anchor; the longest run of anchors in the same
order on both sides is kept, and the gaps between are searched in the same way. `difflib` is quadratic and worse,
so that it sees only what is small. What the bounds leave unsearched counts as different.
"""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SMALL = 10_000  # pairs of items that difflib may compare at a time
_PAIRS = 2_000_000  # … and in all
_RUNS = (1, 4, 12)  # items that make an anchor: in a long text without rare words only runs of words are rare
_MOST_ITEMS = 1_500_000  # … that are looked through in all, a second or two
_ROUNDS = 6  # times that all items together may be looked through for anchors


class Range(NamedTuple):
    """A part of either sequence."""

    a: int
    a_end: int
    b: int
    b_end: int


class Match(NamedTuple):
    """`size` items that are the same, from `a` on in one sequence and from `b` on in the other."""

    a: int
    b: int
    size: int


def matches(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """Return what the sequences have in common, in order, in runs that are as long as they can be."""
    found: list[Match] = []
    todo = [Range(0, len(a), 0, len(b))]
    pairs, items = _PAIRS, min(_ROUNDS * (len(a) + len(b)), _MOST_ITEMS)
    while todo:
        ends, part = _trimmed(a, b, todo.pop())
        found += ends
        size = (part.a_end - part.a) * (part.b_end - part.b)
        if not size:
            continue
        if size <= _SMALL and pairs > 0:
            pairs -= size
            found += _compared(a, b, part)
        elif size > _SMALL and items > 0:
            for run in _RUNS:
                items -= part.a_end - part.a + part.b_end - part.b
                if anchors := _anchors(a, b, part, run):
                    todo += _between(anchors, part)
                    break
    return _joined(sorted(match for match in found if match.size))


def gaps(a_size: int, b_size: int, found: Sequence[Match]) -> Iterator[Range]:
    """Yield what lies between the matches, on either side or both."""
    at, bt = 0, 0
    for match in (*found, Match(a_size, b_size, 0)):
        if at < match.a or bt < match.b:
            yield Range(at, match.a, bt, match.b)
        at, bt = match.a + match.size, match.b + match.size


def _trimmed(a: Sequence[str], b: Sequence[str], part: Range) -> tuple[list[Match], Range]:
    """Return what the range has in common at both ends, and the range between."""
    at, a_end, bt, b_end = part
    while at < a_end and bt < b_end and a[at] == b[bt]:
        at, bt = at + 1, bt + 1
    while at < a_end and bt < b_end and a[a_end - 1] == b[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
    ends = [Match(part.a, part.b, at - part.a), Match(a_end, b_end, part.a_end - a_end)]
    return ends, Range(at, a_end, bt, b_end)


def _compared(a: Sequence[str], b: Sequence[str], part: Range) -> Iterator[Match]:
    pieces = a[part.a : part.a_end], b[part.b : part.b_end]
    for match in SequenceMatcher(None, *pieces, autojunk=False).get_matching_blocks():
        yield Match(part.a + match.a, part.b + match.b, match.size)


def _anchors(a: Sequence[str], b: Sequence[str], part: Range, run: int) -> list[tuple[int, int]]:
    """Return the places of runs that occur once on either side, in the longest order that both have."""
    in_a, in_b = _once(a, part.a, part.a_end, run), _once(b, part.b, part.b_end, run)
    pairs = [(at, in_b[item]) for item, at in in_a.items() if at >= 0 and in_b.get(item, -1) >= 0]
    return _longest_rise(sorted(pairs))


def _once(items: Sequence[str], start: int, end: int, run: int) -> dict[tuple[str, ...], int]:
    """Return where each run of so many items stands; -1 for what occurs more than once."""
    places: dict[tuple[str, ...], int] = {}
    for at in range(start, end - run + 1):
        key = tuple(items[at : at + run])
        places[key] = -1 if key in places else at
    return places


def _longest_rise(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs (sorted by their first) whose second rises, too."""
    ends: list[int] = []  # the least second number that ends a rise of each length
    last: list[int] = []  # … and whose it is
    before: list[int] = []
    for number, (_, bt) in enumerate(pairs):
        length = bisect_left(ends, bt)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [bt]
        last[length : length + 1] = [number]
    rise = []
    at = last[-1] if last else -1
    while at >= 0:
        rise.append(pairs[at])
        at = before[at]
    return rise[::-1]


def _between(anchors: list[tuple[int, int]], part: Range) -> Iterator[Range]:
    """Yield the ranges that begin at an anchor and end at the next."""
    starts = [(part.a, part.b), *anchors]
    ends = [*anchors, (part.a_end, part.b_end)]
    for (at, bt), (a_end, b_end) in zip(starts, ends, strict=True):
        yield Range(at, a_end, bt, b_end)


def _joined(found: list[Match]) -> list[Match]:
    joined: list[Match] = []
    for match in found:
        if joined and joined[-1].a + joined[-1].size == match.a and joined[-1].b + joined[-1].size == match.b:
            joined[-1] = joined[-1]._replace(size=joined[-1].size + match.size)
        else:
            joined.append(match)
    return joined

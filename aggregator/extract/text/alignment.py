"""Which blocks of a page the lines of a text were made of: what joins an extracted text to the markup again.

By letters and digits alone, because extractors, feeds and pages set white space, bullets and quotes each their own
way. Linear in the page and in the text.
"""

from __future__ import annotations

from collections import defaultdict, deque
from functools import partial
from typing import TYPE_CHECKING

from aggregator.extract.letters import squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.tree.blocks import Block

_GRAM = 12  # letters: so many in a row are not alike by chance
_FOUND = 0.75  # of a block's grams: then its text is in the text
_MOST_LETTERS = 300_000  # of a text: what follows is not looked for (the longest article seen has 120,000)
_DOUBTFUL = 2  # blocks for one line


def align(blocks: Sequence[Block], lines: Sequence[str]) -> list[tuple[int, ...]]:
    """Return for each block the numbers of the lines that have its text: none, one, or several."""
    exact = _exact(lines)
    numbers_of = [exact.get(block.letters) for block in blocks]
    found: list[tuple[int, ...]] = [(_next(numbers),) if numbers else () for numbers in numbers_of]
    for index in _elsewhere(found):
        found[index] = ()
    taken = {number for numbers in found for number in numbers}
    left = [(number, line) for number, line in enumerate(lines) if number not in taken and line]
    if left:
        grams = _grams(left)
        for index, (block, numbers) in enumerate(zip(blocks, numbers_of, strict=True)):
            if numbers is None:
                found[index] = _in_parts(block, exact, grams)
    return found


def _exact(lines: Sequence[str]) -> dict[str, deque[int]]:
    exact: dict[str, deque[int]] = defaultdict(deque)
    for number, line in enumerate(lines):
        if letters := squeeze(line):
            exact[letters].append(number)
    return dict(exact)


def _next(numbers: deque[int]) -> int:
    """Take the next of the lines that are alike; the last one is for all blocks that are left."""
    return numbers.popleft() if len(numbers) > 1 else numbers[0]


def _grams(lines: list[tuple[int, str]]) -> dict[str, int]:
    """Return the first line that has a gram."""
    grams: dict[str, int] = {}
    total = 0
    for number, line in lines:
        letters = squeeze(line)
        total += len(letters)
        if total > _MOST_LETTERS:
            break
        for start in range(len(letters) - _GRAM + 1):
            grams.setdefault(letters[start : start + _GRAM], number)
    return grams


def _in_parts(block: Block, exact: dict[str, deque[int]], grams: dict[str, int]) -> tuple[int, ...]:
    """Find a block that is no line as a whole; of one with several lines most of the letters must be found."""
    if "\n" not in block.text:
        return _by_grams(block.letters, grams)
    numbers: set[int] = set()
    found = 0
    for part in filter(None, map(squeeze, block.text.split("\n"))):
        hits = (exact[part][0],) if part in exact else _by_grams(part, grams)
        numbers.update(hits)
        found += len(part) if hits else 0
    return tuple(sorted(numbers)) if found and found >= _FOUND * len(block.letters) else ()


def _by_grams(squeezed: str, grams: dict[str, int]) -> tuple[int, ...]:
    starts = range(0, len(squeezed) - _GRAM + 1, _GRAM // 2)
    may_miss = (1 - _FOUND) * len(starts)
    hits: set[int] = set()
    for start in starts:
        number = grams.get(squeezed[start : start + _GRAM])
        if number is not None:
            hits.add(number)
            continue
        may_miss -= 1
        if may_miss < 0:  # most blocks are the page's, and none of the text's
            return ()
    return tuple(sorted(hits))


def _distance(anchor: int, index: int) -> tuple[int, bool]:
    """Order by nearness; of two that are as near, what follows comes first."""
    return abs(index - anchor), index < anchor


def _elsewhere(found: list[tuple[int, ...]]) -> list[int]:
    """Return the blocks that only repeat a line (a headline is in menus, too): not the one amid its neighbours."""
    places: dict[int, list[int]] = defaultdict(list)
    for index, numbers in enumerate(found):
        if len(numbers) == 1:
            places[numbers[0]].append(index)
    repeats: list[int] = []
    anchor = next((indices[0] for _, indices in sorted(places.items()) if len(indices) < _DOUBTFUL), None)
    for _, indices in sorted(places.items()):
        if anchor is not None and len(indices) >= _DOUBTFUL:
            kept = min(indices, key=partial(_distance, anchor))
            repeats += [index for index in indices if index != kept]
        elif len(indices) < _DOUBTFUL:
            anchor = indices[0]
    return repeats

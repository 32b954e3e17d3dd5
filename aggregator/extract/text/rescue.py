"""The text of a page whose extractor took a box in the midst of it, an advertisement or a summary, for all of it.

Told by the page's own prose: most of it stands in one place of the markup, before and after what was extracted. That
is never so with comments, which follow a text, nor with teasers, which stand above or below it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aggregator.extract.tree.blocks import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.tree.blocks import Block

_PROSE = 80  # letters of a block from which it is prose …
_UNLINKED = 0.3  # … unless more of it is links
_MOST = 0.5  # of the page's prose stands in the place of the text
_LEAST = 1000  # letters there
_MOSTLY_LINKED = 0.5  # of a block: it leads elsewhere


def text_around(blocks: Sequence[Block], found: Sequence[tuple[int, ...]]) -> list[Block]:
    """Return the blocks of the text that what was found stands amid; none if there is no such text."""
    taken = [index for index, numbers in enumerate(found) if numbers and len(blocks[index].text) >= _PROSE]
    places: dict[str, list[int]] = defaultdict(list)
    for index, block in enumerate(blocks):
        if _is_prose(block):
            places[block.signature].append(index)
    letters = {place: sum(len(blocks[i].text) for i in indices) for place, indices in places.items()}
    place = max(letters, key=lambda each: letters[each], default="")
    if not taken or not place or letters[place] < max(_LEAST, _MOST * sum(letters.values())):
        return []
    start, end = places[place][0], places[place][-1]
    if not start < taken[0] <= taken[-1] < end:
        return []
    return [block for block in blocks[start : end + 1] if block.linked < _MOSTLY_LINKED]


def _is_prose(block: Block) -> bool:
    return (
        block.place.kind is Kind.PARAGRAPH
        and not block.place.lists
        and len(block.text) >= _PROSE
        and block.linked <= _UNLINKED
    )

"""The standfirst: the summary under the headline, which often stands outside of the container that holds the text.

It is text if a reader sees it. So it is restored only where the page shows, above the text, what it declares as its
description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.extract.letters import squeeze
from aggregator.extract.text.alignment import align
from aggregator.extract.text.passages import Passage
from aggregator.extract.tree.blocks import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.tree.blocks import Block

_LEAST = 30  # letters of a description; less is the name of the site
_KEY = 60  # letters by which it is found: descriptions are cut off
_MOST_OF_BLOCK = (
    1.6  # times the letters of the description: the block may say where it happened, not tell the story
)
_UNLINKED = 0.3
_NEAR = 12  # blocks between headline and standfirst: section, author, date, buttons
_PROSE = frozenset((Kind.PARAGRAPH, Kind.HEADING))
_FIRST = 4  # lines of the text, one of which must be found on the page to know where the text begins


def with_standfirst(
    passages: list[Passage], blocks: Sequence[Block], summaries: Sequence[str], titles: Sequence[str]
) -> list[Passage]:
    """Return the passages, led by the standfirst if the page shows one that is not among them."""
    keys = [key for summary in summaries if len(key := squeeze(summary)) >= _LEAST]
    if not keys or not passages:
        return passages
    whole = "".join(squeeze(passage.text) for passage in passages)
    keys = [key for key in keys if key[:_KEY] not in whole]
    found = align(blocks, [line for p in passages[:_FIRST] for line in p.text.split("\n")]) if keys else []
    start = next((index for index, numbers in enumerate(found) if numbers), 0)
    for block in _under_the_title(blocks[:start], set(map(squeeze, titles))):
        text = block.letters
        if block.linked <= _UNLINKED and any(_is_said(key, text) for key in keys) and text not in whole:
            return [Passage(block.text, block.linked), *passages]
    return passages


def _under_the_title(blocks: Sequence[Block], titles: set[str]) -> list[Block]:
    """Return the prose that follows the headline closely."""
    places = [index for index, block in enumerate(blocks) if block.letters in titles]
    under = blocks[places[-1] + 1 :][:_NEAR] if places else ()
    return [b for b in under if b.place.kind in _PROSE and not b.place.lists]


def _is_said(summary: str, text: str) -> bool:
    return len(text) <= len(summary) * _MOST_OF_BLOCK and (
        summary[:_KEY] in text or (len(text) >= _LEAST and text in summary)
    )

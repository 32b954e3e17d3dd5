"""The text of a page by what is known of its site: extracted text mended, or, on a well-known site, found at once.

Both by the memory of the site alone, never by names of sites. What the memory takes away is said, so that it can be
undone; where it would take away much it is not believed, because then the layout is another one.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from aggregator.extract.letters import squeeze
from aggregator.extract.site.memory import is_furniture, is_known_page, is_text, leans_to_text, times_seen
from aggregator.extract.text.alignment import align
from aggregator.extract.text.passages import Passage, passages_of
from aggregator.models import Dropped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.tree.blocks import Block
    from aggregator.models import Hint, SiteMemory

FURNITURE = "furniture of the site"
RECURS = "stands on other pages of the site"
READY = 3  # pages that agree, from which the memory finds texts by itself
FULL_EVERY = 20  # so many pages in a row at most: then one is read in full, to notice what has changed
_PROSE = 15  # words: a block of more that is not mostly links is prose
_MOST_LINKED = 0.5
_MOST_DROPPED = 0.5  # of the letters that were extracted
_MOST_RECURRING = 0.4
_TINY = 8  # words of a line that may be dropped from the midst of a text …
_LONGEST_WORD = 20
_OFTEN = 3  # … if it stood on so many other pages
_LEAST_TEXT = 80  # words that a template must find
_MOST_UNKNOWN = 0.1  # prose in unknown places, as a share of what was found
_KEY = (30, 60)  # letters of the feed's summary by which its place is known: at least, at most
_NEARLY = 0.8  # of the words that the feed has


def mended(
    passages: list[Passage], blocks: Sequence[Block], memory: SiteMemory
) -> tuple[list[Passage], list[Dropped]]:
    """Mend what was extracted; return it with what was dropped.

    What the site is known to have around its texts is taken away, and what it was known to have in them but the
    extractor missed is put in.
    """
    if not memory.pages or not blocks:
        return passages, []
    lines = _Lines(passages)
    found = align(blocks, lines.texts)
    owners: list[list[Block]] = [[] for _ in lines.texts]
    for block, numbers in zip(blocks, found, strict=True):
        for number in numbers:
            owners[number].append(block)
    inside = [block.letters for block, numbers in zip(blocks, found, strict=True) if numbers]
    gone = dict.fromkeys(_furniture(lines.texts, owners, memory), FURNITURE)
    if not is_known_page(memory, inside):
        gone = {**dict.fromkeys(_recurring(lines.texts, memory), RECURS), **gone}
    return lines.kept(gone, _missed(blocks, found, memory))


def without_recurring(passages: list[Passage], memory: SiteMemory) -> tuple[list[Passage], list[Dropped]]:
    """Take away what stands on most pages of the site; return the rest, and what was dropped."""
    lines = _Lines(passages)
    if is_known_page(memory, map(squeeze, lines.texts)):
        return passages, []
    gone = dict.fromkeys(_recurring(lines.texts, memory), RECURS)
    return lines.kept(gone, {}) if gone else (passages, [])


class _Lines:
    """The lines of passages, numbered throughout."""

    def __init__(self, passages: list[Passage]) -> None:
        self._of = [(passage, line) for passage in passages for line in passage.text.split("\n")]
        self.texts = [line for _, line in self._of]

    def kept(
        self, gone: dict[int, str], missed: dict[int, list[Passage]]
    ) -> tuple[list[Passage], list[Dropped]]:
        """Return the passages without the lines that are gone by some rule, with those missed after a line."""
        kept = list(missed.get(-1, ()))
        for _, group in groupby(enumerate(self._of), key=lambda item: id(item[1][0])):
            numbered = list(group)
            passage = numbered[0][1][0]
            rest = [line for number, (_, line) in numbered if number not in gone]
            if rest:
                kept.append(replace(passage, text="\n".join(rest)))
            for number, _ in numbered:
                kept += missed.get(number, ())
        return kept, [Dropped(rule, self.texts[number]) for number, rule in sorted(gone.items())]


def _furniture(texts: list[str], owners: list[list[Block]], memory: SiteMemory) -> set[int]:
    gone = {
        number
        for number, of_line in enumerate(owners)
        if of_line and all(is_furniture(memory, block.signature) for block in of_line)
    }
    return gone if _share(texts, gone) <= _MOST_DROPPED else set()


def _recurring(texts: list[str], memory: SiteMemory) -> set[int]:
    """Return the lines at both ends that stood on other pages, and tiny ones anywhere that stood on several."""
    numbers = range(len(texts))
    head = takewhile(lambda number: times_seen(memory, squeeze(texts[number])), numbers)
    tail = takewhile(lambda number: times_seen(memory, squeeze(texts[number])), reversed(numbers))
    tiny = (
        number
        for number in numbers
        if len(texts[number]) < _TINY * _LONGEST_WORD
        and len(texts[number].split()) <= _TINY
        and (letters := squeeze(texts[number]))
        and times_seen(memory, letters) >= _OFTEN
    )
    gone = {*head, *tail, *tiny}
    return gone if _share(texts, gone) <= _MOST_RECURRING else set()


def _share(texts: list[str], numbers: set[int]) -> float:
    return sum(len(texts[number]) for number in numbers) / max(1, sum(map(len, texts)))


def _missed(
    blocks: Sequence[Block], found: Sequence[tuple[int, ...]], memory: SiteMemory
) -> dict[int, list[Passage]]:
    """Return the prose that stands where the site has its text, by the line after which it belongs."""
    missed: dict[int, list[Passage]] = {}
    after = -1
    for block, numbers in zip(blocks, found, strict=True):
        if numbers:
            after = max(after, numbers[-1])
        elif is_text(memory, block.signature) and block.words >= _PROSE and block.linked < _MOST_LINKED:
            missed.setdefault(after, []).extend(passages_of([block]))
    return missed


# ---------------------------------------------------------------------------------- a well-known site


def by_template(blocks: Sequence[Block], memory: SiteMemory, hint: Hint) -> list[Block]:
    """Return the blocks of the text by the memory alone.

    None if the site is not known well, if this page is not like the others, or if one is to be read in full again.
    """
    if memory.pages < READY or memory.templated >= FULL_EVERY:
        return []
    chosen = [block for block in blocks if leans_to_text(memory, block.signature)]
    words = sum(block.words for block in chosen)
    unknown = sum(
        block.words
        for block in blocks
        if block.signature not in memory.blocks and block.words >= _PROSE and block.linked < _MOST_LINKED
    )
    if words < _LEAST_TEXT or unknown > words * _MOST_UNKNOWN or not _is_announced(chosen, blocks, hint):
        return []
    return chosen


def _is_announced(chosen: Sequence[Block], blocks: Sequence[Block], hint: Hint) -> bool:
    """Tell whether what was chosen has the feed's words, as far as the page has them in one block."""
    if sum(block.words for block in chosen) < len(hint.content.split()) * _NEARLY:
        return False
    least, most = _KEY
    key = squeeze(hint.summary)[:most]
    if len(key) < least or any(key in block.letters for block in chosen):
        return True
    return not any(key in block.letters for block in blocks)

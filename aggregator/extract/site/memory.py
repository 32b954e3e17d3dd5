"""What the pages of one site teach about where its text stands: the memory of the site.

Pure. A page teaches by the blocks that its text was made of (`lesson`); `learn` merges that into the memory;
`is_text`, `is_furniture` and `recurs` answer from it. What is learnt fades, so that a redesign, or a page that was
read wrongly, is unlearnt within a few pages; and it is bounded, so that hostile pages cannot fill the archive.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.models import SiteMemory, SitePage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.extract.tree.blocks import Block

MOST_SIGNATURES = 400  # of one site; with the lines some 20 KB of JSON
MOST_LINES = 600
_MOST_WORDS = 1000  # that one page may say of one signature: a long page teaches no more than a common one
_CERTAIN = 3  # a text that the feed gave counts so many times
_FADES = 0.75  # what was known is worth so much when the next page speaks of the same place
_CLEARLY_TEXT, _CLEARLY_NOT = 4, 2  # so many times the words of the other side
_LONGEST_LINE = 350  # letters, some sixty words; what recurs in furniture is no longer
_LEAST = 40  # words in the text, below which a page teaches nothing
_AGREES = 0.85  # of the words: then the layout is the one we know
_RECURS = 0.6  # of the pages: a line that so many have is furniture
_REMEMBERED = 20  # pages: then all counts are halved, so that what is new can become what is usual
_PAGES = "#"  # counts the pages whose lines are known
_PAGE = "="  # marks the hash that stands for a page as a whole: the same page does not teach twice


def lesson(
    host: str, blocks: Sequence[Block], found: Sequence[tuple[int, ...]], *, known: bool = False
) -> SitePage | None:
    """Return what a page teaches, given the lines of its text that each block has; None if that is too little."""
    words: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for block, numbers in zip(blocks, found, strict=True):
        counts, side = words[block.signature], 0 if numbers else 1
        counts[side] = min(_MOST_WORDS, counts[side] + block.words)
    if sum(inside for inside, _ in words.values()) < _LEAST:
        return None
    most = sorted(words.items(), key=lambda item: -sum(item[1]))[:MOST_SIGNATURES]
    return SitePage(
        host=host,
        blocks={signature: (inside, outside) for signature, (inside, outside) in most},
        lines=_lines(blocks, found, known=known),
        known=known,
    )


def _lines(blocks: Sequence[Block], found: Sequence[tuple[int, ...]], *, known: bool) -> frozenset[str]:
    """Return the hashes of lines that are furniture if they recur, and what stands for the page.

    What is in a text that is known for sure is text although it recurs: series begin and end alike.
    """
    inside = [block for block, numbers in zip(blocks, found, strict=True) if numbers]
    outside = [block for block, numbers in zip(blocks, found, strict=True) if not numbers]
    candidates = outside if known else [*inside, *outside]
    short = [block.letters for block in candidates if 0 < len(block.letters) <= _LONGEST_LINE]
    hashes = dict.fromkeys(map(line_hash, short[: MOST_LINES // 2]))
    return frozenset((_PAGES, page_hash(block.letters for block in inside), *hashes))


def line_hash(letters: str) -> str:
    return blake2b(letters.encode(errors="replace"), digest_size=4).hexdigest()


def page_hash(lines: Iterable[str]) -> str:
    """Return what stands for a page: its longest paragraph, so that an edit elsewhere leaves it the same page."""
    return _PAGE + line_hash(max(lines, key=len, default=""))


# ------------------------------------------------------------------------------------------- the site


def learn(memory: SiteMemory, page: SitePage) -> SiteMemory:
    """Return the memory with what one more page of the site teaches; a page that is known teaches nothing.

    A page without blocks was read from memory alone: it is counted, and its lines are, but it confirms nothing.
    """
    if any(line in memory.lines for line in page.lines if line.startswith(_PAGE)):
        return memory
    lines = _merged_lines(memory, page)
    if not page.blocks:
        return replace(memory, lines=lines, templated=memory.templated + 1)
    pages = memory.pages + 1 if not memory.pages or _agrees(memory, page) else max(1, memory.pages // 2)
    return SiteMemory(page.host, pages, _merged_blocks(memory, page), lines, templated=0)


def _merged_blocks(memory: SiteMemory, page: SitePage) -> dict[str, tuple[int, int]]:
    """Merge, the signatures of the newest page first: those not met for long are forgotten first."""
    weight = _CERTAIN if page.known else 1
    merged: dict[str, tuple[int, int]] = {}
    for signature, (inside, outside) in islice(page.blocks.items(), MOST_SIGNATURES):
        before = memory.blocks.get(signature, (0, 0))
        merged[signature] = (
            int(before[0] * _FADES) + min(inside, _MOST_WORDS) * weight,
            int(before[1] * _FADES) + min(outside, _MOST_WORDS) * weight,
        )
    others = [item for item in memory.blocks.items() if item[0] not in merged]
    merged.update(others[: MOST_SIGNATURES - len(merged)])
    return merged


def _merged_lines(memory: SiteMemory, page: SitePage) -> dict[str, int]:
    """Merge; what has recurred stays longest, then what is newest."""
    merged = dict(memory.lines)
    for line in sorted(page.lines)[:MOST_LINES]:
        merged[line] = merged.pop(line, 0) + 1  # newest last
    if merged.get(_PAGES, 0) > _REMEMBERED:
        merged = {line: (count + 1) // 2 for line, count in merged.items()}
    if len(merged) > MOST_LINES:
        newest_first = list(merged)[::-1]
        for line in sorted(newest_first, key=merged.__getitem__, reverse=True)[MOST_LINES:]:
            del merged[line]
    return merged


def _agrees(memory: SiteMemory, page: SitePage) -> bool:
    """Tell whether the memory would have found the text of this page."""
    right = wrong = 0
    for signature, (inside, outside) in page.blocks.items():
        if leans_to_text(memory, signature):
            right, wrong = right + inside, wrong + outside
        else:
            wrong += inside
    return right >= _AGREES * (right + wrong)


def is_furniture(memory: SiteMemory, signature: str) -> bool:
    inside, outside = memory.blocks.get(signature, (0, 0))
    return outside > inside * _CLEARLY_NOT


def is_text(memory: SiteMemory, signature: str) -> bool:
    inside, outside = memory.blocks.get(signature, (0, 0))
    return inside > outside * _CLEARLY_TEXT


def leans_to_text(memory: SiteMemory, signature: str) -> bool:
    inside, outside = memory.blocks.get(signature, (0, 0))
    return inside > outside


def times_seen(memory: SiteMemory, letters: str) -> int:
    """Return on how many other pages of the site a squeezed line stood; 0 if most have it not, or if it is long."""
    if len(letters) > _LONGEST_LINE:
        return 0
    times = memory.lines.get(line_hash(letters), 0)
    return times if times >= _RECURS * memory.lines.get(_PAGES, 1) else 0


def is_known_page(memory: SiteMemory, lines: Iterable[str]) -> bool:
    """Tell whether the page with these squeezed lines has taught already: that its lines recur says nothing then."""
    return page_hash(lines) in memory.lines

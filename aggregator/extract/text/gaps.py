"""What an extractor left out in the midst of a text: section headings, lists, whole runs of paragraphs.

Only what stands between the first and the last block that it took, has next to no links, and is enclosed by text:
a gap of that kind is an oversight, while a gap that holds links, captions or one single line is a widget.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from aggregator.extract.letters import squeeze
from aggregator.extract.text.passages import passages_of
from aggregator.extract.text.wording import ANNOUNCES_LIST, OTHERS, POINTER
from aggregator.extract.tree.blocks import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.text.passages import Passage
    from aggregator.extract.tree.blocks import Block

_UNLINKED = 0.15  # share of link text up to which a block is no list of links
_LONGEST_HEADING = 120  # letters
# Of one level (many have an id of their own): a single heading that was left out was left out for a reason.
_LEAST_HEADINGS = 2
_LEAST_LINKED_HEADINGS = 5
_LEAST_LIST = 40  # letters of a list: shorter ones are buttons
_MOST_OF_LIST = 0.8  # of its items must be without links
_PROSE = 80  # letters of a block from which it is prose
_MOST_LETTERS = 300_000  # of a text that are searched
_LEAST_RUN = 4  # paragraphs …
_LEAST_RUN_SHARE = 0.25  # … and letters, as a share of those taken, of a run that was left out


def without_gaps(
    passages: list[Passage], blocks: Sequence[Block], found: Sequence[tuple[int, ...]], titles: Sequence[str]
) -> list[Passage]:
    """Return the passages with their shares of links, and between them those blocks that belong there.

    `found` are the lines of the passages that each block has.
    """
    lines = [(number, line) for number, p in enumerate(passages) for line in p.text.split("\n")]
    passages = _with_links(passages, [number for number, _ in lines], blocks, found)
    taken = [index for index, numbers in enumerate(found) if numbers]
    if not taken:
        return passages
    within = slice(taken[0], taken[-1] + 1)
    whole = "".join(squeeze(line) for _, line in lines)[:_MOST_LETTERS]
    gaps = _Gaps(blocks[within], found[within], {*map(squeeze, titles)}, whole)
    gaps.fill_runs()
    gaps.fill_lists()
    gaps.fill_headings()
    after: dict[int, list[Block]] = defaultdict(list)
    place = -1
    for block, numbers, filled in zip(gaps.blocks, gaps.found, gaps.filled, strict=True):
        if numbers:
            place = max(place, lines[numbers[-1]][0])
        elif filled:
            after[place].append(block)
    return [p for number, passage in enumerate(passages) for p in (passage, *passages_of(after[number]))]


def _with_links(
    passages: list[Passage], owners: list[int], blocks: Sequence[Block], found: Sequence[tuple[int, ...]]
) -> list[Passage]:
    """Return the passages with their share of link text; `owners` are the passages that the lines belong to."""
    letters, links = [0] * len(passages), [0.0] * len(passages)
    for block, numbers in zip(blocks, found, strict=True):
        if numbers:
            number = owners[numbers[0]]
            letters[number] += len(block.text)
            links[number] += len(block.text) * block.linked
    shares = [part / max(1, whole) for part, whole in zip(links, letters, strict=True)]
    return [replace(p, linked=share) if share else p for p, share in zip(passages, shares, strict=True)]


class _Gaps:
    """The blocks from the first that was taken to the last, and which of those between are to be taken as well."""

    def __init__(
        self, blocks: Sequence[Block], found: Sequence[tuple[int, ...]], titles: set[str], whole: str
    ) -> None:
        self.blocks, self.found = blocks, found
        self.filled = [False] * len(blocks)
        self._titles, self._whole = titles, whole

    def _is_text(self, index: int) -> bool:
        return bool(self.found[index]) or self.filled[index]

    def _may_be_text(self, index: int) -> bool:
        block = self.blocks[index]
        return block.linked <= _UNLINKED and self._is_missing(index)

    def _is_missing(self, index: int) -> bool:
        text = self.blocks[index].letters
        is_there = self._is_text(index) or (len(text) >= _PROSE and text in self._whole)
        return not is_there and text not in self._titles

    def fill_runs(self) -> None:
        """Take the prose of one place in the markup if much of it was left out."""
        runs: dict[str, dict[str, int]] = defaultdict(dict)
        for index, block in enumerate(self.blocks):
            if block.place.kind is Kind.PARAGRAPH and not block.place.lists and self._may_be_text(index):
                text = block.letters
                if len(text) >= _PROSE:
                    runs[block.signature].setdefault(text, index)
        letters = sum(
            len(block.text) for block, numbers in zip(self.blocks, self.found, strict=True) if numbers
        )
        for run in runs.values():
            touches = any(self._is_text(i - 1) or self._is_text(i + 1) for i in run.values())
            if touches and len(run) >= _LEAST_RUN and sum(map(len, run)) >= _LEAST_RUN_SHARE * letters:
                for index in run.values():
                    self.filled[index] = True

    def fill_lists(self) -> None:
        """Take runs of items that text or a heading encloses; several lists may follow each other, each headed."""
        start = 0
        while start < len(self.blocks):
            end = start
            while end < len(self.blocks) and (
                self._is_left_out_item(end) or (end > start and self._heads_left_out_items(end))
            ):
                end += 1
            if end > start and self._is_enclosed(start, end):
                self._fill_items(start, end)
            start = end + 1

    def _fill_items(self, start: int, end: int) -> None:
        """Take the lists between two places, each if it is one of text."""
        numbered = groupby(range(start, end), key=self._is_left_out_item)
        for run in [list(indices) for are_items, indices in numbered if are_items]:
            if self._is_list_of_text(run[0], run[-1] + 1):
                self.filled[run[0] : run[-1] + 1] = [True] * len(run)

    def _heads_left_out_items(self, index: int) -> bool:
        return (
            self.blocks[index].place.kind is Kind.HEADING
            and not self._is_text(index)
            and index + 1 < len(self.blocks)
            and self._is_left_out_item(index + 1)
        )

    def _is_left_out_item(self, index: int) -> bool:
        return self.blocks[index].place.kind is Kind.ITEM and not self._is_text(index)

    def _is_enclosed(self, start: int, end: int) -> bool:
        before, after = self.blocks[start - 1], self.blocks[end]
        return (
            self._is_text(start - 1) or (before.place.kind is Kind.HEADING and self._is_text(start - 2))
        ) and (self._is_text(end) or (after.place.kind is Kind.HEADING and self._is_text(end + 1)))

    def _is_list_of_text(self, start: int, end: int) -> bool:
        before = self.blocks[start - 1].text
        if self._is_text(start - 1) and ANNOUNCES_LIST.search(before) and not POINTER.fullmatch(before):
            return True  # of links, too: the text itself says that they are a part of it
        good = sum(1 for index in range(start, end) if self._may_be_text(index))
        letters = sum(len(block.letters) for block in self.blocks[start:end])
        return good >= _MOST_OF_LIST * (end - start) and letters >= _LEAST_LIST

    def fill_headings(self) -> None:
        """Take headings that text follows at once, if they are several of a kind or such headings were taken.

        Those that lead elsewhere are mostly of other stories: they have to be many that stand alike.
        """
        heads = [
            index
            for index in range(len(self.blocks) - 2, 0, -1)
            if self.blocks[index].place.kind is Kind.HEADING
            and self._is_text(index + 1)
            and self._may_be_heading(index)
        ]
        plain = [index for index in heads if self.blocks[index].linked <= _UNLINKED]
        taken = {
            b.place.level
            for i, b in enumerate(self.blocks)
            if b.place.kind is Kind.HEADING and self._is_text(i)
        }
        alike = Counter(self.blocks[index].place.level for index in plain)
        for index in plain:
            level = self.blocks[index].place.level
            if level in taken or alike[level] >= _LEAST_HEADINGS:
                self.filled[index] = True
        linked = Counter(self.blocks[index].signature for index in {*heads} - {*plain})
        for index in heads:
            if linked[self.blocks[index].signature] >= _LEAST_LINKED_HEADINGS:
                self.filled[index] = True

    def _may_be_heading(self, index: int) -> bool:
        text = self.blocks[index].text
        return len(text) <= _LONGEST_HEADING and self._is_missing(index) and not OTHERS.fullmatch(text)

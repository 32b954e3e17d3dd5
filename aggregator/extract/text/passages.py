"""What was extracted, as passages: a paragraph, a heading, a list; from the extractor, or from blocks of the page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from aggregator.extract.tree.blocks import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.tree.blocks import Block


@dataclass(frozen=True, slots=True)
class Passage:
    """A block of what was extracted, in plain text."""

    text: str
    linked: float = 0.0  # share of its letters that are links, 0 to 1
    kind: str = "p"  # trafilatura's name: "p", "head", "list", "quote", "code", "table"


def passages_of(blocks: Sequence[Block]) -> list[Passage]:
    """Return blocks as passages: the items of a list, the rows of a table, the paragraphs of a quote are one."""
    passages: list[Passage] = []
    for kind, group in groupby(blocks, key=_passage_kind):
        together = list(group)
        if kind in _JOINED:
            letters = sum(len(block.text) for block in together)
            linked = sum(block.linked * len(block.text) for block in together) / letters
            passages.append(Passage("\n".join(map(_line, together)), linked, kind))
        else:
            passages += [Passage(block.text, block.linked, kind) for block in together]
    return passages


_JOINED = frozenset(("list", "table", "quote"))
_NAMES = {Kind.HEADING: "head", Kind.CODE: "code", Kind.ROW: "table"}


def _passage_kind(block: Block) -> str:
    if block.place.kind in _NAMES:
        return _NAMES[block.place.kind]
    if block.place.lists:
        return "list"
    return "quote" if block.place.quotes else "p"


def _line(block: Block) -> str:
    if block.place.kind is Kind.ROW:
        return f"| {block.text} |"
    if block.place.lists:
        indent = "  " * (len(block.place.lists) - 1)
        return f"{indent}{'- ' if block.first else '  '}{block.text}"
    return block.text

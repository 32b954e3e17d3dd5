"""An extracted text as CommonMark, with the headings, lists, quotes, code and links that its page has.

The text decides what is said, the page's blocks how it is set: a line of the text that is no block of the page stays
a plain paragraph. Rendered, the Markdown has the words of the text. Rows of tables are lines with bars, because
CommonMark has no tables; images are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.extract.text.inline import escaped, inline_markdown
from aggregator.extract.tree.blocks import Block, Kind, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = re.compile(r"[^\W_]+")
_RULE_OF_TABLE = re.compile(r"[|:\s-]*-[|:\s-]*\|[|:\s-]*")
_ITEM = re.compile(r"(\s*)- ")
_FENCES = re.compile(r"`{3,}")
_HARD_BREAK = "\\"
_DEEPEST_LIST = 8
_SPREAD = 4  # lines for each that a block was found in: lines of signs alone (in code) are between


@dataclass(frozen=True, slots=True)
class _Unit:
    place: Place
    lines: tuple[str, ...]  # of Markdown, except in code
    first: bool = True  # of a list's item


def to_markdown(
    lines: Sequence[str], blocks: Sequence[Block], found: Sequence[tuple[int, ...]], url: str
) -> str:
    """Return a text's lines as CommonMark; "" if they are plain paragraphs. `found`: the lines of each block."""
    units = list(_units(lines, blocks, found, url))
    if not any(
        unit.place != Place() or "](" in line or "*" in line or "`" in line
        for unit in units
        for line in unit.lines
    ):
        return ""
    return _written(units)


def _units(
    lines: Sequence[str], blocks: Sequence[Block], found: Sequence[tuple[int, ...]], url: str
) -> Iterator[_Unit]:
    owners = _owners(lines, blocks, found)
    number = 0
    while number < len(lines):
        block, count = owners.get(number, (None, 1))
        line = lines[number]
        number += count
        if block is not None:
            yield _unit_of(block, url)
        elif line.strip() and not _RULE_OF_TABLE.fullmatch(line):
            yield _plain_unit(line)


def _owners(
    lines: Sequence[str], blocks: Sequence[Block], found: Sequence[tuple[int, ...]]
) -> dict[int, tuple[Block, int]]:
    """Return for a line the block whose words it has, and how many lines that block takes."""
    owners: dict[int, tuple[Block, int]] = {}
    for block, numbers in zip(blocks, found, strict=True):
        near = len(numbers) > 1 and numbers[-1] - numbers[0] < len(numbers) * _SPREAD
        if near and _same_words("\n".join(lines[numbers[0] : numbers[-1] + 1]), block.text):
            owners.setdefault(numbers[0], (block, numbers[-1] + 1 - numbers[0]))
            continue
        for number in numbers:
            if _same_words(lines[number], block.text):
                owners.setdefault(number, (block, 1))
    return owners


def _same_words(one: str, other: str) -> bool:
    return one == other or _WORD.findall(one) == _WORD.findall(other)


def _unit_of(block: Block, url: str) -> _Unit:
    if block.place.kind is Kind.CODE:
        return _Unit(block.place, tuple(block.text.split("\n")), block.first)
    return _Unit(block.place, tuple(inline_markdown(block.pieces, url)), block.first)


def _plain_unit(line: str) -> _Unit:
    """Return a line that is no block of the page; what the extractor wrote as a list's item is one."""
    item = _ITEM.match(line)
    if item is None:
        return _Unit(Place(), (escaped(line.strip()),))
    depth = min(_DEEPEST_LIST, len(item.group(1)) // 2 + 1)
    return _Unit(Place(Kind.ITEM, lists=(False,) * depth), (escaped(line[item.end() :].strip()),))


# ------------------------------------------------------------------------------------------ writing


def _written(units: Sequence[_Unit]) -> str:
    """Join units: a blank line between any two, but for the items of one list and the rows of one table."""
    parts: list[str] = []
    before = Place()
    widths: tuple[int, ...] = ()  # how far the text of the list items around is set in, outermost first
    for unit in units:
        if not unit.lines:
            continue
        widths = _widths(unit, widths if before.quotes == unit.place.quotes else ())
        quote = "> " * unit.place.quotes
        if parts:
            parts.append(_between(before, unit, quote))
        body = _body(unit)
        parts.append("\n".join(f"{quote}{line}".rstrip() for line in _set_in(unit, body, widths)))
        before = unit.place
    return "".join(parts)


def _widths(unit: _Unit, around: tuple[int, ...]) -> tuple[int, ...]:
    """Return the widths for a unit: an item is at most one level deeper than the one before it."""
    lists = unit.place.lists[:_DEEPEST_LIST]
    if not lists or (not unit.first and not around):
        return ()
    depth = min(len(lists), len(around) + 1) if unit.first else min(len(lists), len(around))
    own = len(_marker(numbered=lists[-1]))
    return (*around[: depth - 1], own) if unit.first else around[:depth]


def _marker(*, numbered: bool) -> str:
    return "1. " if numbered else "- "


def _set_in(unit: _Unit, body: list[str], widths: tuple[int, ...]) -> Iterator[str]:
    if not widths:
        yield from body
        return
    indent = " " * sum(widths)
    for number, line in enumerate(body):
        if number == 0 and unit.first:
            yield " " * sum(widths[:-1]) + _marker(numbered=unit.place.lists[:_DEEPEST_LIST][-1]) + line
        else:
            yield indent + line


def _body(unit: _Unit) -> list[str]:
    kind, lines = unit.place.kind, unit.lines
    if kind is Kind.CODE:
        longest = max((len(fence) for line in lines for fence in _FENCES.findall(line)), default=2)
        fence = "`" * (longest + 1)
        return [fence, *lines, fence]
    if kind is Kind.HEADING:
        line = " ".join(lines)
        return ["#" * unit.place.level + " " + (line[:-1] + "\\#" if line.endswith(" #") else line)]
    return [*(line + _HARD_BREAK for line in lines[:-1]), lines[-1]]


def _between(before: Place, unit: _Unit, quote: str) -> str:
    place = unit.place
    if place.quotes == before.quotes:
        if place.kind is Kind.ROW and before.kind is Kind.ROW:
            return _HARD_BREAK + "\n"
        items = unit.first and place.kind is Kind.ITEM and before.kind is Kind.ITEM
        if items and (len(place.lists) != len(before.lists) or place.lists == before.lists):
            return "\n"
        return f"\n{quote.rstrip()}\n" if quote else "\n\n"
    return "\n\n"

"""The article in a page: the one place that calls trafilatura for text.

Settings by measurement: comments off (the most valuable switch), never `deduplicate` (it remembers pages and empties
texts that come again), no precision mode; `fast`, which costs a third less and is as good on nine pages of ten, where
the other tenth is told by the page's own blocks and read again; a fresh `Extractor` each time (an old one is stuck with
its day), and the page's address given.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor
from trafilatura.xml import xmltotxt

from aggregator.extract.text.alignment import align
from aggregator.extract.text.gaps import without_gaps
from aggregator.extract.text.passages import Passage, passages_of
from aggregator.extract.text.rescue import text_around
from aggregator.extract.text.selecting import quicken
from aggregator.extract.tree.setaside import unread_set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element
    from lxml.html import HtmlElement

    from aggregator.extract.tree.blocks import Block

quicken()
_WRAPPERS = frozenset(("body", "div", "html", "main", "section", "article", "span"))
_MOST_THOROUGH = 5000  # elements: justext, which the thorough way asks, compares each paragraph with each
_PROSE = 80  # letters of a block from which it is prose …
_UNLINKED = 0.3  # … unless more of it is links
_MISSED = 0.5  # of the page's prose (comments are prose, too), below which an extraction is doubted
_CLEARLY_MORE = 1.5  # times as much must another one have
_ENOUGH = 2500  # letters of prose: what else a page has beside so many are comments, not the text
_GLUED_TO, _LONGEST_CREDIT = 30, 60  # letters by which a paragraph is known; of what may be glued to it
_SIMPLE = frozenset(("p", "head"))  # their text alone is what they say …
_MEANING = re.compile("[&\u2424]")  # … unless it has an entity, or trafilatura's mark of a line's end


def article_passages(
    tree: HtmlElement, url: str, blocks: Sequence[Block] = (), titles: Sequence[str] = ()
) -> list[Passage]:
    """Return the article's paragraphs, headings, lists and tables in order, as plain text. `tree` stays as it is.

    `blocks` are those of the page. The quick way is tried first; where its result looks odd, the thorough one, unless
    the page is large; where that misses most of the page's prose, the eager one, or the text that stands around it.
    What was left out in the midst is taken in.
    """
    with unread_set_aside(tree):
        passages = _extracted(tree, url, blocks, fast=True)
    found = _found(passages, blocks)
    is_large = False
    if _is_odd(passages, blocks, found):
        is_large = next(islice(tree.iter(), _MOST_THOROUGH, None), None) is not None
        if not is_large:
            passages = _extracted(tree, url, blocks)
            found = _found(passages, blocks)
    inside, prose = _prose_in(blocks, found)
    if not passages or inside < _MISSED * prose:
        if inside < _ENOUGH:
            eager = _extracted(tree, url, blocks, fast=is_large, recall=True)
            found_eagerly = _found(eager, blocks)
            least = _CLEARLY_MORE * max(inside, _length(passages))
            if not passages or _prose_in(blocks, found_eagerly)[0] > least:
                return without_gaps(eager, blocks, found_eagerly, titles)
        if around := text_around(blocks, found):
            passages = passages_of(around)
            found = _found(passages, blocks)
    return without_gaps(passages, blocks, found, titles)


def _is_odd(passages: list[Passage], blocks: Sequence[Block], found: list[tuple[int, ...]]) -> bool:
    """Tell whether most of the page's prose is missing, or all is one lump that has prose in it."""
    inside, prose = _prose_in(blocks, found)
    if len(passages) == 1 and not prose and len(passages[0].text) >= _ENOUGH:
        return False  # a list, a table, a poem
    return len(passages) <= 1 or inside < min(_MISSED * prose, _ENOUGH)


def _length(passages: list[Passage]) -> int:
    return sum(len(passage.text) for passage in passages)


def _found(passages: list[Passage], blocks: Sequence[Block]) -> list[tuple[int, ...]]:
    return align(blocks, [line for passage in passages for line in passage.text.split("\n")])


def _prose_in(blocks: Sequence[Block], found: list[tuple[int, ...]]) -> tuple[int, int]:
    """Return how many letters of the page's prose were found, and how many there are."""
    prose = [(len(b.text), numbers) for b, numbers in zip(blocks, found, strict=True) if _is_prose(b)]
    return sum(length for length, numbers in prose if numbers), sum(length for length, _ in prose)


def _is_prose(block: Block) -> bool:
    return len(block.text) >= _PROSE and block.linked <= _UNLINKED


def _extracted(
    tree: HtmlElement, url: str, blocks: Sequence[Block] = (), *, fast: bool = False, recall: bool = False
) -> list[Passage]:
    options = Extractor(output_format="txt", comments=False, url=url, fast=fast, recall=recall)
    document = bare_extraction(tree, options=options)
    if not isinstance(document, Document):  # None: nothing found
        return []
    passages = [replace(p, text=text) for p in _passages(document.body) if (text := _trimmed(p.text))]
    return unglued(passages, blocks)


def unglued(passages: list[Passage], blocks: Sequence[Block]) -> list[Passage]:
    """Return the passages without what trafilatura has joined to paragraphs, without a blank: credits of pictures."""
    paragraphs = {block.text for block in blocks if _is_prose(block)}
    beginnings = {text[:_GLUED_TO] for text in paragraphs}
    return [_alone(p, paragraphs, beginnings) if p.kind == "p" else p for p in passages]


def _alone(passage: Passage, paragraphs: set[str], beginnings: set[str]) -> Passage:
    """Return the paragraph of the page that a passage ends with, if what precedes it is short and ends in a word."""
    text = passage.text
    if text[:_GLUED_TO] in beginnings:
        return passage
    for start in range(1, min(_LONGEST_CREDIT, len(text) - _GLUED_TO)):
        begins = text[start - 1].isalnum() and text[start : start + _GLUED_TO] in beginnings
        if begins and text[start:] in paragraphs:
            return replace(passage, text=text[start:])
    return passage


def _passages(element: _Element) -> Iterator[Passage]:
    yield Passage(element.text or "")
    for child in element:
        tail, child.tail = child.tail, None
        if child.tag in _WRAPPERS:
            yield from _passages(child)
        else:
            yield Passage(_plain(child), kind=child.tag)
        yield Passage(tail or "")


def _plain(element: _Element) -> str:
    """Return what an element of trafilatura's says; most are one text."""
    text = element.text
    if (
        text
        and element.tag in _SIMPLE
        and not len(element)
        and text.isprintable()
        and not _MEANING.search(text)
    ):
        return str(text)
    return str(xmltotxt(element, include_formatting=False))


def _trimmed(block: str) -> str:
    return "\n".join(line.rstrip() for line in block.strip("\n").splitlines() if line.strip())

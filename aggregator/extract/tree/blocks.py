"""A page as a list of blocks: paragraphs, headings, list items, rows, each with where it stands in the markup.

One linear walk over the parsed tree. Furniture is here as well as text, because it has to be learnt to be left out;
what is never shown as text (scripts, styles, forms' controls) is not. A block's *signature* stands for its place:
tag, first class and id of the element and of the three around it, with numbers and hashes taken out, so that it is
the same on every page of one layout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from aggregator.extract.letters import squeeze
from aggregator.markup import without_controls

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

MOST_BLOCKS = 20_000  # of one page; the largest seen has 4,000. A page with more is read without them
_DEEPEST = 250  # elements; the parser stops there as well
_AROUND = 3  # elements around the block's own that its signature names
_LONGEST_NAME = 40  # characters of a class or an id: more is generated
_LONGEST_CLASSES = 200  # characters that are looked at
_MOSTLY = 0.5  # of a block is links: it leads elsewhere, and is of another kind than its neighbours …
_LINK = "a"  # … which this at the end of its signature says
_LETTERS_PER_WORD = 12  # more than that on average: writing without spaces …
_UNSPACED_PER_WORD = 2  # … where about so many letters are a word

_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rb rp rt ruby s samp
    small span strike strong sub sup time tt u var wbr
    """.split()
)
_UNREAD = frozenset(
    """
    applet area audio button canvas datalist embed head iframe input map math meta noembed noframes noscript object
    option param script select source style svg template textarea title track video link
    """.split()
)
_STRONG, _EMPHASIS, _CODE = (
    frozenset(("b", "strong")),
    frozenset(("em", "i")),
    frozenset(("code", "kbd", "samp", "tt")),
)
_STYLING = frozenset(("a", *_STRONG, *_EMPHASIS, *_CODE))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu"))


class Kind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    CODE = "code"
    ROW = "row"
    CAPTION = "caption"


_PREFORMATTED, _ROW = Kind.CODE, Kind.ROW  # asked for at each element, and slow to look up
_KINDS = {
    **dict.fromkeys(_HEADINGS, Kind.HEADING),
    **dict.fromkeys(("td", "th"), Kind.ROW),
    **dict.fromkeys(("figcaption", "caption"), Kind.CAPTION),
    "pre": Kind.CODE,
}


class Style(NamedTuple):
    """What the markup around a piece of text makes of it."""

    href: str = ""
    strong: bool = False
    emphasis: bool = False
    code: bool = False


class Place(NamedTuple):
    """Where a block stands: what it is, and in which lists and quotes."""

    kind: Kind = Kind.PARAGRAPH
    level: int = 0  # of a heading, 1 to 6
    quotes: int = 0  # quotes around it
    lists: tuple[bool, ...] = ()  # the lists around it, outermost first: True where they are numbered


_PLACING = frozenset(("blockquote", "li", *_LISTS, *_KINDS))  # what stands in these stands elsewhere


@dataclass(slots=True)
class Block:
    signature: str
    place: Place
    pieces: list[tuple[str, Style]]  # the text as it stands in the source; "\n" is a line break
    first: bool = True  # of a list item: it begins one; otherwise it goes on with it
    text: str = field(init=False)  # white space collapsed; line breaks kept
    words: int = field(init=False)
    linked: float = field(init=False)  # share of the text that is link text, 0 to 1
    _letters: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        whole = "".join([piece for piece, _ in self.pieces])
        if self.place.kind is _PREFORMATTED:
            self.text = whole.strip("\n").rstrip()
            self.words = rough_words(self.text, len(whole.split()))
        elif "\n" in whole:
            self.text = "\n".join(line for part in whole.split("\n") if (line := " ".join(part.split())))
            self.words = rough_words(self.text, len(whole.split()))
        else:
            words = whole.split()
            self.text = " ".join(words)
            self.words = rough_words(self.text, len(words))
        links = sum([len(piece) for piece, style in self.pieces if style.href])
        self.linked = min(1.0, links / len(self.text)) if links and self.text else 0.0
        if self.linked > _MOSTLY:
            self.signature += _LINK

    @property
    def letters(self) -> str:
        """Return the text squeezed: kept, because it is asked for often."""
        if self._letters is None:
            self._letters = squeeze(self.text)
        return self._letters


def rough_words(text: str, words: int) -> int:
    """Return how many words there are in a text in which so many are set apart by spaces: some writing has none."""
    return words if len(text) <= words * _LETTERS_PER_WORD else max(words, len(text) // _UNSPACED_PER_WORD)


def page_blocks(tree: HtmlElement) -> list[Block]:
    """Return the blocks of a page in order; none for a page with more of them than an article can have."""
    walk = _Walk()
    body = tree.find("body")
    walk.enter(tree if body is None else body)
    return walk.blocks if len(walk.blocks) < MOST_BLOCKS else []


class _Walk:
    """The state of one walk: the block that is being gathered, and those that are done."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._pieces: list[tuple[str, Style]] = []
        self._path: tuple[str, ...] = ()
        self._place = Place()
        self._begins_item = False

    def enter(self, element: _Element) -> None:
        """Gather what is in the element that holds all others."""
        self._enter_block(element, str(element.tag), (), Place(), Style(), _DEEPEST)

    def _gather(
        self, element: _Element, path: tuple[str, ...], place: Place, style: Style, depth: int
    ) -> None:
        """Take in the text and the children of an element; the tails of the children belong to it, too."""
        text = element.text
        if text and (self._pieces or not text.isspace()):
            self._add(text, path, place, style)
        if not depth or len(self.blocks) >= MOST_BLOCKS:
            return
        for child in element:
            tag = child.tag
            if tag not in _UNREAD:
                if tag in _INLINE:
                    styled = _styled(child, tag, style) if tag in _STYLING else style
                    self._enter_inline(child, path, place, styled, depth - 1)
                elif tag == "br":
                    self._break(place, style)
                elif isinstance(tag, str):
                    self._enter_block(child, tag, path, place, style, depth - 1)
            text = child.tail
            if text and (self._pieces or not text.isspace()):
                self._add(text, path, place, style)

    def _enter_inline(
        self, element: _Element, path: tuple[str, ...], place: Place, style: Style, depth: int
    ) -> None:
        if len(element):
            self._gather(element, path, place, style, depth)
        elif (text := element.text) and (self._pieces or not text.isspace()):
            self._add(text, path, place, style)

    def _enter_block(
        self, element: _Element, tag: str, path: tuple[str, ...], place: Place, style: Style, depth: int
    ) -> None:
        if self._pieces:
            self._flush()
        if tag == "li":
            self._begins_item = True
        start = len(self.blocks)
        inner = (*path[-_AROUND:], _label(tag, element.get("class"), element.get("id")))
        if tag in _PLACING or place.kind is _ROW:
            place = _placed(tag, place)
        self._gather(element, inner, place, style, depth)
        if self._pieces:
            self._flush()
        if tag == "tr":
            self._join_row(start)

    def _add(self, text: str, path: tuple[str, ...], place: Place, style: Style) -> None:
        if place.kind is not _PREFORMATTED:
            text = text.replace("\n", " ")
        if not text.isascii():  # ASCII was cleaned when the page was loaded
            text = normalize("NFC", text)
            text = text if text.isprintable() else without_controls(text)
        if not self._pieces:
            self._path, self._place = path, place
        self._pieces.append((text, style))

    def _break(self, place: Place, style: Style) -> None:
        """Take in a line break; a second one ends the paragraph, as most hand-written pages mean it."""
        if place.kind is Kind.CODE and self._pieces:
            self._pieces.append(("\n", style))
            return
        for text, _ in reversed(self._pieces):
            if text == "\n":
                self._pieces.pop()
                self._flush()
                return
            if not text.isspace():
                self._pieces.append(("\n", style))
                return

    def _flush(self) -> None:
        """End the block that is being gathered."""
        pieces, self._pieces = self._pieces, []
        block = Block(_signature(self._path), self._place, pieces)
        if block.text and not block.text.isspace():
            if self._place.lists:
                block.first, self._begins_item = self._begins_item, False
            self.blocks.append(block)

    def _join_row(self, start: int) -> None:
        """Make one block of the cells of a row, unless it lays out the page: then they hold blocks of all kinds."""
        cells = self.blocks[start:]
        if len(cells) > 1 and all(cell.place.kind is Kind.ROW for cell in cells):
            pieces = [piece for cell in cells for piece in ((" | ", Style()), *cell.pieces)][1:]
            self.blocks[start:] = [Block(cells[0].signature, cells[0].place, pieces)]


def _placed(tag: str, place: Place) -> Place:
    """Return where the blocks in an element of this tag stand, itself standing at `place`."""
    if tag not in _PLACING:
        # A block in a cell: the table lays out the page.
        return Place(Kind.PARAGRAPH, 0, place.quotes, place.lists) if place.kind is Kind.ROW else place
    if tag == "blockquote":
        return place._replace(quotes=place.quotes + 1)
    if tag in _LISTS:
        return Place(Kind.PARAGRAPH, 0, place.quotes, (*place.lists, tag == "ol"))
    if tag == "li":
        return Place(Kind.ITEM, 0, place.quotes, place.lists or (False,))
    return Place(_KINDS[tag], _HEADINGS.get(tag, 0), place.quotes, place.lists)


def _styled(element: _Element, tag: str, style: Style) -> Style:
    if tag == "a":
        href = element.get("href")
        return Style(href, style.strong, style.emphasis, style.code) if href else style
    if tag in _STRONG:
        return Style(style.href, True, style.emphasis, style.code)
    if tag in _EMPHASIS:
        return Style(style.href, style.strong, True, style.code)
    return Style(style.href, style.strong, style.emphasis, True)


@lru_cache(maxsize=4096)
def _label(tag: str, classes: str | None, name: str | None) -> str:
    first = classes[:_LONGEST_CLASSES].split(None, 1) if classes else None
    main = _steady(first[0]) if first else ""
    return f"{tag[:_LONGEST_NAME]}.{main}#{_steady(name[:_LONGEST_CLASSES].strip()) if name else ''}"


_NUMBERS = re.compile(r"\d+")
_UNSTEADY = re.compile(r"\d|[a-f]{8}", re.IGNORECASE)
_HASH = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]{5,}|[0-9a-f]{8,}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _steady(name: str) -> str:
    """Return a class or an id without what differs from page to page: numbers, hashes."""
    if not _UNSTEADY.search(name):
        return name[:_LONGEST_NAME]
    return _NUMBERS.sub("", _HASH.sub("", name[:_LONGEST_NAME]))


@lru_cache(maxsize=4096)
def _signature(path: tuple[str, ...]) -> str:
    return blake2b("/".join(path[-_AROUND - 1 :]).encode(errors="replace"), digest_size=5).hexdigest()

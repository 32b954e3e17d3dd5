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
from typing import TYPE_CHECKING, Any

from lxml.etree import ElementDefaultClassLookup, ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor
from trafilatura.xml import xmltotxt

from aggregator.extract.alignment import align
from aggregator.extract.furniture import Passage
from aggregator.extract.gaps import without_gaps
from aggregator.extract.rescue import text_around
from aggregator.extract.setaside import unread_set_aside
from aggregator.extract.template import passages_of
from aggregator.markup import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element

    from aggregator.extract.blocks import Block

_WRAPPERS = frozenset(("body", "div", "html", "main", "section", "article", "span"))
_MOST_ELEMENTS, _MOST_TEXT = (
    15_000,
    1_000_000,
)  # and letters of a page; the largest seen have 4,100 and 300,000
_MOST_THOROUGH = 5000  # elements: justext, which the thorough way asks, compares each paragraph with each
TOO_DEEP = "the page is nested too deeply"
TOO_MANY = f"only the first {_MOST_ELEMENTS:,} elements of the page were read"
TOO_LONG = f"only the first {_MOST_TEXT:,} letters of the page were read"
_UNREAD = frozenset(("script", "style"))
_CONTROLS_OF_PAGES = ("button", "select", "object", "audio", "video", "canvas")
_OF_ARTICLES = ("main", "article", "h1")  # stand in none of these
_NOT_IN_XML = str.maketrans("\v\f", "  ")
_SHOWN = 20_000  # characters: what is only looked through for a wall need not be whole
_PROSE = 80  # letters of a block from which it is prose …
_UNLINKED = 0.3  # … unless more of it is links
_MISSED = 0.5  # of the page's prose (comments are prose, too), below which an extraction is doubted
_CLEARLY_MORE = 1.5  # times as much must another one have
_ENOUGH = 2500  # letters of prose: what else a page has beside so many are comments, not the text
_GLUED_TO, _LONGEST_CREDIT = 30, 60  # letters by which a paragraph is known; of what may be glued to it
_SIMPLE = frozenset(("p", "head"))  # their text alone is what they say …
_MEANING = re.compile("[&\u2424]")  # … unless it has an entity, or trafilatura's mark of a line's end
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r"))  # those of ASCII; what is left goes with the text's
_LARGE_FOR_TAGS = 200_000  # characters of a page, from which one of its tags may have too many attributes …
_LONG_TAG = re.compile(
    r"<[a-zA-Z][^<>]{6000}"
)  # 3,000 attributes have as many characters; quickly looked for
_MANY_ATTRIBUTES = re.compile(  # … each of which is compared with each
    r"<(?=[a-zA-Z](?:(?:[^<>=]*+=){3000}|(?:[^<>\s/]*+[\s/]++){20000}))[^<>]*+>?"
)
# Words that only styles part ("security<b>Cons:</b>"): an element's edge between a small letter and a capital one.
_INLINE = r"/?+(?:a|b|em|font|i|label|mark|small|span|strong|time|u)\b[^<>]*+>"
_EDGE = re.compile(rf"<(?<=[^\W\d_]{{3}}<){_INLINE}(?:<{_INLINE})*+(?=[^\W\d_]{{2}})")
_SELF_CLOSED = re.compile(r"(<html[^<>]*?)\s*/>", re.IGNORECASE)  # would end the page before it begins


def load(html: str) -> tuple[HtmlElement | None, str]:
    """Return the page's tree, and what became of the rest of it if it is not whole; "" if it is.

    The parser gives up below 256 levels. What follows after so many elements or letters is cut off: trafilatura's
    time grows faster than their number.
    """
    html = _SELF_CLOSED.sub(r"\1>", html[:4096], count=1) + html[4096:]
    if len(html) > _LARGE_FOR_TAGS and _LONG_TAG.search(html):
        html = _MANY_ATTRIBUTES.sub("", html)
    html = _EDGE.sub(_parted, html)
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    # The lookup that lxml.html brings is a Python function that is called for each element at each touch.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = document_fromstring(html.encode(errors="replace").translate(None, _CONTROLS), parser=parser)
    except ParserError:  # nothing in it
        return None, ""
    _join_roots(tree)
    _open_up(tree)
    unseen: list[Any] = [e for e in tree.iter("template") if e.get("shadowrootmode") is None]
    for template in unseen:
        template.drop_tree()  # building blocks for scripts
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        return tree, TOO_DEEP
    is_small = html.count("<") < _MOST_ELEMENTS and len(html) < _MOST_TEXT
    return tree, "" if is_small else _cut_off(tree)


def _parted(edge: re.Match[str]) -> str:
    before, after = edge.string[edge.start() - 3 : edge.start()], edge.string[edge.end() : edge.end() + 2]
    return f" {edge[0]}" if before.islower() and after.istitle() else edge[0]


def _join_roots(tree: HtmlElement) -> None:
    """Take into the page what stands beside it: after a second `html` the parser begins another tree."""
    body = tree.find("body")
    for other in [*tree.itersiblings()]:
        for element in (other, *other.iter("body")):
            element.tag = "div"
        (tree if body is None else body).append(other)


def _open_up(tree: HtmlElement) -> None:
    """Let out what stands in a control that was never closed: the parser has it hold the rest of the page."""
    controls: list[Any] = [*tree.iter(*_CONTROLS_OF_PAGES)]
    for control in controls:
        if next(control.iter(*_OF_ARTICLES), None) is not None:
            control.drop_tag()


def _cut_off(tree: HtmlElement) -> str:
    """Take away what follows after so many elements or so much text; return which it was, "" if all is there."""
    room = _MOST_TEXT
    for number, element in enumerate(tree.iter()):
        if number >= _MOST_ELEMENTS:
            _end_with(element, 0)
            return TOO_MANY
        if element.tag not in _UNREAD:
            before, room = room, room - len(element.text or "") - len(element.tail or "")
            if room < 0:
                _end_with(element, before)
                return TOO_LONG
    return ""


def _end_with(element: HtmlElement, letters: int) -> None:
    """Take away what follows after so many letters of an element."""
    text, tail = element.text or "", element.tail or ""
    del element[:]
    element.text = without_controls(text[:letters]).translate(_NOT_IN_XML)
    element.tail = without_controls(tail[: max(0, letters - len(text))]).translate(_NOT_IN_XML)
    while (parent := element.getparent()) is not None:
        del parent[parent.index(element) + 1 :]
        if parent.getparent() is not None:
            parent.tail = None
        element = parent


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
    return _unglued(passages, blocks)


def _unglued(passages: list[Passage], blocks: Sequence[Block]) -> list[Passage]:
    """Return the passages without what trafilatura has joined to paragraphs, without a blank: credits of pictures."""
    paragraphs = {block.text[:_GLUED_TO]: block for block in blocks if _is_prose(block)}
    return [_alone(p, paragraphs) if p.kind == "p" else p for p in passages]


def _alone(passage: Passage, paragraphs: dict[str, Block]) -> Passage:
    """Return the paragraph of the page that a passage ends with, if what precedes it is short and ends in a word."""
    text = passage.text
    for start in range(1, min(_LONGEST_CREDIT, len(text) - _GLUED_TO)):
        found = paragraphs.get(text[start : start + _GLUED_TO]) if text[start - 1].isalnum() else None
        if found is not None and text[start:] == found.text:
            return replace(passage, text=found.text)
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


def shown_text(tree: HtmlElement) -> str:
    """Return what the page shows to a browser without JavaScript, on one line."""
    texts = tree.xpath("//body//text()[not(parent::script or parent::style or parent::template)]")
    return " ".join(" ".join(texts)[:_SHOWN].split())

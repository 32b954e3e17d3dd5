"""The parsed tree of a page, whatever its makers have done: bounded in depth, elements and letters."""

from __future__ import annotations

import re
from typing import Any

from lxml.etree import ElementDefaultClassLookup, ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from aggregator.markup import without_controls

_MOST_ELEMENTS, _MOST_TEXT = (
    15_000,
    1_000_000,
)  # and letters of a page; the largest seen have 4,100 and 300,000
TOO_DEEP = "the page is nested too deeply"
TOO_MANY = f"only the first {_MOST_ELEMENTS:,} elements of the page were read"
TOO_LONG = f"only the first {_MOST_TEXT:,} letters of the page were read"
_UNREAD = frozenset(("script", "style"))
_CONTROLS_OF_PAGES = ("button", "select", "object", "audio", "video", "canvas")
_OF_ARTICLES = ("main", "article", "h1")  # stand in none of these
_NOT_IN_XML = str.maketrans("\v\f", "  ")
_SHOWN = 20_000  # characters: what is only looked through for a wall need not be whole
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


def shown_text(tree: HtmlElement) -> str:
    """Return what the page shows to a browser without JavaScript, on one line."""
    texts = tree.xpath("//body//text()[not(parent::script or parent::style or parent::template)]")
    return " ".join(" ".join(texts)[:_SHOWN].split())

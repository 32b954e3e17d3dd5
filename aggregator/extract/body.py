"""The article in a page: the one place that calls trafilatura for text.

Settings by measurement: comments off (the most valuable switch), never `deduplicate` (it remembers pages and empties
texts that come again), no `fast` (0.6 F1 less on news), no precision mode, recall only where nothing else is found;
a fresh `Extractor` each time (an old one is stuck with its day), and the page's address given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml.etree import ParserError
from lxml.html import HTMLParser, document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor
from trafilatura.xml import xmltotxt

from aggregator.markup import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element
    from lxml.html import HtmlElement

_WRAPPERS = frozenset(("body", "div", "html", "main", "section", "article", "span"))
_SHOWN = 20_000  # characters: what is only looked through for a wall need not be whole
_SELF_CLOSED = re.compile(r"(<html[^<>]*?)\s*/>", re.IGNORECASE)  # would end the page before it begins


def load(html: str) -> tuple[HtmlElement | None, bool]:
    """Return the page's tree, and whether it is whole: the parser gives up below 256 levels."""
    html = _SELF_CLOSED.sub(r"\1>", html[:4096], count=1) + html[4096:]
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(without_controls(html).encode(), parser=parser)
    except ParserError:  # nothing in it
        return None, True
    return tree, not any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)


def article_blocks(tree: HtmlElement, url: str) -> list[str]:
    """Return the article's paragraphs, headings, lists and tables in order, as plain text. `tree` stays as it is."""
    return _extracted(tree, url, recall=False) or _extracted(tree, url, recall=True)


def _extracted(tree: HtmlElement, url: str, *, recall: bool) -> list[str]:
    options = Extractor(output_format="python", comments=False, url=url, recall=recall)
    document = bare_extraction(tree, options=options)
    if not isinstance(document, Document):  # None: nothing found
        return []
    return [block for piece in _blocks(document.body) if (block := _trimmed(piece))]


def _blocks(element: _Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if child.tag in _WRAPPERS:
            yield from _blocks(child)
        else:
            tail, child.tail = child.tail, None
            yield xmltotxt(child, include_formatting=False)
            yield tail or ""
            continue
        yield child.tail or ""


def _trimmed(block: str) -> str:
    return "\n".join(line.rstrip() for line in block.strip("\n").splitlines() if line.strip())


def shown_text(tree: HtmlElement) -> str:
    """Return what the page shows to a browser without JavaScript, on one line."""
    texts = tree.xpath("//body//text()[not(parent::script or parent::style or parent::template)]")
    return " ".join(" ".join(texts)[:_SHOWN].split())

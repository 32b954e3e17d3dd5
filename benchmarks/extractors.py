"""The extractors that are compared: ours, trafilatura in its settings, and others if installed (extra `bench`).

Each is given the bytes of a page and its address and asked for text and metadata, as its manual says. A peer that
fails on a page has found nothing there.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lxml.html import fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document

from aggregator.extract import extract_article
from aggregator.models import Hint, SiteMemory
from benchmarks.pages import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.pages import KnownPage

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What an extractor found in a page."""

    text: str = ""
    title: str = ""
    authors: frozenset[str] = frozenset()
    day: str = ""


def ours(page: KnownPage, memory: SiteMemory | None = None) -> Found:
    """Without the feed's help; with a memory of the site if one is given."""
    found = extract_article(page.body, page.url, Hint(), "text/html", memory or SiteMemory())
    day = found.published_at.date().isoformat() if found.published_at else ""
    return Found(found.text, found.title, names(found.byline.split(", ")), day)


def trafilatura(**settings: Any) -> Callable[[KnownPage], Found]:
    def read(page: KnownPage) -> Found:
        found = bare_extraction(
            page.body, url=page.url or None, include_comments=False, with_metadata=True, **settings
        )
        if not isinstance(found, Document):
            return Found()
        authors = names((found.author or "").split("; "))
        return Found(found.text or "", found.title or "", authors, found.date or "")

    return read


def readability(page: KnownPage) -> Found:
    from readability import Document as Readable  # noqa: PLC0415 - an extra

    document = Readable(_decoded(page.body))
    summary: Any = fromstring(document.summary())
    for block in summary.iter("p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "blockquote", "pre"):
        block.tail = "\n" + (block.tail or "")
    return Found(summary.text_content(), document.short_title())


def newspaper(page: KnownPage) -> Found:
    from newspaper import Article  # noqa: PLC0415 - an extra

    article = Article(page.url or "https://example.org/", fetch_images=False)
    article.download(input_html=_decoded(page.body))
    article.parse()
    day = article.publish_date.date().isoformat() if article.publish_date else ""
    return Found(article.text, article.title or "", names(article.authors), day)


def resiliparse(page: KnownPage) -> Found:
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415 - an extra

    return Found(extract_plain_text(_decoded(page.body), main_content=True, alt_texts=False))


TRAFILATURAS: dict[str, Callable[[KnownPage], Found]] = {
    "trafilatura": trafilatura(),
    "traf. fast": trafilatura(fast=True),
    "traf. precision": trafilatura(favor_precision=True),
    "traf. recall": trafilatura(favor_recall=True),
}
_PEERS: dict[str, tuple[str, Callable[[KnownPage], Found]]] = {
    "readability": ("readability-lxml", readability),
    "newspaper": ("newspaper4k", newspaper),
    "resiliparse": ("resiliparse", resiliparse),
}


def peers() -> tuple[dict[str, Callable[[KnownPage], Found]], list[str]]:
    """Return the peers that are installed, and the names of the packages that are not."""
    there = {package: call for module, (package, call) in _PEERS.items() if find_spec(module)}
    return there, [package for package, _ in _PEERS.values() if package not in there]


def tried(extract: Callable[[KnownPage], Found], page: KnownPage) -> Found:
    """Return what a peer finds; nothing if it fails, whatever its errors are."""
    with suppress(Exception):
        return extract(page)
    return Found()


def _decoded(body: bytes) -> str:
    """Return the page as text, by the charset that it names: not every peer looks for that itself."""
    named = _CHARSET.search(body[:4096])
    for charset in (named[1].decode() if named else "utf-8", "utf-8"):
        with suppress(LookupError, UnicodeDecodeError):
            return body.decode(charset)
    return body.decode("utf-8", errors="replace")

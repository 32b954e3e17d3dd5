"""What a page calls itself: the headline for readers first, without the name of the site.

The order was measured on pages with known titles. Without JSON-LD a heading that has words in common with what is
declared is best. With it the headline is, unless it is what the browser's window says and Open Graph says something
else: then the headline was written for search engines, and the other by the editors for people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from aggregator.extract.facts.metas import first
from aggregator.extract.letters import squeeze
from aggregator.markup import clean_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from aggregator.extract.facts.linked_data import LinkedData
    from aggregator.extract.facts.metas import Metas

_HEADINGS = 3  # h1 elements that are looked at: some pages make every teaser one
_LONGEST = 500  # characters; more is no title
_SHORTEST_LABEL = 4  # letters of a host's label that may be taken for the name of a site
_ENDS = re.compile(r"\s+[|\u2013—·•»«/]+\s+|\s+[-:]{1,2}\s+|\s*[|ㅣ\uff5c]\s*")


class Title(NamedTuple):
    text: str
    source: str  # "json-ld", "meta" or "page"; "" for a heading that nothing else on the page confirms


def titles_of(tree: HtmlElement, url: str, metas: Metas, linked: LinkedData, site: str) -> list[Title]:
    """Return every title that the page gives itself, the best first, each once."""
    headings, names = _headings(tree, url, site)
    headline = _without_site(linked.text("headline"), names)
    shared = _without_site(first(metas, ("og:title", "twitter:title")), names)
    window = _without_site(window_title(tree), names)
    confirmed = [h for h in headings if any(_has_words_of(h, title) for title in (headline, shared, window))]
    ordered = [
        Title(headline, "json-ld"),
        *(Title(heading, "page") for heading in confirmed),
        Title(shared, "meta"),
        Title(window, "page"),
        *(Title(heading, "" if headline or shared or window else "page") for heading in headings),
    ]
    if shared and headline and squeeze(headline) == squeeze(window) != squeeze(shared):
        ordered.insert(0, Title(shared, "meta"))
    once: dict[str, Title] = {}
    for title in ordered:
        once.setdefault(title.text, title)
    return [title for title in once.values() if 0 < len(title.text) <= _LONGEST]


def window_title(tree: HtmlElement) -> str:
    """Return the title as the browser shows it."""
    head = tree.find("head")
    element = None if head is None else head.find(".//title")
    return "" if element is None else clean_text(element.text_content())


def _headings(tree: HtmlElement, url: str, site: str) -> tuple[list[str], set[str]]:
    """Return the first headings, and the names of the site: one that leads to the front page is a name, too."""
    names = {squeeze(site)} | names_in_host(url)
    headings: list[str] = []
    for h1 in tree.iter("h1"):
        text = clean_text(" ".join(h1.itertext())) if len(headings) < _HEADINGS else ""
        if text and (_leads_home(h1, url) or squeeze(text) == squeeze(site)):
            names.add(squeeze(text))
        elif text:
            headings.append(text)
    return headings, names - {""}


def names_in_host(url: str) -> set[str]:
    """Return, squeezed, what a site may be called after its host: the whole of it, and its main label."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")[-3:-1]
    return {squeeze(host), *(squeeze(label) for label in labels if len(label) >= _SHORTEST_LABEL)}


def _leads_home(h1: HtmlElement, url: str) -> bool:
    parent = h1.getparent()
    links = [*h1.iter("a"), *([parent] if parent is not None and parent.tag == "a" else [])]
    return any(_is_home(link.get("href") or "", url) for link in links)


def _is_home(link: str, url: str) -> bool:
    try:
        to, here = urlsplit(link.strip()), urlsplit(url)
    except ValueError:
        return False
    same_host = not to.netloc or to.netloc.removeprefix("www.") == here.netloc.removeprefix("www.")
    return bool(link.strip()) and same_host and to.path in {"", "/"} and not (to.query or to.fragment)


def _has_words_of(heading: str, title: str) -> bool:
    ours, theirs = (set(re.findall(r"\w+", text[:_LONGEST].casefold())) for text in (heading, title))
    return len(ours) > 1 and len(ours & theirs) * 3 > min(len(ours), len(theirs))


def _without_site(title: str, names: set[str]) -> str:
    """Cut the name of the site from an end of the title: "Rain at last | The Daily Sieve"."""
    ends = list(_ENDS.finditer(title)) if len(title) <= _LONGEST else []
    if not ends:
        return title
    if squeeze(title[ends[-1].end() :]) in names:
        return title[: ends[-1].start()]
    return title[ends[0].end() :] if squeeze(title[: ends[0].start()]) in names else title

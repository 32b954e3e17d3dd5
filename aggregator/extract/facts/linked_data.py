"""What a page's JSON-LD says of its article (schema.org), in the many shapes that sites give it.

A list, an object or a graph; the article on its own or within the page that it is the main entity of; people as
objects, as names, or as references to another object of the graph; comments, line breaks and a semicolon around it.
"""

from __future__ import annotations

import json
import re
from collections import deque
from html import unescape
from typing import TYPE_CHECKING, Any

from aggregator.markup import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

ARTICLE_TYPES = frozenset(  # what schema.org has under Article, lower case
    """
    article newsarticle blogposting reportagenewsarticle analysisnewsarticle opinionnewsarticle
    backgroundnewsarticle reviewnewsarticle askpublicnewsarticle satiricalarticle liveblogposting
    scholarlyarticle medicalscholarlyarticle techarticle socialmediaposting discussionforumposting report
    advertisercontentarticle
    """.split()
)
_MOST_NODES = 2000  # that are looked at: the largest seen in news pages is about 600
_LONGEST_TEXT = 10_000  # characters of a name, a title, a description
_DEEP = 4  # names within names
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
_MARKUP = re.compile(r"<[a-zA-Z/][^>]{0,200}>")
_CONTROLS = re.compile(r"[\x00-\x1f]")


class LinkedData:
    """The JSON-LD of one page: its article, and names of what the article refers to."""

    def __init__(self, tree: HtmlElement) -> None:
        nodes = list(_nodes(tree))
        self._by_id = {
            node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and "name" in node
        }
        self.article = _article_in(nodes)

    def text(self, key: str) -> str:
        """Return what the article says under `key` as plain text; "" for anything but a string."""
        return text_of(self.article.get(key))

    def texts(self, key: str) -> list[str]:
        return [text for value in listed(self.article.get(key)) if (text := text_of(value))]

    def names(self, key: str) -> list[str]:
        """Return the names of the people or organisations under `key`."""
        return self._names(self.article.get(key), _DEEP)

    def _names(self, value: Any, depth: int) -> list[str]:
        if isinstance(value, list):
            return [name for each in value for name in self._names(each, depth - 1)] if depth else []
        if isinstance(value, dict):
            known = value if "name" in value else self._by_id.get(str(value.get("@id")), {})
            return self._names(known.get("name"), depth - 1) if depth else []
        return [text] if (text := text_of(value)) else []


def _nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield the objects that may describe the page, outermost first."""
    scripts = (s for s in tree.iter("script") if "ld+json" in (s.get("type") or "").lower())
    queue = deque(_loaded(script.text or "") for script in scripts)
    for _ in range(_MOST_NODES):
        if not queue:
            return
        node = queue.popleft()
        if isinstance(node, list):
            queue.extend(node[:_MOST_NODES])
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in _WITHIN if key in node)


def _loaded(text: str) -> Any:
    """Return what a script holds; None if it cannot be read."""
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip()
    text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")
    try:
        return json.loads(text, strict=False)  # line breaks in strings are common
    except RecursionError:
        return None
    except ValueError:
        return _mended(text)


def _mended(text: str) -> Any:
    """Read JSON with the slips of a template: a comma too many, entities instead of quotation marks."""
    text = unescape(text) if '"' not in text else text
    try:
        return json.loads(re.sub(r",\s*(?=[}\]])", "", _CONTROLS.sub(" ", text)), strict=False)
    except (ValueError, RecursionError):
        return None


def _article_in(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the object that describes the article: the first with a headline, else the first, else nothing."""
    articles = [
        node for node in nodes if ARTICLE_TYPES & {text_of(t).lower() for t in listed(node.get("@type"))}
    ]
    return next((node for node in articles if node.get("headline")), articles[0] if articles else {})


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def text_of(value: Any) -> str:
    """Return a string without markup and doubly escaped entities; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return clean_text(_MARKUP.sub("", unescape(unescape(value[:_LONGEST_TEXT]))))

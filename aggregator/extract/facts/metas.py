"""What the `meta` elements of a page say, by name in lower case: Open Graph, Dublin Core and their many kin."""

from __future__ import annotations

from collections import defaultdict
from html import unescape
from typing import TYPE_CHECKING

from aggregator.markup import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.html import HtmlElement

    Metas = Mapping[str, list[str]]

_MOST, _LONGEST = 1000, 5000  # elements, and characters of each: honest pages have 30 to 80 of 500 at most
_NAMES = ("property", "name", "itemprop", "http-equiv")


def read_metas(tree: HtmlElement) -> Metas:
    """Return what each name is said to be, in the order of the page."""
    found: dict[str, list[str]] = defaultdict(list)
    for number, meta in enumerate(tree.iter("meta")):
        if number >= _MOST:
            break
        if content := clean_text((meta.get("content") or "")[:_LONGEST]):
            for attribute in _NAMES:
                if key := meta.get(attribute):
                    found[key.strip().lower()].append(content)
    return found


def first(metas: Metas, keys: Iterable[str]) -> str:
    """Return what the first of the names says that says anything; entities are resolved if they were escaped twice."""
    return next((unescape(metas[key][0]) for key in keys if key in metas), "")


def every(metas: Metas, keys: Iterable[str]) -> list[str]:
    """Return all that these names say."""
    return [unescape(content) for key in keys for content in metas.get(key, ())]

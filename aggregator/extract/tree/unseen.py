"""What a page holds and its readers do not read: small hidden parts, and forms to sign up, to search, to report.

Only small parts are taken away. A form around the whole page (ASP.NET), and a text that is hidden until somebody asks
for the rest of it, are the article.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MOST_LETTERS = 600  # of a part; more may be text
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SUSPECTS = ("form", "dialog", "div", "p", "section", "ul", "span", "aside")
_BY_NAME = frozenset(("form", "dialog"))  # whatever their style
# Types of fields that no article has. Not "password": what stands beside one tells a wall.
_ASKING = frozenset(("email", "tel", "search"))


def without_unseen(tree: HtmlElement) -> None:
    """Take the small forms and the small hidden parts out of the page. Linear in the size of the tree."""
    for element in [*filter(_is_unread, tree.iter(*_SUSPECTS))]:
        if element.getparent() is not None and _is_small(element):
            element.drop_tree()


def _is_unread(element: HtmlElement) -> bool:
    style = element.get("style")
    if style is None and element.tag not in _BY_NAME:
        return False
    if element.tag == "form":
        return any((field.get("type") or "").lower() in _ASKING for field in element.iter("input"))
    return element.tag == "dialog" or (style is not None and _HIDDEN.search(style) is not None)


def _is_small(element: HtmlElement) -> bool:
    room = _MOST_LETTERS
    for text in element.itertext():
        room -= len(text.strip())
        if room < 0:
            return False
    return True

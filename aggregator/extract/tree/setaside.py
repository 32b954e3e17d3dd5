"""What trafilatura throws away unread, set aside while it works: it copies a page four times and searches each copy.

Menus, foots, drawings and the head are often half of a page. The elements stay where they are, empty, so that all
that is decided by their place is decided as before; only what is in them is put elsewhere and back again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element
    from lxml.html import HtmlElement

_THROWN_AWAY = ("head", "nav", "footer", "aside", "svg", "select")
_READ = "ld+json"  # of scripts: some sites have the whole text there


@contextmanager
def unread_set_aside(tree: HtmlElement) -> Iterator[None]:
    """Empty these elements for as long as the context lasts; then the tree is as it was."""
    emptied: list[tuple[_Element, str | None, list[_Element]]] = []
    for element in [*tree.iter(*_THROWN_AWAY)]:
        if children := [*element]:
            emptied.append((element, element.text, children))
            element[:] = [child for child in children if _is_read(child)] if _is_read(element) else []
            element.text = None
    try:
        yield
    finally:
        for element, text, children in reversed(emptied):
            element[:] = children
            element.text = text


def _is_read(element: _Element) -> bool:
    return any(_READ in (script.get("type") or "") for script in element.iter("script"))

"""What stands around an article on its page: comments, other stories, menus. What is said there is not of it.

Told by the elements around a place and by the words in their classes and ids. What is common is here; each field adds
what only it has to fear.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

_WORDS = r"comment|related|sidebar|(?<!elementor-)widget|footer|recommend|teaser|(?<!v)card|popular|latest|trending"
_ELEMENTS = ("footer", "nav", "aside", "form", "blockquote")


class Surroundings:
    """What is not of the article, for one field."""

    def __init__(
        self, words: str, elements: tuple[str, ...] = (), *, levels: int, near: int = 0, far: str = ""
    ) -> None:
        """Take words, as a pattern, and names of elements beside the common ones, and where they count.

        So many `levels` of ancestors are looked at. Words count in the place itself and in what is `near` to it, so
        many elements together; without it everywhere but in the body, whose classes tell of the whole page. Words of
        the pattern `far` count everywhere.
        """
        self._words = re.compile(f"{_WORDS}|{words}", re.IGNORECASE)
        self._far = re.compile(far, re.IGNORECASE) if far else None
        self._elements = frozenset((*_ELEMENTS, *elements))
        self._levels = levels
        self._near = near

    def hold(self, element: HtmlElement) -> bool:
        """Tell whether an element stands there, and not with the article."""
        around = [element, *islice(element.iterancestors(), self._levels)]
        near = around[: self._near] if self._near else [each for each in around if each.tag != "body"]
        if self._words.search(_marks(near)) or any(each.tag in self._elements for each in around):
            return True
        return self._far is not None and self._far.search(_marks(around)) is not None


def _marks(elements: Iterable[HtmlElement]) -> str:
    return " ".join(f"{each.get('class') or ''} {each.get('id') or ''}" for each in elements)

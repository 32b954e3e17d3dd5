"""Where the entries of a document begin and end, found in its bytes before anything has read it.

Most entries of a document stand in it as they stood last time. Told by their bytes, they need not be read at all:
what is left of the document is read without them. In a well-formed document `<item` outside of CDATA, comments and
instructions begins an element (XML 1.0, 2.4), so a cut is exact; and since only whole elements that were read once
are passed over, a document that is not well-formed stays so without them. Whatever is out of the ordinary is not
cut, nor is what has another encoding than a child of ASCII. Where the root begins is a guess, for a comment or a
document type may name one: so whoever reads the rest sees to it that what was passed over has left its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Cut = tuple[int, int]  # from the first byte of an entry's start tag to behind its end tag

_QUOTED = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))
_BEHIND_NAME = frozenset(b" \t\r\n>")
_ROOT = re.compile(rb"<(rss|feed|rdf:RDF)[\s>]")
_JUNK_LIMIT = 64 * 1024  # bytes that may stand before the root, as in `document`


class _Odd(Exception):  # noqa: N818  no error: a document that is read whole
    """The document is not to be cut."""


def cut(document: bytes) -> Sequence[Cut]:
    """Return where the entries are, in their order; nothing where that cannot be told."""
    root = _ROOT.search(document, 0, _JUNK_LIMIT)
    if root is None or document.find(b"<?", root.start()) >= 0:
        return ()
    name = b"entry" if root[1] == b"feed" else b"item"
    try:
        return tuple(_cuts(document, b"<" + name, b"</" + name, root.start()))
    except _Odd:
        return ()


def without(document: bytes, cuts: Sequence[Cut], passed: Collection[int]) -> bytes:
    """Return the document with an empty element in the place of each entry whose number is in `passed`."""
    pieces, position = [], 0
    for number, (start, end) in enumerate(cuts):
        if number in passed:
            name = b"entry" if document.startswith(b"<entry", start) else b"item"
            pieces += [document[position:start], b"<", name, b"/>"]
            position = end
    return b"".join((*pieces, document[position:]))


def _cuts(document: bytes, opening: bytes, closing: bytes, position: int) -> Iterator[Cut]:
    while (start := _outside(document, opening, position)) >= 0:
        behind = start + len(opening)
        if document[behind : behind + 1] == b"s":  # <items> of RSS 1.0
            position = behind
            continue
        end = _outside(document, closing, behind)
        position = end + len(closing) + 1
        if end < 0 or document[position - 1 : position] != b">":
            raise _Odd
        if document[behind] not in _BEHIND_NAME or document.find(opening, behind, end) >= 0:
            raise _Odd  # an empty one, or one in another
        yield start, position


def _outside(document: bytes, tag: bytes, position: int) -> int:
    """Return where `tag` is next, outside of what is quoted; -1 if nowhere."""
    found = document.find(tag, position)
    while found >= 0 and (quoted := document.find(b"<!", position, found)) >= 0:
        end_mark = next((end for start, end in _QUOTED if document.startswith(start, quoted)), None)
        position = document.find(end_mark, quoted) + len(end_mark) if end_mark else 0
        if position <= quoted:
            raise _Odd
        if position > found:
            found = document.find(tag, position)
    return found

"""Prints of a document's entries: by them the next document tells which of its entries stand as they stood.

One print for what the entries inherit from the document, then for each entry three: of its bytes as they stood, of its
guid and of its canonical link. An entry that shares its guid with another one has none: what it is called depends on
its neighbours, which come and go.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.models import Standing
from aggregator.parse.cutting import cut, without
from aggregator.parse.identity import PRINT_SIZE, guid_of, name_print
from aggregator.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.models import ParsedEntry

_GUID = slice(PRINT_SIZE, 2 * PRINT_SIZE)
_LINK = slice(2 * PRINT_SIZE, 3 * PRINT_SIZE)
_ROW = 3 * PRINT_SIZE


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is recognised in one document, and what is kept of it for the next."""

    around: bytes = b""  # of what the entries inherit; b"" where nothing can be kept
    marks: Sequence[bytes] = ()  # of the bytes of each entry
    rows: Mapping[int, bytes] = field(
        default_factory=dict
    )  # those that stand as they stood, by their numbers
    rest: bytes = b""  # the document without them
    encoded: bool = False  # it has `:encoded`, which decides what a second description is

    @property
    def standing(self) -> tuple[Standing, ...]:
        return tuple(Standing(row[_GUID], row[_LINK]) for row in self.rows.values())

    def of_all(self, around: bytes) -> Recognised:
        """Return the prints of a document of which every entry was read."""
        return replace(self, around=around, rows={})

    def kept(self, read: Sequence[ParsedEntry], site_url: str) -> bytes | None:
        """Return what is kept, now that the others are read; None: all must be, for two have one name."""
        if not self.around:
            return b""
        standing = [row[_GUID] for row in self.rows.values()]
        names = [name_print(guid_of(entry, site_url)) for entry in read]
        if len(set(standing)) < len(standing) or not set(standing).isdisjoint(names):
            return None
        sharing = Counter(names)
        marks = [mark for number, mark in enumerate(self.marks) if number not in self.rows]
        fresh = [
            mark + name + name_print(canonical_url(entry.link))
            for mark, name, entry in zip(marks, names, read, strict=True)
            if entry.guid and sharing[name] == 1
        ]
        return b"".join((self.around, *self.rows.values(), *fresh))


NONE = Recognised()


def recognise(document: bytes, known: bytes) -> Recognised:
    """Return which entries of a document stand as they stood when `known` was kept."""
    cuts = cut(document)
    marks = [blake2b(document[start:end], digest_size=PRINT_SIZE).digest() for start, end in cuts]
    old = {known[i : i + PRINT_SIZE]: known[i : i + _ROW] for i in range(PRINT_SIZE, len(known), _ROW)}
    rows = {number: old[mark] for number, mark in enumerate(marks) if mark in old}
    rest = without(document, cuts, rows) if rows else b""
    return Recognised(known[:PRINT_SIZE], marks, rows, rest, b":encoded" in document)


def print_of(said: str) -> bytes:
    return blake2b(said.encode("utf-8", "replace"), digest_size=PRINT_SIZE).digest()

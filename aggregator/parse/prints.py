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
from aggregator.parse.identity import PRINT_SIZE, guid_of, name_print
from aggregator.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.models import ParsedEntry
    from aggregator.parse.plain import Cut, Plain

_GUID = slice(PRINT_SIZE, 2 * PRINT_SIZE)
_LINK = slice(2 * PRINT_SIZE, 3 * PRINT_SIZE)
_ROW = 3 * PRINT_SIZE


@dataclass(frozen=True, slots=True)
class Prints:
    """What is recognised in one document, and what is kept of it for the next."""

    around: bytes = b""  # of what the entries inherit; b"" where nothing can be kept
    marks: Sequence[bytes] = ()  # of the bytes of each entry
    rows: Mapping[int, bytes] = field(
        default_factory=dict
    )  # those that stand as they stood, by their numbers

    @property
    def standing(self) -> tuple[Standing, ...]:
        return tuple(Standing(row[_GUID], row[_LINK]) for row in self.rows.values())

    def are_of(self, rest: Plain, document: bytes, url: str) -> bool:
        """Tell whether what stands as it stood also means what it meant: `rest` is the document without it."""
        return self.around == _around(document, url, rest, len(self.marks))

    def anew(self, whole: Plain, document: bytes, url: str) -> Prints:
        """Return the prints of a document of which every entry was read."""
        return replace(self, around=_around(document, url, whole, len(self.marks)), rows={})

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


def recognise(document: bytes, cuts: Sequence[Cut], known: bytes) -> Prints:
    """Return which of the entries that `cuts` shows stand as they stood when `known` was kept."""
    around = known[:PRINT_SIZE]
    rows = {known[i : i + PRINT_SIZE]: known[i : i + _ROW] for i in range(PRINT_SIZE, len(known), _ROW)}
    marks = [blake2b(document[start:end], digest_size=PRINT_SIZE).digest() for start, end in cuts]
    return Prints(around, marks, {number: rows[mark] for number, mark in enumerate(marks) if mark in rows})


def _around(document: bytes, url: str, plain: Plain, cuts: int) -> bytes:
    """Return a print of all that the entries inherit; b"" if they are not what was cut, or depend on their places."""
    if plain.inherited is None or plain.found != cuts:
        return b""
    encoded = b":encoded" in document  # decides what a second description is
    said = repr((url, encoded, plain.inherited)).encode("utf-8", "replace")
    return blake2b(said, digest_size=PRINT_SIZE).digest()

"""The rows of a damaged SQLite file: its trees walked with patience, its records read one by one.

As `rawfile` it knows the format (section numbers of https://www.sqlite.org/fileformat2.html) and no table. Whatever
makes sense is taken; a pointer that leads nowhere, a cell that contradicts itself is left out and counted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive.rawfile import RawFile

Value = int | float | str | bytes | None
INNER_INDEX, INNER, LEAF_INDEX, LEAF = 2, 5, 10, 13  # 1.6: kinds of pages
_MOST_COLUMNS = 200
_FIXED = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}  # 2.1: bytes of a serial type


@dataclass(frozen=True, slots=True)
class RawRow:
    rowid: int | None  # None: of a table without them
    values: tuple[Value, ...]
    pages: tuple[int, ...]  # that it stands on


class RowReader:
    """Reads trees, and remembers which pages were used and how many rows of them could not be read."""

    def __init__(self, file: RawFile) -> None:
        self._file = file
        self.used: set[int] = set()
        self.damaged: set[int] = set()  # pages of which something could not be used
        self.unreadable = 0  # rows, of the tree that was read last
        self.whole = True  # nothing of that tree was seen to be missing

    def tree(self, root: int, *, indexed: bool = False) -> Iterator[RawRow]:
        """Yield the rows of the tree that begins at a page; `indexed`: one without row ids (2.4)."""
        self.unreadable, self.whole = 0, True
        damaged, waiting = len(self.damaged), [root]
        inner, leaf = (INNER_INDEX, LEAF_INDEX) if indexed else (INNER, LEAF)
        while waiting:
            number = waiting.pop()
            if number in self.used:  # what led here was meant to lead elsewhere
                self.whole = False
                continue
            page = self._file.page(number)
            kind = self._kind(page, number, inner, leaf)
            if page is None or not kind:
                self.damaged.add(number)
                continue
            self.used.add(number)
            if kind == inner:
                waiting += reversed([child for child in self._children(page, number) if child != number])
            if kind != INNER:
                yield from self._rows(page, number, kind)
        self.whole = self.whole and len(self.damaged) == damaged

    def rows_of(self, number: int) -> list[RawRow]:
        """Return the rows of one page that nothing leads to, if it is a leaf and whole; else none."""
        page = self._file.page(number)
        if page is None or page[0] not in {LEAF, LEAF_INDEX} or number == 1:
            return []
        self.unreadable = 0
        rows = list(self._rows(page, number, page[0]))
        return rows if not self.unreadable else []

    def _kind(self, page: bytes | None, number: int, inner: int, leaf: int) -> int:
        """Return what kind a page is; where its first byte is lost, what it looks like; 0: neither."""
        if page is None:
            return 0
        start = _start(number)
        if page[start] in {inner, leaf}:
            return page[start]
        rows = list(self._rows(page, number, leaf))
        if rows and len(rows) > self.unreadable:
            return leaf
        self.unreadable = 0
        return inner if len(self._children(page, number)) > 1 else 0

    def _children(self, page: bytes, number: int) -> list[int]:
        start = _start(number)
        found = [int.from_bytes(page[at : at + 4]) for at in self._cells(page, number, 12)]
        found.append(int.from_bytes(page[start + 8 : start + 12]))
        good = [child for child in found if 1 <= child <= self._file.pages]
        if len(good) != len(found):
            self.damaged.add(number)
        return good

    def _cells(self, page: bytes, number: int, header: int) -> list[int]:
        """Return where the cells of a page begin; as many as there is room for when their number is lost."""
        start = _start(number)
        count = int.from_bytes(page[start + 3 : start + 5])
        content = int.from_bytes(page[start + 5 : start + 7]) or 65536
        if start + header + 2 * count > self._file.usable:
            self.damaged.add(number)
            count = max(0, min(content, self._file.usable) - start - header) // 2
        return list(struct.unpack_from(f">{count}H", page, start + header))

    def _rows(self, page: bytes, number: int, kind: int) -> Iterator[RawRow]:
        header = 12 if kind in {INNER, INNER_INDEX} else 8
        cells = self._cells(page, number, header)
        for at in dict.fromkeys(cells):  # two pointers to one cell: one of them is damaged
            try:
                row = self._row(page, number, kind, at)
            except (ValueError, IndexError, struct.error):
                self.unreadable += 1
                self.damaged.add(number)
            else:
                yield row

    def _row(self, page: bytes, number: int, kind: int, at: int) -> RawRow:
        if not 8 <= at < self._file.usable:
            raise ValueError("a cell outside of its page")
        at += 4 if kind == INNER_INDEX else 0
        length, at = varint(page, at)
        rowid = None
        if kind == LEAF:
            unsigned, at = varint(page, at)
            rowid = unsigned - 2**64 if unsigned >= 2**63 else unsigned
        payload, over = self._payload(page, at, length, table=kind == LEAF)
        return RawRow(rowid, tuple(_values(payload)), (number, *over))

    def _payload(self, page: bytes, at: int, length: int, *, table: bool) -> tuple[bytes, tuple[int, ...]]:
        """Return a cell's payload with its overflow pages (1.6, 1.7)."""
        usable = self._file.usable
        most = usable - 35 if table else (usable - 12) * 64 // 255 - 23
        if length <= most:
            if at + length > usable:
                raise ValueError("a cell beyond the end of its page")
            return page[at : at + length], ()
        if length > self._file.pages * usable:
            raise ValueError("longer than the file")
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
        pieces, over = [page[at : at + local]], []
        following, left = int.from_bytes(page[at + local : at + local + 4]), length - local
        while left > 0:
            rest = self._file.page(following)
            if rest is None or following in over:
                raise ValueError("the rest of a row is lost")
            over.append(following)
            pieces.append(rest[4 : 4 + min(left, usable - 4)])
            left -= usable - 4
            following = int.from_bytes(rest[:4])
        self.used.update(over)
        return b"".join(pieces), tuple(over)


def _start(number: int) -> int:
    return 100 if number == 1 else 0  # the file's own header comes first


def varint(page: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to nine bytes, unsigned, and where it ends."""
    value = 0
    for count in range(8):
        byte = page[at + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    return value << 8 | page[at + 8], at + 9


def _values(payload: bytes) -> Iterator[Value]:
    """Yield the values of a record (2.1), or raise ValueError if its header does not fit what follows."""
    length, at = varint(payload, 0)
    kinds = []
    while at < length:
        kind, at = varint(payload, at)
        kinds.append(kind)
    sizes = [_FIXED.get(kind, (kind - 12) // 2) for kind in kinds]
    if at != length or length + sum(sizes) != len(payload) or len(kinds) > _MOST_COLUMNS:
        raise ValueError("the record's header does not fit the record")
    for kind, size in zip(kinds, sizes, strict=True):
        if kind in {10, 11}:
            raise ValueError("a kind of value that there is not")
        yield _value(kind, payload[at : at + size])
        at += size


def _value(kind: int, content: bytes) -> Value:
    if kind == 0:
        return None
    if kind == 7:
        found: float = struct.unpack(">d", content)[0]
        return found
    if kind in {8, 9}:
        return kind - 8
    if kind < 10:
        return int.from_bytes(content, signed=True)
    return content if kind % 2 == 0 else content.decode("utf-8", "replace")

"""The pages of an SQLite file, read without SQLite, so that damage in one place does not hide the rest.

It knows the file format (https://www.sqlite.org/fileformat2.html; numbers in comments are its sections) and no table.
Committed pages of the write-ahead log lie over those of the file. A page that cannot be read is None.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from aggregator.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

MAGIC = b"SQLite format 3\x00"  # 1.3.1
USUAL_PAGE = 4096
_SIZES = tuple(2**power for power in range(9, 17))
_WAL_HEADER, _FRAME_HEADER = 32, 24
_WAL_MAGIC = (0x377F0682, 0x377F0683)


class RawFile:
    """`with RawFile(path) as file: file.page(1)`."""

    def __init__(self, path: Path) -> None:
        """Open the file for reading.

        Raises:
            ArchiveError: there is no such file, or nothing about it is SQLite's.

        """
        self.path = path
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ArchiveError(f"{path}: {error.strerror}; name the damaged archive") from error
        try:
            size = os.fstat(self._file).st_size
            self._head = self._read(0, 100) or b""
            self.page_size = _page_size(self._head)
            self._refuse_others(size)
            self.usable = self.page_size - (self._head[20] if len(self._head) > 20 else 0)
            if not self.page_size // 2 < self.usable <= self.page_size:
                self.usable = self.page_size
            self._over = _wal_pages(path.with_name(path.name + "-wal"), self.page_size)
            self.pages = max(-(-size // self.page_size), max(self._over, default=0))
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def page(self, number: int) -> bytes | None:
        if not 1 <= number <= self.pages:
            return None
        over = self._over.get(number)
        if over is not None:
            return over
        read = self._read((number - 1) * self.page_size, self.page_size)
        return read if read is not None and len(read) == self.page_size else None

    def free_pages(self) -> set[int]:
        """Return the pages that hold nothing any more (1.5): what stands there was deleted."""
        first = self.page(1)
        free: set[int] = set()
        trunk = int.from_bytes(first[32:36]) if first else 0
        while trunk not in free and (page := self.page(trunk)) is not None:
            free.add(trunk)
            count = min(int.from_bytes(page[4:8]), self.usable // 4 - 2)
            free.update(struct.unpack_from(f">{count}I", page, 8))
            trunk = int.from_bytes(page[:4])
        return free

    def _read(self, offset: int, length: int) -> bytes | None:
        try:
            return os.pread(self._file, length, offset)
        except OSError:  # the disk gives this part no more
            return None

    def _refuse_others(self, size: int) -> None:
        if not self._head.startswith(MAGIC) and not self._looks_like_pages(size):
            raise ArchiveError(f"{self.path}: is not an SQLite file, nor the remains of one")

    def _looks_like_pages(self, size: int) -> bool:
        """Tell whether some page after a lost first one is a leaf of a table."""
        starts = range(self.page_size, min(size, 512 * self.page_size), self.page_size)
        return any((self._read(at, 1) or b"") == b"\x0d" for at in starts)


def _page_size(head: bytes) -> int:
    size = int.from_bytes(head[16:18]) if len(head) >= 18 else 0
    size = 65536 if size == 1 else size  # 1.3.2
    return size if size in _SIZES else USUAL_PAGE


def _wal_pages(path: Path, page_size: int) -> dict[int, bytes]:
    """Return the newest committed content of each page in a write-ahead log (4.1), by its number."""
    try:
        log = path.read_bytes()
    except OSError:
        return {}
    if len(log) < _WAL_HEADER or int.from_bytes(log[:4]) not in _WAL_MAGIC:
        return {}
    order = "<" if int.from_bytes(log[:4]) == _WAL_MAGIC[0] else ">"
    salts, sums = log[16:24], _checksum(order, log[:24], (0, 0))
    committed: dict[int, bytes] = {}
    waiting: dict[int, bytes] = {}
    step = _FRAME_HEADER + page_size
    for at in range(_WAL_HEADER, len(log) - step + 1, step):
        head, page = log[at : at + _FRAME_HEADER], log[at + _FRAME_HEADER : at + step]
        sums = _checksum(order, head[:8] + page, sums)
        if head[8:16] != salts or struct.unpack(">2I", head[16:24]) != sums:
            break  # what an earlier round of the log left, or a frame that was never whole
        waiting[int.from_bytes(head[:4])] = page
        if head[4:8] != bytes(4):  # a commit
            committed |= waiting
            waiting = {}
    return committed


def _checksum(order: str, content: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two

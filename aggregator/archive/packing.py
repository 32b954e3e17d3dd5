"""How the bytes of kept pages are made small: zstd, with an earlier page of the same site as its dictionary.

Pages of one site are mostly one template, so the second costs a fraction of the first (`benchmarks.storage` has
the figures). A page that serves as a dictionary, a base, stands by itself, so that two steps read any page.
The format is RFC 8878 with the base's bytes as a raw prefix (RFC 8878, 5; `zstd --patch-from`): any zstd reads it.
"""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterable

ZLIB, ZSTD = "zlib", "zstd"
LEVEL = 9  # 12 takes twice the time for 1 %, 19 twenty times for 5 %
BASE_LIMITS = (
    256,
    2 << 20,
)  # bytes; less says nothing, more is no typical page and costs time as a dictionary
_HEAD = 32 << 10  # bytes of a page in which its template shows
ALIKE = 0.4  # of the pieces in a head: the same template, no need to look at others
WORTH_IT = 0.02  # of them; pages that share fewer make each other hardly smaller (less than 15 %)
_SMALLEST_WINDOW = 18  # log2 of bytes


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier page that stands by itself."""

    id: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Packed:
    coding: str
    body: bytes
    base_id: int | None  # None: stands by itself


class UnreadableError(Exception):
    """Packed bytes are damaged; the message says how."""


def pack(body: bytes, bases: Iterable[Base]) -> Packed:
    """Pack a page against the base that is most like it, or alone where none is."""
    pieces: set[bytes] = set()
    best, most = None, WORTH_IT
    for base in bases:
        pieces = pieces or _pieces(body)
        share = _bytes_of(pieces & _pieces(base.body)) / (_bytes_of(pieces) or 1)
        if share >= most:
            best, most = base, share
        if share >= ALIKE:
            break
    return Packed(ZSTD, _packed(body, best.body if best else b""), best.id if best else None)


def _pieces(body: bytes) -> set[bytes]:
    """Return the beginning of a page in pieces: what stands in tags, between them, and in scripts."""
    return set(body[:_HEAD].replace(b">", b"=").split(b"="))


def _bytes_of(pieces: set[bytes]) -> int:
    return sum(map(len, pieces))


def unpack(coding: str, packed: bytes, base: bytes | None = None) -> bytes:
    """Return the bytes that were packed; `base` are those of its base, if it has one.

    Raises:
        UnreadableError: they cannot be had.

    """
    try:
        if coding == ZLIB:
            return zlib.decompress(packed)
        if coding == ZSTD:
            prefix = zstd.ZstdDict(base, is_raw=True).as_prefix if base else None
            return zstd.decompress(packed, zstd_dict=prefix)
    except (zlib.error, zstd.ZstdError) as error:
        raise UnreadableError(str(error)) from error
    raise UnreadableError(f"coding {coding!r} is not known")


def digest(body: bytes) -> int:
    """Return what tells a body from others, as SQLite keeps a number."""
    return int.from_bytes(blake2b(body, digest_size=8).digest(), "big", signed=True)


def _packed(body: bytes, base: bytes) -> bytes:
    # the window must reach back over the page into all of its base
    window = max(_SMALLEST_WINDOW, (len(body) + len(base)).bit_length())
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.window_log: window,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    prefix = zstd.ZstdDict(base, is_raw=True).as_prefix if base else None
    return zstd.compress(body, options=options, zstd_dict=prefix)

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
GOOD = 0.7  # of what the base itself came to: the same template, no need to try others
WORTH_IT = 0.85  # of what the page comes to alone: a base that saves less is not of this page's template
_SMALLEST_WINDOW = 18  # log2 of bytes


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier page that stands by itself."""

    id: int
    body: bytes
    packed: int  # bytes that it came to


@dataclass(frozen=True, slots=True)
class Packed:
    coding: str
    body: bytes
    base_id: int | None  # None: stands by itself


class UnreadableError(Exception):
    """Packed bytes are damaged; the message says how."""


def pack(body: bytes, bases: Iterable[Base]) -> Packed:
    """Pack a page against the best of the bases, or alone where they do not help."""
    best: Packed | None = None
    for base in bases:
        packed = Packed(ZSTD, _packed(body, base.body), base.id)
        if len(packed.body) * len(base.body) <= GOOD * base.packed * len(body):
            return packed
        if best is None or len(packed.body) < len(best.body):
            best = packed
    alone = Packed(ZSTD, _packed(body), None)
    return best if best is not None and len(best.body) < WORTH_IT * len(alone.body) else alone


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


def _packed(body: bytes, base: bytes = b"") -> bytes:
    # the window must reach back over the page into all of its base
    window = max(_SMALLEST_WINDOW, (len(body) + len(base)).bit_length())
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.window_log: window,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    prefix = zstd.ZstdDict(base, is_raw=True).as_prefix if base else None
    return zstd.compress(body, options=options, zstd_dict=prefix)

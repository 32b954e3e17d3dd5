"""A body as it comes: content codings undone by hand, never more than the cap, and whole or not at all.

Pure: streams of bytes in, streams of bytes out. By hand, because urllib3 takes a gzip stream without its end
for a whole one (half an article, silently), and tries any unknown coding as deflate. Codings are those of
RFC 9110, 8.4.1; every stage is capped, so that a bomb costs one chunk of memory above the cap.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from aggregator.counting import MB
from aggregator.fetch.failing import NoAnswer
from aggregator.models import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.fetch.wire import Answer

_CHUNK = 64 * 2**10
_MAX_CODINGS = 2  # nobody means three; a hundred is an attack
_GZIP_MAGIC = b"\x1f\x8b"
_KNOWN = frozenset({"gzip", "x-gzip", "deflate"})
# Seen in the wild where there is no coding: character encodings, and what S3 keeps of a chunked upload.
_NO_CODING = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "8bit", "aws-chunked"})


def read_body(raw: Answer, limit: int) -> bytes:
    """Return the whole decoded body of an answer, or raise `NoAnswer` as soon as it cannot be had."""
    codings = content_codings(raw.headers.get("content-encoding", ""))
    return b"".join(decoded(raw.chunks(), codings, limit))


def read_start(raw: Answer, limit: int) -> bytes:
    """Return the body as far as the cap allows, give or take a chunk, if the rest is of no importance."""
    codings = content_codings(raw.headers.get("content-encoding", ""))
    start: list[bytes] = []
    try:
        start.extend(decoded(raw.chunks(), codings, limit))
    except NoAnswer as e:
        if e.kind is not FailureKind.TOO_LARGE:
            raise
    return b"".join(start)


def content_codings(header: str) -> tuple[str, ...]:
    """Return the codings that a Content-Encoding header names, in the order in which they were applied."""
    codings = tuple(name for part in header.split(",") if (name := part.strip().lower()) not in _NO_CODING)
    if len(codings) > _MAX_CODINGS:
        raise NoAnswer(FailureKind.BAD_ANSWER, f"{len(codings)} content codings, one upon the other")
    for coding in codings:
        if coding not in _KNOWN:
            raise NoAnswer(FailureKind.BAD_ANSWER, f"content coding {coding[:20]!r}, which was not asked for")
    return codings


def decoded(chunks: Iterable[bytes], codings: tuple[str, ...], limit: int) -> Iterator[bytes]:
    """Yield `chunks` with `codings` undone; no stage may come to more than `limit` bytes."""
    stream = _capped(chunks, limit)
    for coding in reversed(codings):
        stream = _capped(_inflated(stream, coding), limit)
    return stream


def _capped(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise NoAnswer(FailureKind.TOO_LARGE, f"larger than {_size(limit)}")
        yield chunk


def _inflated(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Undo one coding. gzip may have several members (RFC 1952, 2.2); what follows the last is ignored."""
    inflating, ended = None, False
    for chunk in chunks:
        data = chunk
        while data:
            if inflating is None:
                if ended and not (coding != "deflate" and data.startswith(_GZIP_MAGIC[: len(data)])):
                    return
                inflating = _inflater(coding, data)
            yield _inflate(inflating, data, coding)
            data = inflating.unconsumed_tail
            if inflating.eof:
                data, inflating, ended = inflating.unused_data, None, True
    if inflating is not None:
        yield from _rest(inflating, coding)


def _rest(inflating: zlib._Decompress, coding: str) -> Iterator[bytes]:
    """Yield what zlib still holds back; a stream that has not reached its end by then was cut off."""
    while piece := _inflate(inflating, b"", coding):
        yield piece
    if not inflating.eof:
        raise NoAnswer(FailureKind.TRUNCATED, f"the {coding} body ends early")


def _inflate(inflating: zlib._Decompress, data: bytes, coding: str) -> bytes:
    try:
        return inflating.decompress(data, _CHUNK)
    except zlib.error:
        raise NoAnswer(FailureKind.BAD_ANSWER, f"the {coding} body is damaged") from None


def _inflater(coding: str, head: bytes) -> zlib._Decompress:
    """Return a decoder; "deflate" means the zlib format, but some send it bare (RFC 9110, 8.4.1.2)."""
    if coding != "deflate":
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    wrapped = head[0] & 0x0F == zlib.DEFLATED and (
        len(head) == 1 or int.from_bytes(head[:2], "big") % 31 == 0
    )
    return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)


def _size(limit: int) -> str:
    return f"{limit / MB:g} MB" if limit >= MB else f"{limit} bytes"

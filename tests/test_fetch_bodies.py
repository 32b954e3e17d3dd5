"""Bodies: whole or not at all, never more than the cap, whatever the server says about them."""

from __future__ import annotations

import gzip
import resource
import zlib

import pytest

from aggregator.fetch import Fetcher
from aggregator.models import FailureKind, Kind, Request
from tests.fetching import (
    OK,
    TEXT,
    failed,
    feed,
    fetch_from,
    got,
    limits,
    raw,
    said,
)
from tests.servers import Server, Wire


def bare_deflate(data: bytes) -> bytes:
    press = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return press.compress(data) + press.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("GZIP", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare_deflate(TEXT)),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT))),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
        ("gzip, identity", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 512),
        ("gzip", gzip.compress(TEXT) + b"<!-- cached -->"),
        ("utf-8", TEXT),
        ("none", TEXT),
        ("", TEXT),
        ("aws-chunked", TEXT),
    ],
)
def test_content_codings_are_undone(coding: str, body: bytes) -> None:
    assert got(fetch_from(said(body, Content_Encoding=coding))).body == TEXT


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", body + end)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (chunked(TEXT[:10], TEXT[10:]), TEXT),
        (chunked(b"x", end=b"0\r\nTrailer: y\r\n\r\n"), b"x"),
        (
            raw(
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked",
                b"1\r\nx\r\n0\r\n\r\n",
            ),
            b"x",
        ),
        (raw("HTTP/1.1 200 OK\nTransfer-Encoding: identity, chunked", b"1\r\nx\r\n0\r\n\r\n"), b"x"),
        (raw("HTTP/1.1 200 OK", TEXT), TEXT),
        (raw("HTTP/1.0 200 OK", TEXT), TEXT),
        (raw("HTTP/1.1 200 OK\nContent-Length: 3", b"abcdef"), b"abc"),
        (raw("HTTP/1.1 200 OK\nContent-Length: 0\nContent-Encoding: gzip"), b""),
        (raw("HTTP/1.1 204 No Content"), b""),
        (raw("HTTP/1.1 200 OK\nContent-Length: " + "9" * 5000, b"abc"), b"abc"),
        (raw("HTTP/1.1 200 OK\nContent-Length: three", b"abc"), b"abc"),
    ],
)
def test_a_whole_body_is_whole_however_it_is_framed(sent: bytes, body: bytes) -> None:
    assert got(fetch_from(sent)).body == body


def test_no_byte_beyond_the_announced_length_gets_into_the_body() -> None:
    """Also when the announced bytes come in several pieces."""

    def pieces(wire: Wire) -> None:
        wire.send(raw("HTTP/1.1 200 OK\nContent-Length: 6", b"abc"))
        wire.closing.wait(0.05)
        wire.send(b"defghi")
        wire.hang()

    assert got(fetch_from(pieces, deadline=3.0)).body == b"abcdef"


@pytest.mark.parametrize(
    "sent",
    [
        raw("HTTP/1.1 200 OK\nContent-Length: 1000", b"abc"),
        chunked(b"abc", end=b""),
        chunked(b"abc", end=b"ff\r\nabc"),
        chunked(b"abc", end=b"zz\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        said(gzip.compress(TEXT)[:-1], Content_Encoding="gzip"),
        said(gzip.compress(TEXT)[:-8], Content_Encoding="gzip"),
        said(gzip.compress(TEXT)[:500], Content_Encoding="gzip"),
        said(b"\x1f", Content_Encoding="gzip"),
        said(gzip.compress(TEXT) + gzip.compress(TEXT)[:20], Content_Encoding="gzip"),
        said(zlib.compress(TEXT)[:-4], Content_Encoding="deflate"),
        said(bare_deflate(TEXT)[:-4], Content_Encoding="deflate"),
        said(gzip.compress(gzip.compress(TEXT)[:-9]), Content_Encoding="gzip, gzip"),
        raw("HTTP/1.1 200 OK\nContent-Encoding: gzip", gzip.compress(TEXT)[:-9]),
    ],
)
def test_a_truncated_body_is_a_failure(sent: bytes) -> None:
    """Half a feed under a new ETag would lose the other half for ever."""
    assert failed(fetch_from(sent)) is FailureKind.TRUNCATED


@pytest.mark.parametrize(
    "sent",
    [
        b"HELLO\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 smtp.example ESMTP\r\n",
        b"HTTP/1.1 99999 X\r\n\r\n",
        b"HTTP/1.1 abc X\r\n\r\n",
        b"HTTP/9\r\n\r\n",
        raw("HTTP/1.1 200 OK\nX: " + "x" * 70_000),
        raw("HTTP/1.1 200 OK\n" + "\n".join(f"X-{n}: 1" for n in range(200))),
        raw("HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 4", b"abcd"),
        said(TEXT, Content_Encoding="br"),
        said(TEXT, Content_Encoding="foo"),
        said(TEXT, Content_Encoding="gzip"),
        said(TEXT, Content_Encoding="deflate"),
        said(TEXT, Content_Encoding="gzip, gzip, gzip"),
        said(TEXT, Content_Encoding=", ".join(["gzip"] * 100)),
        said(gzip.compress(TEXT)[:-8] + b"\0" * 8, Content_Encoding="gzip"),
    ],
)
def test_what_is_not_http_or_cannot_be_decoded_is_a_bad_answer(sent: bytes) -> None:
    assert failed(fetch_from(sent)) is FailureKind.BAD_ANSWER


def test_the_cap_counts_decoded_bytes_and_depends_on_the_kind() -> None:
    """Exactly the cap is permitted."""
    with (
        Server({"/": said(gzip.compress(b"x" * 1000), Content_Encoding="gzip")}) as server,
        Fetcher(limits(max_feed_bytes=999, max_page_bytes=1000)) as fetcher,
    ):
        assert failed(fetcher.fetch(Request(server.url("/"), Kind.FEED))) is FailureKind.TOO_LARGE
        assert len(got(fetcher.fetch(Request(server.url("/"), Kind.PAGE))).body) == 1000


def bomb(size: int) -> bytes:
    return gzip.compress(b"\0" * size, compresslevel=1)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", bomb(2**26)),
        ("gzip, gzip", gzip.compress(bomb(2**26))),
        ("gzip, gzip", gzip.compress(gzip.compress(b"") * 2**20, compresslevel=1)),
        ("deflate", zlib.compress(b"\0" * 2**26)),
    ],
)
def test_a_bomb_is_stopped_at_the_cap(coding: str, body: bytes) -> None:
    """The third one decodes to nothing at all: every stage is capped, not the last one alone."""
    kind = failed(fetch_from(said(body, Content_Encoding=coding), max_feed_bytes=2**20))
    assert kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("head", ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked"])
def test_an_endless_body_is_stopped_at_the_cap(head: str) -> None:
    def endless(wire: Wire) -> None:
        wire.send(raw(head))
        while not wire.closing.is_set():
            wire.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")

    assert failed(fetch_from(endless, max_feed_bytes=2**20)) is FailureKind.TOO_LARGE


def test_a_chunk_of_a_negative_size_ends_the_answer() -> None:
    """For http.client -1 means all that comes: no cap would count it before it is in memory."""
    taken: list[int] = []

    def endless(wire: Wire) -> None:
        wire.send(raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"-1\r\n"))
        for number in range(256):
            wire.send(b"x" * 2**18)
            taken.append(number)

    assert failed(fetch_from(endless, max_feed_bytes=2**20)) is FailureKind.TRUNCATED
    assert len(taken) < 128


@pytest.mark.parametrize("status", [403, 410, 429, 503])
def test_an_error_keeps_its_status_even_if_its_body_cannot_be_had(status: int) -> None:
    """Retry-After must not be lost because the error page was cut or too large."""
    sent = raw(f"HTTP/1.1 {status} X\nRetry-After: 60\nContent-Length: 1000", b"abc")
    response = got(fetch_from(sent))
    assert (response.status, response.headers["retry-after"], response.body) == (status, "60", b"")


@pytest.mark.parametrize("kind", [Kind.FEED, Kind.PAGE])
def test_a_gibibyte_in_a_mebibyte_costs_no_more_than_the_cap(kind: Kind) -> None:
    """With the caps as they are by default."""
    bomb = said(gzip.compress(b"\0" * 2**20) * 1024, Content_Encoding="gzip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Server({"/": bomb}) as server, Fetcher(limits()) as fetcher:
        assert failed(fetcher.fetch(Request(server.url("/"), kind))) is FailureKind.TOO_LARGE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_endless_headers_are_stopped() -> None:
    def endless(wire: Wire) -> None:
        wire.send(OK)
        while not wire.closing.is_set():
            wire.send(b"X-More: 1\r\n" * 1000)

    assert failed(fetch_from(endless)) is FailureKind.BAD_ANSWER


@pytest.mark.parametrize("status", [100, 102, 103])
def test_endless_interim_answers_are_stopped(status: int) -> None:
    """A server may say "wait" (RFC 9110, 15.2), but not for ever."""

    def endless(wire: Wire) -> None:
        while not wire.closing.is_set():
            wire.send(b"HTTP/1.1 %d Wait\r\n\r\n" % status)

    assert failed(fetch_from(endless, deadline=0.3)) is FailureKind.TIMEOUT


def test_interim_answers_are_passed_over() -> None:
    """What comes after them is the answer, and it is not left over for the next request."""
    hints = raw("HTTP/1.1 103 Early Hints\nLink: </chunked.css>; rel=preload") + raw(
        "HTTP/1.1 102 Processing"
    )
    with Server({"/": [hints + said(b"first"), said(b"second")]}) as server, Fetcher(limits()) as fetcher:
        assert [got(fetcher.fetch(feed(server.url("/")))).body for _ in range(2)] == [b"first", b"second"]
    assert server.connections == 1


def test_a_change_of_protocol_that_nobody_asked_for_is_a_bad_answer() -> None:
    assert failed(fetch_from(raw("HTTP/1.1 101 Switching Protocols\nUpgrade: h2c"))) is FailureKind.BAD_ANSWER

"""Redirects: followed by hand, each hop a decision."""

from __future__ import annotations

import gzip
import resource
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import Fetcher
from aggregator.models import FailureKind
from tests.fetching import (
    failed,
    failure,
    feed,
    fetch_from,
    got,
    limits,
    raw,
    said,
)
from tests.servers import Answers, Server, Wire, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([301], True),
        ([308], True),
        ([301, 308, 301], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([302, 301], False),
        ([301, 302], False),
        ([301, 307, 301], False),
        ([301] * 5, True),
    ],
)
def test_a_feed_has_moved_only_if_every_redirect_said_so(
    statuses: list[int], moved: bool, fetcher: Fetcher
) -> None:
    table: Answers = {f"/{hop}": redirect(f"/{hop + 1}", status) for hop, status in enumerate(statuses)}
    last = f"/{len(statuses)}"
    with Server({**table, last: said(b"here")}) as server:
        response = got(fetcher.fetch(feed(server.url("/0"))))
    assert response.body == b"here"
    assert response.url == server.url("/0")
    assert response.final_url == server.url(last)
    assert response.moved_to == (server.url(last) if moved else "")


def test_a_loop_ends_after_the_permitted_redirects(fetcher: Fetcher) -> None:
    with Server({"/a": redirect("/b", 301), "/b": redirect("/a", 301)}) as server:
        assert failed(fetcher.fetch(feed(server.url("/a")))) is FailureKind.TOO_MANY_REDIRECTS
    assert server.targets == ["/a", "/b"] * 3


def test_a_redirect_without_a_location_is_an_answer(fetcher: Fetcher) -> None:
    with Server({"/": answer(302, b"nowhere")}) as server:
        response = got(fetcher.fetch(feed(server.url("/"))))
    assert (response.status, response.body) == (302, b"nowhere")


def test_validators_go_to_no_other_address(fetcher: Fetcher) -> None:
    """An ETag names a state of one resource; anywhere else it is a wrong 304 or a tracking cookie."""
    with Server({"/here": said(b"x")}, address="127.0.0.2") as other:
        table: Answers = {"/a": redirect("/b"), "/b": redirect(other.url("/here"))}
        with Server(table) as server:
            got(fetcher.fetch(feed(server.url("/a"), etag='"1"', last_modified="Sat")))
    assert server.asked[0].header("If-None-Match") == b'"1"'
    for later in (server.asked[1], other.asked[0]):
        assert not {"if-none-match", "if-modified-since", "referer"} & set(later.headers)


def test_the_body_of_a_redirect_is_not_read(fetcher: Fetcher) -> None:
    """It can be a bomb or endless, and nobody looks at it."""

    def endless(wire: Wire) -> None:
        wire.send(raw("HTTP/1.1 302 Found\nLocation: /there\nContent-Encoding: gzip"))
        while not wire.closing.is_set():
            wire.send(b"x" * 2**16)

    with Server({"/": endless, "/there": said(b"ok")}) as server:
        assert got(fetcher.fetch(feed(server.url("/")))).body == b"ok"


HOSTILE_LOCATIONS = [
    b"http://[",
    b"http://[::1",
    b"http://a..b/",
    b"http://" + b"a" * 64 + b".invalid/",
    b"http://\xff\xfe/",
    b"http://xn--\xff/",
    b"//",
    b"http://",
    b"",
    b" ",
    b"http://127.0.0.1:99999/",
    b"http://127.0.0.1:-1/",
    b"http://127.0.0.1:port/",
    b"file:///etc/passwd",
    b"ftp://127.0.0.1/",
    b"gopher://127.0.0.1/",
    b"data:text/plain,x",
    b"javascript:alert(1)",
    b"feed:http://127.0.0.1/",
    b"http://127.0.0.1:80\\@example.invalid/",
    b"http://*.invalid/",
    b"http://.invalid/",
    b"http://%00/",
    b"http://\xe2\x84\xaa\xe2\x80\xae.invalid/",
    b"http://" + b"a" * 60_000,
    b"http://[fe80::1%25eth0]/",
    b"http://[v1.x]/",
    b"http://999.999.999.999/",
]


@pytest.mark.parametrize("location", HOSTILE_LOCATIONS)
def test_a_hostile_location_is_a_failure_and_never_an_exception(location: bytes) -> None:
    hostile = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    kind = failed(fetch_from(hostile))
    assert kind in {
        FailureKind.BAD_URL,
        FailureKind.DNS,
        FailureKind.FORBIDDEN_ADDRESS,
        FailureKind.TOO_MANY_REDIRECTS,  # "//" is the same address again
    }


@pytest.mark.parametrize(
    "location",
    [
        "/zi\xeb".encode(),
        b"/zi\xeb",
        b"/a b",
        b"/zi%C3%AB",
        b"/x#part",
        b"http:///path",
        b"?q=\xc3\xab",
        b"/a\tb",
    ],
)
def test_a_sloppy_location_is_followed(location: bytes, fetcher: Fetcher) -> None:
    sloppy = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    with Server({"/": sloppy}) as server:
        assert got(fetcher.fetch(feed(server.url("/")))).status == 404
    assert len(server.asked) == 2


@pytest.mark.parametrize("hops", range(1, 6))
def test_a_bomb_on_the_way_is_not_even_read(hops: int, fetcher: Fetcher) -> None:
    """1 GiB in 1 MiB, on every hop; what is behind them comes through, and the memory does not grow."""
    bomb = gzip.compress(b"\0" * 2**20) * 1024
    table: Answers = {
        f"/{hop}": answer(302, bomb, Location=f"/{hop + 1}", Content_Encoding="gzip") for hop in range(hops)
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Server({**table, f"/{hops}": said(b"here")}) as server:
        assert got(fetcher.fetch(feed(server.url("/0")))).body == b"here"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_slow_redirects_end_at_the_deadline_of_the_whole() -> None:
    """Each one drips its header for nearly as long as the deadline allows."""

    def drips(number: int) -> Callable[[Wire], None]:
        def send(wire: Wire) -> None:
            wire.send(b"HTTP/1.1 302 Found\r\n")
            wire.drip(b"X: 12345678\r\n")
            wire.send(f"Location: /{number + 1}\r\n\r\n".encode())

        return send

    with (
        Server({f"/{number}": drips(number) for number in range(6)}) as server,
        Fetcher(limits(deadline=0.6)) as fetcher,
    ):
        outcome = failure(fetcher.fetch(feed(server.url("/0"))))
    assert outcome.kind is FailureKind.TIMEOUT
    assert len(server.asked) < 6

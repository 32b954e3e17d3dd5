"""What goes wrong on the way is a value; nothing outlasts its deadline."""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import Fetcher
from aggregator.models import Failure, FailureKind
from tests.fetching import (
    OK,
    failed,
    feed,
    fetch_from,
    limits,
    sends_slowly,
)
from tests.servers import Answers, Server, Wire, closed_port, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/feed",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "feed:http://127.0.0.1/",
        "|id",
        "http://",
        "http://[",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:80\\@example.invalid/",
        "http://a..b/",
        "http://" + "a" * 64 + ".invalid/",
        "http://\ud800.invalid/",
        "http://*/",
        "http://\u2028/",
    ],
)
def test_an_address_that_cannot_be_asked_is_a_failure(url: str, fetcher: Fetcher) -> None:
    assert failed(fetcher.fetch(feed(url))) is FailureKind.BAD_URL


def test_a_refused_connection_is_a_failure(fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(feed(f"http://127.0.0.1:{closed_port()}/"))
    assert failed(outcome) is FailureKind.CONNECT
    assert isinstance(outcome, Failure)
    assert outcome.message == "connection refused"


def test_an_unknown_name_is_a_failure(fetcher: Fetcher) -> None:
    assert failed(fetcher.fetch(feed("http://nowhere.invalid/"))) is FailureKind.DNS


def test_a_connection_that_is_closed_without_a_word_is_a_failure() -> None:
    """It was fresh, so it is not tried again."""
    with Server({"/": lambda _wire: None}) as server, Fetcher(limits()) as fetcher:
        assert failed(fetcher.fetch(feed(server.url("/")))) is FailureKind.CONNECT
    assert len(server.asked) == 1


def test_a_bug_is_not_taken_for_a_failure_of_the_network() -> None:
    def broken(_host: str, _port: int) -> Sequence[str]:
        raise TypeError("a bug")

    with Fetcher(limits(), resolve=broken) as fetcher, pytest.raises(TypeError, match="a bug"):
        fetcher.fetch(feed("http://name.test/"))


@pytest.mark.parametrize(
    "slow",
    [
        sends_slowly(b"", OK + b"Content-Length: 0\r\n" + b"X: 1\r\n" * 15 + b"\r\n"),
        sends_slowly(OK, b"X-1: 1\r\n" * 20 + b"\r\n"),
        sends_slowly(OK + b"Content-Length: 200\r\n\r\n", b"x" * 200),
        sends_slowly(OK + b"\r\n", b"x" * 200),
        sends_slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 30 + b"0\r\n\r\n"),
        sends_slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 200 + b"\r\n\r\n"),
        sends_slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: 1\r\n" * 30 + b"\r\n"),
        sends_slowly(b"HTTP/1.1 100 Continue\r\n", b"\r\nHTTP/1.1 100 Continue\r\n" * 10),
        sends_slowly(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(bytes(range(200)))),
        sends_slowly(b"HTTP/1.1 302 Found\r\n", b"Location: /elsewhere\r\nX: 1234567890\r\n" * 5 + b"\r\n"),
        Wire.hang,
    ],
    ids="status headers length close chunks chunk-size trailers continue gzip redirect hang".split(),
)
def test_a_server_that_drips_is_cut_off_at_the_deadline(slow: Callable[[Wire], None]) -> None:
    assert failed(fetch_from(slow, deadline=0.25)) is FailureKind.TIMEOUT


def test_all_redirects_share_one_deadline() -> None:
    """Each hop is well within it, together they are not."""

    def hop(number: int) -> Callable[[Wire], None]:
        def send(wire: Wire) -> None:
            wire.closing.wait(0.1)
            wire.send(redirect(f"/{number + 1}"))

        return send

    table: Answers = {f"/{n if n >= 0 else ''}": hop(n) for n in range(-1, 5)}
    assert failed(fetch_from(table, deadline=0.35)) is FailureKind.TIMEOUT


def test_a_name_server_that_does_not_answer_is_given_up() -> None:
    silence = threading.Event()

    def hanging(_host: str, _port: int) -> Sequence[str]:
        silence.wait(10)
        return []

    with Fetcher(limits(deadline=0.1), resolve=hanging) as fetcher:
        assert failed(fetcher.fetch(feed("http://name.test/"))) is FailureKind.DNS
    silence.set()

"""What a server is told: who asks and what for, validators byte for byte, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import Fetcher
from aggregator.models import Kind, Request, Validators
from tests.fetching import (
    AGENT,
    feed,
    got,
    limits,
    raw,
    with_login,
)
from tests.servers import Server, answer, closed_port, redirect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_an_answer_comes_with_its_status_headers_and_body(fetcher: Fetcher) -> None:
    """Header names are in lower case, values as they came; the address is the one that was asked for."""
    with Server({"/feed": answer(203, b"<rss/>", Content_Type="text/xml", X_Odd="A, b")}) as server:
        response = got(fetcher.fetch(feed(server.url("/feed"))))
    assert (response.status, response.body) == (203, b"<rss/>")
    assert response.headers["content-type"] == "text/xml"
    assert response.headers["x-odd"] == "A, b"
    assert response.url == response.final_url == server.url("/feed")
    assert response.moved_to == ""


@pytest.mark.parametrize(
    ("kind", "wanted"), [(Kind.FEED, b"application/atom+xml"), (Kind.PAGE, b"text/html")]
)
def test_a_server_is_told_who_asks_and_what_for_and_nothing_else(
    kind: Kind, wanted: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No cookie that it set, no Referer, nothing from netrc; no proxy from the environment is asked."""
    (tmp_path / "netrc").write_text("default login reader password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with Server({"/": answer(200, Set_Cookie="id=1; Path=/")}) as server, Fetcher(limits()) as fetcher:
        for _ in range(2):
            got(fetcher.fetch(Request(server.url("/"), kind)))
    asked = server.asked[-1]
    assert asked.header("User-Agent") == AGENT.encode()
    assert (asked.header("Accept") or b"").startswith(wanted)
    assert asked.header("Accept-Encoding") == b"gzip, deflate"
    assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}


ODD_ETAGS = [
    b'"plain"',
    b'W/"weak"',
    b"unquoted",
    b'"a,b", "c"',
    b'""',
    b'W/"x-gzip"',
    b'"\xe9t\xe9"',
    '"été"'.encode(),
    b'"\x85\xa0"',
    b'"a  b\tc"',
    b'"' + b"x" * 4096 + b'"',
    b"'single'",
    b'"back\\slash"',
]


@pytest.mark.parametrize("etag", ODD_ETAGS)
def test_an_etag_goes_back_byte_for_byte(etag: bytes, fetcher: Fetcher) -> None:
    """Publishers compare validators as strings of bytes; one that was tidied up never matches."""
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: " + etag + b"\r\n\r\n"
    with Server({"/": first}) as server:
        response = got(fetcher.fetch(feed(server.url("/"))))
        got(fetcher.fetch(feed(server.url("/"), etag=response.headers["etag"])))
    assert server.asked[1].header("If-None-Match") == etag


@pytest.mark.parametrize("date", ["Sat, 01 Jan 2022 00:00:00 GMT", "yesterday", "2022-01-01T00:00:00Z", "0"])
def test_a_last_modified_goes_back_byte_for_byte(date: str, fetcher: Fetcher) -> None:
    with Server({"/": answer(200)}) as server:
        got(fetcher.fetch(feed(server.url("/"), last_modified=date)))
    assert server.asked[0].header("If-Modified-Since") == date.encode()
    assert server.asked[0].header("If-None-Match") is None


def test_a_header_that_came_twice_goes_back_once(fetcher: Fetcher) -> None:
    """A server and the cache before it both say it; said twice it is no date, and every document comes whole."""
    date = "Sat, 01 Jan 2022 00:00:00 GMT"
    twice = f"Last-Modified: {date}\r\n".encode() * 2 + b"Vary: a\r\nVary: b\r\n"
    with Server({"/": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + twice + b"\r\n"}) as server:
        response = got(fetcher.fetch(feed(server.url("/"))))
    assert response.headers["last-modified"] == date
    assert response.headers["vary"] == "a, b"


@pytest.mark.parametrize("etag", ['"a\r\nX-Injected: 1"', '"a\nb"', "\u20ac", "\x00", ' "a"'])
def test_a_validator_that_no_header_can_hold_is_left_out(etag: str, fetcher: Fetcher) -> None:
    with Server({"/": answer(200)}) as server:
        got(fetcher.fetch(feed(server.url("/"), etag=etag)))
    assert "if-none-match" not in server.asked[0].headers
    assert "x-injected" not in server.asked[0].headers


def test_not_modified_is_an_answer_without_a_body(fetcher: Fetcher) -> None:
    """Even if the server announces the length and the coding of the body that it does not send."""
    silent = raw('HTTP/1.1 304 Not Modified\nETag: "1"\nContent-Length: 500\nContent-Encoding: gzip')
    with Server({"/": silent}) as server:
        for _ in range(2):
            response = got(fetcher.fetch(feed(server.url("/"), etag='"1"')))
            assert (response.status, response.body) == (304, b"")
    assert server.connections == 1


def test_validators_go_to_the_address_that_gave_them_and_to_no_other(fetcher: Fetcher) -> None:
    """Also if that is where a redirect leads: an ETag names a state of one resource."""
    with Server({"/a": redirect("/b"), "/b": answer(304)}) as server:
        validators = Validators('"1"', "Sat")
        for giver in (server.url("/b"), with_login(server.url("/b")) + "#top"):
            got(fetcher.fetch(Request(server.url("/a"), Kind.FEED, validators, giver)))
    assert [asked.header("If-None-Match") for asked in server.asked] == [None, b'"1"'] * 2
    assert [asked.header("A-IM") for asked in server.asked] == [None, b"feed"] * 2


@pytest.mark.parametrize(
    ("request_of", "told"),
    [
        (lambda url: feed(url, etag='"1"'), b"feed"),
        (lambda url: feed(url, last_modified="Sat"), b"feed"),
        (feed, None),
        (lambda url: Request(url, Kind.PAGE, Validators('"1"')), None),
    ],
    ids=["etag", "date", "first time", "page"],
)
def test_who_knows_a_feed_already_asks_for_its_new_entries_only(
    request_of: Callable[[str], Request], told: bytes | None, fetcher: Fetcher
) -> None:
    """RFC 3229 with its extension for feeds; without a state to start from there is nothing to leave out."""
    with Server({"/": answer(200)}) as server:
        got(fetcher.fetch(request_of(server.url("/"))))
    assert server.asked[0].header("A-IM") == told


def test_the_new_entries_alone_are_an_answer(fetcher: Fetcher) -> None:
    partial = answer(226, b"<rss/>", IM="feed", ETag='"2"', Cache_Control="no-store, im")
    with Server({"/": partial}) as server:
        response = got(fetcher.fetch(feed(server.url("/"), etag='"1"')))
    assert (response.status, response.body, response.headers["im"]) == (226, b"<rss/>", "feed")
    assert response.headers["etag"] == '"2"'

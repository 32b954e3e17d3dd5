"""`Fetcher`: one request from its address to its answer, against servers that say what they like."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher, FetchLimits
from aggregator.models import Failure, FailureKind, Kind, Request, Response, Validators
from tests.servers import Answer, Answers, Server, Wire, answer, closed_port, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

AGENT = "aggregator/1.0 (+https://example.org/about)"
LOOPBACK = ("127.0.0.0/8",)


def limits(**changes: object) -> FetchLimits:
    settings: dict[str, object] = {"user_agent": AGENT, "allow_networks": LOOPBACK} | changes
    return FetchLimits(**settings)  # type: ignore[arg-type]  # the tests name the fields


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(limits()) as fetcher:
        yield fetcher


def feed(url: str, **validators: str) -> Request:
    return Request(url, Kind.FEED, Validators(**validators))


def got(outcome: Response | Failure) -> Response:
    assert isinstance(outcome, Response), outcome
    return outcome


def failed(outcome: Response | Failure) -> FailureKind:
    assert isinstance(outcome, Failure), outcome
    assert outcome.message
    assert "\n" not in outcome.message
    return outcome.kind


def said(body: bytes, **headers: str) -> bytes:
    return answer(200, body, **headers)


def raw(head: str, body: bytes = b"") -> bytes:
    """An answer of which every byte is the test's."""
    return head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


def fetch_from(answers: Answer | Answers, **changes: object) -> Response | Failure:
    """Fetch `/` from a server with these answers; a single one in bytes is followed by the end of the connection."""
    if isinstance(answers, bytes):
        table: Answers = {"/": partial(Wire.send, data=answers)}
    else:
        table = {"/": answers} if callable(answers) else answers
    with Server(table) as server, Fetcher(limits(**changes)) as fetcher:
        return fetcher.fetch(feed(server.url("/")))


# ---------------------------------------------------------------------------------- what is asked and told


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


def test_a_user_agent_that_no_header_can_hold_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="user_agent"):
        Fetcher(limits(user_agent="a\nb"))


# ----------------------------------------------------------------------------------------------- redirects


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


# --------------------------------------------------------------------------------------------- credentials


def with_login(url: str, login: str = "reader:s%3Acret%C3%A9") -> str:
    return url.replace("://", f"://{login}@")


def test_credentials_in_the_address_are_sent_and_not_shown(fetcher: Fetcher) -> None:
    """They are percent-decoded (RFC 3986) and UTF-8 (RFC 7617); neither the final address nor a message has them."""
    with Server({"/": said(b"x")}) as server:
        response = got(fetcher.fetch(feed(with_login(server.url("/")))))
        refused = fetcher.fetch(feed(with_login(f"http://127.0.0.1:{closed_port()}/")))
    assert server.asked[0].header("Authorization") == b"Basic cmVhZGVyOnM6Y3JldMOp"
    assert response.final_url == server.url("/")
    assert isinstance(refused, Failure)
    assert "cret" not in refused.message


def test_credentials_stay_with_their_origin(fetcher: Fetcher) -> None:
    """They follow a redirect on the same origin, and the new address of a moved feed keeps them."""
    with Server({"/here": said(b"x")}, address="127.0.0.2") as other:
        table: Answers = {
            "/out": redirect(other.url("/here")),
            "/in": redirect("/new", 301),
            "/new": said(b"y"),
        }
        with Server(table) as server:
            got(fetcher.fetch(feed(with_login(server.url("/out")))))
            inside = got(fetcher.fetch(feed(with_login(server.url("/in")))))
    assert [each.header("Authorization") is not None for each in server.asked] == [True, True, True]
    assert other.asked[0].header("Authorization") is None
    assert inside.moved_to == with_login(server.url("/new"))
    assert inside.final_url == server.url("/new")


def test_credentials_of_the_servers_making_are_ignored(fetcher: Fetcher) -> None:
    with (
        Server({"/here": said(b"x")}, address="127.0.0.2") as other,
        Server({"/": redirect(with_login(other.url("/here"), "evil:evil"), 301)}) as server,
    ):
        response = got(fetcher.fetch(feed(server.url("/"))))
    assert other.asked[0].header("Authorization") is None
    assert response.moved_to == response.final_url == other.url("/here")


# -------------------------------------------------------------------------------------------------- bodies

TEXT = b"<rss>" + bytes(range(256)) * 500 + b"</rss>"


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


@pytest.mark.parametrize("status", [403, 410, 429, 503])
def test_an_error_keeps_its_status_even_if_its_body_cannot_be_had(status: int) -> None:
    """Retry-After must not be lost because the error page was cut or too large."""
    sent = raw(f"HTTP/1.1 {status} X\nRetry-After: 60\nContent-Length: 1000", b"abc")
    response = got(fetch_from(sent))
    assert (response.status, response.headers["retry-after"], response.body) == (status, "60", b"")


# ------------------------------------------------------------------------------------------------- failures


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


# ------------------------------------------------------------------------------------------------- deadline


def sends_slowly(start: bytes, drip: bytes) -> Callable[[Wire], None]:
    """Far slower than the deadline of the tests, but it would end: a deadline that fails does not hang them."""

    def send(wire: Wire) -> None:
        wire.send(start)
        wire.drip(drip)

    return send


OK = b"HTTP/1.1 200 OK\r\n"


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


# ------------------------------------------------------------------------------------------- TLS


def openssl(*words: str, folder: Path) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and self-made certificates: good, expired, and one for another host."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program to make certificates")
    folder = tmp_path_factory.mktemp("tls")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -subj /CN=test".split()
    for name, host, days in (
        ("good", "127.0.0.1", "9"),
        ("expired", "127.0.0.1", "-1"),
        ("other", "9.9.9.9", "9"),
    ):
        names = f"subjectAltName=IP:{host}"
        openssl("req", "-new", *key, "-out", "csr.pem", "-addext", names, folder=folder)
        sign = f"x509 -req -in csr.pem -signkey key.pem -days {days} -copy_extensions copy -out {name}.crt"
        openssl(*sign.split(), folder=folder)
        both = (folder / "key.pem").read_text() + (folder / f"{name}.crt").read_text()
        (folder / f"{name}.pem").write_text(both)
    return folder


def tls_server(certificates: Path, name: str, answers: Answers) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem")
    return Server(answers, tls=context)


def test_https_works_and_keeps_its_connection(certificates: Path) -> None:
    with (
        tls_server(certificates, "good", {"/": said(TEXT)}) as server,
        Fetcher(limits(ca_file=str(certificates / "good.crt"))) as fetcher,
    ):
        for _ in range(3):
            assert got(fetcher.fetch(feed(server.url("/")))).body == TEXT
    assert server.connections == 1


@pytest.mark.parametrize(
    ("name", "trusted", "message"),
    [
        ("good", "", "certificate is self-signed"),
        ("good", "other", "certificate is self-signed"),
        ("expired", "expired", "certificate expired"),
        ("other", "other", "certificate is for another host"),
    ],
)
def test_a_bad_certificate_is_refused_and_named(
    name: str, trusted: str, message: str, certificates: Path
) -> None:
    ca_file = str(certificates / f"{trusted}.crt") if trusted else ""
    with (
        tls_server(certificates, name, {"/": said(b"x")}) as server,
        Fetcher(limits(ca_file=ca_file)) as fetcher,
    ):
        outcome = fetcher.fetch(feed(server.url("/")))
    assert failed(outcome) is FailureKind.TLS
    assert isinstance(outcome, Failure)
    assert outcome.message == message
    assert server.asked == []


def test_https_to_a_server_that_speaks_plain_http_is_a_failure() -> None:
    with Server(greeting=raw("HTTP/1.1 400 Bad Request")) as server, Fetcher(limits()) as fetcher:
        assert failed(fetcher.fetch(feed(server.url("/", scheme="https")))) is FailureKind.TLS


@pytest.mark.parametrize("head", [b"", OK + b"Content-Length: 200\r\n\r\n"], ids=["headers", "body"])
def test_the_deadline_holds_inside_tls(head: bytes, certificates: Path) -> None:
    slow = sends_slowly(head, b"X" * 200)
    with (
        tls_server(certificates, "good", {"/": slow}) as server,
        Fetcher(limits(ca_file=str(certificates / "good.crt"), deadline=0.3)) as fetcher,
    ):
        assert failed(fetcher.fetch(feed(server.url("/")))) is FailureKind.TIMEOUT


def test_the_deadline_holds_in_the_handshake() -> None:
    """The server waits for a request line that TLS never sends, and says nothing."""
    with Server() as server, Fetcher(limits(deadline=0.2)) as fetcher:
        assert failed(fetcher.fetch(feed(server.url("/", scheme="https")))) is FailureKind.TIMEOUT


# --------------------------------------------------------------------------------------------- connections


def test_requests_to_one_host_share_a_connection(fetcher: Fetcher) -> None:
    with Server({"/a": said(TEXT), "/b": said(gzip.compress(TEXT), Content_Encoding="gzip")}) as server:
        for target in ("/a", "/b", "/missing", "/a"):
            got(fetcher.fetch(feed(server.url(target))))
    assert {asked.connection for asked in server.asked} == {1}


def test_a_kept_connection_that_the_server_has_closed_is_replaced(fetcher: Fetcher) -> None:
    """Seen only when the second request is already under way, it costs one more request and no failure."""
    with Server({"/": [said(b"1"), lambda _wire: None, said(b"2")]}) as server:
        assert got(fetcher.fetch(feed(server.url("/")))).body == b"1"
        assert got(fetcher.fetch(feed(server.url("/")))).body == b"2"
    assert [asked.connection for asked in server.asked] == [1, 1, 2]


def test_many_threads_get_each_its_own_answer(fetcher: Fetcher) -> None:
    table: Answers = {f"/{n}": said(b"%d " % n * 5000) for n in range(40)}
    with Server(table) as server, ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(fetcher.fetch, [feed(server.url(f"/{n}")) for n in range(40)]))
    assert [got(outcome).body.split()[0] for outcome in outcomes] == [b"%d" % n for n in range(40)]


def test_connections_to_many_hosts_are_not_hoarded(fetcher: Fetcher) -> None:
    """The oldest ones are closed, and close themselves cleanly: a forgotten socket fails the test."""
    for number in range(1, 12):
        with Server({"/": said(b"x")}, address=f"127.0.0.{number}") as server:
            got(fetcher.fetch(feed(server.url("/"))))


def test_a_fetcher_can_be_closed_while_it_works() -> None:
    begun = threading.Event()

    def slow(wire: Wire) -> None:
        begun.set()
        wire.closing.wait(0.1)
        wire.send(said(b"late"))

    with Server({"/": slow}) as server, ThreadPoolExecutor(1) as pool:
        fetcher = Fetcher(limits())
        outcome = pool.submit(fetcher.fetch, feed(server.url("/")))
        begun.wait()
        fetcher.close()
        assert got(outcome.result()).body == b"late"

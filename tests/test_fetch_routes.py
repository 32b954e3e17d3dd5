"""Routes: a proxy or a TLS setting of one feed is never that of another; a proxy is the user's own choice."""

from __future__ import annotations

import contextlib
import socket
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.fetch import Fetcher
from aggregator.models import Access, Failure, FailureKind, Response
from tests.fetching import (
    failed,
    failure,
    feed,
    got,
    limits,
    page,
    raw,
    said,
    tls_server,
    with_login,
)
from tests.servers import Server, Wire, closed_port, redirect

if TYPE_CHECKING:
    from pathlib import Path


# ------------------------------------------------------------------------------------------------- proxies


def through(proxy: Server, login: str = "") -> Access:
    return Access(proxy=with_login(proxy.url(), login) if login else proxy.url())


def test_a_feed_can_be_asked_through_a_proxy(fetcher: Fetcher) -> None:
    """The proxy sees the name, nobody looks it up here; its login is for it alone."""
    with Server({"http://name.test/feed": said(b"by proxy")}) as proxy:
        access = through(proxy, "me:secret")
        assert got(fetcher.fetch(feed("http://name.test/feed", access))).body == b"by proxy"
    asked = proxy.asked[0]
    assert asked.header("Host") == b"name.test"
    assert asked.header("Proxy-Authorization") == b"Basic bWU6c2VjcmV0"
    assert asked.header("Authorization") is None


def test_the_general_proxy_is_for_everything_and_a_feeds_own_goes_before_it() -> None:
    with (
        Server({"http://a.test/": said(b"general")}) as general,
        Server({"http://a.test/": said(b"own")}, address="127.0.0.2") as own,
        Fetcher(limits(proxy=general.url())) as fetcher,
    ):
        assert got(fetcher.fetch(page("http://a.test/"))).body == b"general"
        assert got(fetcher.fetch(feed("http://a.test/", through(own)))).body == b"own"
        assert got(fetcher.fetch(feed("http://a.test/"))).body == b"general"


def test_a_proxy_is_not_asked_for_the_next_feed_but_for_the_redirect(fetcher: Fetcher) -> None:
    """It is the way to the feed: a redirect that went around it would show who asks."""
    with Server({"/": said(b"direct")}) as server:
        answers = {"http://a.test/": redirect("http://b.test/"), "http://b.test/": said(b"by proxy")}
        with Server(answers, address="127.0.0.2") as proxy:
            assert got(fetcher.fetch(feed("http://a.test/", through(proxy)))).body == b"by proxy"
            assert got(fetcher.fetch(feed(server.url("/")))).body == b"direct"
    assert proxy.targets == ["http://a.test/", "http://b.test/"]


def test_the_users_own_proxy_may_be_at_home_and_opens_nothing_else() -> None:
    """It needs no leave in `allow_networks`, and none is given to addresses that a feed names."""
    private = (
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "localhost",
        "x.localhost",
        "10.0.0.1",
        "[::1]",
    )
    with (
        Server({"http://a.test/": said(b"x")}) as proxy,
        Server({"/": said(b"secret")}) as canary,
        Fetcher(limits(allow_networks=())) as fetcher,
    ):
        got(fetcher.fetch(feed("http://a.test/", through(proxy))))
        for host in private:
            outcome = fetcher.fetch(feed(f"http://{host}:{canary.port}/", through(proxy)))
            assert failed(outcome) is FailureKind.FORBIDDEN_ADDRESS
        assert failed(fetcher.fetch(feed(canary.url("/")))) is FailureKind.FORBIDDEN_ADDRESS
        assert failed(fetcher.fetch(feed(proxy.url("/")))) is FailureKind.FORBIDDEN_ADDRESS
    assert canary.connections == 0
    assert proxy.targets == ["http://a.test/"]


def test_a_proxy_that_is_away_is_named(fetcher: Fetcher) -> None:
    access = Access(proxy=f"http://me:s3cret@127.0.0.1:{closed_port()}")
    outcome = failure(fetcher.fetch(feed("http://a.test/", access)))
    assert outcome.kind is FailureKind.CONNECT
    assert outcome.message == "the proxy cannot be reached: connection refused"


def test_a_proxy_that_refuses_a_tunnel_is_named(fetcher: Fetcher) -> None:
    refusal = raw("HTTP/1.1 407 Proxy Authentication Required\nContent-Length: 0")
    with Server({"a.test:443": refusal}) as proxy:
        outcome = failure(fetcher.fetch(feed("https://a.test/", through(proxy))))
    assert (outcome.kind, outcome.message) == (FailureKind.CONNECT, "the proxy answered 407")


def test_https_goes_through_a_tunnel_and_is_checked_at_its_end(certificates: Path) -> None:
    """The proxy sees neither headers nor text; the certificate is the target's."""
    with (
        tls_server(certificates, "good", {"/": said(b"secret text")}) as server,
        Server({f"127.0.0.1:{server.port}": partial(tunnel, server)}, address="127.0.0.2") as proxy,
    ):
        for trusted, outcome_is in (("good", Response), ("other", Failure)):
            with Fetcher(limits(ca_file=str(certificates / f"{trusted}.crt"))) as fetcher:
                outcome = fetcher.fetch(feed(server.url("/"), through(proxy)))
                assert isinstance(outcome, outcome_is)
    assert failed(outcome) is FailureKind.TLS
    assert [asked.header("Authorization") for asked in server.asked] == [None]
    assert set(proxy.targets) == {f"127.0.0.1:{server.port}"}


def tunnel(server: Server, wire: Wire) -> None:
    """Do what a proxy does after CONNECT: carry bytes both ways until one side ends."""
    with socket.create_connection((server.address, server.port)) as far:
        wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=carry, args=(far, wire.sock))
        back.start()
        carry(wire.sock, far)
        back.join()


def carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


# ---------------------------------------------------------------------------------------------- TLS setting


def test_leave_to_skip_tls_checks_is_for_one_feed_only(certificates: Path) -> None:
    """Neither the next feed nor a redirect to another host has it, and checks stay on for those before."""
    lax = Access(verify_tls=False)
    with (
        tls_server(certificates, "expired", {"/": said(b"x")}, "127.0.0.2") as other,
        tls_server(certificates, "expired", {"/": said(b"x"), "/out": redirect(other.url("/"))}) as server,
        tls_server(certificates, "good", {"/": said(b"x")}) as good,
        Fetcher(limits(ca_file=str(certificates / "good.crt"))) as fetcher,
    ):
        for _ in range(2):
            got(fetcher.fetch(feed(good.url("/"))))
            assert failed(fetcher.fetch(feed(server.url("/")))) is FailureKind.TLS
            got(fetcher.fetch(feed(server.url("/"), lax)))
            assert failed(fetcher.fetch(feed(server.url("/")))) is FailureKind.TLS
            assert failed(fetcher.fetch(feed(server.url("/out"), lax))) is FailureKind.TLS
            assert failed(fetcher.fetch(feed(other.url("/")))) is FailureKind.TLS
            got(fetcher.fetch(feed(good.url("/"))))
    assert other.asked == []
    assert server.targets == ["/", "/out"] * 2

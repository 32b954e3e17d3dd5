"""Credentials and what else the user set for one feed: sent where it belongs, told to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch.hops import first_hop, next_hop
from aggregator.fetch.line import Route
from aggregator.models import Access, Failure, Kind, Request
from tests.fetching import (
    AGENT,
    feed,
    got,
    limits,
    said,
    with_login,
)
from tests.servers import Answers, Server, answer, closed_port, redirect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aggregator.fetch import Fetcher


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


# -------------------------------------------------------------------------------- what was set for one feed

SECRETS = Access(
    username="reader",
    password="s:cret\u00e9",
    headers=(("X-Api-Key", "k3y"), ("Cookie", "id=1"), ("Accept", "text/xml")),
    user_agent="mine/1.0",
)
LOGIN = b"Basic cmVhZGVyOnM6Y3JldMOp"


def test_what_was_set_for_a_feed_is_sent_to_it(fetcher: Fetcher) -> None:
    """Own headers replace ours; a login that was set goes before one in the address."""
    with Server({"/": said(b"x")}) as server:
        got(fetcher.fetch(feed(with_login(server.url("/"), "a:b"), SECRETS)))
    asked = server.asked[0]
    assert asked.header("Authorization") == LOGIN
    assert (asked.header("X-Api-Key"), asked.header("Cookie")) == (b"k3y", b"id=1")
    assert (asked.header("Accept"), asked.header("User-Agent")) == (b"text/xml", b"mine/1.0")


def test_headers_that_cannot_be_sent_are_left_out(fetcher: Fetcher) -> None:
    odd = Access(headers=(("X-Odd", "a\r\nX-Injected: 1"), ("X Bad", "1"), ("", "1"), ("X-Good", "1")))
    with Server({"/": said(b"x")}) as server:
        got(fetcher.fetch(feed(server.url("/"), odd)))
    assert set(server.asked[0].headers) == {"host", "user-agent", "accept", "accept-encoding", "x-good"}


def test_secrets_are_not_shown() -> None:
    """Neither by a record nor by the limits: both may end in a traceback."""
    access = Access("reader", "s3cret", (("X-Api-Key", "k3y"),), proxy="http://a:s3cret@p.example:1")
    shown = repr(Request("https://example.org/", Kind.FEED, access=access))
    shown += repr(limits(proxy="http://a:s3cret@p.example:1")) + repr(Route(access.proxy))
    assert "reader" in shown
    assert "s3cret" not in shown
    assert "k3y" not in shown


# Every secret on every way out. The user's agent and Accept are no secrets, but none of the other's business.
OURS = {"host", "user-agent", "accept", "accept-encoding"}
KINDS_OF_SECRET: dict[str, Callable[[str], Request]] = {
    "login in the address": lambda url: feed(with_login(url)),
    "login": lambda url: feed(url, Access("reader", "secret")),
    "header": lambda url: feed(url, Access(headers=(("X-Api-Key", "k3y"),))),
    "cookie": lambda url: feed(url, Access(headers=(("Cookie", "id=1"),))),
    "agent": lambda url: feed(url, Access(user_agent="mine/1.0", headers=(("Accept", "text/mine"),))),
    "validators": lambda url: feed(url, etag='"1"', last_modified="Sat"),
    "cookie that was set": feed,
    "netrc": feed,
}


@pytest.fixture
def netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login reader password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize(
    "way", ["redirect to another host", "to another port", "next feed", "page of another host"]
)
@pytest.mark.parametrize("secret", KINDS_OF_SECRET)
def test_no_secret_leaks(secret: str, way: str, fetcher: Fetcher) -> None:
    """What the other side sees is what everybody sees: 8 secrets on 4 ways."""
    elsewhere = "127.0.0.1" if way == "to another port" else "127.0.0.2"
    make = KINDS_OF_SECRET[secret]
    with Server({"/": answer(200, Set_Cookie="id=1; Path=/; Domain=127.0.0.2")}, address=elsewhere) as other:
        first = redirect(other.url("/")) if way.startswith(("redirect", "to")) else said(b"x")
        with Server({"/": first.replace(b"\r\n", b"\r\nSet-Cookie: id=1; Path=/\r\n", 1)}) as server:
            request = make(server.url("/"))
            got(fetcher.fetch(request))
            if way == "next feed":
                got(fetcher.fetch(feed(other.url("/"))))
                got(fetcher.fetch(feed(server.url("/"))))
            if way == "page of another host":
                got(
                    fetcher.fetch(
                        Request(other.url("/"), Kind.PAGE, access=request.access, access_of=request.url)
                    )
                )
    later = [*other.asked, *server.asked[1:]]
    assert later
    for asked in later:
        assert set(asked.headers) == OURS
        assert asked.header("User-Agent") == AGENT.encode()
        assert asked.header("Accept") != b"text/mine"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_asked(
    variable: str, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as proxy, Server({"/": said(b"x")}) as server:
        monkeypatch.setenv(variable, proxy.url())
        got(fetcher.fetch(feed(server.url("/"))))
    assert proxy.connections == 0


def test_a_page_on_the_feeds_host_is_asked_like_the_feed(fetcher: Fetcher) -> None:
    with Server({"/page": said(b"x")}) as server:
        got(
            fetcher.fetch(
                Request(server.url("/page"), Kind.PAGE, access=SECRETS, access_of=server.url("/feed"))
            )
        )
    assert server.asked[0].header("Authorization") == LOGIN


def test_no_secret_goes_over_http_that_was_meant_for_https() -> None:
    """The host is the same, the ear on the way is not; back on https it is not trusted again."""
    secure, plain = "https://example.org/feed", "http://example.org/page"
    down = first_hop(Request(plain, Kind.PAGE, access=SECRETS, access_of=secure))
    led_down = next_hop(first_hop(feed(with_login(secure), SECRETS)), plain)
    for hop in (down, led_down, next_hop(led_down, secure)):
        assert (hop.access.username, hop.access.password, hop.access.headers) == ("", "", ())
        assert hop.access.user_agent == "mine/1.0"
        assert hop.userinfo == ""
    assert next_hop(first_hop(feed(plain, SECRETS)), secure).access == SECRETS

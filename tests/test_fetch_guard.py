"""The address guard: what is not public is never connected to, whatever its name, spelling or way there."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import Fetcher
from aggregator.fetch.guard import is_forbidden, parse_networks
from aggregator.fetch.line import system_resolve
from aggregator.models import Failure, FailureKind, Kind, Request, Response
from tests.fetching import (
    LOOPBACK,
    failure,
    limits,
    page,
)
from tests.servers import Server, Wire, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


FORBIDDEN = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
    169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.170 192.0.2.1
    192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:8.8.8.8
    64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 64:ff9b:1::1
    2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101:: 2002:a9fe:a9fe::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
    2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 febf::1
    fe80::1%eth0 fec0::1 feff::1 ff00::1 ff02::1 ff0e::1 4000::1 e000::1
""".split()

PERMITTED = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 151.101.1.67
    169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255
    198.20.0.1 223.255.255.255
    2001:200::1 2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4001::1 2003::1 2c0f:fb50::1
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
""".split()


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_is_not_public_is_forbidden(text: str) -> None:
    assert is_forbidden(ip_address(text))


@pytest.mark.parametrize("text", PERMITTED)
def test_what_is_public_is_permitted(text: str) -> None:
    """Also at the very edges of the denied ranges, and when a translator wraps a public address."""
    assert not is_forbidden(ip_address(text))


@pytest.mark.parametrize(
    ("network", "text", "forbidden"),
    [
        ("127.0.0.0/8", "127.0.0.1", False),
        ("127.0.0.0/8", "::ffff:127.0.0.1", False),
        ("127.0.0.0/8", "64:ff9b::127.0.0.1", False),
        ("127.0.0.0/8", "::1", True),
        ("127.0.0.0/8", "10.0.0.1", True),
        ("192.168.1.77", "192.168.1.77", False),
        ("192.168.1.77", "192.168.1.78", True),
        ("fd00::/8", "fd12::1", False),
        ("::1", "::1", False),
        ("::1", "127.0.0.1", True),
        ("0.0.0.0/0", "169.254.169.254", False),
        ("0.0.0.0/0", "fe80::1", True),
    ],
)
def test_the_configuration_can_allow_a_network(network: str, text: str, forbidden: bool) -> None:
    assert is_forbidden(ip_address(text), parse_networks([network])) is forbidden


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0", "http://10.0.0.1"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    """In the settings by `checks.bad_networks`, before it comes here."""
    with pytest.raises(ValueError, match="does not appear to be"):
        parse_networks([text])


def ask(
    url: str, *, allow: Sequence[str] = (), names: dict[str, list[str]] | None = None
) -> Response | Failure:
    """Fetch with a name server that knows `names` alone, or with the system's."""

    def resolve(host: str, port: int) -> Sequence[str]:
        return system_resolve(host, port) if names is None else names[host]

    settings = limits(allow_networks=tuple(allow), deadline=5.0)
    with Fetcher(settings, resolve=resolve) as fetcher:
        return fetcher.fetch(Request(url, Kind.PAGE))


@pytest.fixture
def canary() -> Iterator[Server]:
    """A server on loopback that must never be asked, nor even connected to."""
    with Server({"/": answer(200, b"secret")}) as server:
        yield server
        assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    """
    127.0.0.1 localhost LOCALHOST localhost. 2130706433 0x7f000001 0x7f.1 017700000001 127.1 127.0.1 0 0.0.0.0
    [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] ①②⑦.⓪.⓪.① user@127.0.0.1 127.0.0.1.
    user:8.8.8.8@127.0.0.1
    """.split(),
)
def test_no_spelling_of_loopback_reaches_it(host: str, canary: Server) -> None:
    outcome = ask(canary.url("/", host=host))
    assert isinstance(outcome, Failure)
    assert outcome.kind in {FailureKind.FORBIDDEN_ADDRESS, FailureKind.DNS, FailureKind.BAD_URL}


def test_the_message_names_the_address_and_the_cure(canary: Server) -> None:
    outcome = ask(canary.url("/"))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert outcome.message == "address 127.0.0.1 is private; allow it in [fetch] allow_networks"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("hops", range(1, 6))
def test_no_redirect_leads_to_a_private_address(hops: int, kind: Kind, canary: Server) -> None:
    """The last of several hops is judged like the first, whatever is asked for."""
    table = {f"/{n}": redirect(f"/{n + 1}") for n in range(hops)}
    table[f"/{hops - 1}"] = redirect(canary.url("/"))
    with (
        Server(table, address="127.0.0.2") as public,
        Fetcher(limits(allow_networks=("127.0.0.2",))) as fetcher,
    ):
        outcome = failure(fetcher.fetch(Request(public.url("/0"), kind)))
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert len(public.asked) == hops


def test_robots_txt_does_not_lead_to_a_private_address(canary: Server) -> None:
    with (
        Server({"/robots.txt": redirect(canary.url("/robots.txt"))}, address="127.0.0.2") as public,
        Fetcher(limits(allow_networks=("127.0.0.2",), robots=True)) as fetcher,
    ):
        outcome = failure(fetcher.fetch(page(public.url("/"))))
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert public.targets == ["/robots.txt"]


def test_a_name_of_a_private_address_is_as_forbidden_as_the_address(canary: Server) -> None:
    outcome = ask(canary.url("/", host="inside.test"), names={"inside.test": ["127.0.0.1", "::1"]})
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("order", [["127.0.0.1", "127.0.0.2"], ["::1", "127.0.0.2", "127.0.0.1"]])
def test_of_mixed_addresses_only_the_permitted_are_tried(order: list[str], canary: Server) -> None:
    with Server({"/": answer(200, b"public")}, address="127.0.0.2", port=canary.port) as public:
        outcome = ask(public.url("/", host="both.test"), allow=["127.0.0.2"], names={"both.test": order})
    assert isinstance(outcome, Response)
    assert outcome.body == b"public"


def test_a_name_server_that_changes_its_answer_leads_nowhere(canary: Server) -> None:
    """1,000 tries of rebinding: public, then private; both at once, in either order; private at last.

    Each connection looks the name up once and connects to what it has judged, so there is no second look-up
    to lie in. The canary fixture sees that nobody connects to it.
    """
    lies = [
        ["127.0.0.2"],
        ["127.0.0.1"],
        ["127.0.0.1", "127.0.0.2"],
        ["127.0.0.2", "::1"],
        ["::ffff:127.0.0.1"],
    ]
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return lies[(len(asked) - 1) % len(lies)]

    once = b"HTTP/1.0 200 OK\r\n\r\npublic"  # and the connection ends
    settings = limits(allow_networks=("127.0.0.2",))
    with (
        Server({"/": partial(Wire.send, data=once)}, address="127.0.0.2", port=canary.port) as public,
        Fetcher(settings, resolve=resolve) as fetcher,
    ):
        outcomes = [fetcher.fetch(page(public.url("/", host="rebinds.test"))) for _ in range(1000)]
    kinds = [outcome.kind if isinstance(outcome, Failure) else outcome.body for outcome in outcomes]
    assert (
        kinds
        == [b"public", FailureKind.FORBIDDEN_ADDRESS, b"public", b"public", FailureKind.FORBIDDEN_ADDRESS]
        * 200
    )
    assert len(asked) == 1000


def test_the_server_is_told_the_name_and_not_the_address() -> None:
    with Server({"/": answer(200)}) as server:
        ask(server.url("/", host="name.test"), allow=LOOPBACK, names={"name.test": ["127.0.0.1"]})
    assert server.asked[0].header("Host") == f"name.test:{server.port}".encode()


def test_a_name_beyond_ascii_is_asked_for_in_its_ascii_form() -> None:
    with Server({"/": answer(200)}) as server:
        outcome = ask(
            server.url("/", host="bücher.test"), allow=LOOPBACK, names={"xn--bcher-kva.test": ["127.0.0.1"]}
        )
    assert isinstance(outcome, Response)


def test_a_name_without_addresses_is_no_host() -> None:
    outcome = ask("http://empty.test/", names={"empty.test": []})
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.DNS


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with Server({"/": answer(200, b"second")}, address="127.0.0.3") as server:
        names = {"two.test": ["127.0.0.2", "127.0.0.3"]}
        outcome = ask(server.url("/", host="two.test"), allow=LOOPBACK, names=names)
    assert isinstance(outcome, Response)
    assert outcome.body == b"second"

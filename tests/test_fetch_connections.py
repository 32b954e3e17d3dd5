"""Connections are kept, replaced and closed; threads do not get into each other's way."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

from aggregator.fetch import Fetcher
from tests.fetching import (
    TEXT,
    feed,
    got,
    limits,
    said,
)
from tests.servers import Answers, Server, Wire


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


def test_an_old_connection_is_not_used_again() -> None:
    """A router may have forgotten it: what is sent on it would be waited for in vain."""
    now = [0.0]
    with Server({"/": said(b"x")}) as server, Fetcher(limits(), clock=lambda: now[0]) as fetcher:
        for passed in (0.0, 29.0, 31.0):
            now[0] += passed
            got(fetcher.fetch(feed(server.url("/"))))
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

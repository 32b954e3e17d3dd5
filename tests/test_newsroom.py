"""The newsroom itself: that what other tests lean on is true.

Rules of this file: clients here are the standard library's, so that nothing of ours tests the tests' own ground.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.newsroom import Answer, Feed, Manifest, Newsroom, Page, Step
from tests.newsroom.asking import Got, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEED = "https://a.example/feed.xml"
PAGE = "https://a.example/page?id=1"
MOVED = "https://b.example/new.xml"
QUIET = Answer(200, {"ETag": 'W/"one"', "Last-Modified": "Mon, 02 Mar 2026 06:00:00 GMT"}, b"<rss>one</rss>")
LOUD = Answer(200, {"ETag": '"two"', "Cache-Control": "max-age=60"}, b"<rss>two</rss>")
GONE_THERE = Answer(301, {"Location": MOVED})
SMALL = Manifest(
    (
        Feed(
            FEED,
            (Step(QUIET), Step(LOUD), Step(GONE_THERE, MOVED, LOUD)),
            "A",
            "Top/Sub",
            "https://a.example/",
        ),
    ),
    (Page(PAGE, (Answer(200, {"Content-Type": "text/plain"}, b"page " * 100),)),),
)


@pytest.fixture
def small() -> Iterator[Newsroom]:
    with Newsroom(SMALL) as newsroom:
        yield newsroom


# ------------------------------------------------------------------------------------------ answering


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"If_None_Match": '"one"'}, 304),
        ({"If_None_Match": 'W/"other", W/"one"'}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_Modified_Since": "Mon, 02 Mar 2026 06:00:00 GMT"}, 304),
        ({"If_Modified_Since": "Mon, 02 Mar 2026 05:59:59 GMT"}, 200),
        ({"If_None_Match": '"other"', "If_Modified_Since": "Mon, 02 Mar 2026 06:00:00 GMT"}, 200),
    ],
)
def test_only_the_present_validators_spare_the_body(
    small: Newsroom, headers: dict[str, str], status: int
) -> None:
    """Tags compare weakly, and If-None-Match wins over If-Modified-Since (RFC 9110, 13)."""
    got = ask(small.local(FEED), **headers)
    assert (got.status, got.body) == (status, b"<rss>one</rss>" if status == 200 else b"")
    assert got.headers["etag"] == 'W/"one"'


def test_the_step_decides_what_a_feed_answers(small: Newsroom) -> None:
    """Old validators are outdated at the next step; after the last step nothing changes any more."""
    small.step = 1
    got = ask(small.local(FEED), If_None_Match='W/"one"')
    assert (got.status, got.body) == (200, b"<rss>two</rss>")
    small.step = 99
    assert ask(small.local(FEED)).status == 301


def test_a_moved_feed_answers_at_its_new_address_from_then_on(small: Newsroom) -> None:
    """The target of a redirect is not there before the redirect is, and it knows 304 as well."""
    assert ask(small.local(MOVED)).status == 404
    small.step = 2
    target = ask(small.local(FEED)).headers["location"]
    assert target == small.local(MOVED)
    assert ask(target).body == b"<rss>two</rss>"
    assert ask(target, If_None_Match='"two"').status == 304


@pytest.mark.parametrize("target", ["/page", "/page?id=2", "/Page?id=1", "/"])
def test_only_exact_addresses_answer(small: Newsroom, target: str) -> None:
    """Path and query are told apart to the letter, so a wrongly cleaned address shows."""
    assert ask(urljoin(small.local(PAGE), target)).status == 404


def test_head_announces_the_length_and_sends_nothing(small: Newsroom) -> None:
    """HEAD differs from GET by the missing body alone."""
    got = ask(small.local(PAGE), "HEAD")
    assert (got.status, got.headers["content-length"], got.body) == (200, "500", b"")


def test_other_methods_and_nonsense_are_refused(small: Newsroom) -> None:
    """A POST is told what is allowed; what is no HTTP gets 400 and a closed connection."""
    assert ask(small.local(PAGE), "POST").status == 405
    with socket.create_connection((urlsplit(small.local(PAGE)).hostname, small.port)) as client:
        client.sendall(b"good morning\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")
        assert client.recv(1000) == b""


def test_a_connection_serves_many_requests_until_one_asks_to_close(small: Newsroom) -> None:
    """Persistent connections (RFC 9112, 9.3) work, also when requests are sent ahead of the answers."""
    parts = urlsplit(small.local(PAGE))
    with socket.create_connection((parts.hostname, small.port)) as client, client.makefile("rb") as answers:
        line = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\n".encode()
        client.sendall((line + b"\r\n") * 2 + line + b"Connection: close\r\n\r\n")
        assert answers.read().count(b"HTTP/1.1 200 OK") == 3


def test_bodies_are_compressed_for_those_who_accept_it() -> None:
    """gzip is used if the newsroom is told to and the client says so; a 304 has no body either way."""
    with Newsroom(SMALL, gzip=True) as newsroom:
        got = ask(newsroom.local(PAGE), Accept_Encoding="gzip, deflate")
        assert (got.headers["content-encoding"], gzip.decompress(got.body)) == ("gzip", b"page " * 100)
        assert "content-encoding" not in ask(newsroom.local(PAGE)).headers
        assert ask(newsroom.local(FEED), Accept_Encoding="gzip", If_None_Match='"one"').body == b""


def test_an_answer_that_hangs_is_released_at_the_end() -> None:
    """A step that never answers holds its client until the newsroom closes, and no longer."""
    with Newsroom(Manifest(pages=(Page(FEED, (Answer(hang=True),)),))) as newsroom:
        client = socket.create_connection((urlsplit(newsroom.local(FEED)).hostname, newsroom.port))
        client.sendall(b"GET /feed.xml HTTP/1.1\r\n\r\n")
        while not newsroom.asked(FEED):
            time.sleep(0.001)
        (open_still,) = newsroom.asked(FEED)
        assert (open_still.status, open_still.ended) == (None, None)
    with client:
        try:
            rest = client.recv(100)
        except ConnectionResetError:
            rest = b""
    assert rest == b""
    (closed,) = newsroom.requests
    assert closed.status is None
    assert closed.ended is not None


# ------------------------------------------------------------------------------------------ the record


def test_every_request_is_on_record(small: Newsroom) -> None:
    """Who asked for what with which headers, and what came of it, under either form of the address."""
    ask(small.local(FEED))
    ask(small.local(FEED), If_None_Match='"one"', User_Agent="reader/1")
    ask(small.local("https://a.example/none"))
    assert small.statuses(FEED) == small.statuses(small.local(FEED)) == [200, 304]
    assert small.conditional(FEED) == [False, True]
    last = small.asked(FEED)[1]
    assert (last.host, last.path, last.headers["user-agent"]) == ("a.example", "/feed.xml", "reader/1")
    assert last.ended is not None
    assert last.started <= last.ended
    assert small.statuses("https://a.example/none") == [404]
    small.forget()
    assert small.requests == ()


def test_parallel_requests_to_a_host_are_counted() -> None:
    """One client after the other makes one at a time; clients let loose together make more, as answers take time."""
    with Newsroom(SMALL, delay=0.05) as newsroom:
        url = newsroom.local(PAGE)
        ask(url)
        ask(url)
        assert newsroom.max_parallel("a.example") == 1
        start = threading.Barrier(8)

        def together(_: int) -> Got:
            start.wait()
            return ask(url)

        with ThreadPoolExecutor(8) as clients:
            list(clients.map(together, range(8)))
        assert 2 <= newsroom.max_parallel("a.example") <= 8
        assert newsroom.max_parallel("b.example") == 0
        assert newsroom.max_parallel() == newsroom.max_parallel("a.example")


def test_fifty_clients_at_once_are_all_served(small: Newsroom) -> None:
    """Nobody is dropped and no answer is mixed up with another's."""
    urls = [small.local(url) for url in (FEED, PAGE)] * 100
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(ask, urls))
    assert [got.body for got in answers] == [b"<rss>one</rss>", b"page " * 100] * 100
    assert len(small.requests) == 200


def test_a_thousand_hosts_are_one_newsroom() -> None:
    """Every host has an address of its own on one port, without a thread of its own."""
    hosts = [f"https://host-{number:04}.example/" for number in range(1200)]
    before = threading.active_count()
    with Newsroom(
        Manifest(pages=tuple(Page(url, (Answer(body=url[8:17].encode()),)) for url in hosts))
    ) as big:
        assert threading.active_count() == before + 1
        assert ask(big.local(hosts[0])).body == b"host-0000"
        assert ask(big.local(hosts[-1])).body == b"host-1199"
        assert len({urlsplit(big.local(url)).hostname for url in hosts}) == 1200


def test_nothing_is_left_behind() -> None:
    """After the block no thread and no open file remains, although clients were still connected."""
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a count
    with Newsroom(SMALL) as newsroom:
        client = socket.create_connection((urlsplit(newsroom.local(FEED)).hostname, newsroom.port))
        client.sendall(b"GET /feed.xml HTTP/1.1\r\n\r\n")
        assert client.recv(10) == b"HTTP/1.1 2"
    client.close()
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208  a count


def test_a_port_that_was_used_can_be_used_again() -> None:
    """With a port given, a second run has the same addresses as the first."""
    with Newsroom(SMALL) as newsroom:
        url = newsroom.local(FEED)
        ask(url)
    with Newsroom(SMALL, port=newsroom.port) as again:
        assert again.local(FEED) == url
        assert ask(url).status == 200


def test_the_subscription_list_is_opml_with_folders(small: Newsroom) -> None:
    """Categories are nested outlines; addresses are local ones."""
    top = ET.fromstring(small.opml())
    (outline,) = top.findall("./body/outline[@text='Top']/outline[@text='Sub']/outline")
    assert outline.attrib == {
        "type": "rss",
        "text": "A",
        "xmlUrl": small.local(FEED),
        "htmlUrl": small.local("https://a.example/"),
    }


# ------------------------------------------------------------------------------------------ from outside


def test_other_processes_turn_the_pages(small: Newsroom) -> None:
    """The control address moves the step, shows the record and hands out the subscription list."""
    assert ask(f"{small.control}/step").body == b"0\n"
    assert ask(f"{small.control}/step/1", "POST").body == b"1\n"
    assert small.step == 1
    ask(small.local(FEED))
    (row,) = [json.loads(line) for line in ask(f"{small.control}/requests").body.splitlines()]
    assert (row["url"], row["status"], row["step"]) == (FEED, 200, 1)
    assert ask(f"{small.control}/feeds.opml").body == small.opml()
    assert ask(f"{small.control}/forget").status == 200
    assert small.requests == ()
    assert ask(f"{small.control}/step/x").status == 404


def test_by_hand_it_writes_what_the_program_needs(tmp_path: Path) -> None:
    """`python -m tests.newsroom --write DIR` leaves a configuration and a list whose feeds answer."""
    command = [
        sys.executable,
        "-m",
        "tests.newsroom",
        "--own",
        "--write",
        str(tmp_path),
        "--quick",
        "--step",
        "1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stdout.readline().startswith("11 feeds at step 1 of 0..2")
        config = tomllib.loads((tmp_path / "config.toml").read_text("utf-8"))
        assert config["subscriptions"] == {"opml": "feeds.opml"}
        assert config["fetch"] == {"allow_networks": ["127.0.0.0/8"], "host_spacing": 0.0}
        feeds = ET.fromstring((tmp_path / "feeds.opml").read_bytes()).findall(".//outline[@xmlUrl]")
        assert [ask(feed.attrib["xmlUrl"]).status for feed in feeds] == [200] * 6 + [301, 404, 200, 200, 200]
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0

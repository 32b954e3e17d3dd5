"""TLS: good connections are kept, bad certificates refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import Fetcher
from aggregator.models import Failure, FailureKind
from tests.fetching import (
    OK,
    TEXT,
    failed,
    feed,
    got,
    limits,
    raw,
    said,
    sends_slowly,
    tls_server,
)
from tests.servers import Server

if TYPE_CHECKING:
    from pathlib import Path


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
        ("nameless", "nameless", "certificate is for another host"),
        ("signed", "other", "certificate is from an unknown authority"),
        ("not-a-server", "not-a-server", "certificate refused: unsuitable certificate purpose"),
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
    """The server accepts and says nothing."""
    with Server(mute=True) as server, Fetcher(limits(deadline=0.2)) as fetcher:
        assert failed(fetcher.fetch(feed(server.url("/", scheme="https")))) is FailureKind.TIMEOUT

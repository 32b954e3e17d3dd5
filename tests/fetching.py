"""Words for the tests of `aggregator/fetch`: requests, what came of them, answers of which every byte is the test's."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest

from aggregator.fetch import Crew, Fetcher, FetchLimits
from aggregator.models import Access, Failure, FailureKind, Kind, Request, Response, Validators
from tests.servers import Answer, Answers, Server, Wire, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

AGENT = "aggregator/1.0 (+https://example.org/about)"
LOOPBACK = ("127.0.0.0/8",)
OK = b"HTTP/1.1 200 OK\r\n"  # the first line of an answer
R = TypeVar("R")
T = TypeVar("T")
TEXT = b"<rss>" + bytes(range(256)) * 500 + b"</rss>"


def limits(**changes: object) -> FetchLimits:
    """Return limits under which loopback may be asked, without robots.txt unless a test is about it."""
    settings: dict[str, object] = {"user_agent": AGENT, "allow_networks": LOOPBACK, "robots": False} | changes
    return FetchLimits(**settings)  # type: ignore[arg-type]  # the tests name the fields


def feed(url: str, access: Access | None = None, **validators: str) -> Request:
    return Request(url, Kind.FEED, Validators(**validators), access=access or Access())


def page(url: str, access: Access | None = None) -> Request:
    return Request(url, Kind.PAGE, access=access or Access())


def got(outcome: Response | Failure) -> Response:
    assert isinstance(outcome, Response), outcome
    return outcome


def failed(outcome: Response | Failure) -> FailureKind:
    return failure(outcome).kind


def failure(outcome: Response | Failure) -> Failure:
    assert isinstance(outcome, Failure), outcome
    assert outcome.message
    assert "\n" not in outcome.message
    return outcome


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


def sends_slowly(start: bytes, drip: bytes) -> Callable[[Wire], None]:
    """Far slower than the deadline of the tests, but it would end: a deadline that fails does not hang them."""

    def send(wire: Wire) -> None:
        wire.send(start)
        wire.drip(drip)

    return send


def mapped(
    crew: Crew, func: Callable[[T], R], items: Iterable[T], key: Callable[[T], str]
) -> Iterator[list[R]]:
    """Let a crew do a list of things that is known before it begins."""
    supply = [list(items)]
    return crew.keep_busy(func, lambda _room: supply.pop() if supply else [], key, len(supply[0]))


def all_of(batches: Iterator[list[R]]) -> list[R]:
    return [result for batch in batches for result in batch]


def with_login(url: str, login: str = "reader:s%3Acret%C3%A9") -> str:
    return url.replace("://", f"://{login}@")


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


# -------------------------------------------------------------------------------------------- certificates

_DAYS = {"expired": "-1"}
_HOST = {"other": "9.9.9.9"}
_EXTRA = {"not-a-server": "extendedKeyUsage=clientAuth"}
GOOD_ONES = ("good", "second")  # the second is good at 127.0.0.2
SELF_MADE = (*GOOD_ONES, "expired", "other", "nameless", "not-a-server")
_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -subj /CN=127.0.0.1".split()


def make_certificates(folder: Path) -> Path:
    """Fill a folder with certificates: each NAME.crt to trust, each NAME.pem with its key to serve."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program to make certificates")
    for name in SELF_MADE:
        _self_made(folder, name)
    _of_an_authority(folder)
    return folder


def _self_made(folder: Path, name: str) -> None:
    host = _HOST.get(name, "127.0.0.2" if name == "second" else "127.0.0.1")
    names = [] if name == "nameless" else ["-addext", f"subjectAltName=IP:{host}"]
    extra = ["-addext", _EXTRA[name]] if name in _EXTRA else []
    _openssl("req", "-new", *_KEY, "-out", "csr.pem", *names, *extra, folder=folder)
    sign = f"x509 -req -in csr.pem -signkey key.pem -days {_DAYS.get(name, '9')} -copy_extensions copy"
    _openssl(*sign.split(), "-out", f"{name}.crt", folder=folder)
    _join(folder, name)


def _of_an_authority(folder: Path) -> None:
    """Make a certificate that an authority signed: whoever does not know that one, cannot trust it."""
    authority = "req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9"
    _openssl(*authority.split(), *"-keyout ca.key -out ca.crt -subj /CN=authority".split(), folder=folder)
    _openssl("req", "-new", *_KEY, "-out", "csr.pem", "-addext", "subjectAltName=IP:127.0.0.1", folder=folder)
    sign = "x509 -req -in csr.pem -CA ca.crt -CAkey ca.key -days 9 -copy_extensions copy -out signed.crt"
    _openssl(*sign.split(), folder=folder)
    _join(folder, "signed")


def _join(folder: Path, name: str) -> None:
    both = (folder / "key.pem").read_text() + (folder / f"{name}.crt").read_text()
    (folder / f"{name}.pem").write_text(both)


def _openssl(*words: str, folder: Path) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def tls_server(certificates: Path, name: str, answers: Answers, address: str = "127.0.0.1") -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem")
    return Server(answers, tls=context, address=address)

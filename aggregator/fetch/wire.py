"""Connections that obey a deadline and reach only addresses that may be reached.

The seam to urllib3: each connection looks its name up once, judges every address, and connects to one that
passed, so there is no second look-up for a rebinding name server to answer differently; Host, SNI and the
certificate check keep the name. The sockets lower their time-out to what is left before each read or write,
so that a server that drips is cut off at the deadline wherever it drips: TLS, headers, chunk sizes, body.
`_new_conn` and `_dns_host` belong to urllib3's inside; `tests/test_fetch_hosts.py` fails if they move.
"""

from __future__ import annotations

import logging
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from aggregator.fetch.failing import NoAnswer, cause_of, lookup_failed
from aggregator.fetch.guard import Network, is_forbidden
from aggregator.models import FailureKind

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolve = Callable[[str, int], Sequence[str]]  # host, port → addresses as text; OSError if there are none

_KEPT_HOSTS = 4  # connections that one wire keeps open; the pages of one host come one after the other
# A malformed header is the server's affair, and urllib3 would print a traceback with the address in it.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass
class Line:
    """What the connections of one wire have in common. One thread uses a wire at a time."""

    resolve: Resolve
    allowed: tuple[Network, ...]
    connect_timeout: float
    deadline: float = 0.0  # on `time.monotonic`
    opened: int = 0  # connections so far: tells a fresh one from a kept one

    def remaining(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to the first address of `host` that is permitted and answers."""
        self.opened += 1
        error = OSError()
        for address in self._permitted(host, port):
            try:
                return self._connect_to(address, port)
            except OSError as e:
                error = e
        raise cause_of(error)

    def _permitted(self, host: str, port: int) -> list[str]:
        """Return the permitted ones among the addresses of `host`; forbidden ones are not even tried."""
        addresses = self._look_up(host, port)
        if not addresses:
            raise NoAnswer(FailureKind.DNS, "no such host")
        permitted = [text for text in addresses if not is_forbidden(ip_address(text), self.allowed)]
        if not permitted:
            message = f"address {addresses[0]} is private; allow it in [fetch] allow_networks"
            raise NoAnswer(FailureKind.FORBIDDEN_ADDRESS, message)
        return permitted

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        literal = host.strip("[]")
        try:
            return [str(ip_address(literal))]
        except ValueError:
            pass
        found = _in_time(partial(self.resolve, host, port), min(self.connect_timeout, self.remaining()))
        if isinstance(found, UnicodeError):
            raise NoAnswer(FailureKind.BAD_URL, "not a host name")
        if isinstance(found, OSError):
            raise lookup_failed(found)
        if isinstance(found, BaseException):
            raise found
        return found

    def _connect_to(self, address: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = _TimedSocket(family, socket.SOCK_STREAM)
        try:
            sock.line = self
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(self.connect_timeout, self.remaining()))
            sock.connect((address, port))
            sock.settimeout(self.remaining())  # holds for the whole TLS handshake, which follows
        except BaseException:
            sock.close()
            raise
        return sock


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of `host`, in the order in which it would try them (RFC 6724)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _in_time(look_up: Callable[[], Sequence[str]], timeout: float) -> Sequence[str] | BaseException:
    """Return what `look_up` returns or raises. getaddrinfo knows no time-out, so a thread is left to it."""
    answer: queue.SimpleQueue[Sequence[str] | BaseException] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(look_up())
        except BaseException as e:  # noqa: BLE001  # it is carried to the caller's thread, and raised there
            answer.put(e)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return answer.get(timeout=timeout)
    except queue.Empty:
        raise NoAnswer(FailureKind.DNS, "the name servers do not answer in time") from None


class _TimedSocket(socket.socket):
    line: Line

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.line.remaining())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        self.settimeout(self.line.remaining())
        super().sendall(data, flags)


class _TimedTLSSocket(ssl.SSLSocket):
    line: Line | None = None  # None during the handshake

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        if self.line:
            self.settimeout(self.line.remaining())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        if self.line:
            self.settimeout(self.line.remaining())
        return super().send(data, flags)


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.connect(self._dns_host, self.port or self.default_port)


class _TLSConnection(HTTPSConnection):
    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.connect(self._dns_host, self.port or self.default_port)

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, _TimedTLSSocket)
        self.sock.line = self.line


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


@lru_cache(maxsize=4)
def _tls_context(ca_file: str) -> ssl.SSLContext:
    """Return the one context for a set of authorities: reading certifi's costs more than a whole request."""
    context = create_urllib3_context()
    context.load_verify_locations(ca_file or certifi.where())
    context.sslsocket_class = _TimedTLSSocket
    return context


class Wire(HTTPAdapter):
    """A transport for one thread at a time, with a few kept connections.

    Used without `requests.Session`, which would read the body of a redirect, keep cookies, and look into
    netrc and the environment for credentials and proxies.
    """

    def __init__(self, line: Line, ca_file: str = "") -> None:
        self.line = line
        self.last_host = ""  # whose connection is most likely still open
        self._ca_file = ca_file
        super().__init__(pool_connections=_KEPT_HOSTS, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools: Any = {"http": partial(_Pool, line=self.line), "https": self._tls_pool}
        self.poolmanager.pool_classes_by_scheme = pools  # called, never asked for their type

    def _tls_pool(self, *args: Any, **kwargs: Any) -> _TLSPool:
        kwargs["ssl_context"] = _tls_context(self._ca_file)
        return _TLSPool(*args, line=self.line, **kwargs)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the pool alone: its context verifies; requests would read certifi's file each time."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Wrap the answer without looking at its cookies: none are kept, so none need be parsed."""
        response = requests.Response()
        response.request, response.raw, response.status_code = req, resp, resp.status
        return response

    def ask(self, prepared: requests.PreparedRequest) -> BaseHTTPResponse:
        """Send a request and return the answer, its body still on the wire."""
        timeout = self.line.remaining()
        raw: BaseHTTPResponse = self.send(prepared, stream=True, timeout=timeout, proxies=None).raw
        return raw

"""A line to a host: its name looked up once, every address judged, each read and write within the deadline.

There is no second look-up for a rebinding name server to answer differently. On a route through a proxy it is
the proxy that is looked up and connected to, and it is believed because the user named it; it looks names up by
itself, so that of a target only literal addresses can be judged (`is_forbidden_literal`).
The sockets wait no longer than what is left at each read or write, so that a server that drips is cut
off at the deadline wherever it drips: TLS, headers, chunk sizes, body.
"""

from __future__ import annotations

import math
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from aggregator.fetch.failing import NoAnswer, cause_of, lookup_failed
from aggregator.fetch.guard import Network, is_forbidden
from aggregator.models import FailureKind

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolve = Callable[[str, int], Sequence[str]]  # host, port → addresses as text; OSError if there are none
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class Route:
    """How a host is reached. Connections of one route are never used for another."""

    proxy: str = field(default="", repr=False)  # http://[name:password@]host:port; "": directly
    verify_tls: bool = True


@dataclass
class Line:
    """What the connections of one wire have in common. One thread uses a wire at a time."""

    resolve: Resolve
    allowed: tuple[Network, ...]
    connect_timeout: float
    route: Route = Route()
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
        try:
            return self._connect(host, port)
        except NoAnswer as e:
            if self.route.proxy:
                raise NoAnswer(FailureKind.CONNECT, f"the proxy cannot be reached: {e.message}") from None
            raise

    def _connect(self, host: str, port: int) -> socket.socket:
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
        allowed = _ANYWHERE if self.route.proxy else self.allowed
        permitted = [text for text in addresses if _is_permitted(text, allowed)]
        if not permitted:
            message = f"address {addresses[0]} is private; allow it in [fetch] allow_networks"
            raise NoAnswer(FailureKind.FORBIDDEN_ADDRESS, message)
        return permitted

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        if literal := _literal(host):
            return [literal]
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
        sock = TimedSocket(family, socket.SOCK_STREAM)
        try:
            sock.line = self
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(self.connect_timeout, self.remaining()))
            sock.connect((address, port))
            sock.settimeout(self.remaining())  # holds for the whole TLS handshake, which may follow
        except BaseException:
            sock.close()
            raise
        return sock


def is_forbidden_literal(host: str, allowed: tuple[Network, ...]) -> bool:
    """Tell whether `host` is in itself a forbidden address, in any spelling that a resolver takes for one."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return is_forbidden(ip_address("127.0.0.1"), allowed)
    try:
        return is_forbidden(ip_address(name), allowed)
    except ValueError:
        pass
    try:
        return is_forbidden(ip_address(socket.inet_aton(name)), allowed)  # 127.1, 0x7f000001, 2130706433
    except (OSError, UnicodeError):
        return False


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


@lru_cache(maxsize=1024)
def _is_permitted(address: str, allowed: tuple[Network, ...]) -> bool:
    return not is_forbidden(_parsed(address), allowed)


def _literal(host: str) -> str:
    """Return the address that a host is in itself, or ""."""
    try:
        return str(_parsed(host.strip("[]")))
    except ValueError:
        return ""


_parsed = lru_cache(maxsize=1024)(ip_address)


class TimedSocket(socket.socket):
    """Does what can be done at once, else waits for it until the deadline: most of a body is there already.

    With a time-out Python would ask before each call whether to wait, so from the first on there is none but ours.
    """

    line: Line

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        while True:
            left = self._left()
            try:
                return super().recv_into(buffer, nbytes, flags)
            except BlockingIOError:
                self._wait(select.POLLIN, left)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        rest = memoryview(data)
        while rest:
            left = self._left()
            try:
                rest = rest[super().send(rest, flags) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, left)

    def _left(self) -> float:
        if self.gettimeout() != 0:
            self.settimeout(0)
        return self.line.remaining()

    def _wait(self, event: int, seconds: float) -> None:
        poll = select.poll()
        poll.register(self, event)
        poll.poll(math.ceil(seconds * 1000))

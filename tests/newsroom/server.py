"""A small HTTP/1.1 server for loopback: one thread, one selector loop, any number of addresses on one port.

Rules of this file: it knows the wire (RFC 9112) and nothing of feeds, hosts or steps. What to answer is decided
by the `respond` function that it is given, which must be quick: it runs in the loop's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_HEAD_LIMIT = 65_536  # bytes: no client of ours has a reason to send more
_CHUNK = 4_096  # bytes: asyncio's own 256 KB are slower to allocate than a request is to answer
_BACKLOG = 512
_SPARE_FILES = 512  # connections and whatever else the process has open
_TRIES = 20  # ports, until one is free on every address


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it came in."""

    address: str  # of ours, that it was sent to
    method: str
    target: str
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    wire: bytes  # the whole answer, head and body
    delay: float = 0.0
    hang: bool = False
    finished: Callable[[bool], None] = lambda answered: (
        None
    )  # called once, before the last byte is on its way


def wire(status: int, headers: Mapping[str, str], body: bytes = b"", *, announce: int | None = None) -> bytes:
    """Return an answer as bytes; `announce` is the Content-Length where it is not that of the body (HEAD)."""
    length = len(body) if announce is None else announce
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    if status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class LoopbackServer:
    """Serves from construction's sockets between `start` and `close`."""

    def __init__(self, sockets: Iterable[socket.socket], respond: Callable[[Ask], Reply]) -> None:
        self.respond = respond
        self.connections: set[_Connection] = set()
        self._sockets = tuple(sockets)
        self._ready = threading.Event()
        self._serving = False
        self._thread = threading.Thread(target=self._run, name="newsroom", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._closing: asyncio.Event

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()
        if not self._serving:
            raise RuntimeError("the newsroom could not be opened; its thread has said why")

    def close(self) -> None:
        """Close all sockets, also those of answers that hang, and wait until the thread has ended."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()  # also where it failed: nobody must wait for ever

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        servers = [
            await self._loop.create_server(lambda: _Connection(self), sock=sock, backlog=_BACKLOG)
            for sock in self._sockets
        ]
        self._serving = True
        self._ready.set()
        await self._closing.wait()
        for server in servers:
            server.close()
        while self.connections:
            for connection in tuple(self.connections):
                connection.abort()
            await asyncio.sleep(0)  # lets the loop call connection_lost


class _Connection(asyncio.BufferedProtocol):
    """One client: requests are answered one after the other, in the order in which they came."""

    def __init__(self, server: LoopbackServer) -> None:
        self._server = server
        self._arriving = bytearray(_CHUNK)
        self._received = b""
        self._pending: Reply | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._address = ""
        self._keep_open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address = transport.get_extra_info("sockname")[0]
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._pending:
            self._pending.finished(False)
            self._pending = None

    def abort(self) -> None:
        self._transport.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._arriving

    def buffer_updated(self, nbytes: int) -> None:
        self._received += self._arriving[:nbytes]
        self._advance()

    def _advance(self) -> None:
        """Answer as many of the requests received as can be answered now."""
        while self._pending is None and not self._transport.is_closing():
            head, blank, rest = self._received.partition(b"\r\n\r\n")
            if not blank:
                if len(head) > _HEAD_LIMIT:
                    self._refuse()
                return
            self._received = rest
            self._take(head.decode("latin-1"))

    def _take(self, head: str) -> None:
        line, *fields = head.split("\r\n")
        try:
            method, target, version = line.split(" ")
        except ValueError:
            self._refuse()
            return
        headers = {n.lower(): v.strip() for n, _, v in (field.partition(":") for field in fields)}
        wished = headers.get("connection", "").lower()
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        self._keep_open = version == "HTTP/1.1" and wished != "close" and not has_body
        self._pending = self._server.respond(Ask(self._address, method, target, headers))
        if self._pending.delay:
            self._timer = asyncio.get_running_loop().call_later(self._pending.delay, self._send_later)
        elif not self._pending.hang:
            self._send()

    def _send_later(self) -> None:
        self._timer = None
        self._send()
        self._advance()

    def _send(self) -> None:
        assert self._pending
        reply, self._pending = self._pending, None
        reply.finished(True)
        self._transport.write(reply.wire)
        if not self._keep_open:
            self._transport.close()

    def _refuse(self) -> None:
        self._transport.write(wire(HTTPStatus.BAD_REQUEST, {"Connection": "close"}))
        self._transport.close()


def bind_all(addresses: Iterable[str], port: int = 0) -> tuple[int, tuple[socket.socket, ...]]:
    """Return a port and sockets bound to it on every address; port 0 takes one that is free on all."""
    wanted = tuple(addresses)
    _make_room(len(wanted))
    for _ in range(0 if port else _TRIES - 1):
        with contextlib.suppress(OSError):
            return _bound(wanted, port)
    return _bound(wanted, port)


def _bound(addresses: tuple[str, ...], port: int) -> tuple[int, tuple[socket.socket, ...]]:
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            # asyncio sets TCP_NODELAY only where the protocol is named; without it answers wait for ACKs
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            port = sock.getsockname()[1]
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    return port, tuple(sockets)


def _make_room(sockets: int) -> None:
    """Raise this process's limit of open files if so many sockets would not fit under it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = sockets + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))

"""Small servers on loopback that say exactly the bytes a test wants, and remember what they were asked.

Bytes and not `http.server`, because most of what is tested is what no decent server says. Each connection has
a thread; `close` cuts every connection, so a server that drips or hangs never outlives its test.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    target: str
    headers: Mapping[str, bytes]  # names in lower case, values byte for byte
    connection: int  # counts from 1

    def header(self, name: str) -> bytes | None:
        return self.headers.get(name.lower())


@dataclass
class Wire:
    """The server's end of a connection, for answers that are more than one piece of bytes."""

    sock: socket.socket
    closing: threading.Event

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, every: float = 0.02) -> None:
        """Send byte by byte until the other side, or the test, has enough."""
        for byte in data:
            if self.closing.wait(every):
                return
            self.send(bytes([byte]))

    def hang(self) -> None:
        """Say nothing for as long as the test lasts."""
        self.closing.wait()


Answer = bytes | Callable[[Wire], None]
Answers = Mapping[str, Answer | Sequence[Answer]]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Return a whole and honest answer; header names are written with _ for -."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: int = 302) -> bytes:
    return answer(status, Location=location)


@dataclass
class Server:
    """`with Server({"/feed": answer(...)}) as server: ... server.url("/feed")`; other targets are a 404.

    A list of answers is given out one by one, the last one again and again. Answers without Content-Length or
    chunks must end the connection: `then_close`.
    """

    answers: Answers = field(default_factory=dict)
    address: str = "127.0.0.1"
    port: int = 0  # 0: any that is free
    tls: ssl.SSLContext | None = None
    greeting: bytes = b""  # said to everyone before they have asked
    mute: bool = False  # accept, and never say a word
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self.closing = threading.Event()
        self._given: dict[str, int] = {}
        self._socks: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((self.address, self.port))
        self.port = int(self._listener.getsockname()[1])
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for sock in (self._listener, *self._socks):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        for thread in self._threads:
            thread.join()

    def url(self, target: str = "/", host: str = "", scheme: str = "") -> str:
        return f"{scheme or ('https' if self.tls else 'http')}://{host or self.address}:{self.port}{target}"

    @property
    def targets(self) -> list[str]:
        return [each.target for each in self.asked]

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._socks.append(sock)
            thread = threading.Thread(target=self._talk, args=(sock, self.connections))
            self._threads.append(thread)
            thread.start()

    def _talk(self, plain: socket.socket, number: int) -> None:
        with plain, contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            sock = plain
            if self.mute:
                self.closing.wait()
                return
            sock.sendall(self.greeting)
            if self.tls:
                sock = stack.enter_context(self.tls.wrap_socket(plain, server_side=True))
                self._socks.append(sock)
            stream = stack.enter_context(sock.makefile("rb"))
            while not self.closing.is_set() and (line := stream.readline()):
                if len(words := line.split()) < 3:  # not HTTP: the beginning of TLS, say
                    return
                asked = Asked(words[1].decode("latin-1"), _headers(iter(stream.readline, b"")), number)
                self.asked.append(asked)
                if not self._reply(Wire(sock, self.closing), asked):
                    return

    def _reply(self, wire: Wire, asked: Asked) -> bool:
        """Answer, and tell whether the connection may be used again."""
        chosen = self._next_answer(asked.target)
        if callable(chosen):
            chosen(wire)
            return False
        wire.send(chosen)
        head = chosen.partition(b"\r\n\r\n")[0].lower()
        return b"content-length:" in head or b"chunked" in head or b" 304 " in head

    def _next_answer(self, target: str) -> Answer:
        chosen = self.answers.get(target, answer(404))
        if isinstance(chosen, bytes) or callable(chosen):
            return chosen
        turn = self._given.get(target, 0)
        self._given[target] = turn + 1
        return chosen[min(turn, len(chosen) - 1)]


def _headers(lines: Iterator[bytes]) -> dict[str, bytes]:
    headers: dict[str, bytes] = {}
    for line in lines:
        if line in {b"\r\n", b"\n"}:
            break
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip(b" \t\r\n")
    return headers


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])

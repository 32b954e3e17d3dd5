"""A feed server that is not the bottleneck: one process, one epoll loop, bodies mapped from a file, no copies.

`python -m benchmarks.speed.server FOLDER PORT [PAGES]` answers on every loopback address and on no other device, until
its standard input ends. A line of JSON there sets what it does: {"validators": true, "step": 0, "latency": 0.0,
"dead": 0.0}; it answers each with a line that counts requests, answers of each status, bytes and its own CPU seconds
since the last such line. PAGES is a folder of HTML files; a page's address always leads to the same one.
"""

from __future__ import annotations

import heapq
import json
import mmap
import os
import resource
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.speed.worksets import WorkSet, work_set

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_HEAD_LIMIT = 64 * 1024
_DATES = (b"Fri, 30 Jan 2026 10:00:00 GMT", b"Fri, 30 Jan 2026 11:00:00 GMT")  # of the steps


@dataclass
class _Peer:
    sock: socket.socket
    received: bytearray = field(default_factory=bytearray)
    outgoing: list[memoryview] = field(default_factory=list)


class Server:
    def __init__(self, made: WorkSet, port: int, pages: list[bytes]) -> None:
        self._set, self._pages = made, pages
        with made.bodies.open("rb") as file:
            self._bodies = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self.validators, self.step, self.latency, self.dead = True, 0, 0.0, 0.0
        self.counted: Counter[str] = Counter()
        self._cpu = 0.0
        self._peers: dict[int, _Peer] = {}
        self._late: list[tuple[float, int, int, list[memoryview]]] = []
        self._order = 0
        self._poll = select.epoll()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        self._listener.bind(("0.0.0.0", port))  # of the loopback device alone: the line above
        self._listener.listen(4096)
        self._listener.setblocking(False)

    def serve(self) -> None:
        """Serve until standard input ends."""
        listening = self._listener.fileno()
        self._poll.register(listening, select.EPOLLIN)
        self._poll.register(0, select.EPOLLIN)
        while True:
            wait = max(self._late[0][0] - time.monotonic(), 0) if self._late else None
            for number, _ in self._poll.poll(wait):
                if number == listening:
                    self._accept()
                elif number == 0:
                    if not self._obey():
                        return
                elif number in self._peers:
                    self._speak(self._peers[number])
            self._send_late()

    def _obey(self) -> bool:
        line = sys.stdin.buffer.readline()
        if not line:
            return False
        for name, value in json.loads(line).items():
            setattr(self, name, value)
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = used.ru_utime + used.ru_stime
        print(json.dumps({**self.counted, "cpu": cpu - self._cpu}), flush=True)
        self.counted, self._cpu = Counter(), cpu
        return True

    def _accept(self) -> None:
        for _ in range(64):
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = self._peers[sock.fileno()] = _Peer(sock)
            self._poll.register(sock.fileno(), select.EPOLLIN)
            self._speak(peer)

    def _speak(self, peer: _Peer) -> None:
        try:
            if peer.outgoing:
                self._send(peer)
                return
            chunk = peer.sock.recv(_HEAD_LIMIT)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk or len(peer.received) > _HEAD_LIMIT:
            self._close(peer)
            return
        peer.received += chunk
        end = peer.received.find(b"\r\n\r\n")
        if end >= 0:
            head = bytes(peer.received[:end])
            del peer.received[: end + 4]
            self._respond(peer, head)

    def _respond(self, peer: _Peer, head: bytes) -> None:
        target = head.split(b" ", 2)[1]
        answer = self._answer(target, head)
        self.counted["requests"] += 1
        if self._is_dead(target):
            self.counted["mute"] += 1
            return
        self.counted[bytes(answer[0][9:12]).decode()] += 1
        self.counted["bytes"] += sum(map(len, answer))
        if self.latency:
            self._order += 1
            heapq.heappush(
                self._late, (time.monotonic() + self.latency, self._order, peer.sock.fileno(), answer)
            )
            return
        peer.outgoing = answer
        self._send(peer)

    def _is_dead(self, target: bytes) -> bool:
        number = target.split(b"/")[-1 if target.startswith(b"/feed/") else 1].removesuffix(b".xml")
        return bool(self.dead) and number.isdigit() and int(number) % round(1 / self.dead) == 0

    def _answer(self, target: bytes, head: bytes) -> list[memoryview]:
        if not target.startswith(b"/feed/"):
            return self._page(target)
        number = int(target[6:-4])
        tag = b'"%d-%d"' % (number, self.step)
        if self.validators and b"\r\nif-none-match: " + tag in head.lower():
            return [memoryview(b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % tag)]
        parts = self._set.feeds[number]
        first = (
            [self._bodies[parts.start : parts.entries]]
            if self.step
            else [self._bodies[parts.start : parts.head], self._bodies[parts.newer : parts.oldest]]
        )
        body = [*first, self._bodies[parts.oldest : parts.tail]]
        given = b"ETag: %b\r\nLast-Modified: %b\r\n" % (tag, _DATES[self.step]) if self.validators else b""
        return [self._head(b"application/rss+xml", sum(map(len, body)), given), *body]

    def _page(self, target: bytes) -> list[memoryview]:
        path = target.split(b"/")
        if not self._pages or len(path) != 4 or not path[2].isdigit():
            return [memoryview(_NOT_FOUND)]
        body = self._pages[(int(path[1]) * 31 + int(path[2])) % len(self._pages)]
        return [self._head(b"text/html", len(body), b""), memoryview(body)]

    def _head(self, kind: bytes, length: int, more: bytes) -> memoryview:
        return memoryview(
            b"HTTP/1.1 200 OK\r\nContent-Type: %b; charset=utf-8\r\nContent-Length: %d\r\n%b\r\n"
            % (kind, length, more)
        )

    def _send_late(self) -> None:
        while self._late and self._late[0][0] <= time.monotonic():
            _, _, number, answer = heapq.heappop(self._late)
            if number in self._peers:
                self._peers[number].outgoing = answer
                self._send(self._peers[number])

    def _send(self, peer: _Peer) -> None:
        try:
            while peer.outgoing:
                sent = peer.sock.sendmsg(peer.outgoing)
                while peer.outgoing and sent >= len(peer.outgoing[0]):
                    sent -= len(peer.outgoing.pop(0))
                if sent:
                    peer.outgoing[0] = peer.outgoing[0][sent:]
        except BlockingIOError:
            self._poll.modify(peer.sock.fileno(), select.EPOLLOUT)
            return
        except OSError:
            self._close(peer)
            return
        self._poll.modify(peer.sock.fileno(), select.EPOLLIN)

    def _close(self, peer: _Peer) -> None:
        self._poll.unregister(peer.sock.fileno())
        del self._peers[peer.sock.fileno()]
        peer.sock.close()


def main() -> None:
    folder, port, *pages = sys.argv[1:]
    files = sorted(Path(pages[0]).iterdir()) if pages else []
    feeds = len(json.loads((Path(folder) / "index.json").read_text("utf-8"))["feeds"])
    server = Server(
        work_set(Path(folder), feeds, int(port)), int(port), [file.read_bytes() for file in files]
    )
    os.set_blocking(0, True)
    print("ready", flush=True)
    server.serve()


if __name__ == "__main__":
    main()

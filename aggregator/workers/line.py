"""The line to a worker: messages with their length before them, and the first byte of what a worker says."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

READY, RESULT, ERROR, NO_MEMORY = b"Y", b"R", b"E", b"M"
OTHER = b"O"  # it has loaded another program than ours
NONSENSE = "the worker's answer makes no sense"
_ANSWER_LIMIT = 64 << 20  # bytes; more is garbage: a page is 5 MB, what was read from it is less
_CHUNK = 1 << 18
_LENGTH = struct.Struct("!Q")


def send(line: socket.socket, message: bytes) -> None:
    line.sendall(_LENGTH.pack(len(message)))
    line.sendall(message)


def receive(line: socket.socket, deadline: float | None = None) -> bytes | None:
    """Return one message, or None at the end of the line.

    Raises TimeoutError past the deadline and ValueError for garbage.
    """
    head = _exactly(line, _LENGTH.size, deadline)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _ANSWER_LIMIT:
        raise ValueError(NONSENSE)
    return _exactly(line, length, deadline)


def _exactly(line: socket.socket, length: int, deadline: float | None) -> bytes | None:
    got = bytearray()
    while len(got) < length:
        if deadline is not None:
            line.settimeout(max(deadline - time.monotonic(), 0.001))  # 0 would mean "do not block"
        chunk = line.recv(min(length - len(got), _CHUNK))
        if not chunk:
            return None
        got += chunk
    return bytes(got)

"""What a person sees on a terminal: a command typed on a pseudo-terminal, and what it drew there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import termios
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMNS, ROWS = 100, 40
_DRAWING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)")


def seen(words: Sequence[str], folder: Path, environ: Mapping[str, str], err: IO[bytes] | None = None) -> str:
    """Return what a command draws; what it says on stderr goes to `err`, where there is one."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
    with subprocess.Popen(
        words, cwd=folder, stdin=theirs, stdout=theirs, stderr=err or theirs,
        env={**environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)},
    ):  # fmt: skip
        os.close(theirs)
        said = bytearray()
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def plain(drawn: str) -> str:
    """Return the words alone."""
    return _DRAWING.sub("", drawn)


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65_536)
    except OSError:  # the other end was closed (Linux)
        return b""

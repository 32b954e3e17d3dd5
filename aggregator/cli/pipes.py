"""The end of a pipe: a reader that has gone is no error.

Apart from `terminal`, because every command needs this and `--help` nothing else.
"""

from __future__ import annotations

import os
import select
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def quiet_pipe() -> Iterator[None]:
    """End quietly, as if by SIGPIPE, when the reader of our output has gone (`aggregator search x | head`)."""
    try:
        try:
            yield
        finally:
            for stream in _ours():
                stream.flush()
    except BrokenPipeError:
        left = [stream for stream in _ours() if _has_no_reader(stream)]
        if not left:  # another pipe broke: that is a fault and none of ours
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in left:  # the interpreter flushes once more when it ends
            os.dup2(nowhere, stream.fileno())
        raise SystemExit(_SIGPIPE) from None


_SIGPIPE = 128 + 13  # what a shell reports for a program that SIGPIPE ended


def _ours() -> list[TextIO]:
    """Return stdout and stderr, as far as they are open (`>&-` closes one)."""
    return [stream for stream in (sys.stdout, sys.stderr) if stream is not None]


def _has_no_reader(stream: TextIO) -> bool:
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))

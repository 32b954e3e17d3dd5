"""A program that opens an archive and is killed (SIGKILL) before the statement that its argument counts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """
import os, signal, sqlite3, sys
from pathlib import Path
left = int(sys.argv[2])
class Killed(sqlite3.Connection):
    def execute(self, *args):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*args)
connect = sqlite3.connect
sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Killed, **kwargs)
from aggregator.archive import open_archive
open_archive(Path(sys.argv[1]), writable=True)
"""


def open_and_kill(archive: Path, statement: int) -> int:
    """Open the archive for writing in a process of its own; return its exit code, 0 if it ended before its moment."""
    words = [sys.executable, "-c", _PROGRAM, str(archive), str(statement)]
    return subprocess.run(words, check=False).returncode

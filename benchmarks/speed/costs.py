"""What a command costs: CPU seconds of its whole process tree, wall seconds, peak memory.

Linux only: orphans of a command are adopted (PR_SET_CHILD_SUBREAPER) and waited for, so that none of their CPU time
is lost; peaks are read from /proc while it runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY_S = 0.1
_PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Cost:
    cpu: float  # seconds, user and system, all processes
    wall: float  # seconds
    main_mb: float  # peak of the main process
    tree_mb: float  # peak of the sum of all processes' resident memory; shared pages count for each
    code: int  # exit code
    said: str  # the end of what it printed


def cost_of(
    command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, limit_s: float = 3600
) -> Cost:
    """Run a command and tell what it cost."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    before, started = _children(), time.monotonic()
    output = cwd / "output.txt"
    with output.open("wb") as file:
        running = subprocess.Popen(
            command,
            cwd=cwd,
            env=_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        watch = _Watch(running.pid)
        try:
            code = running.wait(limit_s)
        finally:
            running.kill()
            wall = time.monotonic() - started
            watch.stop()
    while _reaped():
        pass
    said = output.read_bytes()[-600:].decode("utf-8", "replace").strip()
    return Cost(_children() - before, wall, watch.main / 2**20, watch.tree / 2**20, code, said)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return ours, without the wish to compile every module anew at each start: no user has that."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | dict(
        more
    )


def _reaped() -> bool:
    """Bury one orphan; those that still live are given a moment."""
    with contextlib.suppress(ChildProcessError):
        for _ in range(20):
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid:
                return True
            if not _descendants(os.getpid()) - _kept:
                return False
            time.sleep(0.05)
    return False


_kept: set[int] = set()  # processes of the benchmark itself, such as the server


def keep(pid: int) -> None:
    """Tell that a child is no part of what is measured."""
    _kept.add(pid)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found |= {int(child)} | _descendants(int(child))
    return found


class _Watch:
    """Looks at the memory of a process and its descendants now and then, from a thread."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.main = self.tree = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(_LOOK_EVERY_S):
            sizes = {pid: _resident(pid) for pid in (self._pid, *_descendants(self._pid))}
            self.main = max(self.main, sizes[self._pid])
            self.tree = max(self.tree, sum(sizes.values()))

    def stop(self) -> None:
        self._done.set()
        self._thread.join()


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0

"""The pool: who works, who is idle, and what came of each task."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar, TypeVarTuple, cast

from aggregator.answers import opened
from aggregator.errors import ProgramChangedError
from aggregator.installed import stamp, stamp_at_start
from aggregator.models import Crash
from aggregator.workers.line import ERROR, NO_MEMORY, NONSENSE, OTHER, READY, RESULT, receive, send

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_START_LIMIT_S = 30.0  # a bare interpreter is up in 0.1 s; a machine that swaps takes its time
_CLOSE_GRACE_S = 1.0  # for tasks that are nearly done
# Of our environment a worker gets what an interpreter needs: whoever takes one over finds no password there.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")

# sys.path is handed on, because the parent may have been started from a checkout.
_BOOT = (
    "import sys; sys.path[:] = sys.argv[4:]; "
    "from aggregator.workers.serving import serve; serve(*map(int, sys.argv[1:3]), sys.argv[3])"
)


class WorkerPool:
    """Up to `size` worker processes, started when first needed; `run` may be called from any thread."""

    def __init__(
        self, size: int, time_limit_s: float, memory_limit_bytes: int, recycle_after: int = 2_000
    ) -> None:
        self._time_limit_s = time_limit_s
        self._memory_limit = memory_limit_bytes
        stamp_at_start()  # now, before anything can change on disk
        self._recycle_after = recycle_after  # libraries cache and leak a little with every page
        self._slots = threading.BoundedSemaphore(size)
        self._change = threading.Condition()  # guards the three below
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = False
        # Workers ask the kernel to die with their parent, and for the kernel that is the thread that started
        # them (prctl(2)): so one thread that lives as long as the pool starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="worker-starter")

    def run(self, func: Callable[[*Ts], T], *args: *Ts) -> T | Crash:
        """Return what `func(*args)` returns in a worker, raise what it raises, or tell why it came to nothing.

        Raises:
            ProgramChangedError: the worker has loaded another program than this one.

        """
        task = pickle.dumps((func, args), pickle.HIGHEST_PROTOCOL)
        with self._slots:
            worker = self._take()
            if isinstance(worker, Crash):
                return worker
            fit = False
            try:
                outcome = _opened(worker.ask(task, self._time_limit_s))
                fit = not isinstance(outcome, Crash) and outcome[0] != OTHER
            finally:  # also at Ctrl-C while waiting: the worker must not stay behind, busy
                self._put_back(worker, fit=fit)
        if isinstance(outcome, Crash):
            return Crash("the pool was closed") if self._closed else outcome
        kind, value = outcome
        if kind == OTHER:
            raise ProgramChangedError
        if kind == ERROR:
            raise cast("Exception", value)
        return cast("T", value)

    def close(self) -> None:
        """End every worker; tasks that are not done within a second come back as crashes."""
        with self._change:
            self._closed = True
            while self._idle:
                self._idle.pop().end()
            self._change.wait_for(lambda: not self._busy, _CLOSE_GRACE_S)
            for worker in self._busy:
                worker.kill()  # the thread that waits for it sees the end and buries it
            self._change.wait_for(lambda: not self._busy, _CLOSE_GRACE_S)
        self._starter.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> _Worker | Crash:
        """Return a worker that is alive; the caller holds a slot."""
        with self._change:
            if self._closed:
                return Crash("the pool was closed")
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive():
                    self._busy.add(worker)
                    return worker
                worker.end()
        return self._hire()

    def _hire(self) -> _Worker | Crash:
        try:
            worker = self._starter.submit(_Worker, self._memory_limit).result()
        except (OSError, RuntimeError) as error:  # no process to be had; or closed since we asked
            return Crash(f"no worker could be started: {error}")
        with self._change:
            self._busy.add(worker)
            late = self._closed
        if not late and worker.listen(time.monotonic() + _START_LIMIT_S) == READY:
            return worker
        self._put_back(worker, fit=False)
        if not late and stamp() != stamp_at_start():
            raise ProgramChangedError
        return Crash("the pool was closed" if self._closed else "a worker did not start")

    def _put_back(self, worker: _Worker, *, fit: bool) -> None:
        fit = fit and worker.tasks < self._recycle_after
        if not fit:
            worker.end()
        with self._change:
            self._busy.discard(worker)
            if fit and not self._closed:
                self._idle.append(worker)
            elif fit:
                worker.end()
            self._change.notify_all()


class _Worker:
    """One process and our end of the line to it."""

    def __init__(self, memory_limit: int) -> None:
        ours, theirs = socket.socketpair()
        said = (str(theirs.fileno()), str(memory_limit), stamp_at_start())
        boot = [sys.executable, "-c", _BOOT, *said, *sys.path]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                boot, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=_environment()
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._line = ours
        self.tasks = 0

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, task: bytes, limit_s: float) -> bytes | Crash:
        self.tasks += 1
        deadline = time.monotonic() + limit_s
        try:
            self._line.settimeout(limit_s)
            send(self._line, task)
        except TimeoutError:
            return Crash(f"took longer than {limit_s:g} s")
        except OSError:  # it died while we spoke
            return self._death()
        answer = self.listen(deadline)
        if answer is None:
            return Crash(f"took longer than {limit_s:g} s")
        return answer

    def listen(self, deadline: float) -> bytes | Crash | None:
        """Return the next message, or how the worker ended; None when the deadline passes first."""
        try:
            message = receive(self._line, deadline)
        except TimeoutError:
            return None
        except ValueError as error:
            return Crash(str(error))
        except OSError:  # reset: it died with our task unread
            message = None
        return self._death() if message is None else message

    def _death(self) -> Crash:
        try:
            code = self._process.wait(_CLOSE_GRACE_S)
        except subprocess.TimeoutExpired:  # it has hung up but lives on
            return Crash("the worker hung up")
        if code < 0:
            return Crash(f"the worker died (signal {-code})")
        return Crash(f"the worker died (exit code {code})")

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._line.close()


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name in _ENVIRONMENT or name.startswith("PYTHON")
    }


def _opened(answer: bytes | Crash) -> tuple[bytes, object] | Crash:
    """Return what the worker's answer is and holds."""
    if isinstance(answer, Crash):
        return answer
    kind, content = answer[:1], answer[1:]
    if kind == NO_MEMORY:
        return Crash("out of memory")
    if kind == OTHER:
        return kind, None
    if kind not in {RESULT, ERROR}:
        return Crash(NONSENSE)
    try:
        return kind, opened(content)
    except Exception as error:  # noqa: BLE001 - garbage raises anything at all in pickle
        return Crash(f"{NONSENSE}: {type(error).__name__}")

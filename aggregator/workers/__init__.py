"""A pool of worker processes: a task that hangs, eats memory or crashes the interpreter costs that one task.

Rules of this file: it knows processes, pipes and limits, and nothing of feeds or pages. A worker owns nothing
that outlives its task, so ending one is always SIGKILL. A task that a worker did not survive is a value
(`Crash`); an exception that the task raised is raised again in the caller. Workers are fresh interpreters that
import what a task names when it first comes: not forks (unsafe beside threads), and not `multiprocessing`, which
would run the main script a second time in each worker and keep a tracker process of its own.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar, TypeVarTuple, cast

from aggregator.answers import opened, travels
from aggregator.models import Crash

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import resource
except ImportError:  # not on Windows: no memory limit there
    resource = None  # type: ignore[assignment]  # a module's name cannot be declared optional

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_START_LIMIT_S = 30.0  # a bare interpreter is up in 0.1 s; a machine that swaps takes its time
_CLOSE_GRACE_S = 1.0  # for tasks that are nearly done
_ANSWER_LIMIT = 64 << 20  # bytes; more is garbage: a page is 5 MB, what was read from it is less
_CHUNK = 1 << 18
# A document makes tens of thousands of objects that live until it is read; with Python's 700 a fifth of a worker's
# time goes into looking at them again and again.
_GC_THRESHOLDS = (50_000, 20, 20)
_LENGTH = struct.Struct("!Q")
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # prctl(2)
_OPEN_FILES = 64  # a worker needs its line, and now and then a module
# Of our environment a worker gets what an interpreter needs: whoever takes one over finds no password there.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")

_READY, _RESULT, _ERROR, _NO_MEMORY = b"Y", b"R", b"E", b"M"  # first byte of what a worker says
_NONSENSE = "the worker's answer makes no sense"

# sys.path is handed on, because the parent may have been started from a checkout.
_BOOT = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from aggregator.workers import serve; serve(*map(int, sys.argv[1:3]))"
)


class WorkerPool:
    """Up to `size` worker processes, started when first needed; `run` may be called from any thread."""

    def __init__(
        self, size: int, time_limit_s: float, memory_limit_bytes: int, recycle_after: int = 2_000
    ) -> None:
        self._time_limit_s = time_limit_s
        self._memory_limit = memory_limit_bytes
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
        """Return what `func(*args)` returns in a worker, raise what it raises, or tell why it came to nothing."""
        task = pickle.dumps((func, args), pickle.HIGHEST_PROTOCOL)
        with self._slots:
            worker = self._take()
            if isinstance(worker, Crash):
                return worker
            fit = False
            try:
                outcome = _opened(worker.ask(task, self._time_limit_s))
                fit = not isinstance(outcome, Crash)
            finally:  # also at Ctrl-C while waiting: the worker must not stay behind, busy
                self._put_back(worker, fit=fit)
        if isinstance(outcome, Crash):
            return Crash("the pool was closed") if self._closed else outcome
        kind, value = outcome
        if kind == _ERROR:
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
        if not late and worker.listen(time.monotonic() + _START_LIMIT_S) == _READY:
            return worker
        self._put_back(worker, fit=False)
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
        boot = [sys.executable, "-c", _BOOT, str(theirs.fileno()), str(memory_limit), *sys.path]
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
            _send(self._line, task)
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
            message = _receive(self._line, deadline)
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
    if kind == _NO_MEMORY:
        return Crash("out of memory")
    if kind not in {_RESULT, _ERROR}:
        return Crash(_NONSENSE)
    try:
        return kind, opened(content)
    except Exception as error:  # noqa: BLE001 - garbage raises anything at all in pickle
        return Crash(f"{_NONSENSE}: {type(error).__name__}")


# ------------------------------------------------------------------------------------ both ends of the line


def _send(line: socket.socket, message: bytes) -> None:
    line.sendall(_LENGTH.pack(len(message)))
    line.sendall(message)


def _receive(line: socket.socket, deadline: float | None = None) -> bytes | None:
    """Return one message, or None at the end of the line.

    Raises TimeoutError past the deadline and ValueError for garbage.
    """
    head = _exactly(line, _LENGTH.size, deadline)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _ANSWER_LIMIT:
        raise ValueError(_NONSENSE)
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


# ------------------------------------------------------------------------------------------- in the worker


def serve(fd: int, memory_limit: int) -> None:
    """Answer tasks on the socket `fd` until the other end is closed. Runs in the worker."""
    with socket.socket(fileno=fd) as line, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        _restrict(memory_limit)
        gc.set_threshold(*_GC_THRESHOLDS)
        _send(line, _READY)
        while (task := _receive(line)) is not None:
            _send(line, _answer_to(task))


def _restrict(memory_limit: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; ours to obey is the parent
        signal.signal(number, signal.SIG_IGN)
    os.dup2(2, 1)  # what a library prints is not the program's output
    logging.disable(logging.CRITICAL)  # nor is what it logs; what is wrong with a task is in its result
    if sys.platform == "linux":
        parent = os.getppid()
        with contextlib.suppress(OSError, AttributeError):  # no libc to speak to: the end of the line must do
            import ctypes  # noqa: PLC0415  in workers only

            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(0)
    if resource is not None:
        memory, core, files = resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE
        for what, limit in ((memory, memory_limit), (core, 0), (files, _OPEN_FILES)):
            with contextlib.suppress(ValueError, OSError):  # a lower hard limit is in force already
                resource.setrlimit(what, (limit, limit))


def _answer_to(task: bytes) -> bytes:
    try:
        func, args = pickle.loads(task)  # noqa: S301 - written by our own parent
        return _RESULT + pickle.dumps(func(*args), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return _NO_MEMORY
    except Exception as error:  # noqa: BLE001 - the caller is to have it, whatever it is
        return _ERROR + _carried(error)


def _carried(error: Exception) -> bytes:
    """Return the error pickled, its traceback as a note; if it cannot travel, a RuntimeError that names it."""
    error.add_note("in the worker:\n" + "".join(traceback.format_exception(error)))
    try:
        carried = pickle.dumps(error, pickle.HIGHEST_PROTOCOL) if travels(error) else b""
        if carried and opened(carried):  # many exceptions can be pickled but not unpickled
            return carried
    except Exception:  # noqa: BLE001, S110 - pickle raises anything, too
        pass
    return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))

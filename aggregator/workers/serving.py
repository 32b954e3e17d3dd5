"""What runs in a worker: tasks from its line, one after the other, within its limits."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import pickle
import signal
import socket
import sys
import traceback

from aggregator.answers import opened, travels
from aggregator.installed import stamp
from aggregator.workers.line import ERROR, NO_MEMORY, OTHER, READY, RESULT, receive, send

try:
    import resource
except ImportError:  # not on Windows: no memory limit there
    resource = None  # type: ignore[assignment]  # a module's name cannot be declared optional

# A document makes tens of thousands of objects that live until it is read; with Python's 700 a fifth of a worker's
# time goes into looking at them again and again.
_GC_THRESHOLDS = (50_000, 20, 20)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # prctl(2)
_OPEN_FILES = 64  # a worker needs its line, and now and then a module


def serve(fd: int, memory_limit: int, parents_stamp: str) -> None:
    """Answer tasks on the socket `fd` until the other end is closed. Runs in the worker.

    What a task needs is loaded when it comes: an answer for which something was loaded counts only if the files are
    still those of the parent.
    """
    with socket.socket(fileno=fd) as line, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        _restrict(memory_limit)
        gc.set_threshold(*_GC_THRESHOLDS)
        send(line, READY)
        loaded = 0
        while (task := receive(line)) is not None:
            answer = _answer_to(task)
            if len(sys.modules) != loaded and stamp() != parents_stamp:
                send(line, OTHER)
                return
            loaded = len(sys.modules)
            send(line, answer)


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
        return RESULT + pickle.dumps(func(*args), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - the caller is to have it, whatever it is
        return ERROR + _carried(error)


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

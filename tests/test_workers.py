"""The pool of worker processes: what comes back, what crashes, and that nothing stays behind."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import aggregator
from aggregator.models import Crash
from aggregator.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(aggregator.__file__).parent
ROOMY = 1 << 30  # bytes
PATIENT = 30.0  # seconds: far more than any of these tasks takes
SHORT = 4.0  # seconds; a busy machine takes them for the first task of a worker, which imports this file


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, PATIENT, ROOMY) as pool:
        yield pool


# --------------------------------------------------------------------- tasks: they run in the workers


def add(a: int, b: int) -> int:
    return a + b


def own_pid() -> int:
    return os.getpid()


def slow_pid() -> int:
    time.sleep(0.05)
    return os.getpid()


def hang() -> None:
    time.sleep(600)


def spin() -> None:
    while True:
        pass


def segfault() -> None:
    ctypes.string_at(0)


def leave() -> None:
    sys.exit(3)


def hog() -> int:
    return len(bytearray(4 << 30))


def divide(a: int, b: int) -> float:
    return a / b


class AwkwardError(Exception):
    """Can be pickled, but not unpickled."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def raise_awkwardly() -> None:
    raise AwkwardError("one ", "two")


def unpicklable_result() -> Callable[[], None]:
    return lambda: None


def talk_garbage(message: bytes) -> None:
    """Write straight into the line, as a corrupted interpreter might, and stay."""
    for fd in range(3, 4096):  # ours is any: it has the number it had in the parent
        with contextlib.suppress(OSError):
            os.write(fd, message)
    time.sleep(600)


def report_signals() -> tuple[bool, bool]:
    return (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        signal.getsignal(signal.SIGTERM) is signal.SIG_IGN,
    )


def read_stdin() -> bytes:
    return os.read(0, 1)


def print_to_stdout() -> None:
    os.write(1, b"noise")


def heavy_modules() -> list[str]:
    return [name for name in ("trafilatura", "lxml", "requests", "feedparser") if name in sys.modules]


def open_fds() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def echo(body: bytes) -> bytes:
    return body


# ------------------------------------------------------------------------------------- what comes back


def test_a_task_returns_what_its_function_returns(pool: WorkerPool) -> None:
    """The result comes from another process."""
    assert pool.run(add, 2, 3) == 5
    assert pool.run(own_pid) != os.getpid()


def test_large_arguments_and_results_pass(pool: WorkerPool) -> None:
    """Several megabytes travel both ways."""
    body = os.urandom(6 << 20)
    assert pool.run(echo, body) == body


def test_an_exception_is_raised_in_the_caller_with_its_own_type(pool: WorkerPool) -> None:
    """A bug in a task stays a bug, and its note says where it was."""
    with pytest.raises(ZeroDivisionError) as caught:
        pool.run(divide, 1, 0)
    assert "in divide" in caught.value.__notes__[0]
    assert pool.run(add, 1, 1) == 2


def test_an_exception_that_cannot_travel_is_named(pool: WorkerPool) -> None:
    with pytest.raises(RuntimeError, match="AwkwardError: one two"):
        pool.run(raise_awkwardly)


def test_a_result_that_cannot_travel_is_an_exception(pool: WorkerPool) -> None:
    """Which one is pickle's affair; the worker is unharmed."""
    with pytest.raises(Exception, match=r"(?i)pickle"):
        pool.run(unpicklable_result)
    assert pool.run(add, 1, 1) == 2


# --------------------------------------------------------------------------------------- what crashes


@pytest.mark.parametrize("task", [hang, spin])
def test_a_task_that_outlasts_its_time_is_a_crash_and_its_worker_is_replaced(
    task: Callable[[], None],
) -> None:
    with WorkerPool(1, SHORT, ROOMY) as pool:
        first = pool.run(own_pid)
        assert pool.run(task) == Crash(f"took longer than {SHORT:g} s")
        second = pool.run(own_pid)
    assert isinstance(second, int)
    assert first != second


def test_a_segmentation_fault_is_a_crash(pool: WorkerPool) -> None:
    assert pool.run(segfault) == Crash("the worker died (signal 11)")
    assert pool.run(add, 1, 1) == 2


def test_a_task_that_leaves_is_a_crash(pool: WorkerPool) -> None:
    assert pool.run(leave) == Crash("the worker died (exit code 3)")


def test_a_task_that_wants_too_much_memory_is_a_crash(pool: WorkerPool) -> None:
    """The limit is the worker's, not ours."""
    assert pool.run(hog) == Crash("out of memory")
    assert pool.run(add, 1, 1) == 2


@pytest.mark.parametrize(
    ("message", "reason", "seconds"),
    [
        (b"\x00" * 7, "took longer than 1 s", 1.0),  # a message that never ends
        (b"\xff" * 64, "the worker's answer makes no sense", 60.0),  # a length beyond all measure
        (b"\x00" * 7 + b"\x04Zzzz", "the worker's answer makes no sense", 60.0),  # not one of our words
        (b"\x00" * 7 + b"\x04Rzzz", "the worker's answer makes no sense: UnpicklingError", 60.0),
    ],
)
def test_garbage_on_the_line_neither_hangs_nor_raises(message: bytes, reason: str, seconds: float) -> None:
    """Whatever a worker writes, the caller has its answer within the time limit."""
    with WorkerPool(1, seconds, ROOMY) as pool:
        assert pool.run(talk_garbage, message) == Crash(reason)
        if seconds > 1:  # a busy machine may need longer to start another one
            assert pool.run(add, 1, 1) == 2


def test_a_worker_that_died_while_idle_costs_no_task(pool: WorkerPool) -> None:
    """The next task gets another worker instead of the dead one's crash."""
    pid = pool.run(own_pid)
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert pool.run(add, 1, 1) == 2


# ------------------------------------------------------------------------------ sharing and replacing


def test_many_threads_share_two_workers() -> None:
    """No task is lost or mixed up, and no third worker is started."""
    with WorkerPool(2, PATIENT, ROOMY) as pool, ThreadPoolExecutor(8) as threads:
        sums = list(threads.map(lambda n: pool.run(add, n, n), range(100)))
        pids = set(threads.map(lambda _: pool.run(slow_pid), range(16)))
    assert sums == [2 * n for n in range(100)]
    assert 1 <= len(pids) <= 2


def test_a_worker_outlives_the_thread_that_first_needed_it(pool: WorkerPool) -> None:
    """The kernel's "parent" is a thread; ours is one that lives as long as the pool."""
    pids: list[int | Crash] = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: pids.append(pool.run(own_pid)))
        thread.start()
        thread.join()
    assert pids[0] == pids[1]


def test_a_worker_is_replaced_after_its_share_of_tasks() -> None:
    with WorkerPool(1, PATIENT, ROOMY, recycle_after=2) as pool:
        pids = [pool.run(own_pid) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


_UPGRADED = """
import sys
from pathlib import Path
import aggregator
from aggregator.errors import ProgramChangedError
from aggregator.models import ParsedEntry, ParsedFeed  # an answer makes nothing that is not loaded
from aggregator.parse import parse_feed
from aggregator.workers import WorkerPool
feed = (b"<rss version='2.0'><channel><title>T</title><item><title>One</title></item></channel></rss>", "https://a.example/")
with WorkerPool(1, 30.0, 1 << 30, recycle_after=1) as pool:
    print([entry.title for entry in pool.run(parse_feed, *feed).entries])
    file, old, new = sys.argv[1:]
    changed = Path(aggregator.__file__).parent / file
    text = changed.read_text("utf-8")
    assert old in text
    changed.write_text(text.replace(old, new, 1), "utf-8")
    for _ in range(2):
        try:
            print(pool.run(parse_feed, *feed))
        except ProgramChangedError as error:
            print(error)
"""


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("models/feeds.py", "    link: str", "    teaser: str = ''\n    link: str"),
        ("workers/serving.py", "def serve", "raise ImportError\ndef serve"),
    ],
)
def test_a_program_that_was_upgraded_meanwhile_is_not_two(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    """Its records may have a field more, and every value behind it would be taken for another; or it cannot start."""
    shutil.copytree(PACKAGE, tmp_path / "aggregator", ignore=shutil.ignore_patterns("__pycache__"))
    said = subprocess.run(
        [sys.executable, "-c", _UPGRADED, file, old, new], check=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    changed = "the program was changed on disk while it ran; start it again"
    assert said.splitlines() == ["['One']", changed, changed]


# --------------------------------------------------------------------------------- manners of a worker


def test_signals_for_the_whole_group_are_the_parents_affair(pool: WorkerPool) -> None:
    """Ctrl-C and systemd's SIGTERM reach workers too; a clean stop needs them to finish."""
    assert pool.run(report_signals) == (True, True)


def test_a_worker_has_no_input_and_its_prints_are_not_output(
    pool: WorkerPool, capfd: pytest.CaptureFixture[str]
) -> None:
    assert pool.run(read_stdin) == b""
    pool.run(print_to_stdout)
    assert capfd.readouterr() == ("", "noise")


def test_a_worker_imports_only_what_its_tasks_need(pool: WorkerPool) -> None:
    assert pool.run(heavy_modules) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files through /proc")
def test_nothing_stays_open_and_nobody_stays_behind() -> None:
    """Crashes, recycling and closing leave neither files nor zombies."""
    gc.collect()
    before = open_fds()
    with WorkerPool(2, SHORT, ROOMY, recycle_after=1) as pool:
        pids = [pool.run(own_pid) for _ in range(3)]
        pool.run(segfault)
        pool.run(hang)
    assert open_fds() == before
    for pid in pids:
        assert isinstance(pid, int)
        assert not Path(f"/proc/{pid}").exists()


# --------------------------------------------------------------------------------------------- the end


def test_closing_while_busy_ends_the_tasks_that_do_not_finish() -> None:
    """The waiting threads get a crash that says why, also those that had no worker yet."""
    pool = WorkerPool(1, PATIENT, ROOMY)
    pool.run(own_pid)
    with ThreadPoolExecutor(2) as threads:
        tasks = [threads.submit(pool.run, hang) for _ in range(2)]
        while not pool._busy:
            time.sleep(0.01)
        pool.close()
        assert [task.result() for task in tasks] == [Crash("the pool was closed")] * 2
    assert pool.run(own_pid) == Crash("the pool was closed")


def test_closing_twice_or_unused_is_harmless() -> None:
    pool = WorkerPool(1, PATIENT, ROOMY)
    pool.close()
    pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="death with the parent is asked of the Linux kernel")
@pytest.mark.parametrize("task", ["idle", "hang", "spin"])
def test_workers_die_with_a_parent_that_is_killed(task: str) -> None:
    """Also while they are busy: nobody is left to stop them."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, task], stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert _is_gone(pid)


_PARENT = """
import sys, threading
from aggregator.workers import WorkerPool
from tests import test_workers as tasks

pool = WorkerPool(1, 600, 1 << 30)
print(pool.run(tasks.own_pid), flush=True)
if sys.argv[1] != "idle":
    threading.Thread(target=pool.run, args=[getattr(tasks, sys.argv[1])], daemon=True).start()
threading.Event().wait()
"""


def _is_gone(pid: int, patience_s: float = 20.0) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat")
        try:
            if state.read_text().rpartition(")")[2].split()[0] == "Z":  # dead, but PID 1 does not bury
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_a_script_without_a_main_guard_is_not_run_twice(tmp_path: Path) -> None:
    """Workers do not import the main script, be it a console script or a notebook."""
    script = tmp_path / "script.py"
    script.write_text(
        "from aggregator.workers import WorkerPool\n"
        "import operator\n"
        "print('once')\n"
        "with WorkerPool(1, 30, 1 << 30) as pool:\n"
        "    print(pool.run(operator.add, 1, 2))\n"
    )
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert (done.stdout, done.stderr) == ("once\n3\n", "")

"""stops: the service ends when it is told to, whatever hangs, and leaves nothing behind; a hung worker is replaced."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from tests.torture.ground import Ground, Running
from tests.torture.growing import GrowingWeb

if TYPE_CHECKING:
    from collections.abc import Callable

HUNG = 16
FEW = {
    "config.toml",
    "feeds.opml",
    "aggregator.db",
    "aggregator.db.lock",
    "aggregator.db-wal",
    "aggregator.db-shm",
}


def suite(*, quick: bool, count: int = 0, only: str = "") -> list[Figure]:
    cycles, reloads = (count or 4, 3) if quick else (count or 100, 20)
    plays: dict[str, Callable[[Path], list[Figure]]] = {
        "hung": _hung,
        "cycles": partial(_cycles, cycles=cycles),
        "reloads": partial(_reloads, reloads=reloads),
        "worker": _stopped_worker,
    }
    with tempfile.TemporaryDirectory(prefix="aggregator-stops-") as name:
        return [
            figure
            for part, play in plays.items() if only in {"", part}
            for figure in play(Path(name) / part)
        ]  # fmt: skip


def _hung(folder: Path) -> list[Figure]:
    """Stop while as many downloads hang as there may be; then the same with a second signal."""
    took, codes, hung = [], [], []
    with GrowingWeb(HUNG + 8, hang=True) as web:
        for signals in (1, 2):
            ground = Ground(folder / str(signals), web.opml(), deadline=60)
            ground.run("poll")  # so that all pages are pending when the service begins
            web.asked.clear()
            with ground.start() as running:
                running.ready()
                running.until(lambda: web.asked.get("/article/0", 0) >= HUNG)
                hung.append(web.asked.get("/article/0", 0))
                began = time.monotonic()
                running.signal(signal.SIGTERM)
                if signals == 2:
                    time.sleep(0.2)
                    running.signal(signal.SIGTERM)
                codes.append(running.wait())
                took.append(time.monotonic() - began)
    return [
        Figure("stops.hung_downloads", min(hung), "downloads", ">=", HUNG),
        Figure("stops.sigterm", took[0], "s", "<=", 5.0),
        Figure("stops.sigterm_exit", codes[0], "code", "==", 0),
        Figure("stops.second_signal", took[1], "s", "<=", 1.2),
    ]


def _cycles(folder: Path, cycles: int) -> list[Figure]:
    """Start and stop again and again, at any moment of the work."""
    orphans, left, codes, descriptors = 0, set[str](), [], []
    with GrowingWeb(6) as web:
        ground = Ground(folder, web.opml())
        for number in range(cycles):
            web.step += 1
            if number:
                ground.make_due()
            with ground.start() as running:
                running.ready()
                running.until(lambda: False, 0.1 * (number % 12))
                descriptors.append(_descriptors(running))
                running.signal(signal.SIGTERM if number % 2 else signal.SIGINT)
                codes.append(running.wait())
                orphans += _left_running(running.process.pid)
            left |= {file.name for file in folder.iterdir()} - FEW
        damaged = ground.trouble()
    for said in [*damaged, *ground.acknowledged.bugs[:3], *left]:
        print("stops:", said)
    return [
        Figure("stops.cycles", cycles, "cycles"),
        Figure("stops.exit_codes", sum(map(abs, codes)), "codes", "==", 0),
        Figure("stops.orphans", orphans, "processes", "==", 0),
        Figure("stops.files_left", len(left), "files", "==", 0),
        Figure("stops.descriptors_most", max(descriptors), "descriptors", "<=", 64),
        Figure("stops.damaged", len(damaged) + len(ground.acknowledged.bugs), "findings", "==", 0),
    ]


def _reloads(folder: Path, reloads: int) -> list[Figure]:
    """Read the settings again and again in one process, wrong ones among them: nothing grows."""
    with GrowingWeb(6) as web:
        ground = Ground(folder, web.opml())
        with ground.start() as running:
            running.ready()
            running.until(lambda: len(ground.acknowledged.articles) >= 6)
            first = None
            for number in range(1, reloads + 1):
                said = "settings not reloaded" if number % 3 == 0 else "settings reloaded"
                ground.write("[nonsense]" if number % 3 == 0 else f"task_seconds = {number + 5}")
                before, started = (
                    ground.acknowledged.events[said],
                    ground.acknowledged.events["service started"],
                )
                running.signal(signal.SIGHUP)
                running.until(lambda said=said, before=before: ground.acknowledged.events[said] > before, 20)
                running.until(lambda n=started: ground.acknowledged.events["service started"] > n, 20)
                web.step += 1
                first = first or (_descriptors(running), _threads(running))
            grown = (_descriptors(running) - first[0], _threads(running) - first[1]) if first else (99, 99)
            alive = running.process.poll() is None
            running.signal(signal.SIGTERM)
            code = running.wait()
    done = (
        ground.acknowledged.events["settings reloaded"] + ground.acknowledged.events["settings not reloaded"]
    )
    return [
        Figure("stops.reloads", done, "reloads", "==", reloads),
        Figure("stops.reload_survived", alive and code == 0, "service", "==", 1),
        Figure("stops.reload_descriptors", grown[0], "descriptors", "<=", 2),
        Figure("stops.reload_threads", grown[1], "threads", "<=", 2),
    ]  # fmt: skip


def _stopped_worker(folder: Path) -> list[Figure]:
    """Stop a worker in its tracks (SIGSTOP): its task is given up, it is replaced, the others go on."""
    with GrowingWeb(6) as web:
        ground = Ground(folder, web.opml(), more="task_seconds = 3")
        with ground.start() as running:
            running.ready()
            running.until(lambda: len(ground.acknowledged.articles) >= 6)
            workers = children(running.process.pid)
            for worker in workers:
                os.kill(worker, signal.SIGSTOP)
            web.step += 1
            ground.make_due()
            began = time.monotonic()
            running.until(lambda: not set(workers) & set(children(running.process.pid)), 60)
            replaced = time.monotonic() - began
            for _ in range(3):  # a feed whose task was given up is asked again later; here: now
                ground.make_due()
                if running.until(lambda: len(ground.acknowledged.articles) >= 12, 20):
                    break
            running.signal(signal.SIGTERM)
            running.wait()
    return [
        Figure("stops.workers_stopped", len(workers), "workers", ">=", 1),
        Figure("stops.workers_replaced", replaced, "s", "<=", 60),
        Figure("stops.articles_after", len(ground.acknowledged.articles), "articles", ">=", 12),
    ]


def _descriptors(running: Running) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))


def _threads(running: Running) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/task").iterdir()))


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]  # fmt: skip


def _left_running(session: int) -> int:
    """Count the processes of a session that has ended; the kernel gets a moment to end them."""
    for _ in range(20):
        found = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                found += fields[3] == str(session) and fields[0] != "Z"
        if not found:
            return 0
        time.sleep(0.05)
    return found

"""disk: it is full, it answers with errors, it is read-only. The service says so, waits, and goes on by itself.

Full and read-only are a real file system of a few MB (tmpfs, in a mount namespace of our own) where we may make one;
elsewhere the shim answers ENOSPC. Errors of the disk (EIO) are always the shim's.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure
from tests.torture import shim
from tests.torture.ground import Ground, Running
from tests.torture.growing import GrowingWeb

FEEDS = 6
SIZE_MB = 24
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE, _MS_REMOUNT, _MS_RDONLY = 0x20000, 0x4000, 1 << 18, 32, 1
RESUMED = 60.0  # seconds after there is room again
LOOKED = 4.0  # seconds for which a service is watched in trouble


@dataclass
class Tally:
    levels: int = 0
    troubled: int = 0  # times that the service said what is wrong
    silent: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)


def suite(*, quick: bool, count: int = 0) -> list[Figure]:
    levels = count or (3 if quick else 20)
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="aggregator-disk-") as name, GrowingWeb(FEEDS) as web:
        folder = Path(name) / "full"
        folder.mkdir()
        mounted = _mount(folder)
        ground = Ground(folder, web.opml())
        _fill_archive(ground, web)
        for number in range(levels):
            _full(ground, web, int(4096 * 1.42**number) if number else 0, tally, mounted=mounted)
        refused = _read_only(ground, tally) if mounted else []
        if mounted:
            ctypes.CDLL(None).umount2(os.fsencode(folder), 2)
        eio = Ground(Path(name) / "eio", web.opml())
        _fill_archive(eio, web)
        for kind in ("write", "sync"):
            _errors(eio, web, kind, tally)
        bugs = ground.acknowledged.bugs + eio.acknowledged.bugs
    for said in [*tally.silent, *tally.stuck, *tally.damaged, *bugs[:3], *refused]:
        print("disk:", said)
    return [
        Figure("disk.levels", tally.levels, "levels", ">=", levels),
        Figure("disk.real", mounted, "file system"),
        Figure("disk.told", tally.troubled, "times", ">=", 1),
        Figure("disk.silent", len(tally.silent), "levels", "==", 0),
        Figure("disk.not_resumed", len(tally.stuck), "levels", "==", 0),
        Figure("disk.resumed_worst", max(tally.resumed, default=0.0), "s", "<=", RESUMED),
        Figure("disk.damaged", len(tally.damaged), "findings", "==", 0),
        Figure("disk.read_only_wrong", len(refused), "commands", "==", 0),
        Figure("disk.bugs", len(bugs), "tracebacks", "==", 0),
    ]


def _mount(folder: Path, *, again: bool = False, read_only: bool = False) -> bool:
    """Give a folder a file system of its own, in a namespace of ours; tell whether we may."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not again and (
        libc.unshare(_CLONE_NEWNS) or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    ):
        return False
    flags = (_MS_REMOUNT if again else 0) | (_MS_RDONLY if read_only else 0)
    return not libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, f"size={SIZE_MB}m".encode())


def _fill_archive(ground: Ground, web: GrowingWeb) -> None:
    with ground.start() as running:
        running.ready()
        running.until(lambda: len(ground.acknowledged.articles) >= FEEDS * (web.step + 1))
        running.signal(signal.SIGTERM)
        running.wait()


def _full(ground: Ground, web: GrowingWeb, room: int, tally: Tally, *, mounted: bool) -> None:
    """Start with so many bytes of room and much to do; then make room."""
    web.step += 2
    ground.make_due()
    filler, faults = ground.folder / "filler", ground.folder / "faults"
    if mounted:
        _leave(filler, ground.folder, room)
        environ: dict[str, str] = {}
    else:
        faults.write_text("full")
        environ = shim.below(ground.folder, faults=faults)
    before = len(ground.acknowledged.errors)
    with ground.start(environ) as running:
        running.ready(LOOKED)
        running.until(lambda: False, LOOKED)
        ended = running.process.poll()
        if len(ground.acknowledged.errors) > before or ended:
            tally.troubled += 1
        elif not _is_done(ground, web):
            tally.silent.append(f"{room} bytes of room: nothing was said, and not all was done")
        filler.unlink(missing_ok=True)
        faults.unlink(missing_ok=True)
        if ended is None:
            _expect_to_resume(ground, web, running, tally, f"{room} bytes of room")
    if ended is not None:  # there was no room to start; whoever starts it again does it now
        ground.acknowledged.bugs = [b for b in ground.acknowledged.bugs if not b.startswith("aggregator: ")]
        with ground.start() as running:
            _expect_to_resume(ground, web, running, tally, f"{room} bytes of room, started again")
    tally.levels += 1
    tally.damaged += ground.trouble()


def _leave(filler: Path, folder: Path, room: int) -> None:
    with filler.open("wb") as file:
        free = os.statvfs(folder)
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - room)))


def _is_done(ground: Ground, web: GrowingWeb) -> bool:
    sql = "SELECT count(*) FROM entries WHERE article_id IS NOT NULL"
    return int(ground.ask(sql)[0][0]) >= FEEDS * (web.step + 1)


def _expect_to_resume(ground: Ground, web: GrowingWeb, running: Running, tally: Tally, when: str) -> None:
    began = time.monotonic()
    ground.make_due()  # what was asked and could not be recorded is asked again an hour later; it has passed
    if running.until(lambda: _is_done(ground, web), RESUMED):
        tally.resumed.append(time.monotonic() - began)
    else:
        tally.stuck.append(f"{when}: not all was archived within {RESUMED:g} s")
    running.signal(signal.SIGTERM)
    if running.wait():
        tally.stuck.append(f"{when}: exit code {running.process.returncode}")


def _errors(ground: Ground, web: GrowingWeb, kind: str, tally: Tally) -> None:
    """Let writing, or waiting for what was written, fail for a while."""
    web.step += 2
    ground.make_due()
    faults = ground.folder.parent / "faults"
    before = len(ground.acknowledged.errors)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    faults.write_text(kind)
    with ground.start(shim.below(ground.folder, faults=faults)) as running:
        running.ready(LOOKED)
        running.until(lambda: False, LOOKED)
        faults.unlink()
        ended = running.process.poll()
        if len(ground.acknowledged.errors) == before and ended is None:
            tally.silent.append(f"EIO on {kind}: nothing was said")
        tally.troubled += 1
        if ended is None:
            _expect_to_resume(ground, web, running, tally, f"EIO on {kind}")
    if ended is not None:
        ground.acknowledged.bugs = [b for b in ground.acknowledged.bugs if not b.startswith("aggregator: ")]
        with ground.start() as running:
            _expect_to_resume(ground, web, running, tally, f"EIO on {kind}, started again")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"disk: EIO on {kind}: {after.ru_utime - used.ru_utime:.1f} s of CPU")
    tally.damaged += ground.trouble()


# what can be asked of an archive on a read-only disk, and the exit codes that are right
_READ: tuple[tuple[str, ...], ...] = (("search", "the"), ("status",), ("stories",), ("entries",), ("verify",))
_WRITE: tuple[tuple[str, ...], ...] = (
    ("poll",),
    ("archive",),
    ("run",),
    ("prune", "--visits", "1d", "--apply"),
)


def _read_only(ground: Ground, tally: Tally) -> list[str]:
    """Read everything, refuse the rest in one line."""
    _mount(ground.folder, again=True, read_only=True)
    wrong = []
    for words in _READ:
        code, _, err = ground.run(*words)
        if code not in {0, 1} or "Traceback" in err:
            wrong.append(f"read-only: {words[0]}: exit {code}: {err[-300:]}")
    for words in _WRITE:
        code, _, err = ground.run(*words)
        if code not in {2, 4} or "Traceback" in err or len(err.splitlines()) != 1:
            wrong.append(f"read-only: {words[0]}: exit {code}: {err[-300:]}")
    with tempfile.TemporaryDirectory() as elsewhere:
        code, _, err = ground.run("backup", f"{elsewhere}/copy.db")
        if code:
            wrong.append(f"read-only: backup: exit {code}: {err[-300:]}")
    _mount(ground.folder, again=True)
    tally.damaged += ground.trouble()
    return wrong

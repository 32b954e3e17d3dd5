"""CPU seconds of polling: first import, all unchanged, unchanged without validators, two new entries a feed.

    python -m benchmarks run speed --feeds 1000 --rounds 3 --with reader,newsboat,sfeed,feedparser --peer-python PYTHON

Rounds are interleaved: in each, every runner goes through all phases in a folder of its own; the figures are medians,
the ratios medians of the rounds' own ratios. The feed server runs in its own process and is measured beside them.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.speed.costs import Cost, cost_of, keep
from benchmarks.speed.runners import Runner, runners
from benchmarks.speed.worksets import NEWER, WorkSet, work_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PORT = int(os.environ.get("SPEED_PORT", "18080"))
PHASES = (  # name, what the server does meanwhile
    ("import", {"validators": True, "step": 0}),
    ("304", {"validators": True, "step": 0}),
    ("same", {"validators": False, "step": 0}),
    ("new2", {"validators": True, "step": 1}),
)
TARGETS = {  # phase → peer → at least so many times less CPU than it
    "import": {"reader+search": 5.0, "newsboat": 1.0, "sfeed": 1.0},
    "304": {"reader": 2.5, "newsboat": 1.0, "sfeed": 1.0},
    "same": {"reader": 50.0, "newsboat": 5.0, "sfeed": 5.0},
    "new2": {"reader": 7.0, "newsboat": 1.0, "sfeed": 1.0},
}
# CPU seconds a 1,000 feeds on the machine of docs/performance.md, where `reader` was measured in the same days.
YARR = {"import": 26.7, "304": 0.47, "same": 8.7, "new2": 12.4}
READER_THERE = {"import": 85.9, "304": 2.7, "same": 85.4, "new2": 87.7}
YARR_TARGETS = {"import": 1.0, "304": 1 / 2.2, "same": 5.0, "new2": 1.0}


@dataclass(frozen=True, slots=True)
class Row:
    runner: str
    phase: str
    cost: Cost
    served: dict[str, Any]
    kept_mb: float


class FeedServer:
    """The server's process, and the line on which it is told what to do."""

    def __init__(self, made: WorkSet, port: int, pages: Path | None = None) -> None:
        command = [sys.executable, "-m", "benchmarks.speed.server", str(made.folder), str(port)]
        command += [str(pages)] if pages else []
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        keep(self._process.pid)
        if self._answer() != "ready":
            raise SystemExit(f"the feed server did not start; is port {port} free?")

    def set(self, **how: object) -> dict[str, Any]:
        """Change what it does; return what it has done since the last time."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(how) + "\n")
        self._process.stdin.flush()
        done: dict[str, Any] = json.loads(self._answer())
        return done

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout  # noqa: PT018  pipes, both or none
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@contextmanager
def served(made: WorkSet, port: int = PORT, pages: Path | None = None) -> Iterator[FeedServer]:
    server = FeedServer(made, port, pages)
    try:
        yield server
    finally:
        server.close()


def measure(
    runner: Runner, made: WorkSet, server: FeedServer, scratch: Path, phases: Sequence[str]
) -> Iterator[Row]:
    """Take a runner through the phases in a fresh folder."""
    folder = scratch / runner.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    runner.prepare(folder, made.urls(PORT))
    for name, how in PHASES:
        if name not in phases:
            continue
        server.set(**how)
        cost = cost_of(runner.poll(folder, first=name == "import"), folder, {"TZ": "UTC"})
        done = server.set()
        kept = sum(path.stat().st_size for path in runner.database(folder) if path.exists()) / 2**20
        if runner.name == "newsboat" and name == "import":  # it keeps no validators at its first poll
            cost_of(runner.poll(folder, first=False), folder)
        row = Row(runner.name, name, cost, done, kept)
        print(told(row), flush=True)
        yield row
    shutil.rmtree(folder, ignore_errors=True)


def told(row: Row) -> str:
    cost = row.cost
    answers = " ".join(f"{code}:{row.served[code]}" for code in ("200", "304", "404") if code in row.served)
    return (
        f"{row.runner:14} {row.phase:7} cpu {cost.cpu:7.2f} s  wall {cost.wall:7.1f} s  main {cost.main_mb:5.0f} MB"
        f"  tree {cost.tree_mb:5.0f} MB  requests {row.served.get('requests', 0)} ({answers})"
        f"  {row.served.get('bytes', 0) / 2**20:.1f} MB sent  server cpu {row.served['cpu']:.2f} s"
        f"  kept {row.kept_mb:.1f} MB  load {os.getloadavg()[0]:.1f}"
        + (f"  EXIT {cost.code}: {cost.said[-200:]}" if cost.code else "")
    )


def median_of(rows: Sequence[Row], runner: str, phase: str) -> float:
    return statistics.median(row.cost.cpu for row in rows if (row.runner, row.phase) == (runner, phase))


def ratio_of(rows: Sequence[Row], peer: str, phase: str) -> float:
    """Return how many times more CPU a peer took than we did: the median over the rounds."""
    theirs = [row.cost.cpu for row in rows if (row.runner, row.phase) == (peer, phase)]
    ours = [row.cost.cpu for row in rows if (row.runner, row.phase) == ("aggregator", phase)]
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def figures(rows: Sequence[Row], feeds: int) -> Iterator[Figure]:
    present = list(dict.fromkeys(row.runner for row in rows))
    phases = list(dict.fromkeys(row.phase for row in rows))
    for phase in phases:
        for runner in present:
            yield Figure(
                f"{phase}.{runner}", median_of(rows, runner, phase) * 1000 / feeds, "CPU-s/1000feeds"
            )
        for peer in present:
            if peer != "aggregator" and "aggregator" in present:
                aim = TARGETS.get(phase, {}).get(peer)
                ratio = ratio_of(rows, peer, phase)
                yield Figure(f"{phase}.ratio.{peer}", ratio, "times", ">=" if aim else "", aim or 0)
        if {"aggregator", "reader"} <= set(present):
            yield _against_yarr(rows, phase)
    ours = [row for row in rows if row.runner == "aggregator"]
    if ours:
        yield Figure("memory.main", max(row.cost.main_mb for row in ours), "MB", "<=", 300)


def _against_yarr(rows: Sequence[Row], phase: str) -> Figure:
    """Return the ratio to yarr's recorded figure, both in units of `reader` on the machine where each was run."""
    ratio = ratio_of(rows, "reader", phase) * YARR[phase] / READER_THERE[phase]
    return Figure(f"{phase}.ratio.yarr-scaled", ratio, "times", ">=", YARR_TARGETS[phase])


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="100 feeds, one round, without peers")
    parser.add_argument(
        "--with", dest="peers", default="", help="reader,reader+search,newsboat,sfeed,feedparser"
    )
    parser.add_argument("--without-us", action="store_true")
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has reader")
    parser.add_argument("--peer", action="append", default=[], help="name=command, see runners.Peer")
    parser.add_argument("--phases", default=",".join(name for name, _ in PHASES))
    parser.add_argument("--folder", type=Path, help="where work sets are kept; default: a temporary one")
    args = parser.parse_args()
    names = [*([] if args.without_us else ["aggregator"]), *filter(None, args.peers.split(","))]
    names += [text.partition("=")[0] for text in args.peer]
    feeds, rounds = (100, 1) if args.quick else (args.feeds, args.rounds)
    chosen = runners(names, args.peer_python, args.peer)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="speed-") as scratch:
        made = work_set((args.folder or Path(scratch)) / f"{feeds}-feeds", feeds, PORT)
        size = sum(p.tail - p.start for p in made.feeds) / feeds / 1024
        print(f"{feeds} feeds, {made.entries} entries, {size:.1f} KiB a feed with {NEWER} entries to come")
        with served(made) as server:
            for _ in range(rounds):
                for runner in chosen:
                    rows += measure(runner, made, server, Path(scratch), args.phases.split(","))
    return report(figures(rows, feeds), args.json)


if __name__ == "__main__":
    sys.exit(main())

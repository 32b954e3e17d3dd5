"""What a slow network and a second core change: late answers, hosts that never answer, one core or two.

    python -m benchmarks run speed.network --feeds 300

A poll of unchanged feeds is measured at once and with 500 ms to each answer, 5 % of the hosts being mute. Ideal is that
all threads wait all the time: as long as all the waits together, divided by the threads. What is computed must not
grow with it. Cores: the same first import, bound to one core and free on all.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.speed.__main__ import PORT, FeedServer, served
from benchmarks.speed.costs import Cost, cost_of
from benchmarks.speed.runners import Aggregator
from benchmarks.speed.worksets import WorkSet, work_set

if TYPE_CHECKING:
    from collections.abc import Iterator

LATENCY, DEAD, DEADLINE = (
    0.5,
    0.05,
    5.0,
)  # seconds to an answer, share of the hosts, seconds until they are given up


def polled(us: Aggregator, folder: Path, *, first: bool = False, cores: str = "") -> Cost:
    bound = ["taskset", "-c", cores] if cores else []
    cost = cost_of([*bound, *us.poll(folder, first=first)], folder)
    print(f"cpu {cost.cpu:6.2f} s  wall {cost.wall:6.1f} s  {cost.said.splitlines()[-1]}", flush=True)
    return cost


def fresh(us: Aggregator, scratch: Path, made: WorkSet) -> Path:
    folder = scratch / "aggregator"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    us.prepare(folder, made.urls(PORT))
    return folder


def waiting(us: Aggregator, folder: Path, made: WorkSet, server: FeedServer) -> Iterator[Figure]:
    """Return what the waits of a slow network cost."""
    feeds = len(made.feeds)
    at_once = polled(us, folder)
    server.set(latency=LATENCY, dead=DEAD)
    slow = polled(us, folder)
    server.set(latency=0.0, dead=0.0)
    dead = sum(number % round(1 / DEAD) == 0 for number in range(feeds))
    ideal = ((feeds - dead) * LATENCY + dead * DEADLINE) / us.threads
    yield Figure("latency.cpu", slow.cpu / at_once.cpu, "times", "<=", 1.25)
    yield Figure("latency.wall", slow.wall / (ideal + at_once.wall), "of ideal", "<=", 1.25)


def on_cores(us: Aggregator, scratch: Path, made: WorkSet) -> Iterator[Figure]:
    """Return how much sooner a first import is done on all cores than on one."""
    one = polled(us, fresh(us, scratch, made), first=True, cores="0")
    every = polled(us, fresh(us, scratch, made), first=True)
    cores = os.cpu_count() or 1
    yield Figure("cores.wall", one.wall / every.wall / cores, "of all cores", ">=", 0.8)
    yield Figure("cores.cpu", every.cpu / one.cpu, "times", "<=", 1.2)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="60 feeds")
    args = parser.parse_args()
    us = Aggregator(deadline=DEADLINE)
    with tempfile.TemporaryDirectory(prefix="network-") as name:
        scratch = Path(name)
        made = work_set(scratch / "feeds", 60 if args.quick else args.feeds, PORT)
        with served(made) as server:
            server.set(validators=True, step=0)
            found = [*on_cores(us, scratch, made), *waiting(us, scratch / "aggregator", made, server)]
    return report(found, args.json)


if __name__ == "__main__":
    sys.exit(main())

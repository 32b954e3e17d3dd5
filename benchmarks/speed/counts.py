"""How much work a chore is, counted instead of timed: calls of functions and SQL statements for one feed.

    python -m benchmarks run speed.counts            compares with the figures that are kept
    python -m benchmarks run speed.counts --record   keeps those of today

Counts are the same on a busy machine as on an idle one, so that a test can hold them (`tests/test_costs.py`). They do
not tell what a call costs: that is the affair of `python -m benchmarks run speed`. Every chore runs in one thread, with
a web that answers from memory and a real archive; calls are those of Python's and of C's functions.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.archive import open_archive
from aggregator.models import Response, Subscription, SubscriptionPlan
from aggregator.pipeline import Tools, poll_feeds
from aggregator.schedule import Rhythm
from benchmarks.figures import Figure, report
from benchmarks.speed.worksets import WorkSet, work_set
from tests.fakes import Clock, FakeWeb, OneByOne, here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

KEPT = Path(__file__).with_name("counts.json")
TOLERANCE = 1.1  # more than a tenth above what is kept is a regression
OTHER_PYTHON = 1.5  # interpreters differ in what they call for the same line
FEEDS = 20  # as many as there are sorts of feeds in the work set
PHASES = ("import", "304", "same", "new2")


@dataclass
class Count:
    calls: int = 0
    statements: int = 0


@contextmanager
def counted(archive: Archive) -> Iterator[Count]:
    """Count what this thread calls, and what SQLite is asked, until the block ends."""
    count = Count()

    def called(_frame: object, event: str, _arg: object) -> None:
        count.calls += event in {"call", "c_call"}

    def stated(_sql: str) -> None:
        count.statements += 1

    archive.db.connection.set_trace_callback(stated)
    sys.setprofile(called)
    try:
        yield count
    finally:
        sys.setprofile(None)
        archive.db.connection.set_trace_callback(None)


def served(web: FakeWeb, made: WorkSet, *, step: int, validators: bool) -> None:
    """Let the web answer with a step of the work set."""
    bodies = made.bodies.read_bytes()
    for url, parts in zip(made.urls(80), made.feeds, strict=True):
        middle = bodies[parts.start : parts.entries] if step else bodies[parts.start : parts.head]
        rest = bodies[parts.oldest : parts.tail] if step else bodies[parts.newer : parts.tail]
        headers = {"content-type": "application/rss+xml"} | ({"etag": f'"{step}"'} if validators else {})
        web.answers[url] = Response(url, url, 200, headers, middle + rest)


def counts(folder: Path) -> dict[str, float]:
    """Return calls and statements a feed of each phase, by "phase.what"; of a second run, when all is loaded."""
    for name in ("cold", "warm"):
        (folder / name).mkdir()
        found = _counts(folder / name)
    return found


def _counts(folder: Path) -> dict[str, float]:
    made, web, clock = work_set(folder / "feeds", FEEDS, 80), FakeWeb(), Clock()
    found: dict[str, float] = {}
    with open_archive(folder / "archive.db", writable=True) as archive:
        subscriptions = tuple(Subscription(url) for url in made.urls(80))
        archive.feeds.apply_plan(SubscriptionPlan(add=subscriptions), clock())
        hourly = Rhythm(timedelta(hours=1), timedelta(hours=1))
        tools = Tools(archive, web.fetch, here, OneByOne(), clock, hourly)
        for phase in PHASES:
            served(web, made, step=int(phase == "new2"), validators=phase != "same")
            archive.feeds.make_due(clock())
            with counted(archive) as count:
                visits = list(poll_feeds(tools))
            assert [visit.failed for visit in visits] == [False] * FEEDS, phase
            found |= {f"{phase}.calls": count.calls / FEEDS, f"{phase}.statements": count.statements / FEEDS}
            clock.at += timedelta(hours=2)
    return found


def limit_of(kept: dict[str, Any], name: str) -> float:
    """Return what a figure may be at most."""
    same_python = kept["python"] == list(sys.version_info[:2])
    return float(kept["figures"][name]) * (TOLERANCE if same_python else OTHER_PYTHON)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = counts(Path(folder))
    if args.record:
        kept = {"python": sys.version_info[:2], "figures": {name: round(n, 1) for name, n in found.items()}}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    recorded = json.loads(KEPT.read_text("utf-8"))
    return report(Figure(name, n, "a feed", "<=", limit_of(recorded, name)) for name, n in found.items())


if __name__ == "__main__":
    sys.exit(main())

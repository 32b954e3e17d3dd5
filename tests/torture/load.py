"""load: the running service with ten thousand feeds: at rest, and with two hundred of them due each second.

The feeds have nothing to say (304), so what is measured is the way of a poll and nothing else. Durations are those of
a machine of one's own; how late a visit is, the archive tells in whole seconds. And what it costs to start a command.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from tests.torture.day import DayWeb
from tests.torture.ground import PROGRAM, Ground, as_installed
from tests.torture.growing import GrowingWeb

if TYPE_CHECKING:
    from tests.torture.ground import Running

FEEDS, SPREAD = 10_000, 50  # over so many seconds: two hundred a second
ROUNDS = 6  # five minutes
REST = 30.0
LONG_BEFORE = timedelta(days=-100)  # no feed has an article yet
STARTS = 7


def suite(*, quick: bool) -> list[Figure]:
    feeds, spread, rounds = (400, 4, 1) if quick else (FEEDS, SPREAD, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="aggregator-load-") as name, DayWeb(feeds) as web:
        web.turn(LONG_BEFORE)
        ground = Ground(Path(name) / "here", web.opml())
        with ground.start() as running:
            running.ready()
            running.until(lambda: _visited(ground) >= feeds, 300)
            rest = _at_rest(running, REST / 10 if quick else REST)
            peak = _at_peak(ground, running, feeds, spread, rounds)
            running.signal(signal.SIGTERM)
            running.wait()
        figures = [Figure("load.59_feeds", feeds, "feeds"), *rest, *peak]
    return [*figures, *_starts()]


def _visited(ground: Ground) -> int:
    return int(ground.ask("SELECT count(*) FROM feeds WHERE last_visit_at IS NOT NULL")[0][0])


def _at_rest(running: Running, seconds: float) -> list[Figure]:
    time.sleep(2)  # what the last visits left to do
    before = running.cpu()
    time.sleep(seconds)
    return [Figure("load.59_rest", (running.cpu() - before) / seconds, "cores", "<=", 0.01)]


def _at_peak(ground: Ground, running: Running, feeds: int, spread: int, rounds: int) -> list[Figure]:
    """Make all feeds due one after the other, so many times; tell how late they were visited."""
    lags: list[int] = []
    used = running.cpu()
    for _ in range(rounds):
        start = int(time.time()) + 3
        seconds = f"strftime('%Y-%m-%dT%H:%M:%SZ', {start} + id % {spread}, 'unixepoch')"
        ground.change(f"UPDATE feeds SET next_check_at = {seconds}")
        first = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start))
        done = "SELECT count(*) FROM feeds WHERE last_visit_at >= ?"
        running.until(
            lambda done=done, first=first: ground.ask(done, (first,))[0][0] >= feeds, 4 * spread + 20
        )
        late = f"SELECT CAST(strftime('%s', last_visit_at) AS INTEGER) - {start} - id % {spread} FROM feeds"
        lags += [row[0] for row in ground.ask(late)]
    each = (running.cpu() - used) / len(lags)  # seconds, whether the machine keeps up or not
    lags.sort()
    return [
        Figure("load.59_polls", len(lags), "polls", "==", feeds * rounds),
        Figure("load.59_rate", feeds / spread, "polls a second"),
        Figure("load.59_late_p99", lags[len(lags) * 99 // 100], "s", "<=", 1),
        Figure("load.59_late_worst", lags[-1], "s"),
        Figure("load.59_peak", each * feeds / spread, "cores", "<=", 1.0),
    ]


def _starts() -> list[Figure]:
    """Start commands again and again; the least of each, for a shared machine only adds."""
    with tempfile.TemporaryDirectory(prefix="aggregator-starts-") as name, GrowingWeb(4) as web:
        ground = Ground(Path(name) / "here", web.opml())
        ground.run("poll")
        ground.run("archive")
        return [
            Figure("load.63_help", min(_seconds(ground, "--help") for _ in range(STARTS)), "s", "<=", 0.3),
            Figure(
                "load.63_search",
                min(_seconds(ground, "search", "the") for _ in range(STARTS)),
                "s",
                "<=",
                0.5,
            ),
        ]


def _seconds(ground: Ground, *words: str) -> float:
    began = time.monotonic()
    subprocess.run(
        [PROGRAM, "--config", ground.folder / "config.toml", *words],
        env=as_installed(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return time.monotonic() - began

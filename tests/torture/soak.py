"""soak: a day of thousands of feeds. Only the clock is made up: service, workers, archive are real, so is the web.

The web answers over HTTP on loopback, each feed at an address of its own (`day.py`). Every feed brings articles at
random moments; each must be archived once. A tick is five minutes of the day, in which the clock stands still and the
service does all its jobs. Were the day to pass in half an hour, a tick would have six seconds: what a tick takes beyond
that makes the next ones late, and the most that they are late is what a feed is overdue.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count as counting
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.app import load_config, open_archive, open_tools, press_of
from aggregator.cli.logs import TextLines
from aggregator.service import load_program
from aggregator.service.jobs import Service
from benchmarks.figures import Figure
from tests.fakes import Clock
from tests.torture.day import DAY, START, DayWeb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

TICK = timedelta(minutes=5)
HALF_AN_HOUR = 1800.0
SPEED = DAY.total_seconds() / HALF_AN_HOUR
INTERVAL = timedelta(minutes=60)
MB = 1e6
KEPT_OPEN = 16  # connections, one a thread: how many are open at the end of a tick is chance
UPKEEP_TICKS = 2  # every ten minutes, as in the service
# The pause between two requests to a host is as much shorter as the day is. Each quarter of the day has an edition, so
# that what the service has in memory can be compared.
SETTINGS = f"""
[fetch]
allow_networks = ["127.0.0.0/8"]
host_spacing = {1 / SPEED:.3f}

[poll]
interval = {INTERVAL // timedelta(minutes=1)}

[archive]
recheck = "off"

[service]
workers = 2

[[digest]]
name = "quarterly"
at = "0 3,9,15,21 * * *"
zone = "UTC"

[[watch]]
name = "ka"
query = "kalomi OR rentu OR vasdel"
to = "found.jsonl"
"""


@dataclass(frozen=True)
class Tick:
    seconds: float  # wall
    overdue: float  # seconds of the made-up clock, of the feed that waited longest
    service_mb: float
    workers_mb: float
    descriptors: int


@dataclass(frozen=True)
class Left:
    """What is in the archive after the day."""

    links: list[str]  # of entries that have an article
    articles: int
    copies: int
    visits: int
    editions: int
    troubles: list[str]


def suite(*, quick: bool, count: int = 0) -> list[Figure]:
    feeds = count or (60 if quick else 10_000)
    clock = Clock(START)
    with tempfile.TemporaryDirectory(prefix="aggregator-soak-") as name, DayWeb(feeds) as web:
        folder = Path(name)
        (folder / "config.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "feeds.opml").write_text(web.opml(), encoding="utf-8")
        load_program()
        used = time.process_time()
        with _log_to(folder / "log"):
            (first, *ticks), late = _day(folder, clock, web)
        used = time.process_time() - used
        log = (folder / "log").stat().st_size / MB
        early = web.early
        with open_archive(load_config(folder / "config.toml"), writable=True) as archive:
            left = _left(archive)
        wanted = web.announced(clock.at - START)
    return [
        Figure("soak.feeds", feeds, "feeds", ">=", feeds),
        Figure("soak.first_look", first.seconds, "s"),
        *_day_figures(ticks),
        Figure("soak.service_cpu", used, "s"),
        Figure("soak.log", log, "MB", "<=", 50),
        Figure("soak.visits_a_feed", left.visits / feeds, "visits"),
        Figure("soak.early", early, "requests", "==", 0),
        Figure("soak.articles", left.articles, "articles", "==", len(wanted)),
        Figure("soak.missing", len(wanted - set(left.links)), "entries", "==", 0),
        Figure("soak.doubled", len(left.links) - len(set(left.links)) + left.copies, "entries", "==", 0),
        Figure("soak.editions", left.editions, "editions", "==", 4),
        Figure("soak.damaged", len(left.troubles), "findings", "==", 0),
        Figure("soak.loaded_late", len(late), "modules", "==", 0),
    ]


def _day(folder: Path, clock: Clock, web: DayWeb) -> tuple[list[Tick], set[str]]:
    """Let the service live through the day; then ask every feed once more, for what came at its end.

    Returns the ticks, and the modules of ours that were loaded meanwhile.
    """
    config = load_config(folder / "config.toml")
    with open_archive(config, writable=True) as archive, open_tools(config, archive) as (tools, _):
        press = replace(press_of(config, archive), clock=clock)
        service = Service(
            config, archive, replace(tools, clock=clock), press, config_path=folder / "config.toml"
        )
        known = _ours()
        ticks = list(_ticks(service, archive, clock, web))
        late = _ours() - known
        archive.feeds.make_due(clock.at)
        service.poll()
        service.archive()
    return ticks, late


@contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """Keep the service's log as it would tell it; feeds fail here all day."""
    log = logging.getLogger("aggregator")
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(TextLines())
    level, log.propagate = log.level, False
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
        log.setLevel(level)
        log.propagate = True


def _ticks(service: Service, archive: Archive, clock: Clock, web: DayWeb) -> Iterator[Tick]:
    for number in counting():
        web.turn(clock.at - START)
        if clock.at >= START + DAY:
            return
        overdue = archive.vitals.gauges(clock.at)["feeds_overdue_seconds"]
        began = time.monotonic()
        for job in (service.follow, service.poll, service.archive, service.watch, service.editions):
            job()
        if number % UPKEEP_TICKS == 0:
            service.upkeep()
        took = time.monotonic() - began
        yield Tick(took, overdue, _memory("self"), sum(map(_memory, _workers(web))), _descriptors())
        if number % 12 == 0:
            print(
                f"soak: hour {number // 12}, a tick took {took:.1f} s, {_memory('self'):.0f} MB", flush=True
            )
        clock.at += TICK


def _left(archive: Archive) -> Left:
    checks = [archive.check(), archive.index.check(), *(b.said for b in archive.chain.verify().breaks)]
    return Left(
        [row[0] for row in archive.db.rows("SELECT link FROM entries WHERE article_id IS NOT NULL")],
        archive.db.value("SELECT count(*) FROM articles"),
        archive.db.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL"),
        archive.db.value("SELECT count(*) FROM visits"),
        archive.db.value("SELECT count(*) FROM editions"),
        [one for one in checks if one],
    )


def _day_figures(ticks: list[Tick]) -> list[Figure]:
    late = worst = 0.0
    for tick in ticks:
        late = max(0.0, late + tick.seconds * SPEED - TICK.total_seconds())
        worst = max(worst, late + tick.seconds * SPEED + tick.overdue)
    quarter = len(ticks) // 4
    before, after = (
        sum(tick.service_mb for tick in part) / quarter for part in (ticks[:quarter], ticks[-quarter:])
    )
    most = [max(tick.descriptors for tick in part) for part in (ticks[:quarter], ticks[-quarter:])]
    return [
        Figure("soak.day", sum(tick.seconds for tick in ticks), "s", "<=", HALF_AN_HOUR),
        Figure("soak.overdue", worst / INTERVAL.total_seconds(), "intervals", "<=", 2.0),
        Figure("soak.memory", after, "MB", "<=", 250),
        Figure("soak.memory_growth", after / before - 1, "share", "<=", 0.05),
        Figure("soak.workers_memory", max(tick.workers_mb for tick in ticks), "MB", "<=", 600),
        Figure("soak.descriptors_grown", most[1] - most[0], "descriptors", "<=", KEPT_OPEN),
    ]


def _ours() -> set[str]:
    return {name for name in sys.modules if name.startswith("aggregator.")}


def _workers(web: DayWeb) -> list[str]:
    children = [
        child
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [child for child in children if child != str(web.pid)]


def _memory(pid: str) -> float:
    with suppress(FileNotFoundError):  # a worker that was just replaced
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MB
    return 0.0


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))

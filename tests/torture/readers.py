"""readers: eight readers beside a service that writes, and a shell that holds the lock. Nobody is refused."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.figures import Figure
from tests.torture.ground import Ground
from tests.torture.growing import GrowingWeb

READERS = 8
FEEDS = 6
HELD = 5.0  # seconds for which another program keeps the archive locked
LARGEST_LOG = 256  # MB
LOCKED = 4  # exit code

# Each look opens the archive anew, as a command does; some take their time, as an export does.
_READER = """
import random, sys, time
from pathlib import Path
from aggregator.archive import open_archive
from aggregator.models import Query, Words
from aggregator.app import now
end, looks, wrong = time.monotonic() + float(sys.argv[2]), 0, []
while time.monotonic() < end:
    looks += 1
    try:
        with open_archive(Path(sys.argv[1]), writable=False) as archive:
            archive.index.search(Query(Words("the")))
            archive.status(now())
            if looks % 50 == 0:
                with archive.db.reading():
                    time.sleep(1)
            if looks % 20 == 0 and archive.chain.verify().broken:
                wrong.append("the chain is broken")
    except Exception as error:
        wrong.append(repr(error))
    time.sleep(random.uniform(0, 0.05))
print(looks, len(wrong), *wrong[:3], sep="\\n")
"""


def suite(*, quick: bool) -> list[Figure]:
    seconds = 12.0 if quick else 540.0  # with its start and end ten minutes
    with tempfile.TemporaryDirectory(prefix="aggregator-readers-") as name, GrowingWeb(FEEDS) as web:
        ground = Ground(Path(name), web.opml())
        with ground.start() as running:
            running.ready()
            running.until(lambda: len(ground.acknowledged.articles) >= FEEDS)
            second = _second_service(ground)
            words = [sys.executable, "-c", _READER, str(ground.archive), str(seconds)]
            readers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(READERS)]
            largest = _write_meanwhile(ground, web, seconds)
            said = [reader.communicate()[0].splitlines() for reader in readers]
            beside = _beside_a_long_look(ground, web, seconds / 6)
            running.until(lambda: len(ground.acknowledged.articles) >= FEEDS * (web.step + 1), 60)
            running.signal(signal.SIGTERM)
            running.wait()
        damaged = ground.trouble()
        log = ground.archive.with_name("aggregator.db-wal")
        after = log.stat().st_size / 1e6 if log.exists() else 0.0
    wrong = [line for one in said for line in one[2:]] + [
        e for e in ground.acknowledged.errors if "locked" in e
    ]
    for line in [*wrong[:5], *damaged, *ground.acknowledged.bugs[:2]]:
        print("readers:", line)
    return [
        Figure("readers.looks", sum(int(one[0]) for one in said), "looks"),
        Figure("readers.refused", sum(int(one[1]) for one in said), "looks", "==", 0),
        Figure("readers.writer_refused", len(wrong) - sum(len(one) - 2 for one in said), "times", "==", 0),
        Figure(
            "readers.missing", FEEDS * (web.step + 1) - len(ground.acknowledged.articles), "articles", "<=", 0
        ),
        *second,
        Figure("readers.log_most", largest, "MB", "<=", LARGEST_LOG),
        Figure("readers.log_beside_a_long_look", beside, "MB", "<=", LARGEST_LOG),
        Figure("readers.log_after", after, "MB", "<=", 1),
        Figure("readers.damaged", len(damaged) + len(ground.acknowledged.bugs), "findings", "==", 0),
    ]


def _second_service(ground: Ground) -> list[Figure]:
    """Start a second service on the archive: it says who works there, and ends before it has asked for anything."""
    began = time.monotonic()
    code, _, said = ground.run("run")
    took = time.monotonic() - began
    told = code == LOCKED and "another aggregator" in said and len(said.splitlines()) == 1
    return [
        Figure("readers.another_service_told", told, "service", "==", 1),
        Figure("readers.another_service_ends", took, "s", "<=", 1.0),
    ]


def _beside_a_long_look(ground: Ground, web: GrowingWeb, seconds: float) -> float:
    """Let the service write while one look goes on all the time, as a long export's; return the log's size, in MB."""
    log = ground.archive.with_name("aggregator.db-wal")
    end = time.monotonic() + seconds
    with closing(sqlite3.connect(f"file:{ground.archive}?mode=ro", uri=True, isolation_level=None)) as look:
        look.execute("BEGIN")
        look.execute("SELECT count(*) FROM articles").fetchone()
        while time.monotonic() < end:
            web.step += 1
            ground.make_due()
            time.sleep(2)
        return log.stat().st_size / 1e6


def _write_meanwhile(ground: Ground, web: GrowingWeb, seconds: float) -> float:
    """Let the web grow, and hold the lock once; return the largest size of the log, in MB."""
    end, largest, held = time.monotonic() + seconds, 0.0, False
    log = ground.archive.with_name("aggregator.db-wal")
    while (left := end - time.monotonic()) > 0:
        web.step += 1
        ground.make_due()
        if left < seconds / 2 and not held:
            held = True
            with closing(sqlite3.connect(ground.archive, isolation_level=None, timeout=60)) as shell:
                shell.execute("BEGIN IMMEDIATE")
                time.sleep(HELD)
                shell.execute("ROLLBACK")
        time.sleep(2)
        largest = max(largest, log.stat().st_size / 1e6 if log.exists() else 0.0)
    return largest

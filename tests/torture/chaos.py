"""chaos: everything at once, for hours. Every few seconds something happens to the service that works on a growing web.

It is killed, stopped, told to read its settings again; the clock is turned by a day, the disk is full or answers with
errors for a while, a worker is stopped in its tracks; a tenth of the feeds are documents made to do harm. In the end
every article is there once, and nothing that was acknowledged is lost.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from tests.servers import Server, answer
from tests.torture import content, shim
from tests.torture.ground import LONG_AGO, Ground
from tests.torture.growing import GrowingWeb
from tests.torture.kills import FEEDS, Tally, audit, lost, settle
from tests.torture.stops import children

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.torture.ground import Running

LENGTH, QUICK = 7200.0, 30.0  # seconds
PAUSE = (1.0, 12.0)  # seconds between two events
TROUBLE = (0.5, 4.0)  # seconds for which the disk is in trouble
DAY = 86_400
HARMFUL = ("entity chain", "attributes 50k")


@dataclass
class Torment:
    """What can happen to a service; each does one thing, and tells whether the service still runs."""

    running: Running
    dice: random.Random
    clock: Path
    faults: Path

    def kill(self) -> bool:
        self.running.signal(signal.SIGKILL)
        self.running.wait()
        return False

    def stop(self) -> bool:
        self.running.signal(signal.SIGTERM)
        self.running.wait()
        return False

    def reload(self) -> bool:
        self.running.signal(signal.SIGHUP)
        return True

    def turn_the_clock(self) -> bool:
        self.clock.write_text(str(self.dice.choice((-DAY, 0, DAY))))
        return True

    def trouble_the_disk(self) -> bool:
        self.faults.write_text(self.dice.choice(("full", "write", "sync")))
        time.sleep(self.dice.uniform(*TROUBLE))
        self.faults.unlink()
        return True

    def stop_a_worker(self) -> bool:
        with suppress(FileNotFoundError):  # the service may have ended
            for worker in children(self.running.process.pid)[:1]:
                os.kill(worker, signal.SIGSTOP)
        return True


EVENTS: tuple[Callable[[Torment], bool], ...] = (
    Torment.kill, Torment.kill, Torment.stop, Torment.reload, Torment.turn_the_clock, Torment.trouble_the_disk,
    Torment.stop_a_worker,
)  # fmt: skip


def suite(*, quick: bool, seed: int = 0, seconds: float = 1e9) -> list[Figure]:
    dice, tally, happened = random.Random(f"chaos-{seed}"), Tally(), Counter[str]()
    length = QUICK if quick else min(seconds, LENGTH)
    harmful = content.feeds("http://127.0.0.10/")
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-chaos-") as name,
        Server(address="127.0.0.9") as bad,
        GrowingWeb(FEEDS) as web,
    ):
        bad.answers = {
            f"/{number}": answer(200, harmful[one], Content_Type="application/xml")
            for number, one in enumerate(HARMFUL)
        }
        opml = content.with_feeds(web.opml(), [bad.url(path) for path in bad.answers])
        ground = Ground(Path(name) / "here", opml, more="task_seconds = 5")
        _torment(ground, web, dice, length, happened)
        tally.lost = lost(ground)
        tally.damaged = ground.trouble()
        # what failed while the clock was ahead is tried again a day later; let that day pass
        ground.change(
            f"UPDATE entries SET next_try_at = '{LONG_AGO}' WHERE attempts > 0 AND next_try_at IS NOT NULL"
        )
        tally.left_over = settle(ground, web)
        audit(ground, web, tally)
    bugs = [one for one in tally.bugs if not one.startswith("aggregator: ")]  # a disk in trouble at the start
    for said in [*tally.damaged[:5], *tally.lost[:5], *tally.missing[:5], *bugs[:3]]:
        print("chaos:", said)
    print("chaos:", dict(happened))
    return [
        Figure("chaos.minutes", length / 60, "min"),
        Figure("chaos.events", happened.total(), "events", ">=", 1),
        Figure("chaos.acknowledged", tally.acknowledged, "articles", ">=", 1),
        Figure("chaos.lost", len(tally.lost), "records", "==", 0),
        Figure("chaos.missing", len(tally.missing), "articles", "==", 0),
        Figure("chaos.doubled", tally.doubled, "records", "==", 0),
        Figure("chaos.unarchived", tally.left_over, "entries", "==", 0),
        Figure("chaos.damaged", len(tally.damaged), "findings", "==", 0),
        Figure("chaos.bugs", len(bugs), "tracebacks", "==", 0),
    ]


def _torment(
    ground: Ground, web: GrowingWeb, dice: random.Random, length: float, happened: Counter[str]
) -> None:
    clock, faults = ground.folder.parent / "ahead", ground.folder.parent / "faults"
    clock.write_text("0")
    environ = shim.below(ground.folder, clock=clock, faults=faults)
    end = time.monotonic() + length
    while time.monotonic() < end:
        with ground.start(environ) as running:
            runs = running.ready() is not None
            torment = Torment(running, dice, clock, faults)
            while runs and time.monotonic() < end:
                running.until(lambda: False, dice.uniform(*PAUSE))
                _go_on(ground, web)
                event = dice.choice(EVENTS)
                happened[event.__name__] += 1
                runs = event(torment) and running.process.poll() is None
            running.signal(signal.SIGTERM)


def _go_on(ground: Ground, web: GrowingWeb) -> None:
    """Let every feed announce one article more once all are known to have been asked for the last one."""
    asked = ground.ask("SELECT count(DISTINCT feed_id) FROM entries WHERE guid = ?", (str(web.step),))
    if asked[0][0] >= FEEDS:
        web.step += 1
    ground.make_due()

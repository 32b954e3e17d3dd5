"""clock: it is turned by days and years while the service runs. Feeds are asked neither too early nor never again."""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from tests.torture import shim
from tests.torture.ground import Ground
from tests.torture.growing import GrowingWeb

FEEDS = 6
DAY = 86_400
# seconds by which the clock is wrong, one after the other
TURNS = (DAY, -DAY, 30 * DAY, 0, -30 * DAY, 10 * 365 * DAY, -10 * 365 * DAY, -56 * 365 * DAY, 0)
ZONES = ("", "Nowhere/City", "../../etc/passwd", "GMT+99:99", "\u00e9", "CET-1CEST,M3.5.0,M10.5.0/3")
LOOKED = 10.0  # seconds after a turn in which nothing may be asked
RECOVERED = 30.0


def suite(*, quick: bool) -> list[Figure]:
    turns = TURNS[:3] if quick else TURNS
    homeless = _zones()
    early, stuck, worst = 0, [], 0.0
    with tempfile.TemporaryDirectory(prefix="aggregator-clock-") as name, GrowingWeb(FEEDS) as web:
        folder, ahead = Path(name) / "here", Path(name) / "ahead"
        ground = Ground(folder, web.opml())
        ahead.write_text("0")
        environ = {**shim.below(folder, clock=ahead), "WATCHDOG_USEC": "2000000", "TZ": "UTC"}
        with ground.start(environ) as running:
            running.ready()
            running.until(lambda: len(ground.acknowledged.articles) >= FEEDS)
            for turn in turns:
                asked = web.asked["/feed.xml"]
                ahead.write_text(str(turn))
                time.sleep(LOOKED)
                early += web.asked["/feed.xml"] - asked  # an hour has not passed
                web.step += 1
                _a_day_passes(ground)
                began = time.monotonic()
                if running.until(
                    lambda: len(ground.acknowledged.articles) >= FEEDS * (web.step + 1), RECOVERED
                ):
                    worst = max(worst, time.monotonic() - began)
                else:
                    stuck.append(f"turned by {turn} s: nothing came within {RECOVERED:g} s")
            running.signal(signal.SIGTERM)
            code = running.wait()
        damaged = ground.trouble()
    told = ground.acknowledged.events["clock turned"]
    for said in [*homeless, *stuck, *damaged, *ground.acknowledged.bugs[:2], *ground.acknowledged.errors[:3]]:
        print("clock:", said)
    return [
        Figure("clock.zones", len(ZONES), "zones"),
        Figure("clock.zones_wrong", len(homeless), "zones", "==", 0),
        Figure("clock.turns", len(turns), "turns", ">=", len(turns)),
        Figure("clock.told", told, "turns", ">=", len(turns) - 1),
        Figure("clock.early", early, "requests", "==", 0),
        Figure("clock.stuck", len(stuck), "turns", "==", 0),
        Figure("clock.went_on", worst, "s", "<=", RECOVERED),
        Figure("clock.damaged", len(damaged) + len(ground.acknowledged.bugs) + code, "findings", "==", 0),
    ]


def _zones() -> list[str]:
    """Start and stop where TZ names no zone, or is empty; return what went wrong."""
    wrong = []
    for zone in ZONES:
        with tempfile.TemporaryDirectory(prefix="aggregator-clock-") as name:
            ground = Ground(Path(name) / "here", "<opml version='2.0'><body/></opml>")
            with ground.start({"TZ": zone}) as running:
                ready = running.ready()
                running.signal(signal.SIGTERM)
                if ready is None or running.wait() or ground.acknowledged.bugs:
                    wrong.append(f"TZ={zone!r}: {ground.acknowledged.bugs[:1]}")
    return wrong


def _a_day_passes(ground: Ground) -> None:
    """Move every plan a day nearer, whatever day it is."""
    ground.change(
        "UPDATE feeds SET next_check_at = strftime('%Y-%m-%dT%H:%M:%SZ', next_check_at, '-25 hours')"
    )

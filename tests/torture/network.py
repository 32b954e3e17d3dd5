"""network: servers that are slow, endless, malformed, that lie, lead to private addresses, hang by the dozen."""

from __future__ import annotations

import logging
import signal
import tempfile
import time
from pathlib import Path

from benchmarks import addresses, turns
from benchmarks.figures import Figure
from tests.torture import rows
from tests.torture.ground import Ground
from tests.torture.growing import GrowingWeb

SOUND = 50


def suite(*, quick: bool) -> list[Figure]:
    logging.getLogger("aggregator").setLevel(logging.ERROR)  # feeds fail here all the time
    figures = rows.play(rows.NETWORK, "network")
    figures += list(addresses.figures(addresses.judge(quick=quick)))
    away = list(turns.network_away(quick))
    for breach in away[:5]:
        print("network:", breach.evidence)
    return [
        *figures,
        *_half_hangs(SOUND // 5 if quick else SOUND),
        Figure("network.25_network_away_wrong", len(away), "breaches", "==", 0),
    ]


def _half_hangs(sound: int) -> list[Figure]:
    """Row 24: half of the feeds hang; the other half are visited as if nothing was."""
    alone = _seconds(sound, hanging=0)
    beside = _seconds(sound, hanging=sound)
    return [
        Figure("network.24_alone", alone, "s"),
        Figure("network.24_beside_hung", beside, "s"),
        Figure("network.24_delay", beside / alone, "ratio", "<=", 2.0),
    ]


def _seconds(sound: int, hanging: int) -> float:
    """Return the seconds until every sound feed was visited a second time, since the service was ready."""
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-network-") as folder,
        GrowingWeb(sound + hanging) as web,
    ):
        web.hanging = set(range(1, 2 * hanging, 2))
        ground = Ground(Path(folder), web.opml(), deadline=3)
        urls = [web.feed_url(feed) for feed in range(sound + hanging) if feed not in web.hanging]
        with ground.start() as running:
            running.ready()
            for step in (1, 2):  # the first time nobody knows who hangs
                began = time.monotonic()
                running.until(
                    lambda step=step: all(ground.acknowledged.entries[url] >= step for url in urls), 120
                )
                took = time.monotonic() - began
                web.step += 1
                if step == 1:
                    running.until(lambda: ground.acknowledged.events["polled"] > 0, 60)
                    ground.make_due()
            running.signal(signal.SIGTERM)
            running.wait()
    return took

"""kills: the running service is killed (SIGKILL) again and again; nothing that it acknowledged may be lost or doubled.

Three kinds of moments take turns: any (a random time after the start), a statement by its name, and a change of a
file (half of what was to be written is written). The web goes on growing; between two kills time passes, so that
every feed is due again.
"""

from __future__ import annotations

import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path

from benchmarks.figures import Figure
from tests.torture import shim
from tests.torture.ground import Ground
from tests.torture.growing import GrowingWeb

FEEDS = 8
LANES = 4  # installations that are tortured side by side: mostly they wait
INJECT = Path(__file__).with_name("inject")
# Statements at which something could go wrong, if anywhere.
NAMED = (
    "BEGIN IMMEDIATE", "COMMIT", "PRAGMA user_version", "PRAGMA journal_mode", "UPDATE feeds SET\\s+own_title",
    "UPDATE feeds SET next_check_at", "UPDATE feeds SET leased_until", "INSERT INTO visits", "INSERT INTO entries",
    "UPDATE entries SET guid", "UPDATE entries SET leased_until", "UPDATE entries SET article_id",
    "INSERT INTO articles", "UPDATE articles SET changed_at", "INSERT INTO revisions", "INSERT INTO readings",
    "INSERT INTO addresses", "INSERT INTO pages", "INSERT INTO chain", "INSERT INTO sketches", "INSERT INTO links",
    "INSERT INTO story_articles", "INSERT INTO stories", "SAVEPOINT", "INSERT INTO sites",
)  # fmt: skip
ENOUGH = 8.0  # seconds for a point to be reached; one that is not in these settings is not
SETTLED = 180.0


@dataclass
class Tally:
    kills: Counter[str] = field(default_factory=Counter)
    points: set[str] = field(default_factory=set)  # named ones that were reached
    starts: list[float] = field(default_factory=list)  # seconds, of those that came to their end
    start_cpu: list[float] = field(default_factory=list)  # seconds of these
    damaged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    acknowledged: int = 0
    doubled: int = 0
    revisions: int = 0
    left_over: int = 0

    def add(self, other: Tally) -> None:
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, mine | theirs if isinstance(mine, set) else mine + theirs)

    def figures(self) -> list[Figure]:
        for said in [*self.damaged[:5], *self.lost[:5], *self.missing[:5], *self.bugs[:3]]:
            print("kills:", said)
        print("kills:", dict(self.kills), f"named points reached: {len(self.points)}")
        starts = sorted(self.starts) or [0.0]
        return [
            Figure("kills.kills", sum(self.kills.values()), "kills"),
            Figure("kills.points", len(self.points), "points"),
            Figure("kills.acknowledged", self.acknowledged, "articles"),
            Figure("kills.revisions", self.revisions, "revisions"),
            Figure("kills.lost", len(self.lost), "records", "==", 0),
            Figure("kills.missing", len(self.missing), "articles", "==", 0),
            Figure("kills.doubled", self.doubled, "records", "==", 0),
            Figure("kills.unarchived", self.left_over, "entries", "==", 0),
            Figure("kills.damaged", len(self.damaged), "findings", "==", 0),
            Figure("kills.bugs", len(self.bugs), "tracebacks", "==", 0),
            Figure("kills.start_median", statistics.median(starts), "s", "<=", 2.0),
            Figure("kills.start_p95", starts[len(starts) * 95 // 100], "s"),
            Figure("kills.start_worst", starts[-1], "s"),
            Figure("kills.start_cpu", statistics.median(self.start_cpu or [0.0]), "s"),
        ]


def suite(*, quick: bool, seed: int = 0, count: int = 0, seconds: float = 1e9) -> list[Figure]:
    wanted = count or (24 if quick else 1000)
    lanes = 1 if quick else LANES
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(lanes) as threads:
        results = list(threads.map(lambda lane: _lane(wanted // lanes, end, f"{seed}-{lane}"), range(lanes)))
    first = results[0]
    for one in results[1:]:
        first.add(one)
    return first.figures()


def _lane(wanted: int, end: float, seed: str) -> Tally:
    """Torture one installation so many times, or until it is time to end."""
    dice, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory(prefix="aggregator-kills-") as folder, GrowingWeb(FEEDS) as web:
        ground = Ground(Path(folder), web.opml())
        with ground.start() as first:  # makes the archive
            first.ready()
            first.until(lambda: len(ground.acknowledged.articles) >= FEEDS)
            first.signal(signal.SIGTERM)
            first.wait()
        while sum(tally.kills.values()) < wanted and time.monotonic() < end:
            _one(ground, web, dice, tally)
        tally.left_over = settle(ground, web)
        audit(ground, web, tally)
    return tally


def _one(ground: Ground, web: GrowingWeb, dice: random.Random, tally: Tally) -> None:
    """Start the service and kill it at one moment; see what is left."""
    web.step += 1
    ground.make_due()
    kind = dice.choice(("any", "named", "file"))
    environ, point = _environ(ground, kind, dice)
    with ground.start(environ) as running:
        if kind == "any":
            moment = dice.uniform(0, 4 * (tally.starts[-1] if tally.starts else 1.0))
            time.sleep(moment)
            running.signal(signal.SIGKILL)
        else:
            if (took := running.ready()) is not None:
                tally.starts.append(took)
                tally.start_cpu.append(running.start_cpu)
            running.until(lambda: False, ENOUGH)
        if running.process.poll() is None and kind != "any":
            running.signal(signal.SIGKILL)
            kind = "any"
        if running.wait() == -signal.SIGKILL:
            tally.kills[kind] += 1
            tally.points |= {point} if kind == "named" else set()
    whole = sum(tally.kills.values()) % 20 == 0
    tally.damaged += ground.trouble(whole=whole)
    tally.lost += lost(ground)


def _environ(ground: Ground, kind: str, dice: random.Random) -> tuple[dict[str, str], str]:
    if kind == "named":
        point = f"{dice.choice(('before', 'after'))}|{dice.choice(NAMED)}"
        return {"PYTHONPATH": str(INJECT), "TORTURE_KILL": f"{point}|{dice.choice((1, 1, 2, 5))}"}, point
    if kind == "file":
        return shim.below(ground.folder, kill_at=int(dice.triangular(1, 400, 20))), ""
    return {}, ""


def lost(ground: Ground) -> list[str]:
    """Return what the service acknowledged and what is not there."""
    there = {row[0] for row in ground.ask("SELECT link FROM entries WHERE article_id IS NOT NULL")}
    entries = dict(
        ground.ask("SELECT f.url, count(*) FROM entries e JOIN feeds f ON f.id = e.feed_id GROUP BY 1")
    )
    lost = [f"article {url}" for url in ground.acknowledged.articles - there]
    return lost + [
        f"{said - entries.get(feed, 0)} entries of {feed}"
        for feed, said in ground.acknowledged.entries.items()
        if entries.get(feed, 0) < said
    ]


def settle(ground: Ground, web: GrowingWeb) -> int:
    """Let the service work undisturbed until everything is archived; return what is left."""
    ground.make_due()
    wanted = FEEDS * (web.step + 1)
    pending = (
        "SELECT count(*) FROM entries WHERE article_id IS NULL OR (next_try_at IS NOT NULL AND recheck = 0)"
    )
    with ground.start() as running:
        running.ready()
        running.until(
            lambda: (
                ground.ask("SELECT count(*) FROM entries")[0][0] >= wanted and not ground.ask(pending)[0][0]
            ),
            SETTLED,
        )
        running.signal(signal.SIGTERM)
        running.wait()
    return int(ground.ask(pending)[0][0])


def audit(ground: Ground, web: GrowingWeb, tally: Tally) -> None:
    expected = {web.page_url(feed, number) for feed in range(FEEDS) for number in range(web.step + 1)}
    entries = Counter(row[0] for row in ground.ask("SELECT link FROM entries"))
    articles = Counter(row[0] for row in ground.ask("SELECT url FROM articles"))
    tally.acknowledged = len(ground.acknowledged.articles)
    tally.missing = sorted((expected - set(entries)) | (expected - set(articles)))
    tally.doubled = sum(count - 1 for count in (*entries.values(), *articles.values()))
    tally.doubled += ground.ask("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL")[0][0]
    tally.revisions = ground.ask("SELECT count(*) FROM revisions")[0][0]
    tally.damaged += ground.trouble()
    tally.bugs = ground.acknowledged.bugs

"""The whole mission on a small web of real feeds and pages: six steps of poll and archive, then every query.

    AGGREGATOR_CORPUS=… python -m benchmarks.newsroom [--quick] [--kills N] [--json FILE]

Drives the installed command as a person would. `--kills N` runs the steps a second time and kills the program with
SIGKILL at N random moments, starting it again each time; the archive must come out the same.
"""

from __future__ import annotations

import itertools
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.archive import open_archive
from aggregator.urls import canonical_url
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report
from tests.newsroom import Newsroom, corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEPS = 6
DEADLINE = 5  # seconds; one feed of the newsroom hangs for a step
CONFIG = f"""
[fetch]
allow_networks = ["127.0.0.0/8"]
host_spacing = 0.0
deadline = {DEADLINE}
"""
NOT_MODIFIED = 304
TRIES = 4
GRACE = 120  # seconds for one command


@dataclass
class Usage:
    wall: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0
    runs: int = 0
    kills: int = 0
    each: list[float] = field(default_factory=list)  # seconds of every command, in order


class Installation:
    """A folder with a configuration, and the command run on it."""

    def __init__(self, folder: Path, newsroom: Newsroom) -> None:
        self.folder = folder
        self.newsroom = newsroom
        self.usage = Usage()
        (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        (folder / "feeds.opml").write_bytes(newsroom.opml())

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [
            str(Path(sys.executable).with_name("aggregator")),
            "--config",
            str(self.folder / "config.toml"),
        ]
        return subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words: str, ok: tuple[int, ...] = (0, 1, 3)) -> bytes:
        """Run a command to its end; return what it wrote on stdout."""
        started = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = self.start(*words)
        out, err = done.communicate(timeout=GRACE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.usage.each.append(time.monotonic() - started)
        self.usage.wall += self.usage.each[-1]
        self.usage.cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.usage.peak_mb = max(self.usage.peak_mb, after.ru_maxrss / 1024)
        self.usage.runs += 1
        if done.returncode not in ok:
            raise SystemExit(f"aggregator {' '.join(words)}: exit {done.returncode}\n{err.decode()}")
        return out

    def ask(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def kill_during(self, moment: float, *words: str) -> bool:
        """Run a command and kill it after `moment` seconds; tell whether it was still running."""
        done = self.start(*words)
        timer = threading.Timer(moment, done.send_signal, [signal.SIGKILL])
        timer.start()
        done.communicate(timeout=GRACE)
        timer.cancel()
        killed = done.returncode == -signal.SIGKILL
        self.usage.kills += killed
        return killed

    def play(self, before: Callable[[int, tuple[str, ...]], None] = lambda *_: None) -> None:
        """Poll and archive at every step; `before` is called with the number and the words of each command."""
        for step in range(STEPS):
            self.newsroom.step = step
            for number, words in enumerate((("poll", "--force"), ("archive",)), 2 * step):
                before(number, words)
                self.run(*words)

    @property
    def archive(self) -> Path:
        return self.folder / "aggregator.db"


# ------------------------------------------------------------------------------------------------ what is measured


def entries_figures(installation: Installation, expected: corpus.Expected) -> list[Figure]:
    """Compare what was announced with what is in the archive: each entry once, none missing."""
    newsroom = installation.newsroom
    kept: Counter[tuple[str, str]] = Counter()
    states: Counter[str] = Counter()
    for entry in installation.ask("entries"):
        kept[newsroom.true(entry["feed"]), canonical_url(newsroom.true(entry["link"]))] += 1
        states[entry["state"]] += 1
    wanted = dict(wanted_entries(expected))
    missing = {pair: name for pair, name in wanted.items() if not kept[pair]}
    doubled = {pair: count for pair, count in kept.items() if count > 1}
    for pair in list(missing)[:9]:
        print("missing", missing[pair], *pair)
    for pair in list(doubled)[:9]:
        print("doubled", doubled[pair], *pair)
    unexpected = [pair for pair in kept if pair not in wanted]
    for pair in unexpected[:9]:
        print("unexpected", *pair)
    return [
        Figure("newsroom.entries", sum(kept.values()), "entries", ">=", len(wanted)),
        Figure("newsroom.missing", len(missing), "entries", "==", 0),
        Figure("newsroom.doubled", len(doubled), "entries", "==", 0),
        Figure("newsroom.unexpected", len(unexpected), "entries", "==", 0),
        Figure("newsroom.unarchived", states["pending"], "entries", "==", 0),
    ]


def wanted_entries(expected: corpus.Expected) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield (feed, canonical address) of every entry that some step of a feed shows, with the article's id."""
    variants = {(variant.feed, variant.article): variant.variant for variant in expected.variants}
    for feed in expected.feeds:
        for step in feed.steps:
            whole = step.items if step.complete is None else step.items[: step.complete]
            for name in whole if step.status in {200, 301, 302, 308} else ():
                url = variants.get((feed.id, name), expected.articles[name].url)
                yield (feed.url, canonical_url(url)), name


def polling_figures(installation: Installation, expected: corpus.Expected) -> list[Figure]:
    """Count the conditional requests for a document that had not changed: each must be answered by 304."""
    due = got = unconditional = 0
    for feed in expected.feeds:
        for before, one in itertools.pairwise(installation.newsroom.asked(feed.url)):
            unchanged = feed.steps[one.step].same_body and before.step == one.step - 1
            if unchanged and before.status in {200, 304} and one.status in {200, 304}:
                due += one.conditional
                got += one.status == NOT_MODIFIED
                unconditional += not one.conditional
    print("unchanged documents asked for without validators, because the server gives none:", unconditional)
    return [
        Figure("newsroom.not_modified", got, "answers", "==", due),
        Figure("newsroom.conditional", due, "requests", ">=", 1),
    ]


def article_figures(installation: Installation, expected: corpus.Expected) -> list[Figure]:
    status = installation.ask("status")
    print("feeds", status["feeds"], "failing", status["failing"])
    print("entries", status["entries"])
    print("articles", status["articles"], "duplicates", status["duplicates"])
    articles = sum(status["articles"].values())
    read = status["articles"].get("full", 0) + status["articles"].get("partial", 0)
    return [
        Figure("newsroom.articles", articles, "articles", "==", len(expected.articles)),
        Figure("newsroom.full_text", read / articles, "share", ">=", 0.93),
        Figure("newsroom.archive_mb", status["archive_bytes"] / 1e6, "MB", "<=", 60),
    ]


def search_figures(installation: Installation, expected: corpus.Expected, most: int) -> list[Figure]:
    """Run every query through the command line; recall of the expected articles, and reciprocal rank."""
    newsroom = installation.newsroom
    named = {canonical_url(item.url): name for name, item in expected.articles.items()}
    named |= {canonical_url(variant.variant): variant.article for variant in expected.variants}
    recall, rank, misses = [], [], []
    for search in expected.searches[:most]:
        hits = installation.ask("search", search.text, "--limit", "50")
        found = [  # a hit shows its copies beside it
            {named.get(canonical_url(newsroom.true(one["url"])), "?") for one in (hit, *hit["copies"])}
            for hit in hits
        ]
        if search.exactly:
            recall.append(len(search.exactly & set().union(*found)) / len(search.exactly))
            first = next((n for n, names in enumerate(found, 1) if names & search.exactly), None)
        else:
            first = next((n for n, names in enumerate(found, 1) if search.first in names), None)
        rank.append(1 / first if first else 0.0)
        if not first:
            misses.append((search.text, sorted(search.exactly) or search.first))
    for text, wanted in misses[:20]:
        print("not found", repr(text), wanted)
    return [
        Figure("newsroom.recall", sum(recall) / len(recall), "share", ">=", 0.95),
        Figure("newsroom.mrr", sum(rank) / len(rank), "share", ">=", 0.93),
    ]


def merge_figures(installation: Installation, expected: corpus.Expected) -> list[Figure]:
    """Compare the pairs of articles that were made one with those that are one; tell each difference."""
    newsroom = installation.newsroom
    named = {canonical_url(item.url): name for name, item in expected.articles.items()}
    articles = {
        article["id"]: article for article in installation.ask("search", "--all-copies", "--limit", "9999")
    }
    families: dict[int, list[str]] = {}
    for article in articles.values():
        name = named.get(canonical_url(newsroom.true(article["url"])), article["url"])
        families.setdefault(article["duplicate_of"] or article["id"], []).append(name)
    made = {pair for family in families.values() for pair in itertools.combinations(sorted(family), 2)}
    wanted = {pair for group in expected.groups for pair in itertools.combinations(sorted(group.members), 2)}
    ids = {
        named.get(canonical_url(newsroom.true(article["url"]))): article["id"]
        for article in articles.values()
    }
    for what, pairs in (("not merged", wanted - made), ("wrongly merged", made - wanted)):
        for pair in sorted(pairs):
            print(what, *pair, *(articles[ids[name]]["verdict"] for name in pair if name in ids))
    copies = sum(len(group.members) - 1 for group in expected.groups)
    print("expected copies", copies, "found", sum(len(family) - 1 for family in families.values()))
    return [
        Figure("newsroom.merges", len(made & wanted), "pairs", "==", len(wanted)),
        Figure("newsroom.wrong_merges", len(made - wanted), "pairs", "==", 0),
    ]


def cost_figures(usage: Usage) -> list[Figure]:
    return [
        Figure("newsroom.wall", usage.wall, "s", "<=", 240),
        Figure("newsroom.cpu", usage.cpu, "s", "<=", 240),
        Figure("newsroom.peak", usage.peak_mb, "MB", "<=", 400),
    ]


# ------------------------------------------------------------------------------------------------ kills


def contents(archive: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what must be the same in two archives that saw the same web, without ids and times of ours."""
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        found = {
            "articles": "SELECT url, canonical_url, title, byline, language, verdict, duplicate_of IS NULL"
            " FROM articles ORDER BY canonical_url",
            "texts": "SELECT canonical_url, site, text FROM articles ORDER BY canonical_url",
            "entries": "SELECT f.url, e.guid, e.link, e.title, e.summary_html, e.content_html, a.canonical_url"
            " FROM entries e JOIN feeds f ON f.id = e.feed_id JOIN articles a ON a.id = e.article_id ORDER BY 1, 2",
            "feeds": "SELECT url, title, etag, last_modified, body_hash, state FROM feeds ORDER BY url",
            "revisions": "SELECT a.canonical_url, r.title, r.text FROM revisions r"
            " JOIN articles a ON a.id = r.article_id"
            " ORDER BY 1, 2, 3",
        }
        rows = {name: conn.execute(sql).fetchall() for name, sql in found.items()}
    conn.close()
    return rows


def integrity(archive: Path) -> str:
    with open_archive(archive, writable=True) as opened:
        return opened.check() or opened.index.check(every=True) or "ok"


def kill_figures(undisturbed: Installation, newsroom: Newsroom, kills: int, seed: int) -> list[Figure]:
    """Play the steps again with kills at random moments; compare the archives."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="aggregator-kills-") as folder:
        disturbed = Installation(Path(folder), newsroom)
        took = undisturbed.usage.each
        each = -(-kills // (2 * STEPS))

        def kill_some(number: int, words: tuple[str, ...]) -> None:
            for _ in range(
                TRIES * each
            ):  # a command that resumes has less to do and may end before its moment
                if disturbed.usage.kills < each * (number + 1):
                    disturbed.kill_during(chance.uniform(0.05, took[number]), *words)

        disturbed.play(kill_some)
        there, here = contents(undisturbed.archive), contents(disturbed.archive)
        differing = {name: len(set(there[name]) ^ set(here[name])) for name in there}
        for name in there:
            for row in sorted(set(there[name]) ^ set(here[name]), key=str)[:4]:
                print("differs", name, str(row)[:300])
        print("kills", disturbed.usage.kills, "of", kills, "differing rows", differing)
        # The pages of a site teach how its next ones are read: fetched in another order, a few texts differ by a line.
        other_order = differing.pop("texts") / max(1, len(set(there["texts"]) | set(here["texts"])))
        return [
            Figure("kills.survived", disturbed.usage.kills, "kills", ">=", kills),
            Figure("kills.texts_of_another_order", other_order, "share", "<=", 0.05),
            *(Figure(f"kills.differing_{name}", count, "rows", "==", 0) for name, count in differing.items()),
            Figure("kills.integrity", int(integrity(disturbed.archive) == "ok"), "ok", "==", 1),
        ]


# ------------------------------------------------------------------------------------------------ main


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer queries, no kills")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="leave the archive in this folder")
    asked = parser.parse_args()
    folder = corpus_folder(parser, "newsroom/")
    expected = corpus.expected(folder)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="aggregator-newsroom-") as temporary:
        home = asked.keep or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        with Newsroom(corpus.manifest(folder)) as newsroom:
            installation = Installation(home, newsroom)
            installation.play()
            figures += cost_figures(installation.usage)
            figures += entries_figures(installation, expected)
            figures += polling_figures(installation, expected)
            figures += article_figures(installation, expected)
            figures += merge_figures(installation, expected)
            figures += search_figures(installation, expected, 40 if asked.quick else len(expected.searches))
            if not asked.quick and asked.kills:
                figures += kill_figures(installation, newsroom, asked.kills, asked.seed)
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())

"""What a full text costs: pages a CPU second of `aggregator archive` beside trafilatura alone, and where it goes.

Real pages are needed: AGGREGATOR_CORPUS names their folder (its `pages/*/html`). They are served to the installed
command, each at an address of its own, several to a host. Beside it, in turns, trafilatura reads the same bodies in one
process, with metadata and links, and keeps nothing. By room: the same pages once more in one process and one thread
under cProfile; shares are of that run, in which calls cost more than they do otherwise.
"""

from __future__ import annotations

import cProfile
import gzip
import os
import pstats
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.models import Response, Subscription, SubscriptionPlan
from aggregator.pipeline import Tools, archive_entries, poll_feeds
from aggregator.schedule import Rhythm
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report
from benchmarks.speed.__main__ import PORT, served
from benchmarks.speed.costs import Cost, cost_of
from benchmarks.speed.runners import Aggregator
from benchmarks.speed.worksets import WorkSet, work_set
from tests.fakes import Clock, FakeWeb, OneByOne, here

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST, LARGEST = 30_000, 150_000  # bytes of a page
ROOMS = {  # part of a file's path, function → what it is
    ("aggregator/reading", "read_entry"): "extraction, with verdict and sketch",
    ("archive/articles", "record"): "article, entry, page and index written",
    ("archive/pages", "keep"): "of which the page packed and kept",
    ("", "link_article"): "copies and stories found and written",
    ("", "tell_article"): "stories told",
    ("archive/stories", "place"): "of which stories placed",
    ("archive/sketches", "candidates"): "of which candidates among sketches",
    ("archive/sketches", "add"): "of which sketches written",
    ("pipeline/archive", "_learn"): "memory of the site",
    ("decide/articles", "decide_article"): "decision",
    ("archive/entries", "_claim"): "entries claimed",
    ("archive/sites", "memory"): "memory of the site read",
}
_TRAFILATURA = """
import pathlib, sys, time
from trafilatura import bare_extraction
from trafilatura.settings import Extractor
bodies = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]
times = int(sys.argv[2])
started = time.process_time()
for number in range(times):
    url = f"http://a.example/{number}"
    options = Extractor(output_format="python", links=True, with_metadata=True, comments=False, url=url)
    bare_extraction(bodies[number % len(bodies)], options=options)
print(time.process_time() - started)
"""


def write_pages(corpus: Path, folder: Path, most: int) -> int:
    """Write the corpus's pages of the usual size as files; return how many."""
    folder.mkdir()
    written = 0
    for path in sorted(corpus.glob("pages/*/html/*.gz"))[:: max(1, 700 // most)]:
        body = gzip.decompress(path.read_bytes())
        if SMALLEST <= len(body) <= LARGEST and written < most:
            (folder / f"{written:04}.html").write_bytes(body)
            written += 1
    return written


def by_room(folder: Path, made: WorkSet, pages: Path) -> Iterator[tuple[str, float]]:
    """Yield what is done for a page, and its share of all; parts that are named "of which" are in another one."""
    bodies, web, clock = made.bodies.read_bytes(), FakeWeb(), Clock()
    files = [path.read_bytes() for path in sorted(pages.iterdir())]
    urls = made.urls(PORT)
    for url, parts in zip(urls, made.feeds, strict=True):
        body = bodies[parts.start : parts.head] + bodies[parts.newer : parts.tail]
        web.answers[url] = Response(url, url, 200, {}, body)
    with open_archive(folder / "rooms.db", writable=True) as archive:
        archive.feeds.apply_plan(SubscriptionPlan(add=tuple(map(Subscription, urls))), clock())
        rhythm = Rhythm(timedelta(hours=1), timedelta(hours=1))
        tools = Tools(archive, web.fetch, here, OneByOne(), clock, rhythm)
        list(poll_feeds(tools))
        for number, entry in enumerate(archive.entries.announced()):
            body = files[number % len(files)]
            web.answers[entry.link] = Response(
                entry.link, entry.link, 200, {"content-type": "text/html"}, body
            )
        profile = cProfile.Profile(time.process_time)
        profile.enable()
        list(archive_entries(tools))
        profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # unknown to typeshed
    total = sum(own for _, _, own, _, _ in stats.values())
    for (path, name), what in ROOMS.items():
        spent = sum(v[3] for (file, _, func), v in stats.items() if func == name and path in file)
        yield what, spent / total


@dataclass(frozen=True, slots=True)
class Round:
    """One archive run, and trafilatura's over the same pages right after it."""

    ours: Cost
    theirs_s: float  # CPU

    @property
    def ratio(self) -> float:
        return self.theirs_s / self.ours.cpu

    @property
    def cores(self) -> float:
        return self.ours.cpu / self.ours.wall / (os.cpu_count() or 1)


def rounds_of(folder: Path, made: WorkSet, rounds: int) -> Iterator[Round]:
    """Poll once; then archive, each time from what was polled, in turns with trafilatura."""
    us = Aggregator(spacing=0.0)
    (folder / "polled").mkdir()
    us.prepare(folder / "polled", made.urls(PORT))
    alone = [sys.executable, "-c", _TRAFILATURA, str(folder / "pages"), str(made.entries)]
    with served(made, PORT, folder / "pages") as server:
        server.set(validators=True, step=0)
        cost_of(us.poll(folder / "polled", first=True), folder / "polled")
        for number in range(rounds):
            own = folder / f"round-{number}"
            shutil.copytree(folder / "polled", own)
            ours = cost_of(us.archive(own), own)
            asked = server.set()
            theirs = float(cost_of(alone, folder).said.splitlines()[-1])
            found = Round(ours, theirs)
            print(
                f"{made.entries} pages, {asked.get('200')} answered; CPU {ours.cpu:.1f} s, trafilatura's"
                f" {theirs:.1f} s: {found.ratio:.3f}; wall {ours.wall:.1f} s, {ours.main_mb:.0f} MB",
                flush=True,
            )
            yield found


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--feeds", type=int, default=20, help="of about 25 entries, each with a page")
    parser.add_argument("--rounds", type=int, default=3, help="in turns; figures are their medians")
    parser.add_argument("--quick", action="store_true", help="4 feeds, one round")
    args = parser.parse_args()
    corpus = corpus_folder(parser, "pages/")
    with tempfile.TemporaryDirectory(prefix="fulltext-") as name:
        folder = Path(name)
        made = work_set(folder / "feeds", 4 if args.quick else args.feeds, PORT)
        write_pages(corpus, folder / "pages", made.entries)
        rounds = list(rounds_of(folder, made, 1 if args.quick else args.rounds))
        for what, share in by_room(folder, made, folder / "pages"):
            print(f"{share:6.1%}  {what}")
    figures = [
        Figure("pages-per-cpu-second", median(made.entries / each.ours.cpu for each in rounds), "pages"),
        Figure(
            "trafilatura.pages-per-cpu-second",
            median(made.entries / each.theirs_s for each in rounds),
            "pages",
        ),
        Figure("ratio", median(each.ratio for each in rounds), "times", ">=", 0.95),
        Figure("cores", median(each.cores for each in rounds), "of all", ">=", 0.9),
    ]
    return report(figures, args.json)


if __name__ == "__main__":
    sys.exit(main())

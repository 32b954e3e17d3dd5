"""When real feeds published: the timelines that pollers are tried on.

Three kinds, kept apart in every figure:

* whole: at least four weeks of a feed with hours and minutes. The first half is history, the rest is what comes.
* dated: the same, but the feed gives days only. Each entry appears at an hour drawn by lot; pollers see the date.
* tiled: the window of a busy feed is shorter than that, so it is repeated, by whole days if it spans some, as often
  as 14 days of history and 28 days to come take.

Repeating makes a feed look more regular than it is. `shuffled` is the same as tiled with the regularity taken out:
the days of the window are drawn by lot and each time moves about a quarter of an hour, windows of less than a
day and a half become gaps drawn by lot. What is left is what a poller can know for sure.
"""

from __future__ import annotations

import gzip
import json
import math
import random
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from aggregator.errors import ParseError
from aggregator.parse import parse_feed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from aggregator.models import ParsedEntry

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
KINDS = ("whole", "tiled", "dated")
FEWEST = 8  # different times that make a timeline
KNOWN = 4  # entries of history, at least
WHOLE = 28 * DAY
HISTORY, TO_COME = 14 * DAY, 28 * DAY
AT_MOST = 365 * DAY  # to come
# These were saved on one day, so what they do not hold by then did not happen; of others we know the last entry.
SAVED_TOGETHER = "files/fastfeedparser/"


@dataclass(frozen=True, slots=True)
class Timeline:
    name: str
    kind: str
    appears: tuple[float, ...]  # when each entry can be found, seconds since the epoch, in order
    says: tuple[float, ...]  # what the feed gives as its time
    start: float
    end: float
    window: int  # entries that the document holds at a time

    @property
    def days(self) -> float:
        return (self.end - self.start) / DAY


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a feed: when its entries were published, in order, and when it was saved (0.0: not known)."""

    name: str
    times: tuple[float, ...]
    saved: float


def timelines(documents: Iterable[Document], *, shuffled: bool = False) -> list[Timeline]:
    """Return the timelines of documents that are long enough; the same document counts once."""
    found, known = [], set()
    for one in documents:
        times = one.times
        if times in known or len(set(times)) < FEWEST or times[-1] - times[0] < HOUR / 2:
            continue
        known.add(times)
        timeline = _timeline(one, shuffled=shuffled)
        if bisect_right(timeline.appears, timeline.start) >= KNOWN:
            found.append(timeline)
    return found


def read_documents(corpus: Path, every: int = 1) -> list[Document]:
    """Read all feeds of the corpus, or every so-manieth."""
    found = []
    for collection in ("real", "fastfeedparser"):
        folder = corpus / "feeds" / collection
        for row in list(_rows(folder / "manifest.jsonl"))[::every]:
            times = sorted(_times(_entries(folder / row["file"])).values())
            found.append((row["id"], row["file"].startswith(SAVED_TOGETHER), tuple(times)))
    saved = max((times[-1] for _, together, times in found if times and together), default=0.0)
    return [
        *(Document(name, times, saved if together else 0.0) for name, together, times in found),
        *_watched(corpus / "timelines", every),
    ]


def _watched(corpus: Path, every: int) -> Iterator[Document]:
    """Yield feeds that were fetched again and again: an entry appeared when it is first dated."""
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir())[::every]:
        first: dict[str, float] = {}
        for row in _rows(folder / "steps.jsonl"):
            first = {**_times(_entries(folder / row["file"])), **first}
        yield Document(f"timelines/{folder.name}", tuple(sorted(first.values())), 0.0)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _entries(path: Path) -> Iterable[ParsedEntry]:
    body = path.read_bytes()
    try:
        return parse_feed(
            gzip.decompress(body) if path.suffix == ".gz" else body, "https://feed.example/"
        ).entries
    except ParseError:
        return ()


def _times(entries: Iterable[ParsedEntry]) -> dict[str, float]:
    return {entry.guid: entry.published_at.timestamp() for entry in entries if entry.published_at}


def _timeline(document: Document, *, shuffled: bool) -> Timeline:
    name, times = document.name, document.times
    lot = random.Random(name)
    end = max(document.saved, times[-1] + 1)
    start = end - min(AT_MOST, (end - times[0]) / 2)
    if sum(at % DAY == 0 for at in times) * 2 >= len(times):
        pairs = sorted((at + lot.random() * DAY if at % DAY == 0 else at, at) for at in times)
        appears, says = zip(*pairs, strict=True)
        return Timeline(name, "dated", appears, says, start, end, len(times))
    if times[-1] - times[0] >= WHOLE:
        return Timeline(name, "whole", times, times, start, end, len(times))
    tiled = tuple(_shuffled(times, lot) if shuffled else _tiled(times))
    return Timeline(name, "tiled", tiled, tiled, tiled[-1] - TO_COME, tiled[-1], len(times))


def _tiled(times: Sequence[float]) -> list[float]:
    span = times[-1] - times[0]
    period = math.ceil((span + 1) / DAY) * DAY if span > 0.6 * DAY else span * len(times) / (len(times) - 1)
    rounds = math.ceil((HISTORY + TO_COME) / period)
    return [at + period * number for number in range(rounds) for at in times]


def _shuffled(times: Sequence[float], lot: random.Random) -> list[float]:
    span = times[-1] - times[0]
    if span < 1.5 * DAY:
        gaps = [after - before for before, after in pairwise(times)]
        drawn = [times[0]]
        while drawn[-1] - times[0] < HISTORY + TO_COME:
            drawn.append(drawn[-1] + lot.choice(gaps))
        return drawn
    days = [[] for _ in range(max(round(span / DAY), 1))]  # type: list[list[float]]
    for at in times:
        back = int((times[-1] - at) // DAY)
        if back < len(days):
            days[back].append(at + back * DAY)
    return sorted(
        at + number * DAY + lot.gauss(0, HOUR / 4)
        for number in range(int((HISTORY + TO_COME) / DAY))
        for at in lot.choice(days)
    )

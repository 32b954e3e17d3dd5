"""How soon entries are found at how many requests: our cadence beside the policies of others, on real timelines.

    AGGREGATOR_CORPUS=… python -m benchmarks.polling [--quick] [--json FILE]

Every policy polls the same feeds through the same days, from the same hours on, and knows what its own polls have
found, no more. The delay of an entry is the time from its appearance to the first poll after it. Feeds are watched
for different times, so requests and entries are counted per day: "entries" is the mean delay over the entries of a
day of all feeds, "feeds" the mean over feeds, "median" the feed in the middle. Timelines: `timelines.py`, rivals:
`pollers.py`.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
from bisect import bisect_right
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from aggregator.schedule import scale_for, weight_of
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report
from benchmarks.hindsight import best_polls
from benchmarks.pollers import (
    AdaptiveTtl,
    AdditiveMultiplicative,
    Bounds,
    EntryFrequency,
    Fixed,
    MeanGap,
    Ours,
    Poller,
    SquareRoot,
    instant,
    learnt_from,
)
from benchmarks.timelines import DAY, KINDS, MINUTE, Timeline, read_documents, timelines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FREE, POLITE = Bounds(15), Bounds(60)
PRICES = (0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
STARTS = 4  # hours of the day at which the first poll may happen to come
QUICK = 12  # every so-manieth feed
BUDGETS = (3.0, 4.0, 6.0)  # requests a feed and day that a user might set
GROUPS = {"all": KINDS, **{kind: (kind,) for kind in KINDS}}
# Requests a feed and day from which on we are compared: with fewer, nearly all feeds are asked once a day anyway.
FEWEST = {"all": 2.0, "whole": 1.25}
MOST = {"free": 12.0, "polite": 4.0, "shuffled": 12.0}  # with more, polite pollers all ask hourly
SAVED, QUARTER = 0.25, 0.25


@dataclass(frozen=True, slots=True)
class Watch:
    """One feed followed to its end."""

    kind: str
    requests: float  # a day
    entries: float  # a day
    delay: float  # mean of its entries, minutes; nan without entries
    missed: int  # entries that had left the document before the next poll


@dataclass(frozen=True, slots=True)
class Score:
    """What a policy came to on a group of feeds."""

    requests: float
    entries: float  # mean delays, minutes
    feeds: float
    median: float


def watch(timeline: Timeline, poller: Poller, feed_id: int) -> Watch:
    """Follow one feed; what is still unfound at the end waits for the poll after it."""
    following = poller.follow(timeline, feed_id)
    now, new = timeline.start, True
    known = found = bisect_right(timeline.appears, now)
    requests, waited, missed = 0.0, 0.0, 0
    while now < timeline.end:
        at = following(now, found, new)
        requests += min((timeline.end - now) / (at - now), 1.0)
        seen = bisect_right(timeline.appears, min(at, timeline.end))
        waited += sum(at - appeared for appeared in timeline.appears[found:seen])
        missed += max(seen - found - timeline.window, 0)
        now, new, found = at, seen > found, seen
    entries = found - known
    delay = waited / entries / MINUTE if entries else math.nan
    return Watch(timeline.kind, requests / timeline.days, entries / timeline.days, delay, missed)


def watch_all(feeds: Sequence[Timeline], poller: Poller) -> list[Watch]:
    return [watch_often(timeline, poller, feed_id) for feed_id, timeline in enumerate(feeds, 1)]


def watch_often(timeline: Timeline, poller: Poller, feed_id: int) -> Watch:
    """Follow a feed from several hours of the day: with few entries, luck with the first one would decide."""
    starts = 1 if timeline.kind == "tiled" else STARTS
    seen = [
        watch(
            replace(timeline, start=timeline.start + DAY * number / starts), poller, feed_id + 1000 * number
        )
        for number in range(starts)
    ]
    entries = sum(one.entries for one in seen)
    waited = sum(one.delay * one.entries for one in seen if one.entries)
    return Watch(
        timeline.kind,
        statistics.fmean(one.requests for one in seen),
        entries / starts,
        waited / entries if entries else math.nan,
        sum(one.missed for one in seen),
    )


def score(watches: Sequence[Watch], group: str) -> Score:
    ours = [one for one in watches if one.kind in GROUPS[group]]
    lively = [one for one in ours if one.entries]
    return Score(
        statistics.fmean(one.requests for one in ours),
        sum(one.delay * one.entries for one in lively) / sum(one.entries for one in lively),
        statistics.fmean(one.delay for one in lively),
        statistics.median(one.delay for one in lively),
    )


def hindsight(feeds: Sequence[Timeline], price: float) -> list[Watch]:
    found = [(timeline, best_polls(timeline, price)) for timeline in feeds]
    return [
        Watch(
            timeline.kind,
            requests / timeline.days,
            entries / timeline.days,
            waited / entries * DAY / MINUTE if entries else math.nan,
            0,
        )
        for timeline, (requests, waited, entries) in found
    ]


def pollers(bounds: Bounds) -> dict[str, Poller]:
    """Return all policies by name; ours at several prices, the others at several factors."""
    sooner = (
        Bounds(min(bounds.shortest, 5), bounds.longest) if bounds is FREE else bounds
    )  # as Miniflux has it
    return {
        **{f"fixed {minutes} min": Fixed(minutes) for minutes in (15, 60, 120, 240, 480, 720, 1440)},
        **{
            f"entry_frequency x{factor:g}": EntryFrequency(sooner, factor) for factor in (0.5, 1, 2, 4, 8, 16)
        },
        "AIMD -60 min, x2": AdditiveMultiplicative(bounds),
        **{f"AdaptiveTTL {factor:g}": AdaptiveTtl(bounds, factor) for factor in (0.05, 0.1, 0.2, 0.4, 0.8)},
        **{f"mean gap x{factor:g}": MeanGap(bounds, factor) for factor in (0.12, 0.25, 0.5, 1)},
        **{
            f"square root x{factor:g}": SquareRoot(bounds, factor)
            for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 14, 20)
        },
        **{f"ours, price {price:g}": Ours(bounds, price) for price in PRICES},
    }


def run(feeds: Sequence[Timeline], named: dict[str, Poller]) -> dict[str, list[Watch]]:
    with ProcessPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        return dict(zip(named, pool.map(partial(watch_all, feeds), named.values()), strict=True))


def with_tiles(results: dict[str, list[Watch]], feeds: Sequence[Timeline]) -> dict[str, list[Watch]]:
    """Return what became of the tiled among these feeds, beside the others' results, which are the same as ever."""
    tiled = run([one for one in feeds if one.kind == "tiled"], pollers(FREE))
    return {
        name: [*(one for one in watches if one.kind != "tiled"), *tiled[name]]
        for name, watches in results.items()
    }


# ---------------------------------------------------------------------------------------------- comparing


def between(points: Sequence[tuple[float, float]], at: float) -> float:
    """Return a curve's value, straight on logarithmic paper; nan outside."""
    points = sorted(points)
    for (left, low), (right, high) in pairwise(points):
        if left <= at <= right:
            share = (
                (math.log(at) - math.log(left)) / (math.log(right) - math.log(left)) if right > left else 0.0
            )
            return math.exp(math.log(low) * (1 - share) + math.log(high) * share)
    return math.nan


def savings(results: dict[str, list[Watch]], group: str, most: float) -> Iterator[tuple[float, float, str]]:
    """Yield for each rival within range how much less our delay is at its number of requests, and its name.

    The first number is over entries, the second for the feed in the middle.
    """
    ours = [score(watches, group) for name, watches in results.items() if name.startswith("ours")]
    for name, watches in results.items():
        rival = score(watches, group)
        if name.startswith("ours") or not FEWEST[group] <= rival.requests <= most:
            continue
        entries = between([(one.requests, one.entries) for one in ours], rival.requests)
        median = between([(one.requests, one.median) for one in ours], rival.requests)
        if not math.isnan(entries):
            yield 1 - entries / rival.entries, 1 - median / rival.median, name


def at_delay(results: dict[str, list[Watch]], group: str, delay: float) -> float:
    """Return the requests at which we have this mean delay; nan when we never have."""
    ours = [score(watches, group) for name, watches in results.items() if name.startswith("ours")]
    return between([(one.entries, one.requests) for one in ours], delay)


def at_requests(results: dict[str, list[Watch]], group: str, requests: float) -> float:
    ours = [score(watches, group) for name, watches in results.items() if name.startswith("ours")]
    return between([(one.requests, one.entries) for one in ours], requests)


# ------------------------------------------------------------------------------------------------- telling


def show(title: str, results: dict[str, list[Watch]]) -> None:
    """Print a table: of each group requests a day and mean delays in minutes."""
    print(
        f"\n{title}\n\n| policy | {' | '.join(f'{group}: requests, entries, feeds, median' for group in GROUPS)} |"
    )
    print("|---|" + "---|" * len(GROUPS))
    for name, watches in results.items():
        cells = []
        for group in GROUPS:
            one = score(watches, group)
            cells.append(f"{one.requests:.2f}, {one.entries:.1f}, {one.feeds:.0f}, {one.median:.0f}")
        print(f"| {name} | {' | '.join(cells)} |")


def budgets(feeds: Sequence[Timeline], bounds: Bounds) -> Iterator[tuple[float, list[Watch]]]:
    """Yield budgets with what became of them, when the price is set on what is known at the start."""
    weights = []
    for timeline in feeds:
        at = instant(timeline.start)
        weights.append(
            weight_of(learnt_from(timeline, bisect_right(timeline.appears, timeline.start), at), at)
        )
    limits = (instant(bounds.shortest * MINUTE) - instant(0), instant(bounds.longest * MINUTE) - instant(0))
    asked = {f"{budget:g}": Ours(bounds, scale_for(weights, budget, *limits)) for budget in BUDGETS}
    for name, watches in run(feeds, dict(asked)).items():
        yield float(name), watches


def figures_of(name: str, results: dict[str, list[Watch]], *, op: str) -> Iterator[Figure]:
    """Yield how we stand beside the rival that comes nearest; `op` is "" when there is no target."""
    for group in ("all",) if name == "shuffled" else FEWEST:  # shuffled, the whole ones are what they were
        found = list(savings(results, group, MOST[name]))
        if found:
            entries, median, rival = min(found)
            print(f"least saved, {name}, {group}: beside {rival}")
            yield Figure(f"polling.{name}.{group}.saved", entries, "share", op, SAVED)
            yield Figure(f"polling.{name}.{group}.saved_by_median_feed", median, "share")


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only every {QUICK}th feed")
    asked = parser.parse_args()
    corpus = corpus_folder(parser, "feeds/ and timelines/")
    return report(measured(corpus, QUICK if asked.quick else 1), asked.json)


def measured(corpus: Path, every: int) -> list[Figure]:
    documents = read_documents(corpus, every)
    feeds = timelines(documents)
    print(", ".join(f"{sum(one.kind == kind for one in feeds)} {kind}" for kind in KINDS), "feeds")
    at_least, at_most = (">=", "<=") if every == 1 else ("", "")
    free, polite = run(feeds, pollers(FREE)), run(feeds, pollers(POLITE))
    shuffled = with_tiles(free, timelines(documents, shuffled=True))
    show("At least 15 minutes apart", free)
    show("At least 60 minutes apart", polite)
    show("At least 15 minutes apart, windows shuffled", shuffled)
    best = {f"price {price:g}": hindsight(feeds, price) for price in (0.001, 0.01, 0.1, 0.3, 1.0, 3.0)}
    show("In hindsight", best)
    print()
    figures = [
        *figures_of("free", free, op=at_least),
        *figures_of("polite", polite, op=at_least),
        *figures_of("shuffled", shuffled, op=""),
    ]
    hourly = score(free["fixed 60 min"], "all")
    for name, results, op in (("free", free, at_most), ("shuffled", shuffled, ""), ("polite", polite, "")):
        share = at_delay(results, "all", score(results["fixed 60 min"], "all").entries) / hourly.requests
        if not math.isnan(share):
            figures.append(Figure(f"polling.{name}.requests_of_hourly", share, "share", op, QUARTER))
    figures += [
        Figure("polling.free.delay_at_5.3", at_requests(free, "all", 5.3), "min", at_most, 31),
        Figure("polling.polite.delay_at_4.5", at_requests(polite, "all", 4.5), "min", at_most, 45),
        Figure("polling.polite.delay_at_6", at_requests(polite, "all", 6), "min"),
    ]
    return [*figures, *_limits(feeds, free, best, at_most)]


def _limits(
    feeds: Sequence[Timeline], free: dict[str, list[Watch]], best: dict[str, list[Watch]], at_most: str
) -> Iterator[Figure]:
    """Yield how far we are from hindsight, whether budgets are kept, and what was missed."""
    for requests in (2.5, 3.0):
        known = between(
            [(one.requests, one.entries) for one in (score(watches, "all") for watches in best.values())],
            requests,
        )
        yield Figure(f"polling.hindsight_at_{requests:g}", known, "min")
        yield Figure(f"polling.free.delay_at_{requests:g}", at_requests(free, "all", requests), "min")
    for name, bounds in (("free", FREE), ("polite", POLITE)):
        for budget, watches in budgets(feeds, bounds):
            used = score(watches, "all").requests / budget
            yield Figure(f"polling.{name}.used_of_{budget:g}", used, "share", at_most, 1.1)
            yield Figure(
                f"polling.{name}.missed_at_{budget:g}", sum(one.missed for one in watches), "entries", "<=", 0
            )


if __name__ == "__main__":
    sys.exit(main())

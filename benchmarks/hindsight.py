"""The best that anyone could do who knew beforehand when every entry appears: a bound, not a rival.

A request pays only at the very moment at which an entry appears, and everything is found in the end. What is sought
are the moments that make waiting + price x requests least; a feed at a time, because one price for all feeds gives
the best split between them. No shortest and no longest interval.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from benchmarks.timelines import DAY

if TYPE_CHECKING:
    from benchmarks.timelines import Timeline


def best_polls(timeline: Timeline, price: float) -> tuple[int, float, int]:
    """Return requests, the entries' waiting in days, and entries; `price` of a request in entry-days.

    least[k] = min over j < k of least[j] + price + the waiting of entries j+1…k until k appears. The last term is
    (k - j)·t[k] less the sum of t, so the candidates are lines in t[k], and the lowest is found on their hull.
    """
    first, last = (bisect_right(timeline.appears, at) for at in (timeline.start, timeline.end))
    times = [(at - timeline.start) / DAY for at in timeline.appears[first:last]]
    hull: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # slope, height, requests so far
    total, at_hand = 0.0, 0
    requests, cost = 0, 0.0
    for number, at in enumerate(times, 1):
        total += at
        while at_hand + 1 < len(hull) and _height(hull[at_hand + 1], at) <= _height(hull[at_hand], at):
            at_hand += 1
        cost = _height(hull[at_hand], at) + price + number * at - total
        requests = hull[at_hand][2] + 1
        line = (-number, cost + total, requests)
        while len(hull) - at_hand > 1 and _is_above(hull[-2], hull[-1], line):
            hull.pop()
        hull.append(line)
    return requests, cost - price * requests, len(times)


def _height(line: tuple[int, float, int], at: float) -> float:
    return line[0] * at + line[1]


def _is_above(
    before: tuple[int, float, int], middle: tuple[int, float, int], after: tuple[int, float, int]
) -> bool:
    """Tell whether the middle line is nowhere the lowest; slopes fall."""
    return (after[1] - before[1]) * (before[0] - middle[0]) <= (middle[1] - before[1]) * (
        before[0] - after[0]
    )

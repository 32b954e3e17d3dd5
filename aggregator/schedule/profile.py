"""At what hours and on which days a feed posts, as far as so few times can tell.

An hour-of-day histogram is smoothed with several widths; each is judged by how well it foretells days that it has
not seen (bursts within a day would flatter a width that is judged entry by entry), and the widths are mixed by that
merit. "It may be any hour" is one of them, so a feed without habits gets none. What stands behind a factor is
entries seen over entries expected, with a few imaginary ordinary ones; a day or quarter that was never observed
stays at 1. All in UTC.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

QUARTERS = 96  # quarters of an hour in a day
DAY = 86400.0
MONDAY = 4 * DAY  # seconds from the epoch, a Thursday, to a Monday
WIDTHS = (
    3,
    5,
    9,
    17,
    31,
)  # of a box that is passed three times: bells of about 0.4, 0.6, 1.1, 2.1 and 4 hours
FOLDS = 8  # parts of the days that are left out in turn
ORDINARY = 2.0  # imaginary entries, spread over the day
ORDINARY_WEEK = 6.0  # imaginary entries on each day of the week
SHORTEST_FOR_HOURS = 1.2 * DAY
SHORTEST_FOR_DAYS = 14 * DAY
BURST = 2.0  # so many entries of one quarter of an hour count: thirty at once do not make a habit
FEWEST = 3
FEW = 16  # places with entries: up to so many it is cheaper to add up their bells than to pass the boxes


def hours_of(times: Sequence[float], now: float) -> list[float]:
    """Return for each quarter of the day how much likelier than in the mean an entry is; [] if nothing is known.

    `times` are seconds since the epoch, in order.
    """
    if len(times) < FEWEST or now - times[0] < SHORTEST_FOR_HOURS:
        return []
    folds = [[0.0] * QUARTERS for _ in range(FOLDS)]
    for quarter, count in Counter(int(at // (DAY / QUARTERS)) for at in times).items():
        folds[quarter // QUARTERS % FOLDS][quarter % QUARTERS] += min(count, BURST)
    expected = _expected(sum(map(sum, folds)), times[0], now)
    candidates, merits = [[1.0] * QUARTERS], [0.0]
    for width in WIDTHS:
        factors, merit = _judged(folds, expected, width)
        candidates.append(factors)
        merits.append(merit)
    return _evened(_mixed(candidates, merits))


def days_of(times: Sequence[float], now: float) -> list[float]:
    """Return for each day of the week, from Monday, how much likelier than in the mean an entry is; [] if unknown."""
    if len(times) < FEWEST or now - times[0] < SHORTEST_FOR_DAYS:
        return []
    seen = [0.0] * 7
    for at in times:
        seen[_weekday(at)] += 1
    weeks, rest = divmod(now - times[0], 7 * DAY)
    lived = [weeks] * 7
    for day in range(int(rest // DAY)):
        lived[(_weekday(times[0]) + day) % 7] += 1
    expected = [len(times) * days / sum(lived) for days in lived]
    groups = {day: slice(5, 7) if day >= 5 else slice(0, 5) for day in range(7)}  # noqa: PLR2004  Saturday is 5
    alike = [_factor(sum(seen[group]), sum(expected[group]), ORDINARY_WEEK) for group in groups.values()]
    return _evened(
        [(seen[day] + ORDINARY_WEEK * alike[day]) / (expected[day] + ORDINARY_WEEK) for day in range(7)]
    )


def _expected(entries: float, first: float, now: float) -> list[float]:
    """Return how many entries each quarter would have had, if all were alike, by how often it was lived through."""
    days, rest = divmod(now - first, DAY)
    quarter = DAY / QUARTERS
    lived = [days + ((number * quarter - first) % DAY < rest) for number in range(QUARTERS)]
    total = sum(lived)
    return [entries * times / total for times in lived]


def _judged(
    folds: Sequence[Sequence[float]], expected: Sequence[float], width: int
) -> tuple[list[float], float]:
    """Return the factors that a width gives, and how much better than none they foretell the days left out."""
    total = _smoothed([sum(column) for column in zip(*folds, strict=True)], width)
    usual = _smoothed(expected, width)
    prior = ORDINARY / QUARTERS
    entries = sum(map(sum, folds)) or 1
    merit = 0.0
    for fold in folds:
        left = 1 - sum(fold) / entries
        where = [number for number, count in enumerate(fold) if count]
        for number, own in zip(where, _smoothed_at(where, fold, width), strict=True):
            factor = _factor(max(total[number] - own, 0.0), usual[number] * left, prior)
            merit += fold[number] * math.log(factor)
    return [(seen + prior) / (often + prior) for seen, often in zip(total, usual, strict=True)], merit


def _mixed(candidates: Sequence[Sequence[float]], merits: Sequence[float]) -> list[float]:
    best = max(merits)
    shares = [math.exp(merit - best) for merit in merits]
    whole = sum(shares)
    return [sum(map(mul, shares, column)) / whole for column in zip(*candidates, strict=True)]


def _smoothed(counts: Sequence[float], width: int) -> list[float]:
    """Smooth around the clock with a box, three times, which is nearly a bell."""
    half = width // 2
    values = list(counts)
    for _ in range(3):
        sums = list(accumulate(values[-half:] + values + values[:half], initial=0.0))
        values = [(upper - lower) / width for lower, upper in zip(sums, sums[width:], strict=False)]
    return values


def _smoothed_at(where: Sequence[int], counts: Sequence[float], width: int) -> list[float]:
    """Return the smoothed counts at these places; elsewhere there are none."""
    if len(where) > FEW:
        values = _smoothed(counts, width)
        return [values[number] for number in where]
    bell = _bell(width)  # an index below 0 counts from the end: around the clock
    some = [counts[other] for other in where]
    return [sum(map(mul, some, [bell[number - other] for other in where])) for number in where]


@lru_cache(maxsize=len(WIDTHS))
def _bell(width: int) -> tuple[float, ...]:
    """Return what the smoothing makes of a single entry at midnight."""
    return tuple(_smoothed([1.0] + [0.0] * (QUARTERS - 1), width))


def _factor(seen: float, expected: float, ordinary: float) -> float:
    return (seen + ordinary) / (expected + ordinary)


def _evened(factors: Sequence[float]) -> list[float]:
    mean = sum(factors) / len(factors)
    return [factor / mean for factor in factors]


def _weekday(at: float) -> int:
    return int((at - MONDAY) % (7 * DAY) // DAY)

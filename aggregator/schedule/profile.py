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
from functools import lru_cache, partial
from itertools import accumulate
from operator import itemgetter, mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
PRIOR = ORDINARY / QUARTERS
_REACH = 3 * (max(WIDTHS) // 2)  # quarters on either side that the widest bell looks at
FEW = 16  # places with entries: up to so many it is cheaper to add up their bells than to pass the boxes


def hours_of(times: Sequence[float], now: float) -> list[float]:
    """Return for each quarter of the day how much likelier than in the mean an entry is; [] if nothing is known.

    `times` are seconds since the epoch, in order.
    """
    if len(times) < FEWEST or now - times[0] < SHORTEST_FOR_HOURS:
        return []
    folds: list[dict[int, float]] = [{} for _ in range(FOLDS)]
    for quarter, count in Counter(int(at // (DAY / QUARTERS)) for at in times).items():
        fold, place = folds[quarter // QUARTERS % FOLDS], quarter % QUARTERS
        fold[place] = fold.get(place, 0.0) + min(count, BURST)
    seen = [sum(column) for column in zip(*map(_around, folds), strict=True)]
    entries = sum(seen)
    parts = [_Part(fold, 1 - sum(fold.values()) / entries) for fold in folds if fold]
    lived = _lived(times[0], now)
    seen_sums, lived_sums, share = _sums(seen), _sums(lived), entries / sum(lived)
    candidates, merits = [[1.0] * QUARTERS], [0.0]
    for width in WIDTHS:
        total, usual = _bells(seen_sums, width), [share * often for often in _bells(lived_sums, width)]
        candidates.append([(a + PRIOR) / (b + PRIOR) for a, b in zip(total, usual, strict=True)])
        merits.append(sum(part.merit(total, usual, width) for part in parts))
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


def _around(fold: Mapping[int, float]) -> list[float]:
    """Return counts by place as counts of all the places around the clock."""
    counts = [0.0] * QUARTERS
    for place, count in fold.items():
        counts[place] = count
    return counts


def _lived(first: float, now: float) -> list[float]:
    """Return how often each quarter of the day was lived through."""
    days, rest = divmod(now - first, DAY)
    quarter = DAY / QUARTERS
    return [days + ((number * quarter - first) % DAY < rest) for number in range(QUARTERS)]


class _Part:
    """The entries of one fold, and how well all others foretell them."""

    def __init__(self, fold: Mapping[int, float], left: float) -> None:
        """Take counts by place; `left` is the share of the entries that are in other folds."""
        self._fold = fold
        self._left = left
        self._places = list(fold)
        # how far each place is from every other, as places of a bell: an index below 0 counts from the end
        self._apart = (
            [itemgetter(*(here - there for there in fold)) for here in fold] if len(fold) > 1 else []
        )

    def merit(self, total: Sequence[float], usual: Sequence[float], width: int) -> float:
        """Return how much better than none the factors foretell the entries that are left out."""
        merit = 0.0
        for place, own in zip(self._places, self._own(width), strict=True):
            factor = (max(total[place] - own, 0.0) + PRIOR) / (usual[place] * self._left + PRIOR)
            merit += self._fold[place] * math.log(factor)
        return merit

    def _own(self, width: int) -> list[float]:
        """Return what is smoothed of the fold's own entries at their places."""
        counts = self._fold.values()
        if len(self._places) > FEW:
            around = _bells(_sums(_around(self._fold)), width)
            return [around[place] for place in self._places]
        bell = _bell(width)
        if not self._apart:
            return [count * bell[0] for count in counts]
        return [sum(map(mul, counts, apart(bell))) for apart in self._apart]


def _mixed(candidates: Sequence[Sequence[float]], merits: Sequence[float]) -> list[float]:
    best = max(merits)
    shares = [math.exp(merit - best) for merit in merits]
    whole = sum(shares)
    return [sum(map(mul, shares, column)) / whole for column in zip(*candidates, strict=True)]


def _sums(counts: Sequence[float]) -> list[float]:
    """Return what all widths are smoothed from: sums of sums of sums of the counts, some way around the clock."""
    return list(_up(_up(_up((*counts[-_REACH:], *counts, *counts[:_REACH])))))


_up = partial(accumulate, initial=0.0)


def _bells(sums: Sequence[float], width: int) -> list[float]:
    """Smooth around the clock with a box, three times, which is nearly a bell: a third difference of `_sums`."""
    start = _REACH - width // 2 * 3
    four = [sums[at : at + QUARTERS] for at in range(start, start + 3 * width + 1, width)]
    scale = 1 / width**3
    return [(d - a + 3 * (b - c)) * scale for a, b, c, d in zip(*four, strict=True)]


@lru_cache(maxsize=len(WIDTHS))
def _bell(width: int) -> tuple[float, ...]:
    """Return what the smoothing makes of a single entry at midnight."""
    return tuple(_bells(_sums(_around({0: 1.0})), width))


def _factor(seen: float, expected: float, ordinary: float) -> float:
    return (seen + ordinary) / (expected + ordinary)


def _evened(factors: Sequence[float]) -> list[float]:
    mean = sum(factors) / len(factors)
    return [factor / mean for factor in factors]


def _weekday(at: float) -> int:
    return int((at - MONDAY) % (7 * DAY) // DAY)

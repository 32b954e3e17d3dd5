"""When a look at a feed pays, and what a request must cost to keep within the user's budget.

Each request finds the entries that came since the last one. Waiting costs the entries' time, asking costs a
request; `price` is what one request is worth, in entry-days of waiting. For a steady feed the mean cost is least
when the next look comes as soon as the expected number of unseen entries reaches √(2 · price · rate): the looks of a
feed grow with the square root of its rate, as Sia and Cho showed (TKDE 2007). With a rate that goes up and down the
same rule is kept with the rate of the moment: it looks at once when a busy hour ends, and waits while one begins.
One price for all feeds is the best split of a budget between them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from aggregator.schedule.cadence import QUARTERS, rate_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.models import Cadence

DAY = timedelta(days=1)
MIDNIGHT = datetime(1970, 1, 5, tzinfo=UTC)  # of a Monday
EVEN = (1.0,) * QUARTERS
NEVER_WORTH = 1e9  # a price at which every feed waits for the longest time


def wait_for(
    cadence: Cadence, now: datetime, price: float, shortest: timedelta, longest: timedelta
) -> timedelta:
    """Return how long to wait for the next look, between `shortest` and `longest`."""
    rate = rate_of(cadence, now)
    since, until, last = (now - MIDNIGHT) / DAY, shortest / DAY, longest / DAY
    hours, days = cadence.hours or EVEN, cadence.days or EVEN
    quarter = math.floor(since * QUARTERS + 1e-6)
    unseen, waited = 0.0, 0.0
    while waited < last:
        ends = min((quarter + 1) / QUARTERS - since, last)
        flow = rate * hours[quarter % QUARTERS] * days[quarter // QUARTERS % 7]
        wanted, then = math.sqrt(2 * price * flow), unseen + flow * (ends - waited)
        if then > wanted and ends > until:
            missing = max(wanted - unseen, 0.0)
            return DAY * max(until, waited + (missing / flow if missing else 0.0))
        unseen, waited, quarter = then, ends, quarter + 1
    return longest


def weight_of(cadence: Cadence, now: datetime) -> float:
    """Return what the feed asks of the budget: its looks a day are √(weight / (2 · price)), within the bounds.

    It is its rate, less what can be saved because its entries come at certain hours.
    """
    hours = sum(map(math.sqrt, cadence.hours)) / len(cadence.hours) if cadence.hours else 1.0
    days = sum(map(math.sqrt, cadence.days)) / len(cadence.days) if cadence.days else 1.0
    return rate_of(cadence, now) * (hours * days) ** 2


def scale_for(weights: Iterable[float], budget: float, shortest: timedelta, longest: timedelta) -> float:
    """Return the price at which feeds of these weights take `budget` requests a day each, in the mean.

    A budget below what `longest` demands, or above what `shortest` allows, is met as well as it can be.
    """
    roots = sorted(math.sqrt(max(weight, 0.0)) for weight in weights)
    if not roots:
        return NEVER_WORTH
    sums = list(accumulate(roots, initial=0.0))
    low, high = -30.0, math.log(NEVER_WORTH)
    for _ in range(50):
        middle = (low + high) / 2
        if _requests(roots, sums, math.exp(middle), shortest, longest) > budget * len(roots):
            low = middle
        else:
            high = middle
    return math.exp(high)


def _requests(
    roots: Sequence[float], sums: Sequence[float], price: float, shortest: timedelta, longest: timedelta
) -> float:
    """Return the looks a day of feeds whose weights have these roots, in order; `sums` are of the first of them."""
    fewest, most, of_one = DAY / longest, DAY / shortest, 1 / math.sqrt(2 * price)
    slow, quick = bisect_left(roots, fewest / of_one), bisect_left(roots, most / of_one)
    return fewest * slow + of_one * (sums[quick] - sums[slow]) + most * (len(roots) - quick)

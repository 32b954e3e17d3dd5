"""When to look at a feed again after a visit.

What was learnt of the feed says when a look would pay; the user's bounds and the publisher's hints are kept
whatever it says. `now` is an argument, chance is not used: what spreads the feeds is their id, and it only ever
makes them later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.headers import LONGEST
from aggregator.models import Outcome
from aggregator.schedule.planning import wait_for
from aggregator.schedule.skips import after_skips

if TYPE_CHECKING:
    from aggregator.models import Cadence
    from aggregator.schedule.headers import Hints

BACKED_OFF = timedelta(days=7)  # a feed that keeps failing is still asked once a week
GONE_APART = timedelta(hours=24)  # two 410 this far apart are believed
FRESH_AT_MOST = timedelta(days=7)  # no feed is so fresh that it is not looked at once a week
SPREAD = 0.1  # a wait is stretched by up to this share, by the feed's id, never shortened
SPREAD_PLANNED = timedelta(minutes=5)  # but not past the hour for which a look was planned


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the user wants feeds to be looked at."""

    interval: timedelta = timedelta(minutes=60)  # never sooner; also the wait of a feed that is not known yet
    longest: timedelta = timedelta(hours=24)  # never later; the document's own ttl is followed up to here
    price: float | None = (
        None  # what a request costs, in entry-days of waiting (`scale_for`); None: fixed interval
    )


def next_check(
    feed_id: int,
    outcome: Outcome,
    failures: int,
    now: datetime,
    rhythm: Rhythm,
    hints: Hints,
    cadence: Cadence | None = None,
) -> datetime:
    """Return when to visit the feed next; `failures` counts this visit if it failed."""
    share = _share(feed_id)
    if outcome is Outcome.GONE:
        wait = GONE_APART * (1 + SPREAD * share)
    elif failures:
        wait = min(rhythm.interval * 2 ** min(failures, 16), BACKED_OFF) * (1 + SPREAD * share)
    else:
        wait = _wait(now, rhythm, hints, cadence, share)
    wait = max(wait, min(hints.fresh_for, FRESH_AT_MOST))
    if hints.retry_after is not None:
        wait = max(wait, min(hints.retry_after, LONGEST))
    at = after_skips(now + wait, hints)
    return at if at == now + wait else at + SPREAD_PLANNED * share


def _wait(now: datetime, rhythm: Rhythm, hints: Hints, cadence: Cadence | None, share: float) -> timedelta:
    ttl = min(hints.ttl, rhythm.longest)
    if cadence is None or rhythm.price is None:
        return max(rhythm.interval, ttl) * (1 + SPREAD * share)
    wait = max(wait_for(cadence, now, rhythm.price, rhythm.interval, rhythm.longest), ttl)
    return wait + min(SPREAD * wait, SPREAD_PLANNED) * share


def _share(feed_id: int) -> float:
    """Return the feed's own place between 0 and 1 (Knuth's multiplicative hash of its id)."""
    return (feed_id * 2654435761 % 2**32) / 2**32

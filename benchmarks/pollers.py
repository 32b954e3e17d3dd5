"""The policies that are compared: ours, and those of other programs and papers.

Each is asked after every poll when to poll next, and sees only the entries that its polls have found so far.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from aggregator.models import Cadence, Outcome
from aggregator.schedule import LEARN_AGAIN, Hints, Rhythm, learn_cadence, next_check
from benchmarks.timelines import DAY, MINUTE, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    # now, the number of entries found so far, whether any was found just now → the next poll
    Next = Callable[[float, int, bool], float]


class Poller(Protocol):
    """A policy that can follow any feed."""

    def follow(self, timeline: Timeline, feed_id: int) -> Next: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    shortest: float = 15  # minutes
    longest: float = 1440

    def keep(self, seconds: float) -> float:
        return min(max(seconds, self.shortest * MINUTE), self.longest * MINUTE)


@dataclass(frozen=True, slots=True)
class Fixed:
    minutes: float

    def follow(self, _timeline: Timeline, _feed_id: int) -> Next:
        return lambda now, _found, _new: now + self.minutes * MINUTE


@dataclass(frozen=True, slots=True)
class EntryFrequency:
    """Miniflux: a week divided by (entries of the last week x factor)."""

    bounds: Bounds
    factor: float

    def follow(self, timeline: Timeline, _feed_id: int) -> Next:
        def after(now: float, found: int, _new: bool) -> float:
            weekly = found - bisect_right(timeline.appears, now - 7 * DAY, hi=found)
            return now + self.bounds.keep(7 * DAY / (weekly * self.factor) if weekly else math.inf)

        return after


@dataclass(frozen=True, slots=True)
class SquareRoot:
    """Polls a day in proportion to the root of the rate of the last two weeks (Sia and Cho)."""

    bounds: Bounds
    factor: float

    def follow(self, timeline: Timeline, _feed_id: int) -> Next:
        def after(now: float, found: int, _new: bool) -> float:
            rate = (found - bisect_right(timeline.appears, now - 14 * DAY, hi=found) + 0.5) / 14
            return now + self.bounds.keep(DAY / (self.factor * math.sqrt(rate)))

        return after


@dataclass(frozen=True, slots=True)
class AdditiveMultiplicative:
    """AIMD: an hour sooner after news, twice as late after none."""

    bounds: Bounds

    def follow(self, _timeline: Timeline, _feed_id: int) -> Next:
        wait = self.bounds.longest * MINUTE

        def after(now: float, _found: int, new: bool) -> float:
            nonlocal wait
            wait = self.bounds.keep(wait - 60 * MINUTE if new else wait * 2)
            return now + wait

        return after


@dataclass(frozen=True, slots=True)
class AdaptiveTtl:
    """A share of the age of the newest entry."""

    bounds: Bounds
    factor: float

    def follow(self, timeline: Timeline, _feed_id: int) -> Next:
        return lambda now, found, _new: (
            now + self.bounds.keep(self.factor * (now - timeline.appears[found - 1]))
        )


@dataclass(frozen=True, slots=True)
class MeanGap:
    """The mean gap of the window of ten entries, longer while nothing comes, times a factor."""

    bounds: Bounds
    factor: float

    def follow(self, timeline: Timeline, _feed_id: int) -> Next:
        def after(now: float, found: int, new: bool) -> float:
            window = timeline.appears[max(0, found - 10) : found]
            oldest = window[0] if new else window[1]
            return now + self.bounds.keep(
                self.factor * ((window[-1] if new else now) - oldest) / (len(window) - 1)
            )

        return after


@dataclass(frozen=True, slots=True)
class Ours:
    """The package's own `next_check`, on what `learn_cadence` makes of the entries found so far."""

    bounds: Bounds
    price: float

    def follow(self, timeline: Timeline, feed_id: int) -> Next:
        rhythm = Rhythm(
            timedelta(minutes=self.bounds.shortest), timedelta(minutes=self.bounds.longest), self.price
        )
        learnt: Cadence | None = None

        def after(now: float, found: int, new: bool) -> float:
            nonlocal learnt
            at = instant(now)
            if learnt is None or (new and at - learnt.learnt_at >= LEARN_AGAIN):
                learnt = learnt_from(timeline, found, at)
            return next_check(feed_id, Outcome.NEW, 0, at, rhythm, Hints(), learnt).timestamp()

        return after


def learnt_from(timeline: Timeline, found: int, now: datetime) -> Cadence:
    """Return what is learnt of a feed from its first `found` entries."""
    return learn_cadence([instant(said) for said in timeline.says[max(0, found - 500) : found]], now)


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

"""What a feed's own times say about its rhythm: how often it posts, at what hours, on which days.

Learnt from nothing but instants. Times in the future are left out; an instant that many entries share (an import, a
feed that dates everything alike) counts as a few; a time at midnight sharp is a date without an hour.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from aggregator.models import Cadence
from aggregator.schedule.profile import DAY, QUARTERS, days_of, hours_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "LEARN_AGAIN",
    "QUARTERS",
    "cadence_from_text",
    "cadence_to_text",
    "is_time_to_learn",
    "learn_cadence",
    "posting_times",
    "rate_of",
]

MOST = 500  # entries that are looked at, the newest
RECENT = 30  # entries that tell the usual rate
MEMORY_ENTRIES = 5  # the memory reaches back some way beyond so many of the newest entries …
MEMORY_REACH = 1.5
MEMORY_DAYS = 14.0  # … and is no shorter than this
ALIKE = 3  # so many entries of one minute count
BENEFIT = 0.25  # imaginary entries: a feed that is silent for long is not thought to be dead
UNKNOWN = 0.5 / 14  # entries a day of a feed that has shown one entry or none
LATE = timedelta(hours=1)  # a cache may hide an entry for so long
FEWEST_CHECKED = 3
LEARN_AGAIN = timedelta(hours=12)  # docs/polling.md was measured with this
ASTRAY = 20  # the oldest times are errors if nothing follows them for so many times as long as since then …
ASTRAY_AT_MOST = 0.25  # … and they are no more than this share
_CADENCE = msgspec.json.Decoder(Cadence)


def learn_cadence(times: Sequence[datetime], now: datetime, seen: Sequence[datetime] = ()) -> Cadence:
    """Learn from the times at which entries were published; `seen` are entries of which only the finding is known.

    What was only seen tells how often, not at what hour: that would be our own hour.
    """
    end = now.timestamp()
    told = _believable(times, now)
    every = _without_strays(sorted([*told, *_believable(seen, now)])[-MOST:], end)
    if not every:
        return Cadence(learnt_at=now, usual=UNKNOWN, memory=MEMORY_DAYS)
    usual, watched = _usual(every, end), (end - every[0]) / DAY
    memory = max(MEMORY_DAYS, MEMORY_REACH * (end - every[-MEMORY_ENTRIES:][0]) / DAY)
    timed = [at for at in told if at % DAY and at >= every[0]]
    return Cadence(
        learnt_at=now,
        usual=usual,
        memory=memory,
        recent=sum(math.exp((at - end) / DAY / memory) for at in every),
        watched=memory * (1 - math.exp(-watched / memory)),
        hours=tuple(round(factor, 3) for factor in hours_of(timed, end)),
        days=tuple(round(factor, 3) for factor in days_of(every, end)),
    )


def is_time_to_learn(kept: str, now: datetime) -> bool:
    """Tell whether what was learnt (`cadence_to_text`) is old enough that new entries may teach something else.

    A busy feed has hundreds of times to learn from, and little that is new in each.
    """
    cadence = cadence_from_text(kept)
    return cadence is None or not timedelta(0) <= now - cadence.learnt_at < LEARN_AGAIN


def rate_of(cadence: Cadence, now: datetime) -> float:
    """Return the entries a day that are expected now: they fade with a silence, never to nothing."""
    if cadence.usual <= 0 or cadence.memory <= 0:
        return UNKNOWN
    faded = math.exp(-max((now - cadence.learnt_at).total_seconds(), 0.0) / DAY / cadence.memory)
    watched = cadence.watched * faded + cadence.memory * (1 - faded)
    return (cadence.recent * faded + BENEFIT) / (watched + BENEFIT / cadence.usual)


def posting_times(
    entries: Iterable[tuple[datetime | None, datetime, datetime | None]],
) -> tuple[list[datetime], list[datetime]]:
    """Sort entries into times that can be believed and times of finding, as `learn_cadence` takes them.

    An entry is (published_at, first_seen_at, the visit before that, None at the feed's first). What was not there
    at a visit was published after it, whatever its date says; a feed of which that is often true gives no hours.
    """
    told: list[datetime] = []
    seen: list[datetime] = []
    checked = late = 0
    for published, found, before in entries:
        is_late = published is not None and before is not None and published < before - LATE
        checked += published is not None and before is not None
        late += is_late
        if published is None or published > found or is_late:
            seen.append(found)
        else:
            told.append(published)
    if checked >= FEWEST_CHECKED and late * 3 > checked:
        return [], [*told, *seen]
    return told, seen


def cadence_to_text(cadence: Cadence) -> str:
    return msgspec.json.encode(cadence).decode("ascii")


def cadence_from_text(text: str) -> Cadence | None:
    """Read what `cadence_to_text` wrote; None if it is nothing of the kind, then it is learnt anew."""
    try:
        cadence = _CADENCE.decode(text)
    except msgspec.DecodeError:
        return None
    numbers = (cadence.usual, cadence.memory, cadence.recent, cadence.watched)
    sound = cadence.learnt_at.tzinfo is not None and min((*numbers, *cadence.hours, *cadence.days)) >= 0
    return cadence if sound and len(cadence.hours) in {0, QUARTERS} and len(cadence.days) in {0, 7} else None


def _believable(times: Sequence[datetime], now: datetime) -> list[float]:
    """Return times in order as seconds, none in the future, and of one minute a few at most."""
    minutes = Counter(int(at.timestamp() // 60) * 60.0 for at in times if at <= now)
    return [minute for minute in sorted(minutes) for _ in range(min(minutes[minute], ALIKE))]


def _without_strays(every: Sequence[float], end: float) -> Sequence[float]:
    """Return times without the first ones, if those lie far from all others: 1970 is a clock that was not set."""
    for number in range(int(len(every) * ASTRAY_AT_MOST), 0, -1):
        if every[number] - every[number - 1] > ASTRAY * max(end - every[number], DAY):
            return every[number:]
    return every


def _usual(every: Sequence[float], end: float) -> float:
    """Return the entries a day over the newest ones; a single one is no rate."""
    newest = every[-RECENT:]
    if len(newest) < 2 or all(before == after for before, after in pairwise(newest)):  # noqa: PLR2004  a gap has two
        return UNKNOWN
    return len(newest) / max((end - newest[0]) / DAY, 1 / 24)

"""What is wrong with a feed, in words: from what the archive knows of it, at a moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.counting import counted
from aggregator.models import READ, FeedState, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from aggregator.models import Feed

# A feed is suspiciously silent when nothing came for so many times its usual pause, and at least for so long.
SILENCE_TIMES = 8
SILENCE_LASTS = timedelta(days=14)
# Most of its articles are not to be had: below that many of them, or that share, it is bad luck.
FEWEST_ARTICLES = 5
MOST = 0.5
WALLS = tuple(verdict for verdict in Verdict if verdict not in READ)
NO_ARTICLES: Mapping[Verdict, int] = MappingProxyType({})


class Kind(StrEnum):
    """What may be wrong."""

    FAILING = "failing"
    GONE = "gone"
    MOVED = "moved"
    SILENT = "silent"
    GAPS = "gaps"
    LYING = "lying"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Ailment:
    kind: Kind
    said: str  # what is the matter, and what follows from it

    @property
    def is_failure(self) -> bool:
        return self.kind in {Kind.FAILING, Kind.GONE}


def ailments(
    feed: Feed,
    now: datetime,
    usual_pause: timedelta | None,
    verdicts: Mapping[Verdict, int] = NO_ARTICLES,
) -> Iterator[Ailment]:
    """Yield what is wrong with a feed; `usual_pause` between two entries, if it is known.

    `verdicts` counts its newest articles by how they could be read.
    """
    if feed.state is FeedState.GONE:
        yield Ailment(Kind.GONE, "permanently gone, its server says; no longer visited, its articles stay")
    elif feed.last_error:
        times = f" ({feed.failures} times in a row)" if feed.failures > 1 else ""
        yield Ailment(Kind.FAILING, f"{feed.last_error}{times}")
    if feed.state is FeedState.MOVED and feed.move:
        yield Ailment(
            Kind.MOVED, f"moved to {feed.move.to}, which is followed already; take this one out of the list"
        )
    elif feed.former_urls:
        yield Ailment(Kind.MOVED, f"was at {feed.former_urls[-1]}; the list may name it by its new address")
    elif feed.move:
        yield Ailment(Kind.MOVED, f"redirects to {feed.move.to}; followed there if that stays so for a week")
    if silence := _silence(feed, now, usual_pause):
        yield Ailment(Kind.SILENT, f"nothing new for {silence.days} days, which is unusual for it")
    if feed.gaps:
        visits = counted(feed.gaps, "visit")
        yield Ailment(Kind.GAPS, f"at {visits} every entry was new: others may have come and gone unseen")
    if feed.lied:
        yield Ailment(Kind.LYING, "its validators once hid a change; it is now fetched in full once a day")
    if walled := _walled(verdicts):
        yield Ailment(Kind.UNREADABLE, walled)


def _walled(verdicts: Mapping[Verdict, int]) -> str:
    """Tell how many of the newest articles stand behind walls, if most of them do."""
    newest = sum(verdicts.values())
    walls = {verdict: verdicts[verdict] for verdict in WALLS if verdicts.get(verdict)}
    if newest < FEWEST_ARTICLES or sum(walls.values()) <= MOST * newest:
        return ""
    kinds = ", ".join(
        f"{count} {verdict}" for verdict, count in sorted(walls.items(), key=lambda wall: -wall[1])
    )
    return f"{sum(walls.values())} of its last {newest} articles cannot be read in full ({kinds})"


def _silence(feed: Feed, now: datetime, usual_pause: timedelta | None) -> timedelta | None:
    if (
        usual_pause is None
        or feed.last_new_at is None
        or feed.last_error
        or feed.state is not FeedState.ACTIVE
    ):
        return None
    silent = now - feed.last_new_at
    return silent if silent > max(SILENCE_TIMES * usual_pause, SILENCE_LASTS) else None

"""What follows from a document of older entries (RFC 5005): it says nothing about the feed itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.decide.looks import TOO_MANY, FeedLook, outcome_of, visit_of
from aggregator.models import Failure, FailureKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.models import Crash, EntryChange, Feed, ParsedFeed, Response, Visit

_AGAIN = frozenset((408, 425, TOO_MANY))  # of the refusals those that pass
_LOST = frozenset(
    (
        FailureKind.BAD_URL,
        FailureKind.FORBIDDEN_ADDRESS,
        FailureKind.TOO_LARGE,
        FailureKind.TOO_MANY_REDIRECTS,
    )
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A page of older entries that could not be read."""

    url: str
    reason: str  # one line for a person
    is_lost: bool  # it will not come another time either


def decide_backfill(
    feed: Feed, parsed: ParsedFeed, changes: Sequence[EntryChange], answer: Response | Failure, now: datetime
) -> Visit:
    """Return the visit of a document of older entries: it brings entries and says nothing about the feed."""
    look = FeedLook(feed, answer)
    after = replace(feed, last_new_at=now if changes else feed.last_new_at)
    return visit_of(look, after, Outcome.OLDER, now, changes=tuple(changes), seen=len(parsed.entries))


def decide_unread(url: str, answer: Response | Failure, parsed: Crash | str | None) -> Unread:
    """Return why a document of older entries came to nothing, and whether it is worth another try."""
    _, reason = outcome_of(answer, parsed)
    if isinstance(answer, Failure):
        return Unread(url, reason, answer.kind in _LOST)
    in_trouble = answer.status >= 500 or answer.status in _AGAIN  # noqa: PLR2004  RFC 9110, 15.6
    return Unread(url, reason, not in_trouble)

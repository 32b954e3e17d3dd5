"""What follows when a bug of ours strikes while something is looked at, decided or recorded. Pure.

Nobody outside is to blame and nothing that we have changes: what was struck is set aside, says so, and is tried again
at growing distances, as if its server were in trouble.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.models import Outcome, Visit
from aggregator.schedule import Hints, after_bug, next_check, next_look

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.models import Feed, PendingEntry
    from aggregator.schedule import Rhythm


def entry_again_at(entry: PendingEntry, now: datetime) -> datetime | None:
    """Return when to try an entry again that a bug has struck; None for a last look that was for edits alone."""
    if entry.recheck:
        return next_look(entry.id, entry.first_seen_at, now)
    return after_bug(entry.attempts + 1, now)


def decide_struck_feed(feed: Feed, reason: str, now: datetime, rhythm: Rhythm) -> Visit:
    """Return the visit of a feed that a bug has struck: a failure, after which the feed is what it was before.

    Nothing is taken from the answer, for it may be what the bug is about.
    """
    failures = feed.failures + 1
    again_at = next_check(feed.id, Outcome.CRASHED, failures, now, rhythm, Hints())
    after = replace(feed, failures=failures, last_error=reason, next_check_at=again_at)
    return Visit(after, now, Outcome.CRASHED, error=reason)

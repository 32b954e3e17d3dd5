"""When to look again at a page that was read well, to see whether it was edited and is still there.

Most edits come in the first hours, a few after weeks, so the looks are ever further apart and then end. They are
cheap (conditional requests) and never urgent: what has not been archived goes first, and their number is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A page is looked at again so long after its article was first seen, then no more.
LOOKS = (HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY)
APART = timedelta(minutes=30)  # no two looks are closer, however late the first of them came
SPREAD = 0.1  # a look is put off by up to this share, by the entry's id: a feed's entries do not come at once
CONFIRM = DAY  # a page that is not there is looked for once more, after this time
MISSING_TWICE = 2
BACK_CATALOGUE = 3 * DAY  # what was older than this when we first saw it has been edited already
FEW_AN_HOUR = 30  # looks that are always allowed


@dataclass(frozen=True, slots=True)
class Rechecks:
    """Whose pages are looked at again: nobody's, everybody's, or those whose address has one of these parts."""

    on: bool = False
    only: tuple[str, ...] = ()

    def covers(self, *addresses: str) -> bool:
        """Tell whether a page is looked at again that one of these addresses (page, feed) names."""
        if not self.on or not self.only:
            return self.on
        return any(part.lower() in address.lower() for part in self.only for address in addresses)


def next_look(entry_id: int, first_seen_at: datetime, now: datetime, *, missing: int = 0) -> datetime | None:
    """Return when to look again at an entry's page, or None when it has been looked at for the last time.

    `missing` counts the looks in a row that found no page: the first is not believed, the second is.
    """
    if missing >= MISSING_TWICE:
        return None
    stretched = 1 + SPREAD * (entry_id * 0.618034 % 1)
    times = (first_seen_at + wait * stretched for wait in LOOKS)
    regular = next((at for at in times if at >= now + APART), None)
    return max(now + 6 * HOUR, min(regular or now + CONFIRM, now + CONFIRM)) if missing else regular


def is_back_catalogue(dated_at: datetime, first_seen_at: datetime) -> bool:
    """Tell whether an article was old already when it was announced to us."""
    return first_seen_at - dated_at > BACK_CATALOGUE


def looks_allowed(new_a_day: int, looked_in_hour: int) -> int:
    """Return how many looks may still begin this hour, given how many entries came in the last day.

    In the long run that is no limit (each new entry asks for six looks at most, which is a quarter of the new
    entries of a day in each hour); it spreads what a large import, a long pause or a clock has made due at once.
    """
    return max(0, max(FEW_AN_HOUR, new_a_day * len(LOOKS) // 24) - looked_in_hour)

"""When to ask again for a page that was not to be had, or not as a whole.

How long a page stays as it is depends on what was wrong with it. A server in trouble is back in minutes or hours;
a wall is a matter of who asks and changes in days, if ever; a page that is announced before it is there comes within
the hour; what is cut short because it is still being written is finished on the same day; and some sites free their
articles after a week or two. Each schedule ends: then the page is left, and what the feed said stays.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.headers import LONGEST
from aggregator.models import Verdict

# No answer, an answer that is none (5xx, 408), or reading the page crashed.
RETRIES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
_RETRIES_AFTER = {
    Verdict.BLOCKED: (timedelta(hours=2), timedelta(days=1), timedelta(days=4), timedelta(days=14)),
    Verdict.GONE: (timedelta(hours=1), timedelta(days=1)),  # 404 and its like: often asked for too early
    Verdict.EMPTY: (timedelta(hours=1), timedelta(days=1), timedelta(days=7)),
    Verdict.PARTIAL: (timedelta(hours=3), timedelta(days=1)),
    Verdict.PAYWALLED: (timedelta(days=14),),  # LWN, for example, frees its articles after ten days or so
}


def next_try(
    attempts: int,
    now: datetime,
    retry_after: timedelta | None = None,
    verdict: Verdict | None = None,
) -> datetime | None:
    """Return when to ask for a page again after `attempts` looks at it, or None when it is given up.

    `verdict` is that on the page itself, whatever the feed's words made of it; None when there was no page.
    """
    waits = RETRIES if verdict is None else _RETRIES_AFTER.get(verdict, ())
    if attempts > len(waits):
        return None
    wait = waits[attempts - 1]
    return now + max(wait, min(retry_after or wait, LONGEST))


def after_bug(tries: int, now: datetime) -> datetime:
    """Return when to try again what a bug of ours has struck `tries` times.

    It is never given up: the cure is a newer program, and nobody knows when that comes.
    """
    return now + RETRIES[min(max(tries, 1), len(RETRIES)) - 1]

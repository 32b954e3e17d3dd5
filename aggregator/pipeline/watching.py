"""Watches: which of the articles that came are new hits of a saved search → owe them → deliver.

What is found is recorded as owed in the transaction that makes it known; what is owed is tried until it arrives. A
file gets each hit exactly once, over any kill. A command or a mail gets it at least once: when the program is killed
between the end of the command and the record of it, the command runs again with the same `report`.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aggregator.errors import AggregatorError, is_bug, told_of_bug
from aggregator.export.reports import render_report
from aggregator.pipeline.bugs import record_all, tell_bug
from aggregator.query import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import Report, Watch

    Deliver = Callable[[Watch, Report, Callable[[int], None]], None]

log = logging.getLogger("aggregator")
MOST_OF_A_REPORT = 200  # hits; more make several reports
_RETRIES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)
)  # the last one again and again


def check_watches(archive: Archive, watches: Sequence[Watch], now: datetime) -> int:
    """Find and owe the new hits of all watches; return how many there are. `now` is in the user's time zone.

    One that a bug strikes is told, and keeps no other from being checked.
    """

    def check(several: Sequence[Watch]) -> list[int]:
        return [_check(archive, watch, now) for watch in several]

    def tell(watch: Watch, error: Exception) -> list[int]:
        tell_bug("checking a watch", error, name=watch.name)
        return []

    return sum(sum(record_all(archive, [watch], check, tell)) for watch in watches)


def _check(archive: Archive, watch: Watch, now: datetime) -> int:
    query = parse_query(watch.query, now, limit=-1)
    state = archive.watches.state(watch.name)
    if state is None or state.query != watch.query:
        _begin(archive, watch, now, is_new=state is None)
        candidates = list(archive.index.stream(query))
    elif state.checked_at > now:  # by a clock that was wrong: nobody knows what came since
        candidates = list(archive.index.stream(query))
    else:
        touched = archive.watches.touched(state.checked_at)
        candidates = archive.index.among(query, touched) if touched else []
    unknown = archive.watches.unknown(watch.name, candidates)
    fresh = archive.watches.new_texts(watch.name, unknown)
    for at in range(0, max(len(fresh), 1), MOST_OF_A_REPORT):
        part = fresh[at : at + MOST_OF_A_REPORT]
        articles = [article for id_ in part if (article := archive.articles.get(id_)) is not None]
        payload = render_report(watch, articles, now) if articles else ""
        archive.watches.owe(
            watch.name, part if len(fresh) > at + MOST_OF_A_REPORT else [*part, *unknown], payload, now
        )
    return len(fresh)


def _begin(archive: Archive, watch: Watch, now: datetime, *, is_new: bool) -> None:
    """Make what matches already known, unless the past is wanted; a changed query begins again, without its past."""
    since = (watch.since if is_new else None) or now
    known: list[int] = []
    if not (watch.past and is_new):
        matching = list(archive.index.stream(parse_query(watch.query, now, limit=-1)))
        known = archive.watches.archived_before(matching, since) if is_new and watch.since else matching
    archive.watches.begin(watch.name, watch.query, since, now, known)


def deliver_reports(
    archive: Archive, watches: Sequence[Watch], deliver: Deliver, now: datetime, name: str = ""
) -> int:
    """Deliver what is owed and due (all of one watch, if it is named); return how many reports arrived.

    `deliver` raises AggregatorError when it cannot; the report is then tried again later, and those of the same
    watch behind it wait for it.
    """
    by_name = {watch.name: watch for watch in watches}
    arrived, stuck = 0, set[str]()
    for report in archive.watches.owed(now, name):
        watch = by_name.get(report.watch)
        if watch is None or watch.name in stuck:
            continue
        try:
            deliver(watch, report, partial(archive.watches.note_offset, report.id))
        except Exception as error:
            if is_bug(error):
                tell_bug("delivering a report", error, watch=watch.name)
            elif not isinstance(error, AggregatorError):
                raise
            stuck.add(watch.name)
            wait = _RETRIES[min(report.tries, len(_RETRIES) - 1)]
            said = told_of_bug(error) if is_bug(error) else str(error)
            archive.watches.failed(report.id, said, now + wait)
            log.warning("watch name=%s error=%r", watch.name, said)
        else:
            archive.watches.delivered(report.id)
            arrived += 1
            log.info("watch name=%s reported=%d", watch.name, report.id)
    return arrived

"""Loop 2: claim pending entries → fetch the page → read it → decide → record the article."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from aggregator.decide import (
    PageLook,
    addresses_of_look,
    decide_article,
    fingerprint_of_look,
    held_for,
    is_read,
    sighted_again,
)
from aggregator.models import Archived, Crash, Failure, Kind, Request, Response
from aggregator.pipeline.tools import CAPACITY, LEASE, keep_holds, run
from aggregator.reading import Reading, read_entry, without_page
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.models import PendingEntry
    from aggregator.pipeline.tools import Tools

log = logging.getLogger("aggregator")


def archive_entries(tools: Tools, limit: int | None = None) -> Iterator[Archived]:
    """Archive the article behind every entry that is due, and yield each once it is recorded."""
    tools.budget.restore(tools.archive.holds.left(tools.clock()))
    work_list = _WorkList(tools, limit)
    for looks in tools.crew.keep_busy(partial(_look_at_page, tools), work_list.more, _host_of_page, CAPACITY):
        yield from work_list.take_seen()
        archived = _record_articles(tools, looks)
        for one in archived:
            _log_article(one)
        yield from archived
    yield from work_list.take_seen()


def _host_of_page(entry: PendingEntry) -> str:
    return host_of(entry.parsed.link)


class _WorkList:
    """Claims entries as there is room; those whose article is there already are recorded without a page."""

    def __init__(self, tools: Tools, limit: int | None) -> None:
        self._tools = tools
        self._left = limit
        self._seen: list[Archived] = []

    def more(self, room: int) -> list[PendingEntry]:
        unseen: list[PendingEntry] = []
        while not unseen and self._left != 0:
            limit = room if self._left is None else min(room, self._left)
            claimed = self._tools.archive.entries.claim(self._tools.clock(), limit=limit, lease=LEASE)
            if not claimed:
                break
            if self._left is not None:
                self._left -= len(claimed)
            unseen = self._sort_out(claimed)
        return unseen

    def take_seen(self) -> list[Archived]:
        seen, self._seen = self._seen, []
        return seen

    def _sort_out(self, entries: Sequence[PendingEntry]) -> list[PendingEntry]:
        unseen = []
        articles = self._tools.archive.articles
        with self._tools.archive.transaction():
            for entry in entries:
                is_new = entry.article_id is None and entry.link_key and not entry.shares_link
                current = articles.at([entry.link_key]) if is_new else None
                if current is None or not is_read(current):
                    unseen.append(entry)
                    continue
                self._seen.append(sighted_again(entry, current, self._tools.clock()))
                articles.record(self._seen[-1])
        return unseen


def _look_at_page(tools: Tools, entry: PendingEntry) -> PageLook:
    if entry.shares_link:
        shared = run(tools.work, without_page, entry.parsed, "other entries of the feed have the same link")
        reading = shared if isinstance(shared, Reading) else without_page(entry.parsed, shared.reason)
        return PageLook(entry, None, reading.extracted)
    answer = _ask_for_page(tools, entry) if entry.parsed.link else None
    reading = run(tools.work, read_entry, entry.parsed, answer)
    if isinstance(reading, Crash):
        reason = f"reading the page was given up: {reading.reason}"
        reading = without_page(entry.parsed, reason, wants_retry=True)
    return PageLook(entry, answer, reading.extracted, reading.wants_retry, reading.arrived_at)


def _ask_for_page(tools: Tools, entry: PendingEntry) -> Response | Failure:
    access = tools.access_to(entry.feed_url)
    return tools.fetch(Request(entry.parsed.link, Kind.PAGE, access=access, access_of=entry.feed_url))


def _record_articles(tools: Tools, looks: Sequence[PageLook]) -> list[Archived]:
    archived = []
    articles = tools.archive.articles
    with tools.archive.transaction():
        for look in looks:
            if (pause := held_for(look)) is not None:
                tools.archive.entries.postpone(look.entry, tools.clock() + pause)
                continue
            current = (
                articles.at(addresses_of_look(look))
                if look.entry.article_id is None
                else articles.known(look.entry.article_id)
            )
            twins = articles.with_fingerprint(fingerprint_of_look(look))
            archived.append(decide_article(look, current, twins, tools.clock()))
            articles.record(archived[-1])
    keep_holds(tools)
    return archived


def _log_article(archived: Archived) -> None:
    log.log(
        logging.WARNING if archived.error else logging.INFO,
        "article url=%s verdict=%s%s%s",
        archived.entry.parsed.link or archived.entry.parsed.guid,
        archived.says.verdict if archived.says else "kept",
        f" retry_at={archived.retry_at:%Y-%m-%dT%H:%MZ}" if archived.retry_at else "",
        f" error={archived.error!r}" if archived.error else "",
    )

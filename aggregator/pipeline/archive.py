"""Loop 2: claim pending entries → fetch the page → read it → decide → record the article."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aggregator.decide import (
    PageLook,
    addresses_of_look,
    decide_article,
    entry_again_at,
    held_for,
    is_read,
    is_same_page,
    sighted_again,
)
from aggregator.errors import ArchiveError, told_of_bug
from aggregator.extract import learn
from aggregator.models import Archived, Failure, Kind, Request, Response
from aggregator.pipeline.bugs import Struck, guarded, record_all, tell_bug
from aggregator.pipeline.duplicates import link_article, link_back_catalogue
from aggregator.pipeline.stories import tell_article
from aggregator.pipeline.tools import CAPACITY, LEASE, keep_holds, run, tell
from aggregator.pipeline.walls import see_through_wall
from aggregator.reading import Reading, is_sent_on, read_again, read_entry, without_page
from aggregator.schedule import looks_allowed
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.models import Page, PendingEntry
    from aggregator.pipeline.tools import Tools

CATCH_UP = 10  # batches of old articles that are compared with others after each run, until none is left
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
log = logging.getLogger("aggregator")


def archive_entries(tools: Tools, limit: int | None = None) -> Iterator[Archived]:
    """Archive the article behind every entry that is due, and yield each once it is recorded."""
    tools.budget.restore(tools.archive.holds.left(tools.clock()))
    work_list = _WorkList(tools, limit)
    look = guarded(partial(_look_at_page, tools))
    for looks in tools.crew.keep_busy(look, work_list.more, _host_of_page, CAPACITY):
        yield from work_list.take_seen()
        archived = _record_articles(tools, looks)
        for one in archived:
            _log_article(one)
        yield from archived
    yield from work_list.take_seen()
    for _ in range(CATCH_UP):
        if not link_back_catalogue(tools.archive, tools.clock()):
            break


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
            entries = self._tools.archive.entries
            claimed = entries.claim(self._tools.clock(), limit=limit, lease=LEASE) or self._looks(limit)
            if not claimed:
                break
            if self._left is not None:
                self._left -= len(claimed)
            unseen = self._sort_out(claimed)
        return unseen

    def _looks(self, limit: int) -> list[PendingEntry]:
        """Claim entries whose page is looked at again: only when nothing else is due, and so many an hour."""
        if not self._tools.rechecks.on:
            return []
        entries, now = self._tools.archive.entries, self._tools.clock()
        new, looked = entries.announced_since(now - DAY), entries.looked_since(now - HOUR, now)
        allowed = min(limit, looks_allowed(new, looked))
        return entries.claim_looks(now, limit=allowed, lease=LEASE) if allowed else []

    def take_seen(self) -> list[Archived]:
        seen, self._seen = self._seen, []
        return seen

    def _sort_out(self, entries: Sequence[PendingEntry]) -> list[PendingEntry]:
        tools = self._tools
        sorted_out = record_all(
            tools.archive, entries, partial(_record_sightings, tools), partial(_set_aside, tools)
        )
        self._seen += [one for one in sorted_out if isinstance(one, Archived)]
        return [one for one in sorted_out if not isinstance(one, Archived)]


def _record_sightings(tools: Tools, entries: Sequence[PendingEntry]) -> list[PendingEntry | Archived]:
    """Record those entries whose article is there already; return what became of them, and the others as they are."""
    sorted_out: list[PendingEntry | Archived] = []
    articles = tools.archive.articles
    for entry in entries:
        is_new = entry.article_id is None and entry.link_key and not entry.shares_link
        current = articles.at([entry.link_key]) if is_new else None
        if current is None or not is_read(current):
            sorted_out.append(entry)
            continue
        sighted = sighted_again(entry, current, tools.clock())
        articles.record(sighted)
        sorted_out.append(sighted)
    return sorted_out


def _set_aside(tools: Tools, entry: PendingEntry, error: Exception) -> list[Any]:
    """Set an entry aside that a bug has struck, whatever of it was being done."""
    now = tools.clock()
    until = entry_again_at(entry, now)
    tools.archive.entries.set_aside(entry, until, told_of_bug(error), now)
    tell_bug(
        "archiving an entry; it is set aside",
        error,
        url=entry.parsed.link or entry.parsed.guid,
        feed=entry.feed_url,
        until=f"{until:%Y-%m-%dT%H:%MZ}" if until else "never",
    )
    return []


def _look_at_page(tools: Tools, entry: PendingEntry) -> PageLook:
    if entry.shares_link:
        shared = _read_in_worker(tools, entry, without_page, "other entries of the feed have the same link")
        reading = shared if isinstance(shared, Reading) else without_page(entry.parsed, shared.reason)
        return PageLook(entry, None, reading.extracted)
    answer = _ask_for_page(tools, entry) if entry.parsed.link else None
    kept = _kept_page(tools, entry, answer)
    if isinstance(answer, Response) and is_same_page(entry, answer, kept):
        return PageLook.same(entry, answer)
    reading = _read(tools, entry, answer, kept)
    if isinstance(answer, Response) and is_sent_on(
        reading, answer
    ):  # once, or pages could send us in circles
        answer = _ask_for_page(tools, entry, reading.extracted.sent_to)
        if isinstance(answer, Response) and is_same_page(entry, answer, kept):
            return PageLook.same(entry, answer)
        reading = _read(tools, entry, answer, kept)
    return PageLook(
        entry,
        answer,
        reading.extracted,
        reading.wants_retry,
        reading.arrived_at,
        page=reading.page,
        before=reading.before,
    )


def _read_in_worker(tools: Tools, entry: PendingEntry, read: Callable[..., Reading], *args: Any) -> Any:
    return run(tools.work, read, entry.parsed, *args, of=entry.parsed.link or entry.parsed.guid)


def _read(tools: Tools, entry: PendingEntry, answer: Response | Failure | None, kept: Page | None) -> Reading:
    if not isinstance(answer, Response):
        reading = _read_in_worker(tools, entry, read_entry, answer)
    else:
        memory = tools.archive.sites.committed(host_of(answer.final_url))
        if kept is None:
            reading = _read_in_worker(tools, entry, read_entry, answer, memory)
        else:
            reading = _read_in_worker(tools, entry, read_again, answer, kept, memory)
    if isinstance(reading, Reading):
        return reading
    reason = f"reading the page was given up: {reading.reason}"
    return without_page(entry.parsed, reason, wants_retry=True)


def _kept_page(tools: Tools, entry: PendingEntry, answer: Response | Failure | None) -> Page | None:
    """Return the page that was kept of an entry that is looked at again; one that cannot be read is none."""
    if entry.article_id is None or not isinstance(answer, Response) or not answer.body:
        return None
    try:
        return tools.archive.pages.newest(entry.article_id)
    except ArchiveError as error:
        log.warning("kept page article=%d error=%r", entry.article_id, str(error))
        return None


def _ask_for_page(tools: Tools, entry: PendingEntry, sent_to: str = "") -> Response | Failure:
    access = tools.access_to(entry.feed_url, entry.feed_former_urls)
    request = Request(
        sent_to or entry.parsed.link,
        Kind.PAGE,
        entry.validators,
        entry.validators_of,
        access=access,
        access_of=entry.feed_url,
    )
    return tools.fetch(request)


def _record_articles(tools: Tools, looks: Sequence[PageLook | Struck[PendingEntry]]) -> list[Archived]:
    for struck in looks:
        if isinstance(struck, Struck):
            _set_aside(tools, struck.item, struck.error)
    archived = record_all(
        tools.archive,
        [look for look in looks if isinstance(look, PageLook)],
        partial(_record_together, tools),
        lambda look, error: _set_aside(tools, look.entry, error),
    )
    keep_holds(tools)
    return archived


def _record_together(tools: Tools, looks: Sequence[PageLook]) -> list[Archived]:
    archived = []
    for look in looks:
        if (pause := held_for(look)) is not None:
            tools.archive.entries.postpone(look.entry, tools.clock() + pause)
            continue
        archived.append(_record_article(tools, look))
    return archived


def _record_article(tools: Tools, look: PageLook) -> Archived:
    """Decide about one look and record it, with what its article is to others; each rests on those before it."""
    archive, now = tools.archive, tools.clock()
    if look.entry.article_id is None:
        current = archive.articles.at(addresses_of_look(look))
    else:
        current = archive.articles.known(look.entry.article_id)
    look = see_through_wall(archive, look, current, now)
    archived = decide_article(look, current, now, tools.rechecks)
    article_id = archive.articles.record(archived)
    if archived.says is not None:
        before = current if archived.article_id is not None else None
        link_article(archive, article_id, look.extracted, now, before)
        tell_article(archive, article_id, now, before)
    _learn(tools, archived)
    return archived


def _learn(tools: Tools, archived: Archived) -> None:
    """Add what a page taught to the memory of its site."""
    page = archived.learnt
    if page is not None and page.host:
        sites = tools.archive.sites
        sites.keep(learn(sites.memory(page.host), page), archived.at)


def _log_article(archived: Archived) -> None:
    tell(
        logging.WARNING if archived.error else logging.INFO,
        "article",
        url=archived.entry.parsed.link or archived.entry.parsed.guid,
        verdict=archived.says.verdict if archived.says else "kept",
        retry_at=f"{archived.retry_at:%Y-%m-%dT%H:%MZ}" if archived.retry_at else "",
        error=archived.error,
    )

"""The two loops: claim → fetch → decide → record. This file orders the calls and decides nothing.

Everything it needs comes in as an argument: the archive, the means to fetch and to compute, the clock. Threads
wait for the network (`crew`), processes do the work (`work`); whatever has come back is decided and recorded in
one transaction by the thread that runs the loop. Killed at any instruction, the next run goes on: what was claimed
becomes due again, what was recorded is there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from aggregator.decide import (
    FeedLook,
    PageLook,
    addresses_of_look,
    decide_article,
    decide_backfill,
    decide_visit,
    fingerprint_of_look,
    has_body,
    held_for,
    is_read,
    sighted_again,
    validators_to_send,
)
from aggregator.errors import ParseError
from aggregator.models import Archived, Crash, Failure, Kind, ParsedFeed, Request, Response, Visit
from aggregator.outage import Outage, reached_nobody
from aggregator.parse import parse_feed
from aggregator.parse.identity import changed_entries
from aggregator.reading import read_entry, without_page
from aggregator.urls import canonical_url, host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import Feed, PendingEntry
    from aggregator.schedule import Rhythm

log = logging.getLogger("aggregator")
T = TypeVar("T")
R = TypeVar("R")

CAPACITY = 256  # under way at once, at most 8 of them on one host, so that each is done well within its lease
LEASE = timedelta(minutes=15)
GAP_PAGES = 5  # of older entries that are read when a visit did not overlap with what we had


class Fetch(Protocol):
    def __call__(self, request: Request) -> Response | Failure: ...


class Work(Protocol):
    """Run a pure function in a worker process."""

    def __call__(self, func: Callable[..., Any], *args: Any) -> Any: ...


class Crew(Protocol):
    """Run a function on many items at once, one at a time for each host, fetching more items as there is room."""

    def keep_busy(
        self,
        func: Callable[[T], R],
        more: Callable[[int], Sequence[T]],
        key: Callable[[T], str],
        capacity: int,
    ) -> Iterator[list[R]]: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """The means by which the loops touch the world."""

    archive: Archive
    fetch: Fetch
    work: Work
    crew: Crew
    clock: Callable[[], datetime]
    rhythm: Rhythm
    outage: Outage = field(default_factory=Outage)


# ------------------------------------------------------------------------------------------ loop 1: poll


def poll_feeds(tools: Tools, urls: Sequence[str] = ()) -> Iterator[Visit]:
    """Visit every feed that is due, and yield each visit once it is recorded."""

    def due(room: int) -> list[Feed]:
        return tools.archive.feeds.claim(tools.clock(), limit=room, lease=LEASE, urls=urls)

    gaps: list[Feed] = []
    silent: list[FeedLook] = []  # nobody is blamed before it is known whether others answer
    for looks in tools.crew.keep_busy(partial(_look_at_feed, tools), due, _host_of_feed, CAPACITY):
        for look in looks:
            tools.outage.note(look.feed, look.answer, tools.clock())
        met = [look for look in looks if not reached_nobody(look.answer)]
        silent += [look for look in looks if reached_nobody(look.answer)]
        if tools.outage.is_proven_up or len(silent) > CAPACITY:
            met, silent = met + silent, []
        visits = _record_looks(tools, met)
        gaps += [visit.feed for visit in visits if visit.gap and visit.feed.older_url]
        yield from visits
    yield from _record_looks(tools, silent)
    for feed in gaps:
        yield from backfill_feed(tools, feed, GAP_PAGES)


def _host_of_feed(feed: Feed) -> str:
    return host_of(feed.url)


def _look_at_feed(tools: Tools, feed: Feed) -> FeedLook:
    now = tools.clock()
    tools.archive.feeds.mark_asked(feed.id, now + tools.rhythm.interval)
    validators = validators_to_send(feed, now)
    answer = tools.fetch(Request(feed.url, Kind.FEED, validators, feed.validators_of))
    whole = not validators
    if not has_body(answer):
        return FeedLook(feed, answer, whole=whole)
    body_hash = blake2b(answer.body, digest_size=16).hexdigest()
    parsed = _parse(tools.work, feed, answer) if body_hash != feed.body_hash else None
    return FeedLook(feed, answer, body_hash, parsed, whole)


def _parse(work: Work, feed: Feed, answer: Response) -> ParsedFeed | Crash | str:
    try:
        parsed: ParsedFeed | Crash = work(
            parse_feed, answer.body, feed.url, answer.headers.get("content-type", "")
        )
    except ParseError as error:
        return str(error)
    return parsed


def _record_looks(tools: Tools, looks: Sequence[FeedLook]) -> list[Visit]:
    """Decide about looks and record them, in one transaction: decisions rest on what is recorded."""
    visits = []
    with tools.archive.transaction():
        for look in looks:
            entries = look.parsed.entries if isinstance(look.parsed, ParsedFeed) else ()
            known = tools.archive.entries.known(
                look.feed.id,
                [entry.guid for entry in entries],
                [canonical_url(entry.link) for entry in entries],
            )
            offline = reached_nobody(look.answer) and tools.outage.excuses(look.feed)
            changes = changed_entries(entries, known)
            visits.append(decide_visit(look, changes, tools.clock(), tools.rhythm, offline=offline))
        tools.archive.visits.record(visits)
        for visit in visits:
            if visit.moves_to:
                tools.archive.visits.move(visit.feed, visit.moves_to, visit.at)
    for visit in visits:
        _log_visit(visit)
    return visits


def backfill_feed(tools: Tools, feed: Feed, pages: int) -> Iterator[Visit]:
    """Read up to `pages` documents of older entries (RFC 5005), until one brings nothing new; yield each visit."""
    read: set[str] = set()
    url = feed.older_url
    while url and url not in read and len(read) < pages:
        read.add(url)
        answer = tools.fetch(Request(url, Kind.FEED))
        parsed = _parse(tools.work, feed, answer) if has_body(answer) else None
        if not isinstance(parsed, ParsedFeed):
            return
        visit = _record_older(tools, feed, parsed, answer)
        yield visit
        url = (parsed.prev_archive_url or parsed.next_url) if visit.new else ""


def _record_older(tools: Tools, feed: Feed, parsed: ParsedFeed, answer: Response | Failure) -> Visit:
    entries = parsed.entries
    with tools.archive.transaction():
        known = tools.archive.entries.known(
            feed.id, [entry.guid for entry in entries], [canonical_url(entry.link) for entry in entries]
        )
        # what an old document says of an entry that we know is not news
        changes = [change for change in changed_entries(entries, known) if change.id is None]
        visit = decide_backfill(feed, parsed, changes, answer, tools.clock())
        tools.archive.visits.record([visit])
    _log_visit(visit)
    return visit


def _log_visit(visit: Visit) -> None:
    log.log(
        logging.WARNING if visit.failed else logging.INFO,
        "visit feed=%s outcome=%s status=%s new=%d bytes=%d ms=%d%s",
        visit.feed.url,
        visit.outcome,
        visit.status or "-",
        visit.new,
        visit.bytes,
        visit.elapsed_ms,
        f" error={visit.error!r}" if visit.error else "",
    )


# --------------------------------------------------------------------------------------- loop 2: archive


def archive_entries(tools: Tools, limit: int | None = None) -> Iterator[Archived]:
    """Archive the article behind every entry that is due, and yield each once it is recorded."""
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
                is_new = entry.article_id is None and entry.link_key
                current = articles.at([entry.link_key]) if is_new else None
                if current is None or not is_read(current):
                    unseen.append(entry)
                    continue
                self._seen.append(sighted_again(entry, current, self._tools.clock()))
                articles.record(self._seen[-1])
        return unseen


def _look_at_page(tools: Tools, entry: PendingEntry) -> PageLook:
    answer = tools.fetch(Request(entry.parsed.link, Kind.PAGE)) if entry.parsed.link else None
    reading = tools.work(read_entry, entry.parsed, answer)
    if isinstance(reading, Crash):
        reason = f"reading the page was given up: {reading.reason}"
        reading = without_page(entry.parsed, reason, wants_retry=True)
    return PageLook(entry, answer, reading.extracted, reading.wants_retry, reading.arrived_at)


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

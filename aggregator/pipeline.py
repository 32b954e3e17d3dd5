"""The two loops: claim → fetch → decide → record. This file orders the calls and decides nothing.

Everything it needs comes in as an argument: the archive, the means to fetch and to compute, the clock. Threads
wait for the network (`crew`), processes do the work (`work`); whatever has come back is decided and recorded in
one transaction by the thread that runs the loop. Killed at any instruction, the next run goes on: what was claimed
becomes due again, what was recorded is there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from aggregator.decide import (
    FeedLook,
    PageLook,
    addresses_of_look,
    decide_article,
    decide_visit,
    fingerprint_of_look,
    has_body,
    sighted_again,
)
from aggregator.errors import ParseError
from aggregator.models import Archived, Crash, Failure, Kind, ParsedFeed, Request, Response, Visit
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

BATCH = 256  # claimed at once; with at most 8 of one host a batch is done well within its lease
LEASE = timedelta(minutes=15)


class Fetch(Protocol):
    def __call__(self, request: Request) -> Response | Failure: ...


class Work(Protocol):
    """Run a pure function in a worker process."""

    def __call__(self, func: Callable[..., Any], *args: Any) -> Any: ...


class Crew(Protocol):
    """Run a function on many items at once, one at a time for each host."""

    def map(
        self, func: Callable[[T], R], items: Sequence[T], key: Callable[[T], str]
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


# ------------------------------------------------------------------------------------------ loop 1: poll


def poll_feeds(tools: Tools, urls: Sequence[str] = ()) -> Iterator[Visit]:
    """Visit every feed that is due, and yield each visit once it is recorded."""
    while feeds := tools.archive.feeds.claim(tools.clock(), limit=BATCH, lease=LEASE, urls=urls):
        for looks in tools.crew.map(partial(_look_at_feed, tools), feeds, lambda feed: host_of(feed.url)):
            visits = _record_looks(tools, looks)
            for visit in visits:
                _log_visit(visit)
            yield from visits


def _look_at_feed(tools: Tools, feed: Feed) -> FeedLook:
    answer = tools.fetch(Request(feed.url, Kind.FEED, feed.validators))
    if not has_body(answer):
        return FeedLook(feed, answer)
    body_hash = blake2b(answer.body, digest_size=16).hexdigest()
    parsed = _parse(tools.work, feed, answer) if body_hash != feed.body_hash else None
    return FeedLook(feed, answer, body_hash, parsed)


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
            visits.append(decide_visit(look, changed_entries(entries, known), tools.clock(), tools.rhythm))
        tools.archive.feeds.record_visits(visits)
    return visits


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
    left = limit
    while left is None or left > 0:
        batch = BATCH if left is None else min(BATCH, left)
        entries = tools.archive.entries.claim(tools.clock(), limit=batch, lease=LEASE)
        if not entries:
            return
        left = None if left is None else left - len(entries)
        yield from _archive_batch(tools, entries)


def _archive_batch(tools: Tools, entries: Sequence[PendingEntry]) -> Iterator[Archived]:
    seen, unseen = _sort_out(tools, entries)
    yield from seen
    for looks in tools.crew.map(
        partial(_look_at_page, tools), unseen, lambda entry: host_of(entry.parsed.link)
    ):
        archived = _record_articles(tools, looks)
        for one in archived:
            _log_article(one)
        yield from archived


def _sort_out(tools: Tools, entries: Sequence[PendingEntry]) -> tuple[list[Archived], list[PendingEntry]]:
    """Record at once what needs no page, because its address is known; return that, and the rest."""
    seen: list[Archived] = []
    unseen: list[PendingEntry] = []
    with tools.archive.transaction():
        for entry in entries:
            current = tools.archive.articles.at([entry.link_key]) if entry.article_id is None else None
            if current is None or not entry.link_key:
                unseen.append(entry)
                continue
            seen.append(sighted_again(entry, current, tools.clock()))
            tools.archive.articles.record(seen[-1])
    return seen, unseen


def _look_at_page(tools: Tools, entry: PendingEntry) -> PageLook:
    answer = tools.fetch(Request(entry.parsed.link, Kind.PAGE)) if entry.parsed.link else None
    reading = tools.work(read_entry, entry.parsed, answer)
    if isinstance(reading, Crash):
        reading = without_page(entry.parsed, f"reading the page was given up: {reading.reason}")
    return PageLook(entry, answer, reading.extracted, reading.wants_retry)


def _record_articles(tools: Tools, looks: Sequence[PageLook]) -> list[Archived]:
    archived = []
    articles = tools.archive.articles
    with tools.archive.transaction():
        for look in looks:
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

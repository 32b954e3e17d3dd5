"""Loop 1: claim due feeds → fetch → parse → decide → record the visit with its entries."""

from __future__ import annotations

import logging
from functools import partial
from hashlib import blake2b, sha1
from typing import TYPE_CHECKING

from aggregator.decide import (
    OFFLINE_PAUSE,
    FeedLook,
    Unread,
    decide_backfill,
    decide_struck_feed,
    decide_unread,
    decide_visit,
    has_body,
    validators_to_send,
)
from aggregator.errors import ParseError, told_of_bug
from aggregator.models import Crash, Failure, Kind, Outcome, ParsedFeed, Request, Response, Visit
from aggregator.outage import reached_nobody
from aggregator.parse import parse_feed
from aggregator.parse.identity import HASHED, changed_entries, guid_forms
from aggregator.pipeline.bugs import Struck, guarded, record_all, tell_bug
from aggregator.pipeline.tools import CAPACITY, LEASE, keep_holds, run, tell
from aggregator.schedule import is_time_to_learn, learn_cadence, posting_times
from aggregator.urls import canonical_url, host_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from aggregator.models import Cadence, EntryChange, Feed, KnownEntry, ParsedEntry
    from aggregator.pipeline.tools import Tools, Work
    from aggregator.schedule import Rhythm

MEMORY = 400  # entries from which a feed's rhythm is learnt
NOTHING = ParsedFeed("")  # was read
_OLD_HASH = 32  # characters, of BLAKE2; a new one has 40
GAP_PAGES = 5  # of older entries that are read when a visit did not overlap with what we had


def poll_feeds(tools: Tools, urls: Sequence[str] = ()) -> Iterator[Visit]:
    """Visit every feed that is due, and yield each visit once it is recorded."""

    def due(room: int) -> list[Feed]:
        return tools.archive.feeds.claim(tools.clock(), limit=room, lease=LEASE, urls=urls)

    tools.budget.restore(tools.archive.holds.left(tools.clock()))
    gaps: list[Feed] = []
    silent: list[FeedLook] = []  # nobody is blamed before it is known whether others answer
    look_at = guarded(partial(_look_at_feed, tools))
    for batch in tools.crew.keep_busy(look_at, due, _host_of_feed, CAPACITY):
        yield from _set_struck_aside(tools, [one for one in batch if isinstance(one, Struck)])
        looks = [look for look in batch if isinstance(look, FeedLook)]
        for look in looks:
            tools.outage.note(look.feed, look.answer, tools.clock())
        met = [look for look in looks if not reached_nobody(look.answer)]
        silent += [look for look in looks if reached_nobody(look.answer)]
        if tools.outage.is_proven_up or len(silent) > CAPACITY:
            met, silent = met + silent, []
        visits = _record_looks(tools, met)
        gaps += [visit.feed for visit in visits if visit.feed.gap_url and not visit.failed]
        yield from visits
    yield from _record_looks(tools, silent)
    for feed in gaps:
        yield from _fill_gap(tools, feed)


def _fill_gap(tools: Tools, feed: Feed) -> Iterator[Visit]:
    """Read the older pages that a gap left unread; what fails is tried again after the feed's next visit.

    A page that is gone is not asked for at every visit for ever.
    """
    unread = yield from backfill_feed(tools, feed, GAP_PAGES, feed.gap_url)
    if unread is not None:
        tell(logging.WARNING, "gap not filled", feed=feed.url, page=unread.url, error=unread.reason)
    if unread is None or unread.is_lost:
        tools.archive.feeds.close_gap(feed.id)


def _host_of_feed(feed: Feed) -> str:
    return host_of(feed.url)


def _look_at_feed(tools: Tools, feed: Feed) -> FeedLook | None:
    """Ask for a feed; None if it was asked already, because its claim had run out while it waited here."""
    now = tools.clock()
    if not tools.archive.feeds.mark_asked(feed.id, now, now + tools.rhythm.interval):
        return None
    validators = validators_to_send(feed, now)
    access = tools.access_to(feed.url, feed.former_urls)
    answer = tools.fetch(Request(feed.url, Kind.FEED, validators, feed.validators_of, access, feed.url))
    whole = not validators
    if not has_body(answer):
        return FeedLook(feed, answer, whole=whole)
    body_hash = _hash_of(answer.body)
    if _is_kept(feed.body_hash, body_hash, answer.body):
        return FeedLook(feed, answer, body_hash, whole=whole)
    parsed = _parse(tools.work, feed, answer, tools.archive.feeds.prints(feed.id))
    return FeedLook(feed, answer, body_hash, parsed, whole)


def _hash_of(body: bytes) -> str:
    """Return the hash of a body.

    SHA-1, because processors have instructions for it: half the time of BLAKE2. Only the publisher of a feed could
    make two documents of one hash, and would hide one of them.
    """
    return sha1(body, usedforsecurity=False).hexdigest()


def _is_kept(kept: str, body_hash: str, body: bytes) -> bool:
    """Tell whether a body is the one whose hash was kept, be it by an older program."""
    if len(kept) == _OLD_HASH:
        return kept == blake2b(body, digest_size=_OLD_HASH // 2).hexdigest()
    return kept == body_hash


def _parse(work: Work, feed: Feed, answer: Response, known: bytes = b"") -> ParsedFeed | Crash | str:
    try:
        content_type = answer.headers.get("content-type", "")
        parsed: ParsedFeed | Crash = run(
            work, parse_feed, answer.body, feed.url, content_type, known, of=feed.url
        )
    except ParseError as error:
        return str(error)
    return parsed


def _record_looks(tools: Tools, looks: Sequence[FeedLook]) -> list[Visit]:
    """Decide about looks and record them, in one transaction: decisions rest on what is recorded."""
    rhythm = tools.pricing.at(tools.rhythm, tools.archive, tools.clock()) if looks else tools.rhythm
    struck: list[Struck[Feed]] = []

    def set_aside(look: FeedLook, error: Exception) -> list[Visit]:
        struck.append(Struck(look.feed, error))
        return []

    visits = record_all(tools.archive, looks, partial(_record_together, tools, rhythm), set_aside)
    tools.archive.feeds.excuse(tools.outage.take_wrongly_blamed(), tools.clock() + OFFLINE_PAUSE)
    keep_holds(tools)
    _log_visits(visits)
    return visits + _set_struck_aside(tools, struck)


def _record_together(tools: Tools, rhythm: Rhythm, looks: Sequence[FeedLook]) -> list[Visit]:
    visits = [_decide(tools, rhythm, look) for look in looks]
    tools.archive.visits.record(visits)
    for visit in visits:
        if visit.moves_to:
            tools.archive.visits.move(visit.feed, visit.moves_to, visit.at)
    return visits


def _decide(tools: Tools, rhythm: Rhythm, look: FeedLook) -> Visit:
    parsed = look.parsed if isinstance(look.parsed, ParsedFeed) else NOTHING
    known = _known(tools, look.feed, parsed.entries)
    offline = reached_nobody(look.answer) and tools.outage.excuses(look.feed)
    if reached_nobody(look.answer) and not offline and not look.feed.failures:
        tools.outage.blame(look.feed)
    changes = changed_entries(parsed.entries, known, parsed.standing)
    cadence = _learn(tools, look.feed, changes)
    return decide_visit(look, changes, tools.clock(), rhythm, cadence=cadence, offline=offline)


def _set_struck_aside(tools: Tools, struck: Sequence[Struck[Feed]]) -> list[Visit]:
    """Set feeds aside that a bug has struck, and return that as their visits."""
    visits = []
    for one in struck:
        visits.append(decide_struck_feed(one.item, told_of_bug(one.error), tools.clock(), tools.rhythm))
        tools.archive.visits.record(visits[-1:])
        until = visits[-1].feed.next_check_at
        tell_bug(
            "visiting a feed; it is set aside",
            one.error,
            feed=one.item.url,
            until=f"{until:%Y-%m-%dT%H:%MZ}" if until else "never",
        )
    return visits


def _known(tools: Tools, feed: Feed, entries: Sequence[ParsedEntry]) -> Sequence[KnownEntry]:
    """Return what the archive has of these entries."""
    if not entries:
        return ()
    shelf = tools.archive.entries
    if feed.last_new_at is None and not shelf.has_guids(feed.id):
        return ()
    hashed = shelf.has_guids(feed.id, HASHED)
    guids = [form for entry in entries for form in guid_forms(entry.guid, hashed=hashed)]
    links = [canonical_url(entry.link) for entry in entries]
    return shelf.known(feed.id, guids, links)


def _learn(tools: Tools, feed: Feed, changes: Sequence[EntryChange]) -> Cadence | None:
    """Learn a feed's rhythm from its entries, those that just came too; None when what was learnt before holds."""
    now = tools.clock()
    fresh = [(change.parsed.published_at, now, feed.last_visit_at) for change in changes if change.id is None]
    if not fresh or not is_time_to_learn(feed.cadence, now):
        return None
    told, seen = posting_times([*tools.archive.entries.times(feed.id, MEMORY), *fresh])
    return learn_cadence(told, now, seen)


def backfill_feed(
    tools: Tools, feed: Feed, pages: int, start: str = ""
) -> Generator[Visit, None, Unread | None]:
    """Read up to `pages` documents of older entries (RFC 5005), until one brings nothing new; yield each visit.

    Returns the page that could not be read, if there was one.
    """
    read: set[str] = set()
    url = start or feed.older_url
    while url and url not in read and len(read) < pages:
        read.add(url)
        found = guarded(partial(_read_older, tools, feed))(url)
        if isinstance(found, Struck):
            tell_bug("reading older entries", found.error, feed=feed.url, page=url)
            return Unread(url, told_of_bug(found.error), is_lost=False)  # a newer program may read it
        if isinstance(found, Unread):
            return found
        visit, following = found
        yield visit
        url = following if visit.new else ""
    return None


def _read_older(tools: Tools, feed: Feed, url: str) -> tuple[Visit, str] | Unread:
    """Read a document of older entries and record it; return the visit, and the page with those before them."""
    access = tools.access_to(feed.url, feed.former_urls)
    answer = tools.fetch(Request(url, Kind.FEED, access=access, access_of=feed.url))
    parsed = _parse(tools.work, feed, answer) if has_body(answer) else None
    if not isinstance(parsed, ParsedFeed):
        return decide_unread(url, answer, parsed)
    return _record_older(tools, feed, parsed, answer), parsed.prev_archive_url or parsed.next_url


def _record_older(tools: Tools, feed: Feed, parsed: ParsedFeed, answer: Response | Failure) -> Visit:
    entries = parsed.entries
    with tools.archive.transaction():
        known = _known(tools, feed, entries)
        # what an old document says of an entry that we know is not news
        changes = [change for change in changed_entries(entries, known) if change.id is None]
        visit = decide_backfill(feed, parsed, changes, answer, tools.clock())
        tools.archive.visits.record([visit])
    _log_visit(visit)
    return visit


def _log_visits(visits: Sequence[Visit]) -> None:
    """Log a line a visit; those that say nothing about their feeds, because the network is away, in one."""
    away = [visit for visit in visits if visit.outcome is Outcome.OFFLINE]
    for visit in visits:
        if visit.outcome is not Outcome.OFFLINE:
            _log_visit(visit)
    if away:
        tell(logging.WARNING, "offline", feeds=len(away), again_in=OFFLINE_PAUSE, error=away[0].error)


def _log_visit(visit: Visit) -> None:
    tell(
        logging.WARNING if visit.failed else logging.INFO,
        "visit",
        feed=visit.feed.url,
        outcome=visit.outcome,
        status=visit.status,
        new=visit.new,
        bytes=visit.bytes,
        ms=visit.elapsed_ms,
        error=visit.error,
    )

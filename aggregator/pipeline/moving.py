"""Moving in: entries of another program → clean → which are new? → decide → record them with their articles.

The rooms are those of the two loops, without the network. A batch is recorded in one transaction and what is here is
known again, so a run that is killed goes on where it was, and a second one changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING

from aggregator.decide import PageLook, addresses_of_look, decide_moved
from aggregator.models import Crash, MovedIn, ParsedEntry, Subscription, SubscriptionPlan
from aggregator.moving import Cleaned, cleaned_entries
from aggregator.parse.identity import guid_forms, unknown_entries
from aggregator.pipeline.bugs import record_all, tell_bug
from aggregator.pipeline.duplicates import link_article
from aggregator.pipeline.stories import tell_article
from aggregator.pipeline.tools import run
from aggregator.reading import Reading, without_page
from aggregator.urls import canonical_url, host_of, is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import EntryChange, Keepsake, KeptEntry, PendingEntry
    from aggregator.pipeline.tools import Work
    from aggregator.schedule import Spread

BATCH = 100  # entries to a transaction


@dataclass(frozen=True, slots=True)
class MovingIn:
    """How entries are moved in."""

    archive: Archive
    work: Work
    clock: Callable[[], datetime]
    spread: Spread | None = None  # when pages are asked for; None: never


def move_in(how: MovingIn, keepsake: Keepsake) -> Iterator[MovedIn]:
    """Move entries in and yield what became of each batch once it is recorded."""
    homes = _Homes(how, keepsake)
    reason = f"moved in from {keepsake.program}; its page was not asked for"
    for feed_id, of_feed in groupby(keepsake.entries, key=homes.of):
        while batch := list(islice(of_feed, BATCH)):
            moved = _move_batch(how, feed_id, batch, reason) if feed_id else MovedIn(homeless=len(batch))
            yield moved + homes.take_paused()


class _Homes:
    """Which feeds of ours the entries belong to; one that nobody follows is recorded, and paused."""

    def __init__(self, how: MovingIn, keepsake: Keepsake) -> None:
        self._how = how
        self._kept = {each.url: each for each in keepsake.subscriptions}
        self._paused = 0
        feeds = how.archive.feeds.known()
        self._by_site = {feed.site_url: feed.id for feed in feeds if feed.site_url}
        self._by_url = {url: feed.id for feed in feeds for url in feed.former_urls}
        self._by_url |= {feed.url: feed.id for feed in feeds}

    def of(self, entry: KeptEntry) -> int:
        """Return the id of an entry's feed, or 0 if nobody says which that is."""
        url = entry.feed_url
        if url in self._by_url or not is_http(url):
            return self._by_url.get(url) or self._by_site.get(entry.site_url, 0)
        kept = self._kept.get(url) or Subscription(url)
        self._how.archive.feeds.apply_plan(SubscriptionPlan(add=(kept,), pause=(url,)), self._how.clock())
        self._paused += 1
        self._by_url[url] = feed_id = self._how.archive.feeds.id_of(url)
        if kept.site_url:
            self._by_site.setdefault(kept.site_url, feed_id)
        return feed_id

    def take_paused(self) -> MovedIn:
        paused, self._paused = self._paused, 0
        return MovedIn(paused=paused)


def _move_batch(how: MovingIn, feed_id: int, batch: Sequence[KeptEntry], reason: str) -> MovedIn:
    cleaned, unreadable = _clean(how.work, batch)
    entries = [one.parsed for one in cleaned]
    known = how.archive.entries.known(
        feed_id,
        [form for entry in entries for form in guid_forms(entry.guid)],
        [canonical_url(entry.link) for entry in entries],
    )
    changes = unknown_entries(entries, known)
    kept_at = {one.parsed.guid: one.kept_at for one in cleaned}
    readings = {change.parsed.guid: _read(how.work, change.parsed, reason) for change in changes}
    links = Counter(change.link_key for change in changes if change.link_key)

    def record(part: Sequence[EntryChange]) -> list[MovedIn]:
        for entry in how.archive.moving.bring(feed_id, part, how.clock()):
            # also where its twin is not there yet, because each is recorded by itself
            shares_link = entry.shares_link or links[entry.link_key] > 1
            ours = replace(entry, shares_link=shares_link)
            _record(how, ours, readings[entry.parsed.guid], kept_at[entry.parsed.guid])
        return [MovedIn(new=len(part))]

    def set_aside(change: EntryChange, error: Exception) -> list[MovedIn]:
        tell_bug("moving an entry in; it is left out", error, url=change.parsed.link or change.parsed.guid)
        return [MovedIn(unreadable=1)]

    moved = record_all(how.archive, changes, record, set_aside)
    asked = _ask_pages(how, [entry.id for entry in known])
    others = MovedIn(known=len(entries) - len(changes), asked=asked, unreadable=unreadable)
    return sum(moved, others)


def _clean(work: Work, batch: Sequence[KeptEntry]) -> tuple[list[Cleaned], int]:
    """Clean a batch; if one of it is the end of a worker, one by one. Return also how many were given up."""
    cleaned = run(work, cleaned_entries, batch, of=f"{len(batch)} entries")
    if not isinstance(cleaned, Crash):
        return list(cleaned), 0
    singly = [run(work, cleaned_entries, [one], of=one.link or one.guid) for one in batch]
    good = [one for each in singly if not isinstance(each, Crash) for one in each]
    return good, sum(isinstance(each, Crash) for each in singly)


def _read(work: Work, parsed: ParsedEntry, reason: str) -> Reading:
    reading: Reading | Crash = run(work, without_page, parsed, reason, of=parsed.link or parsed.guid)
    if isinstance(reading, Crash):
        return without_page(ParsedEntry(parsed.guid, parsed.link, parsed.title), reading.reason)
    return reading


def _record(how: MovingIn, entry: PendingEntry, reading: Reading, kept_at: datetime | None) -> None:
    archive, now = how.archive, how.clock()
    look = PageLook(entry, None, reading.extracted)
    current = archive.articles.at(addresses_of_look(look))
    has_page = bool(entry.parsed.link) and not entry.shares_link
    ask_at = how.spread.next(host_of(entry.parsed.link)) if how.spread and has_page else None
    archived = decide_moved(look, current, now, kept_at, ask_at)
    article_id = archive.articles.record(archived)
    if archived.says is not None:
        before = current if archived.article_id is not None else None
        link_article(archive, article_id, look.extracted, now, before)
        tell_article(archive, article_id, now, before)


def _ask_pages(how: MovingIn, entry_ids: Sequence[int]) -> int:
    """Let the pages of entries be asked for that an earlier run brought without; return how many."""
    if how.spread is None:
        return 0
    with how.archive.transaction():
        wanting = how.archive.moving.wanting_page(entry_ids)
        for entry_id, host in wanting:
            how.archive.moving.ask_page(entry_id, how.spread.next(host))
    return len(wanting)

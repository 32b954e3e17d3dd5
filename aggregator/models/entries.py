"""Entries on their way to an article: what waits, and what a person asks about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.feeds import ParsedEntry
from aggregator.models.web import Validators


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry whose article is still to be archived, and what the feed said about it."""

    id: int
    feed_id: int
    feed_url: str
    feed_title: str
    parsed: ParsedEntry
    link_key: str
    hash: str  # of what the feed said when the entry was claimed
    shares_link: bool  # other entries of this feed have the same link: it names none of them
    attempts: int  # pages asked for so far
    first_seen_at: datetime
    article_id: int | None = None  # an article is there: another look at its page, or at the feed's new words
    recheck: bool = False  # nothing was wrong with its page: we look whether it was edited
    checks: int = 0  # such looks so far
    missing: int = 0  # looks in a row that found no page where one had been
    validators: Validators = Validators()  # of the page that we have
    validators_of: str = ""  # the address that gave them
    feed_former_urls: tuple[str, ...] = ()  # where the feed was before it moved


class EntryState(StrEnum):
    PENDING = "pending"  # no article yet
    RETRYING = "retrying"  # archived as well as could be; the page will be asked for again
    ARCHIVED = "archived"
    SET_ASIDE = "set-aside"  # a bug of ours struck it; it is tried again


@dataclass(frozen=True, slots=True)
class AnnouncedEntry:
    """An entry as a person asks about it: what was announced, by which feed, in which state."""

    id: int
    feed: str  # address
    guid: str
    link: str
    title: str
    published_at: datetime | None
    first_seen_at: datetime
    changed_at: datetime | None  # when the feed last changed its words
    state: EntryState
    attempts: int
    last_error: str
    next_try_at: datetime | None
    article_id: int | None
    looks: int = 0  # at a page that was read before, for edits
    looked_at: datetime | None = None  # the last of them

"""What a feed says, what we know of it, and one poll of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.web import Validators


@dataclass(frozen=True, slots=True)
class Enclosure:
    url: str
    type: str = ""
    length: int | None = None  # bytes, as announced


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """What a feed says about one entry. Text is plain (no markup); `*_html` is sanitised HTML with absolute links."""

    guid: str  # atom:id, rss guid, JSON Feed id; else the link; else a hash of title and content. Never ""
    link: str = ""  # absolute http(s) address of the page, or ""
    title: str = ""
    author: str = ""  # several are joined by ", "
    published_at: datetime | None = None
    updated_at: datetime | None = None  # only if the feed gives one
    summary_html: str = ""
    content_html: str = ""  # the feed's own full content, if it gives one
    language: str = ""  # BCP 47, lower case
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    format: str  # "rss20", "atom10", "rss10", "json11"…
    title: str = ""
    site_url: str = ""
    language: str = ""
    ttl_minutes: int | None = None  # RSS ttl
    whole: bool = True  # False: the document breaks off before its end; more may have been meant
    entries: tuple[ParsedEntry, ...] = ()  # in the order of the document


class FeedState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # no longer in feeds.opml
    GONE = "gone"  # answered 410 twice, a day apart


@dataclass(frozen=True, slots=True)
class Feed:
    """What the archive knows of a feed that we follow or followed."""

    id: int
    url: str
    title: str = ""  # the subscription's, else the feed's own
    category: str = ""
    site_url: str = ""
    state: FeedState = FeedState.ACTIVE
    validators: Validators = Validators()
    body_hash: str = ""  # of the last body that was parsed; "" before the first
    next_check_at: datetime | None = None  # None: never visited, due at once
    failures: int = 0  # visits in a row that failed
    gone_at: datetime | None = None  # first 410 of an unbroken row
    last_outcome: str = ""
    last_error: str = ""  # "" when the last visit succeeded
    last_visit_at: datetime | None = None
    last_new_at: datetime | None = None  # when a visit last brought a new entry
    entries: int = 0  # how many entries the archive has of it


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """As much of an archived entry as is needed to tell whether an announced one is new."""

    id: int
    guid: str
    link_key: str  # canonical form of its link, or ""
    hash: str  # of what the feed said


class Outcome(StrEnum):
    """What one poll of one feed came to."""

    NEW = "new"  # the document changed and was read
    SAME = "same"  # 200, but byte for byte what we had
    NOT_MODIFIED = "not-modified"  # 304
    NOT_A_FEED = "not-a-feed"
    GONE = "gone"  # 410
    RATE_LIMITED = "rate-limited"  # 429, or 503 with Retry-After
    HTTP_ERROR = "http-error"
    NO_ANSWER = "no-answer"
    CRASHED = "crashed"  # the document killed or outlasted the worker that parsed it


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry to be recorded: a new one (`id` None), or one of ours about which the feed now says something else."""

    parsed: ParsedEntry
    link_key: str
    hash: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One poll of one feed and all that follows from it. Recorded in one transaction, or not at all."""

    feed: Feed  # as it shall be after the visit
    at: datetime
    outcome: Outcome
    changes: tuple[EntryChange, ...] = ()
    status: int | None = None
    own_title: str = ""  # what the feed calls itself; "" when it was not read
    error: str = ""  # one line, "" on success
    bytes: int = 0
    elapsed_ms: int = 0
    seen: int = 0  # entries in the document

    @property
    def new(self) -> int:
        return sum(1 for change in self.changes if change.id is None)

    @property
    def failed(self) -> bool:
        return bool(self.error)

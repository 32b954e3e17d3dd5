"""What a feed says, what we know of it, and one poll of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.web import Validators

Prints = bytes  # of entries: hashes of them as they stood in a document, one after the other


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
class Standing:
    """An entry that stands in a document as it stood when it was read: it is not read again, only recognised."""

    guid_print: bytes  # a hash of its guid
    link_print: bytes  # and one of its canonical link


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    format: str  # "rss20", "atom10", "rss10", "json11"…
    title: str = ""
    site_url: str = ""
    language: str = ""
    ttl_minutes: int | None = None  # RSS ttl
    whole: bool = True  # False: the document breaks off before its end; more may have been meant
    entries: tuple[ParsedEntry, ...] = ()  # that were read, in the order of the document
    standing: tuple[Standing, ...] = ()  # the others
    prints: Prints = b""  # of its entries: what is the same next time need not be read again
    skip_hours: frozenset[int] = frozenset()  # 0 to 23 in UTC: hours in which nothing is published
    skip_days: frozenset[int] = frozenset()  # Monday is 0
    update_minutes: int | None = None  # how long the feed says that it stays as it is (sy:updatePeriod)
    # Absolute http(s) addresses, or "".
    next_url: str = ""  # the next page of older entries (RFC 5005, 3)
    prev_archive_url: str = ""  # the archive document before this one (RFC 5005, 4)
    complete: bool = False  # the document holds all entries there are (RFC 5005, 2), or the feed has ended

    @property
    def seen(self) -> int:
        """How many entries the document has."""
        return len(self.entries) + len(self.standing)


class FeedState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # no longer in feeds.opml
    GONE = "gone"  # answered 410 twice, a day apart
    MOVED = "moved"  # to the address of another feed that we follow


@dataclass(frozen=True, slots=True)
class Move:
    """A permanent redirect that a feed has answered with, not yet believed (RFC 9110, 15.4.2 and 15.4.9)."""

    to: str
    times: int  # visits in a row that were answered so
    since: datetime
    ours: bool = True  # the document that was met there had entries that we knew


@dataclass(frozen=True, slots=True)
class Asks:
    """What the document itself says about when to come back (RSS 2.0; RSS 1.0's syndication module)."""

    ttl_minutes: int | None = None
    update_minutes: int | None = None  # sy:updatePeriod over sy:updateFrequency
    skip_hours: frozenset[int] = frozenset()  # 0 to 23 in UTC
    skip_days: frozenset[int] = frozenset()  # Monday is 0


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
    validators_of: str = ""  # the address that gave the validators; they are told to no other
    whole_at: datetime | None = None  # last time that the whole document was asked for, without validators
    lied: bool = False  # its validators once stood for a document that had changed
    move: Move | None = None
    former_urls: tuple[str, ...] = ()  # where it was before
    older_url: str = ""  # page of older entries (RFC 5005), if the document names one
    gaps: int = 0  # visits that did not overlap with what we had
    gap_url: str = ""  # page of older entries that is still to be read because of a gap
    asks: Asks = Asks()
    cadence: str = ""  # what was learnt of its rhythm, as text; "" before the first entry
    weight: float = 0.0  # its share in the budget of requests
    last_outcome: str = ""
    last_error: str = ""  # "" when the last visit succeeded
    last_visit_at: datetime | None = None
    last_new_at: datetime | None = None  # when a visit last brought a new entry
    entries: int = 0  # how many entries the archive has of it


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a feed posts, as learnt from the times of its entries at `learnt_at`; rates are entries a day."""

    learnt_at: datetime
    usual: float = 0.0  # rate of the newest entries
    memory: float = 0.0  # days after which an entry counts for a third
    recent: float = 0.0  # entries, faded by that
    watched: float = 0.0  # days, faded alike
    # How much likelier than in the mean an entry is, in UTC; empty when nothing is known.
    hours: tuple[float, ...] = ()  # for each quarter of an hour of the day
    days: tuple[float, ...] = ()  # for each day of the week, Monday first


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
    OLDER = "older"  # a document of older entries, read to fill a gap
    SAME = "same"  # 200, but byte for byte what we had
    NOT_MODIFIED = "not-modified"  # 304
    NOT_A_FEED = "not-a-feed"
    GONE = "gone"  # 410
    RATE_LIMITED = "rate-limited"  # 429, or 503 with Retry-After
    HTTP_ERROR = "http-error"
    NO_ANSWER = "no-answer"
    HELD = "held"  # not asked: the host wants to be left alone
    OFFLINE = "offline"  # nobody answered at all: no feed is blamed
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
    gap: bool = False  # nothing in the document was known: entries may have come and gone unseen
    moves_to: str = ""  # the feed is at this address from now on
    error: str = ""  # one line, "" on success
    bytes: int = 0
    elapsed_ms: int = 0
    seen: int = 0  # entries in the document
    prints: Prints | None = None  # of the entries as they stand in the document; None: no document was read

    @property
    def new(self) -> int:
        return sum(1 for change in self.changes if change.id is None)

    @property
    def failed(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit as a person asks about it."""

    at: datetime
    outcome: Outcome
    status: int | None
    new: int
    gap: bool
    error: str

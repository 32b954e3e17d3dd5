"""From an announced entry to an archived article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.feeds import ParsedEntry


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
    article_id: int | None = (
        None  # an article is there, but the page was not to be had or the feed's words changed
    )


class EntryState(StrEnum):
    PENDING = "pending"  # no article yet
    RETRYING = "retrying"  # archived as well as could be; the page will be asked for again
    ARCHIVED = "archived"


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


class Verdict(StrEnum):
    """How good the text of an article is."""

    FULL = "full"
    PARTIAL = "partial"  # taken from the page, but short or cut
    FEED_ONLY = "feed-only"  # the feed's own words; the reason says what was wrong with the page
    PAYWALLED = "paywalled"
    BLOCKED = "blocked"  # a bot wall, a consent wall, 401, 403, 429, 451
    GONE = "gone"  # 404, 410, and the feed said nothing either
    EMPTY = "empty"  # nothing that can be read


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes behind a link, as they came: enough to extract again."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """What the feed said that helps to read the page."""

    title: str = ""
    author: str = ""
    summary: str = ""  # plain text
    content: str = ""  # plain text of the feed's own content
    language: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """What was read out of a page (or, failing that, out of the feed)."""

    text: str  # plain, paragraphs separated by one empty line
    verdict: Verdict
    reason: str = ""  # why the verdict is not "full"
    title: str = ""
    byline: str = ""
    site: str = ""
    language: str = ""  # BCP 47, lower case
    published_at: datetime | None = None
    published_from: str = ""  # "feed", "page" or "": where the date came from
    page_titles: str = (
        ""  # all that the page calls itself, for telling whether it is the one that was announced
    )
    canonical: str = ""  # what the page's rel=canonical says, absolute; not yet believed


@dataclass(frozen=True, slots=True)
class ArticleText:
    """All that an article says, to be recorded under its canonical address."""

    url: str  # where it can be read: the address after redirects
    canonical_url: str  # the same, cleaned: the article's identity
    title: str
    byline: str
    site: str
    language: str
    published_at: datetime | None
    published_from: str  # "feed", "page" or ""
    dated_at: datetime  # when it sorts
    verdict: Verdict
    reason: str
    text: str
    fingerprint: str = ""  # of the normalised text; "" when it is too short to say anything
    duplicate_of: int | None = None  # id of the article whose text this one repeats


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """As much of an archived article as is needed to decide about another look at it, or about a twin."""

    id: int
    canonical_url: str
    site: str
    title: str
    verdict: Verdict
    text: str
    fingerprint: str
    duplicate_of: int | None


@dataclass(frozen=True, slots=True)
class Archived:
    """What became of one pending entry. Recorded in one transaction, or not at all."""

    entry: PendingEntry
    at: datetime
    article_id: int | None = None  # the article is there already; None: `says` is a new one
    says: ArticleText | None = None  # None: the article stays as it is
    keeps_revision: bool = False  # the words that `says` replaces were published: they stay as a revision
    addresses: tuple[str, ...] = ()  # canonical addresses that led here
    page: Page | None = None
    asked: bool = False  # a page was asked for: counts as an attempt
    retry_at: datetime | None = None  # the page was not to be had: ask again then
    error: str = ""  # one line; "" when all went well


@dataclass(frozen=True, slots=True)
class Sighting:
    """One feed's announcement of an article."""

    feed_url: str
    feed_title: str
    category: str
    guid: str
    link: str
    title: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Article:
    """One text, wherever announced, as it is in the archive."""

    id: int
    url: str
    title: str
    byline: str
    site: str
    language: str
    published_at: datetime | None
    published_from: str
    dated_at: datetime  # when it sorts: published, unless that is unknown or in the future, then first seen
    archived_at: datetime
    verdict: Verdict
    reason: str
    duplicate_of: int | None
    text: str
    sightings: tuple[Sighting, ...] = ()

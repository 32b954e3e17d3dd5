"""From an announced entry to an archived article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aggregator.models.entries import PendingEntry
from aggregator.models.verdicts import Verdict


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
    updated_at: datetime | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says about one field of an article. Of the claims on a field the first is believed."""

    field: str  # "title", "byline", "published_at" …: a field of `ExtractedText`
    source: str  # "feed", "json-ld", "meta", "page" (its markup or text), "text" or "url"
    value: str  # instants in ISO 8601


@dataclass(frozen=True, slots=True)
class Dropped:
    """A block of a page that was left out of the text, so that a wrong rule can be found and undone."""

    rule: str  # "title", "dateline", "other stories", "furniture of the site" …
    text: str


@dataclass(frozen=True, slots=True)
class SitePage:
    """What one page teaches about the pages of its site: where text stands in the markup, and where it does not."""

    host: str
    blocks: Mapping[str, tuple[int, int]] = field(
        default_factory=dict
    )  # signature → words (in the text, not)
    lines: frozenset[str] = frozenset()  # hashes of short lines, which recur when they are furniture
    known: bool = False  # the text was known for sure: the feed gave it whole


@dataclass(frozen=True, slots=True)
class SiteMemory:
    """What the pages of a host have taught so far; bounded, newest first to be kept."""

    host: str = ""
    pages: int = 0
    blocks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)  # hash → pages that had the line
    templated: int = 0  # pages in a row that were read from memory alone: now and then one is read in full


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
    modified_at: datetime | None = None
    markdown: str = (
        ""  # the text with headings, lists, quotes and links (CommonMark); "" when that adds nothing
    )
    score: float = 0.0  # 0 to 1: how sure it is that the text is the whole article and nothing else
    image: str = ""  # address of the lead image
    section: str = ""
    tags: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    learnt: SitePage | None = None
    page_titles: str = (
        ""  # all that the page calls itself, for telling whether it is the one that was announced
    )
    canonical: str = ""  # what the page's rel=canonical says, absolute; not yet believed
    sent_to: str = ""  # where a page without a text sends its readers at once (meta refresh), absolute
    shingles: Sequence[int] = ()  # hashes by which the text is compared; () if not worked out


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
    modified_at: datetime | None = None
    score: float = 0.0
    markdown: str = ""
    image: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    extractor: int = 0  # version of our rules that read it (`extract.VERSION`); 0: the feed's words alone
    agency: str = ""  # news agency that the text says it is from


class Change(StrEnum):
    """What an edit of a published text is, as a reader would call it."""

    HEADLINE = "headline"  # only the title
    CORRECTION = "correction"  # names, numbers, words here and there; or a note that says so
    SUBSTANCE = "substance"  # passages were added or rewritten
    REMOVAL = "removal"  # passages are gone
    REREAD = "reread"  # not the publisher's: we read the kept page again, with better rules
    COSMETIC = "cosmetic"  # counters, clocks, typography: no revision


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier state of an article's text."""

    id: int
    article_id: int
    seen_at: datetime  # when we first had this text
    replaced_at: datetime
    kind: Change  # of the edit that replaced it
    title: str
    text: str
    verdict: Verdict


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
    dated_at: datetime | None = None
    announced: str = ""  # the title that the feed gave when the page was last read; "" when it is not known
    language: str = ""
    shingles: list[int] | None = field(default=None, compare=False)  # hashes of the text, if they are at hand


@dataclass(frozen=True, slots=True)
class PastReading:
    """An archived article whose page is kept, and what is needed to read it again."""

    known: KnownArticle
    url: str
    published_at: datetime | None
    extractor: int  # version of the rules that read it last
    entry: PendingEntry  # the announcement that said most


@dataclass(frozen=True, slots=True)
class Archived:
    """What became of one pending entry. Recorded in one transaction, or not at all."""

    entry: PendingEntry
    at: datetime
    article_id: int | None = None  # the article is there already; None: `says` is a new one
    says: ArticleText | None = None  # None: the article stays as it is
    keeps_revision: Change | None = (
        None  # the words that `says` replaces were published and stay, as a revision
    )
    addresses: tuple[str, ...] = ()  # canonical addresses that led here
    page: Page | None = None
    learnt: SitePage | None = None
    recheck_at: datetime | None = None  # nothing is wrong with the page, but it will be looked at again then
    gone: bool | None = None  # the page was there once, and is not any more; None: nothing new about that
    missing: int = 0  # looks in a row that found no page where one had been
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
    modified_at: datetime | None = None
    gone_at: datetime | None = None  # when its page was found to be gone
    score: float = 0.0
    image: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    agency: str = ""


@dataclass(frozen=True, slots=True)
class ArticleDetails:
    """What is known of how an article was read: only shown when one article is looked at."""

    markdown: str = ""
    claims: tuple[Claim, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    extractor: int = 0

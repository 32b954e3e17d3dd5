"""What follows from a page that was read: an article, a better text for one we have, or one more sighting.

Pure. Good text is never replaced by worse, and a published text that is replaced stays as a revision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.decide.edits import WORTH, change_since, revision_kind, title_now
from aggregator.decide.looks import has_body
from aggregator.decide.visits import held_pause
from aggregator.dedupe import addresses_of, agency_of, agree, fingerprint, is_plausible
from aggregator.extract import VERSION
from aggregator.headers import retry_after
from aggregator.models import (
    FROM_PAGE,
    Archived,
    ArticleText,
    Change,
    ExtractedText,
    Failure,
    FailureKind,
    KnownArticle,
    Page,
    PendingEntry,
    Response,
    Verdict,
)
from aggregator.schedule import MISSING_TWICE, Rechecks, is_back_catalogue, next_look, next_try
from aggregator.urls import canonical_url, site_of, without_tracking

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class PageLook:
    """What one look at the page behind an entry brought, read together with what the feed said."""

    entry: PendingEntry
    answer: Response | Failure | None  # None: the entry names no page
    extracted: ExtractedText
    wants_retry: bool = False  # the page may be had another time
    arrived_at: str = ""  # address of the page, if it is the article's
    before: ExtractedText | None = None  # what the page said that we have, read by the same rules
    is_same: bool = False  # the page is the one that we have: nothing was read
    page: Verdict | None = (
        None  # on the page itself, whatever the feed's words made of it; None: there was none
    )

    @classmethod
    def same(cls, entry: PendingEntry, answer: Response) -> PageLook:
        """Return the look at a page that has not changed since it was kept."""
        return cls(entry, answer, ExtractedText("", Verdict.EMPTY), is_same=True)


MUCH_SHORTER = 0.5  # a text of the same verdict that lost more than this is a broken page, not an edit
CUT_OFF = 0.7  # … nor one that ends early, when this much of it is left
LAST_WORDS = 12
ASIDE, MOST_ASIDES = 120, 2000  # characters: of one line, of all that are looked at
NOT_MODIFIED = 304
NOT_THERE = frozenset({404, 410})
NO_RECHECKS = Rechecks()
KEPT_TYPES = ("text/", "html", "xml", "json", "pdf")


def addresses_of_look(look: PageLook) -> tuple[str, ...]:
    """Return the canonical addresses that the entry's article goes by, its identity first."""
    entry = look.entry
    if not entry.link_key or entry.shares_link:  # an entry without a page of its own is its own article
        return (f"entry:{canonical_url(entry.feed_url)}#{entry.parsed.guid}",)
    return addresses_of(entry.link_key, look.arrived_at, look.extracted.canonical)


def fingerprint_of_look(look: PageLook) -> str:
    return fingerprint(look.extracted.text, look.extracted.verdict)


def decide_article(
    look: PageLook,
    current: KnownArticle | None,
    now: datetime,
    rechecks: Rechecks = NO_RECHECKS,
) -> Archived:
    """Return what becomes of the entry: a new article, a better or newer text for one we have, or a sighting.

    `current` is the article at one of the look's addresses, `rechecks` tells whose pages are looked at again.
    """
    if current is not None and _is_another(look, current):
        look, current = replace(look, arrived_at=""), None
    if current is not None and look.is_same:
        return _unchanged(look, current, now, rechecks)
    says = _says(look, current)
    change = change_since(says, look.before, current) if current else None
    replaces = current is None or _is_better(says, current, look.entry, change)
    missing = _missing(look, current)
    retry_at = None if look.entry.recheck or missing else _retry_at(look, now)
    dated_at, verdict = _standing(says, current, replaces=replaces)
    return Archived(
        entry=look.entry,
        at=now,
        article_id=current.id if current else None,
        says=says if replaces else None,
        keeps_revision=revision_kind(says, current, change) if current and replaces else None,
        addresses=addresses_of_look(look),
        page=_page(look.answer, now) if has_body(look.answer) and look.arrived_at and replaces else None,
        # a page that is looked at often is no reason to think that its lines stand on many pages
        learnt=look.extracted.learnt if current is None or not is_read(current) else None,
        recheck_at=_recheck_at(look, now, rechecks, dated_at, verdict, missing) if not retry_at else None,
        gone=_is_gone(look, current, missing),
        missing=missing,
        asked=look.answer is not None,
        retry_at=retry_at,
        error=_trouble(look, says, current, replaces=replaces, missing=missing),
    )


def _says(look: PageLook, current: KnownArticle | None) -> ArticleText:
    says = article_text(look)
    if current is None or look.entry.article_id is None:
        return says
    return replace(says, title=title_now(says.title, look.extracted, look.before, current))


def _unchanged(look: PageLook, current: KnownArticle, now: datetime, rechecks: Rechecks) -> Archived:
    """Return what becomes of an entry whose page is the one that we have."""
    return Archived(
        entry=look.entry,
        at=now,
        article_id=current.id,
        recheck_at=_recheck_at(look, now, rechecks, current.dated_at, current.verdict, missing=0),
        gone=False,
        asked=True,
    )


def _standing(
    says: ArticleText, current: KnownArticle | None, *, replaces: bool
) -> tuple[datetime | None, Verdict]:
    """Return the date and the verdict that the article has from now on."""
    if current is None:
        return says.dated_at, says.verdict
    return current.dated_at, says.verdict if replaces else current.verdict


def _recheck_at(
    look: PageLook,
    now: datetime,
    rechecks: Rechecks,
    dated_at: datetime | None,
    verdict: Verdict,
    missing: int,
) -> datetime | None:
    """Return when to see whether the page was edited; None for what was not read from a page, or is old."""
    entry = look.entry
    has_page = bool(entry.link_key) and not entry.shares_link
    if not has_page or verdict not in FROM_PAGE:
        return None
    if not rechecks.covers(entry.feed_url, entry.parsed.link):
        return None
    if dated_at is not None and is_back_catalogue(dated_at, entry.first_seen_at):
        return None
    return next_look(entry.id, entry.first_seen_at, now, missing=missing)


def _missing(look: PageLook, current: KnownArticle | None) -> int:
    """Return how many looks in a row, with this one, found no page where one had been."""
    if current is None or look.entry.article_id is None or not is_read(current) or look.arrived_at:
        return 0
    if isinstance(look.answer, Response) and look.answer.status in NOT_THERE:
        return look.entry.missing + 1
    return look.entry.missing  # a server in trouble says nothing about its pages


def _is_gone(look: PageLook, current: KnownArticle | None, missing: int) -> bool | None:
    if missing >= MISSING_TWICE and missing > look.entry.missing:
        return True
    return False if current is not None and look.arrived_at else None


def _is_another(look: PageLook, current: KnownArticle) -> bool:
    """Tell whether the article that we have at the new address is not the one that was announced.

    Many links that lead to one page (a login, a section) are not one article, unless they are titled alike.
    """
    entry = look.entry
    if entry.article_id is not None or current.canonical_url == entry.link_key:
        return False
    if not entry.parsed.title:
        return not is_plausible(current.canonical_url, entry.link_key)
    return not (agree(entry.parsed.title, current.title) or agree(current.title, entry.parsed.title))


def _trouble(
    look: PageLook, says: ArticleText, current: KnownArticle | None, *, replaces: bool, missing: int
) -> str:
    """Return what there is to tell about the entry, or ""."""
    if missing > look.entry.missing:
        return f"{look.extracted.reason}; the text is kept"
    if look.answer is not None and not look.arrived_at:
        return look.extracted.reason
    if current is not None and not replaces and _is_much_shorter(says, current):
        return "the page has lost the greater part of its text or ends early; the earlier text is kept"
    return ""


def held_for(look: PageLook) -> timedelta | None:
    """Return how long the page's host wants to be left alone, if it was not asked for that reason."""
    answer = look.answer
    if not (isinstance(answer, Failure) and answer.kind is FailureKind.HELD):
        return None
    return held_pause(answer)


def is_same_page(entry: PendingEntry, answer: Response, kept: Page | None) -> bool:
    """Tell whether the answer says that the page is still the one that we have.

    Only of a look for edits: an entry whose words have changed in the feed is read anew.
    """
    if not entry.recheck:
        return False
    if answer.status == NOT_MODIFIED:
        return bool(entry.validators)
    return kept is not None and has_body(answer) and answer.body == kept.body


def is_read(article: KnownArticle) -> bool:
    """Tell whether we have the article's own text; if not, another feed's words may be better than ours."""
    return article.verdict in FROM_PAGE


def sighted_again(entry: PendingEntry, current: KnownArticle, now: datetime) -> Archived:
    """Return what becomes of an entry whose article another feed or address has brought already."""
    return Archived(entry=entry, at=now, article_id=current.id, addresses=(entry.link_key,))


def _retry_at(look: PageLook, now: datetime) -> datetime | None:
    if not look.wants_retry:
        return None
    asked_to_wait = retry_after(look.answer.headers, now) if isinstance(look.answer, Response) else None
    return next_try(look.entry.attempts + 1, now, asked_to_wait, look.page)


def article_text(look: PageLook) -> ArticleText:
    entry, extracted = look.entry, look.extracted
    addresses = addresses_of_look(look)
    url = entry.parsed.link if entry.shares_link else without_tracking(look.arrived_at or entry.parsed.link)
    site = extracted.site or site_of(url or entry.feed_url)
    published = extracted.published_at
    return ArticleText(
        url=url or entry.feed_url,
        canonical_url=addresses[0],
        title=extracted.title or entry.parsed.title,
        byline=extracted.byline,
        site=site,
        language=extracted.language,
        published_at=published,
        published_from=extracted.published_from,
        # A date in the future would pin an article to the top for ever.
        dated_at=min(published, entry.first_seen_at) if published else entry.first_seen_at,
        verdict=extracted.verdict,
        reason=extracted.reason,
        text=extracted.text,
        fingerprint=fingerprint_of_look(look),
        modified_at=extracted.modified_at,
        score=extracted.score,
        markdown=extracted.markdown,
        image=extracted.image,
        section=extracted.section,
        tags=extracted.tags,
        claims=extracted.claims,
        dropped=extracted.dropped,
        extractor=VERSION if look.arrived_at else 0,
        agency=agency_of(extracted.byline, extracted.text, _asides(extracted)),
    )


def _asides(extracted: ExtractedText) -> str:
    """Return the short lines that were left out of a text: its dateline and its credit may be among them."""
    return "\n".join(block.text for block in extracted.dropped if len(block.text) <= ASIDE)[:MOST_ASIDES]


def _is_better(says: ArticleText, current: KnownArticle, entry: PendingEntry, change: Change | None) -> bool:
    """Good text is never replaced by worse; an edit of a published text is a change of equal worth."""
    if WORTH[says.verdict] != WORTH[current.verdict]:
        return WORTH[says.verdict] > WORTH[current.verdict]
    if (
        entry.article_id is None or says.verdict is not current.verdict
    ):  # another feed's words, or another kind
        return says.verdict not in FROM_PAGE and len(says.text) > len(current.text)
    if change is Change.COSMETIC:
        return False
    return bool(says.text) and not _is_much_shorter(says, current)


def _is_much_shorter(says: ArticleText, current: KnownArticle) -> bool:
    if says.verdict is not current.verdict:
        return False
    size = len(says.text)
    return size < MUCH_SHORTER * len(current.text) or (
        size < CUT_OFF * len(current.text) and _is_beginning(says.text, current.text)
    )


def _is_beginning(text: str, whole: str) -> bool:
    """Tell whether a text is the beginning of another, whatever its last words are ("Subscribe to read on")."""
    words = text.split()[:-LAST_WORDS]
    return words == whole.split()[: len(words)]


def _page(answer: Response, now: datetime) -> Page | None:
    kind = answer.headers.get("content-type", "").lower()
    if not answer.body or (kind and not any(known in kind for known in KEPT_TYPES)):
        return None
    return Page(
        url=answer.url,
        final_url=answer.final_url,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        fetched_at=now,
    )

"""What follows from a page that was read: an article, a better text for one we have, or one more sighting.

Pure. Good text is never replaced by worse, and a published text that is replaced stays as a revision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.decide.visits import has_body, held_pause
from aggregator.dedupe import addresses_of, agree, fingerprint, is_plausible, original_of
from aggregator.headers import retry_after
from aggregator.models import (
    Archived,
    ArticleText,
    ExtractedText,
    Failure,
    FailureKind,
    KnownArticle,
    Page,
    PendingEntry,
    Response,
    Verdict,
)
from aggregator.schedule import next_try
from aggregator.urls import canonical_url, site_of, without_tracking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class PageLook:
    """What one look at the page behind an entry brought, read together with what the feed said."""

    entry: PendingEntry
    answer: Response | Failure | None  # None: the entry names no page
    extracted: ExtractedText
    wants_retry: bool = False  # the page may be had another time
    arrived_at: str = ""  # address of the page, if it is the article's


# Which text is better to have.
_WORTH = {
    Verdict.FULL: 3,
    Verdict.PARTIAL: 2,
    Verdict.PAYWALLED: 1,
    Verdict.FEED_ONLY: 1,
    Verdict.BLOCKED: 0,
    Verdict.GONE: 0,
    Verdict.EMPTY: 0,
}
MUCH_SHORTER = 0.5  # a text of the same verdict that lost more than this is a broken page, not an edit
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
    look: PageLook, current: KnownArticle | None, twins: Sequence[KnownArticle], now: datetime
) -> Archived:
    """Return what becomes of the entry: a new article, a better or newer text for one we have, or a sighting.

    `current` is the article at one of the look's addresses, `twins` are those with the look's fingerprint.
    """
    if current is not None and _is_another(look, current):
        look, current = replace(look, arrived_at=""), None
    says = _article_text(look, [twin for twin in twins if current is None or twin.id != current.id])
    replaces = current is None or _is_better(says, current, look.entry)
    page = _page(look.answer, now) if has_body(look.answer) and look.arrived_at and replaces else None
    return Archived(
        entry=look.entry,
        at=now,
        article_id=current.id if current else None,
        says=says if replaces else None,
        keeps_revision=current is not None and _was_published(current, says),
        addresses=addresses_of_look(look),
        page=page,
        asked=look.answer is not None,
        retry_at=_retry_at(look, now),
        error=_trouble(look, says, current, replaces=replaces),
    )


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


def _trouble(look: PageLook, says: ArticleText, current: KnownArticle | None, *, replaces: bool) -> str:
    """Return what there is to tell about the entry, or ""."""
    if look.answer is not None and not look.arrived_at:
        return look.extracted.reason
    if current is not None and not replaces and _is_much_shorter(says, current):
        return "the page has lost the greater part of its text; the earlier text is kept"
    return ""


def held_for(look: PageLook) -> timedelta | None:
    """Return how long the page's host wants to be left alone, if it was not asked for that reason."""
    answer = look.answer
    if not (isinstance(answer, Failure) and answer.kind is FailureKind.HELD):
        return None
    return held_pause(answer)


def is_read(article: KnownArticle) -> bool:
    """Tell whether we have the article's own text; if not, another feed's words may be better than ours."""
    return _WORTH[article.verdict] >= _WORTH[Verdict.PARTIAL]


def sighted_again(entry: PendingEntry, current: KnownArticle, now: datetime) -> Archived:
    """Return what becomes of an entry whose article another feed or address has brought already."""
    return Archived(entry=entry, at=now, article_id=current.id, addresses=(entry.link_key,))


def _retry_at(look: PageLook, now: datetime) -> datetime | None:
    if not look.wants_retry:
        return None
    asked_to_wait = retry_after(look.answer.headers, now) if isinstance(look.answer, Response) else None
    return next_try(look.entry.attempts + 1, now, asked_to_wait)


def _article_text(look: PageLook, twins: Sequence[KnownArticle]) -> ArticleText:
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
        duplicate_of=original_of(site, extracted.title, twins),
    )


def _is_better(says: ArticleText, current: KnownArticle, entry: PendingEntry) -> bool:
    """Good text is never replaced by worse; an edit of a published text is a change of equal worth."""
    if _WORTH[says.verdict] != _WORTH[current.verdict]:
        return _WORTH[says.verdict] > _WORTH[current.verdict]
    if (
        entry.article_id is None or says.verdict is not current.verdict
    ):  # another feed's words, or another kind
        return _WORTH[says.verdict] < _WORTH[Verdict.PARTIAL] and len(says.text) > len(current.text)
    if says.text == current.text and says.title == current.title:
        return False
    return bool(says.text) and not _is_much_shorter(says, current)


def _is_much_shorter(says: ArticleText, current: KnownArticle) -> bool:
    return says.verdict is current.verdict and len(says.text) < MUCH_SHORTER * len(current.text)


def _was_published(current: KnownArticle, says: ArticleText) -> bool:
    """Tell whether the text to be replaced is an earlier state of the same words, not a stopgap for them."""
    return (
        bool(current.text)
        and _WORTH[current.verdict] >= _WORTH[Verdict.FEED_ONLY]
        and (current.verdict is not Verdict.FEED_ONLY or says.verdict is Verdict.FEED_ONLY)
    )


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

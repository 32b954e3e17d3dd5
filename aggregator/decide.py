"""What follows from what was seen: an answer becomes a `Visit`, a read page becomes an `Archived`.

Pure: records in, records out. Every rule about outcomes, states and "never worse" stands here; the pipeline only
calls in order, the archive only records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

from aggregator.dedupe import addresses_of, fingerprint, original_of
from aggregator.models import (
    Archived,
    ArticleText,
    Crash,
    ExtractedText,
    Failure,
    Feed,
    FeedState,
    KnownArticle,
    Outcome,
    Page,
    ParsedFeed,
    PendingEntry,
    Response,
    Validators,
    Verdict,
    Visit,
)
from aggregator.schedule import GONE_APART, Hints, Rhythm, hints_of, next_check, next_try, retry_after
from aggregator.urls import canonical_url, site_of, without_tracking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.models import EntryChange

# ------------------------------------------------------------------------------------------------ a feed


@dataclass(frozen=True, slots=True)
class FeedLook:
    """What one look at a feed brought."""

    feed: Feed
    answer: Response | Failure
    body_hash: str = ""  # "" when there is no body to read
    parsed: ParsedFeed | Crash | str | None = None  # str: why it is no feed; None: nothing was read


WITH_BODY = frozenset((200, 203))  # 203: changed by a proxy on the way
NOT_MODIFIED, GONE, TOO_MANY, UNAVAILABLE = 304, 410, 429, 503


def has_body(answer: Response | Failure | None) -> TypeGuard[Response]:
    """Tell whether an answer brought what was asked for."""
    return isinstance(answer, Response) and answer.status in WITH_BODY


def decide_visit(look: FeedLook, changes: Sequence[EntryChange], now: datetime, rhythm: Rhythm) -> Visit:
    """Return the visit that a look amounts to, with the feed as it shall be afterwards."""
    outcome, error = _outcome(look)
    failures = look.feed.failures + 1 if error else 0
    parsed = look.parsed if isinstance(look.parsed, ParsedFeed) else None
    hints = _hints(look.answer, parsed, now)
    new = any(change.id is None for change in changes)
    feed = replace(
        _with_validators(look, outcome, parsed),
        site_url=look.feed.site_url or (parsed.site_url if parsed else ""),
        state=_state(look.feed, outcome, now),
        gone_at=(look.feed.gone_at or now) if outcome is Outcome.GONE else None,
        failures=failures,
        next_check_at=next_check(look.feed.id, outcome, failures, now, rhythm, hints),
        last_new_at=now if new else look.feed.last_new_at,
    )
    answered = look.answer if isinstance(look.answer, Response) else None
    return Visit(
        feed=feed,
        at=now,
        outcome=outcome,
        changes=tuple(changes),
        status=answered.status if answered else None,
        own_title=parsed.title if parsed else "",
        error=error,
        bytes=len(answered.body) if answered else 0,
        elapsed_ms=look.answer.elapsed_ms,
        seen=len(parsed.entries) if parsed else 0,
    )


def _outcome(look: FeedLook) -> tuple[Outcome, str]:
    answer = look.answer
    if isinstance(answer, Failure):
        return Outcome.NO_ANSWER, answer.message
    if answer.status == NOT_MODIFIED:
        return Outcome.NOT_MODIFIED, ""
    if answer.status in WITH_BODY:
        return _outcome_of_reading(look.parsed)
    if answer.status == GONE:
        return Outcome.GONE, "the server says that the feed is gone for good (410)"
    if answer.status == TOO_MANY or (answer.status == UNAVAILABLE and "retry-after" in answer.headers):
        return Outcome.RATE_LIMITED, f"the server asks to come back later ({answer.status})"
    return Outcome.HTTP_ERROR, f"the server answered {answer.status}"


def _outcome_of_reading(parsed: ParsedFeed | Crash | str | None) -> tuple[Outcome, str]:
    if parsed is None:
        return Outcome.SAME, ""
    if isinstance(parsed, Crash):
        return Outcome.CRASHED, f"reading the document was given up: {parsed.reason}"
    if isinstance(parsed, str):
        return Outcome.NOT_A_FEED, parsed
    return Outcome.NEW, ""


def _state(feed: Feed, outcome: Outcome, now: datetime) -> FeedState:
    """One 410 may be a mishap; two a day apart are meant."""
    if outcome is Outcome.GONE and feed.gone_at is not None and now - feed.gone_at >= GONE_APART:
        return FeedState.GONE
    return feed.state


def _with_validators(look: FeedLook, outcome: Outcome, parsed: ParsedFeed | None) -> Feed:
    """Keep validators only with the body they stand for, and only if that body was read whole."""
    if outcome in {Outcome.NOT_MODIFIED, Outcome.SAME} or (parsed is not None and parsed.whole):
        sent = _validators(look.answer)
        kept = look.feed.validators if outcome is Outcome.NOT_MODIFIED else Validators()
        return replace(
            look.feed,
            validators=Validators(sent.etag or kept.etag, sent.last_modified or kept.last_modified),
            body_hash=look.body_hash or look.feed.body_hash,
        )
    if parsed is not None:  # it broke off: the rest must not be hidden behind a 304
        return replace(look.feed, validators=Validators(), body_hash="")
    return look.feed


def _validators(answer: Response | Failure) -> Validators:
    if isinstance(answer, Failure):
        return Validators()
    return Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))


def _hints(answer: Response | Failure, parsed: ParsedFeed | None, now: datetime) -> Hints:
    if isinstance(answer, Failure):
        return Hints()
    return hints_of(answer.headers, now, parsed.ttl_minutes if parsed else None)


# --------------------------------------------------------------------------------------------- an article


@dataclass(frozen=True, slots=True)
class PageLook:
    """What one look at the page behind an entry brought, read together with what the feed said."""

    entry: PendingEntry
    answer: Response | Failure | None  # None: the entry names no page
    extracted: ExtractedText
    wants_retry: bool = False  # the page may be had another time


# Which text is better to have; equals are compared by length.
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
    if not entry.link_key:  # an entry without a page is its own article
        return (f"entry:{canonical_url(entry.feed_url)}#{entry.parsed.guid}",)
    arrived = look.answer.final_url if has_body(look.answer) else ""
    return addresses_of(entry.link_key, arrived or entry.parsed.link, look.extracted.canonical)


def fingerprint_of_look(look: PageLook) -> str:
    return fingerprint(look.extracted.text, look.extracted.verdict)


def decide_article(
    look: PageLook, current: KnownArticle | None, twins: Sequence[KnownArticle], now: datetime
) -> Archived:
    """Return what becomes of the entry: a new article, a better or newer text for one we have, or a sighting.

    `current` is the article at one of the look's addresses, `twins` are those with the look's fingerprint.
    """
    says = _article_text(look, [twin for twin in twins if current is None or twin.id != current.id])
    replaces = current is None or _is_better(says, current, look.entry)
    answer = look.answer
    return Archived(
        entry=look.entry,
        at=now,
        article_id=current.id if current else None,
        says=says if replaces else None,
        keeps_revision=current is not None and _was_published(current, says),
        addresses=addresses_of_look(look),
        page=_page(answer, now) if has_body(answer) and replaces else None,
        asked=answer is not None,
        retry_at=_retry_at(look, now),
        error="" if has_body(answer) or answer is None else look.extracted.reason,
    )


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
    arrived = look.answer.final_url if has_body(look.answer) else ""
    url = without_tracking(
        arrived if arrived and addresses[0] == canonical_url(arrived) else entry.parsed.link
    )
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
    if entry.article_id is None or (says.text == current.text and says.title == current.title):
        return False
    return bool(says.text) and len(says.text) >= MUCH_SHORTER * len(current.text)


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

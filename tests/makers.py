"""Records for tests: the facts that matter are named, the rest is filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.models import (
    Archived,
    ArticleText,
    Change,
    EntryChange,
    Feed,
    Outcome,
    Page,
    ParsedEntry,
    PendingEntry,
    Subscription,
    SubscriptionPlan,
    Verdict,
    Visit,
)
from aggregator.parse.identity import entry_hash
from aggregator.urls import canonical_url

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=15)
PROSE = (
    "The harbour of Nordhaven was closed for nine days while divers looked for the lost bell of the old church. "
    * 4
)


def plan(*urls: str) -> SubscriptionPlan:
    return SubscriptionPlan(add=tuple(Subscription(url, title=f"Feed at {url}") for url in urls))


def said(guid: str, link: str = "", title: str = "A title", content_html: str = "") -> ParsedEntry:
    return ParsedEntry(
        guid=guid, link=link or f"https://site.example/{guid}", title=title, content_html=content_html
    )


def new(*entries: ParsedEntry) -> tuple[EntryChange, ...]:
    return tuple(EntryChange(entry, canonical_url(entry.link), entry_hash(entry)) for entry in entries)


def visit(
    feed: Feed, *entries: ParsedEntry, at: datetime = NOW, next_check_at: datetime | None = None
) -> Visit:
    after = replace(feed, next_check_at=next_check_at or at + HOUR)
    return Visit(feed=after, at=at, outcome=Outcome.NEW, changes=new(*entries), status=200, seen=len(entries))


def article_text(url: str = "https://site.example/1", *, title: str = "A title", text: str = PROSE,
                 verdict: Verdict = Verdict.FULL, dated_at: datetime = NOW, fingerprint: str = "",
                 duplicate_of: int | None = None) -> ArticleText:  # fmt: skip
    return ArticleText(
        url=url, canonical_url=canonical_url(url), title=title, byline="Ada Penn", site="Site", language="en",
        published_at=dated_at, published_from="feed", dated_at=dated_at, verdict=verdict, reason="", text=text,
        fingerprint=fingerprint, duplicate_of=duplicate_of,
    )  # fmt: skip


def archived(entry: PendingEntry, says: ArticleText | None = None, *, article_id: int | None = None,
             at: datetime = NOW, keeps_revision: Change | None = None, retry_at: datetime | None = None,
             recheck_at: datetime | None = None, page: Page | None = None) -> Archived:  # fmt: skip
    says = says if says or article_id else article_text(entry.parsed.link, title=entry.parsed.title)
    addresses = (says.canonical_url, entry.link_key) if says else (entry.link_key,)
    return Archived(
        entry=entry, at=at, article_id=article_id, says=says, keeps_revision=keeps_revision, addresses=addresses,
        page=page, asked=True, retry_at=retry_at, recheck_at=recheck_at,
    )  # fmt: skip

"""The records that the rooms hand to each other: frozen, one a role, no behaviour beyond what the fields say.

Rules of this file: it imports nothing of ours; every instant is an aware `datetime` in UTC; "not known" is
None for instants and numbers and "" for text; addresses are kept as they came unless the name says otherwise.
The words are those of `docs/design.md`, section "Words".
"""

from aggregator.models.answers import MARK_END, MARK_START, Digest, DigestEntry, Hit, Query, Section, Status
from aggregator.models.articles import (
    AnnouncedEntry,
    Archived,
    Article,
    ArticleText,
    EntryState,
    ExtractedText,
    Hint,
    KnownArticle,
    Page,
    PendingEntry,
    Sighting,
    Verdict,
)
from aggregator.models.feeds import (
    Asks,
    Cadence,
    Enclosure,
    EntryChange,
    Feed,
    FeedState,
    KnownEntry,
    Move,
    Outcome,
    ParsedEntry,
    ParsedFeed,
    PastVisit,
    Visit,
)
from aggregator.models.subscriptions import Subscription, SubscriptionPlan
from aggregator.models.web import Access, Crash, Failure, FailureKind, Kind, Request, Response, Validators

__all__ = [
    "MARK_END",
    "MARK_START",
    "Access",
    "AnnouncedEntry",
    "Archived",
    "Article",
    "ArticleText",
    "Asks",
    "Cadence",
    "Crash",
    "Digest",
    "DigestEntry",
    "Enclosure",
    "EntryChange",
    "EntryState",
    "ExtractedText",
    "Failure",
    "FailureKind",
    "Feed",
    "FeedState",
    "Hint",
    "Hit",
    "Kind",
    "KnownArticle",
    "KnownEntry",
    "Move",
    "Outcome",
    "Page",
    "ParsedEntry",
    "ParsedFeed",
    "PastVisit",
    "PendingEntry",
    "Query",
    "Request",
    "Response",
    "Section",
    "Sighting",
    "Status",
    "Subscription",
    "SubscriptionPlan",
    "Validators",
    "Verdict",
    "Visit",
]

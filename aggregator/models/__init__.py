"""The records that the rooms hand to each other: frozen, one a role, no behaviour beyond what the fields say.

Rules of this room: it imports no other of ours; every instant is an aware `datetime` in UTC; "not known" is
None for instants and numbers and "" for text; addresses are kept as they came unless the name says otherwise.
The words are those of `docs/design.md`, section "Words".

A record is made when it is first named: making all of them takes as long as asking a hundred feeds.
"""

from typing import TYPE_CHECKING

from aggregator.lazily import named

if TYPE_CHECKING:
    from aggregator.models.answers import (
        MARK_END,
        MARK_START,
        FacetCounts,
        FoldedCopy,
        FoundIn,
        Hit,
        SiteVerdicts,
        Status,
    )
    from aggregator.models.articles import (
        Archived,
        Article,
        ArticleDetails,
        ArticleText,
        Change,
        Claim,
        Dropped,
        ExtractedText,
        Hint,
        KnownArticle,
        Page,
        PastReading,
        Revision,
        Sighting,
        SiteMemory,
        SitePage,
    )
    from aggregator.models.digests import (
        Appearance,
        Changes,
        Corrected,
        Digest,
        DigestEntry,
        Edition,
        Letter,
        LetterState,
        MovedOn,
        Outline,
        Section,
        Shown,
        ShownAs,
        Trouble,
        Vanished,
    )
    from aggregator.models.entries import AnnouncedEntry, EntryState, PendingEntry
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
        Standing,
        Visit,
    )
    from aggregator.models.kinship import ABRIDGED, Family, KeptPage, Kinship, Life, Link, Relative, Tier
    from aggregator.models.moving import Keepsake, KeptEntry, MovedIn
    from aggregator.models.queries import (
        AllOf,
        AnyOf,
        Facet,
        Field,
        Filter,
        Near,
        Node,
        Not,
        Period,
        Query,
        Sort,
        Words,
    )
    from aggregator.models.stories import Story, StoryArticle
    from aggregator.models.subscriptions import Subscription, SubscriptionPlan
    from aggregator.models.verdicts import FROM_PAGE, READ, Verdict
    from aggregator.models.watches import Report, ReportForm, Watch, WatchState
    from aggregator.models.web import Access, Crash, Failure, FailureKind, Kind, Request, Response, Validators

__all__ = [
    "ABRIDGED",
    "FROM_PAGE",
    "MARK_END",
    "MARK_START",
    "READ",
    "Access",
    "AllOf",
    "AnnouncedEntry",
    "AnyOf",
    "Appearance",
    "Archived",
    "Article",
    "ArticleDetails",
    "ArticleText",
    "Asks",
    "Cadence",
    "Change",
    "Changes",
    "Claim",
    "Corrected",
    "Crash",
    "Digest",
    "DigestEntry",
    "Dropped",
    "Edition",
    "Enclosure",
    "EntryChange",
    "EntryState",
    "ExtractedText",
    "Facet",
    "FacetCounts",
    "Failure",
    "FailureKind",
    "Family",
    "Feed",
    "FeedState",
    "Field",
    "Filter",
    "FoldedCopy",
    "FoundIn",
    "Hint",
    "Hit",
    "Keepsake",
    "KeptEntry",
    "KeptPage",
    "Kind",
    "Kinship",
    "KnownArticle",
    "KnownEntry",
    "Letter",
    "LetterState",
    "Life",
    "Link",
    "Move",
    "MovedIn",
    "MovedOn",
    "Near",
    "Node",
    "Not",
    "Outcome",
    "Outline",
    "Page",
    "ParsedEntry",
    "ParsedFeed",
    "PastReading",
    "PastVisit",
    "PendingEntry",
    "Period",
    "Query",
    "Relative",
    "Report",
    "ReportForm",
    "Request",
    "Response",
    "Revision",
    "Section",
    "Shown",
    "ShownAs",
    "Sighting",
    "SiteMemory",
    "SitePage",
    "SiteVerdicts",
    "Sort",
    "Standing",
    "Status",
    "Story",
    "StoryArticle",
    "Subscription",
    "SubscriptionPlan",
    "Tier",
    "Trouble",
    "Validators",
    "Vanished",
    "Verdict",
    "Visit",
    "Watch",
    "WatchState",
    "Words",
]

_NAMES = {
    "answers": """
        MARK_END MARK_START FacetCounts FoldedCopy FoundIn Hit SiteVerdicts Status
    """,
    "articles": """
        Archived Article ArticleDetails ArticleText Change Claim Dropped ExtractedText Hint KnownArticle
        Page PastReading Revision Sighting SiteMemory SitePage
    """,
    "digests": """
        Appearance Changes Corrected Digest DigestEntry Edition Letter LetterState MovedOn Outline
        Section Shown ShownAs Trouble Vanished
    """,
    "entries": """
        AnnouncedEntry EntryState PendingEntry
    """,
    "feeds": """
        Asks Cadence Enclosure EntryChange Feed FeedState KnownEntry Move Outcome ParsedEntry
        ParsedFeed PastVisit Standing Visit
    """,
    "kinship": """
        ABRIDGED Family KeptPage Kinship Life Link Relative Tier
    """,
    "moving": """
        Keepsake KeptEntry MovedIn
    """,
    "queries": """
        AllOf AnyOf Facet Field Filter Near Node Not Period Query Sort Words
    """,
    "stories": """
        Story StoryArticle
    """,
    "subscriptions": """
        Subscription SubscriptionPlan
    """,
    "verdicts": """
        FROM_PAGE READ Verdict
    """,
    "watches": """
        Report ReportForm Watch WatchState
    """,
    "web": """
        Access Crash Failure FailureKind Kind Request Response Validators
    """,
}
__getattr__ = named(__name__, _NAMES)

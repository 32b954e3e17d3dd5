"""What a person or a machine gets to see: hits, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.models.articles import Article
from aggregator.models.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class FoldedCopy:
    """A hit that is shown with another one, because its text is the same."""

    id: int
    url: str
    site: str
    title: str


@dataclass(frozen=True, slots=True)
class FoundIn:
    """The earlier text of an article in which a hit was found."""

    revision: int  # its id
    title: str
    since: datetime  # from when until when it stood
    until: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    article: Article  # without its text
    score: float  # higher is better
    snippet: str  # plain text; hits stand between MARK_START and MARK_END
    copies: tuple[FoldedCopy, ...] = ()  # that match as well; none when hits are not folded
    cursor: str = ""  # what `Query.after` takes to go on behind this hit
    found_in: FoundIn | None = None  # None: in the text that stands


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How many articles have each value of a facet."""

    values: tuple[tuple[str, int], ...]  # the most frequent first; days by date
    exact: bool  # False: estimated from a sample


MARK_START = "\x02"
MARK_END = "\x03"


@dataclass(frozen=True, slots=True)
class SiteVerdicts:
    """How the newest articles of one site could be read."""

    host: str
    verdicts: Mapping[str, int] = field(default_factory=dict)  # articles by verdict

    @property
    def articles(self) -> int:
        return sum(self.verdicts.values())

    @property
    def not_full(self) -> int:
        return self.articles - self.verdicts.get(Verdict.FULL, 0)


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of the whole archive at one moment."""

    feeds: Mapping[str, int] = field(default_factory=dict)  # by state
    failing: int = 0  # active feeds whose last visit failed
    due: int = 0  # active feeds whose time has come
    gaps: int = 0  # feeds of which entries may have come and gone unseen
    holds: int = 0  # hosts that want to be left alone for now
    entries: Mapping[str, int] = field(default_factory=dict)  # by state
    articles: Mapping[str, int] = field(default_factory=dict)  # by verdict
    sites: tuple[SiteVerdicts, ...] = ()  # whose newest articles could least be read, the worst first
    duplicates: int = 0  # articles that are copies of others
    pages: int = 0
    archive_bytes: int = 0
    last_visit_at: datetime | None = None
    next_check_at: datetime | None = None
    families: int = 0  # texts of which there are copies
    related: int = 0  # pairs of articles that are linked, and no copies
    stories: int = 0  # events that articles tell
    shared_stories: int = 0  # of which several independent sources tell

"""What articles are to each other: copies of one text, or related; and the evidence that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.articles import Article, Revision
from aggregator.models.digests import Appearance
from aggregator.models.entries import AnnouncedEntry
from aggregator.models.stories import Story

# Of a family's longest full text; what is shorter is a short version of it, and not what a reader wants to be shown.
# The furniture of a site and a few more lines make a text longer, too, but hardly by as much.
ABRIDGED = 0.6


class Tier(StrEnum):
    COPY = "copy"  # the same text: one of the two is enough for a reader
    RELATED = "related"  # much the same text, or the same form with other facts: linked, never hidden


@dataclass(frozen=True, slots=True)
class Link:
    """What one article is to another, and what spoke for it when that was decided. Shares are from 0 to 1."""

    article_id: int  # the later one
    other_id: int  # the earlier one
    tier: Tier
    similarity: float  # of three words in a row that either has, those that both have (Jaccard)
    containment: float  # of those of the shorter text
    added: int  # words that only the article has
    removed: int  # words that only the other one has
    decided_at: datetime
    undone_at: datetime | None = None  # a person took them apart; they stay so


@dataclass(frozen=True, slots=True)
class Kinship:
    """What is to be recorded about an article and those that were compared with it."""

    links: tuple[Link, ...] = ()
    joins: tuple[
        tuple[int, int], ...
    ] = ()  # (article, the one that is shown for it and its copies from now on)


@dataclass(frozen=True, slots=True)
class Relative:
    """An article as it stands in another one's family, or beside it."""

    id: int
    title: str
    url: str
    site: str
    dated_at: datetime
    is_original: bool = False  # it was first
    is_shown: bool = False  # the others are hidden behind it: the earliest, or a much fuller text
    link: Link | None = None  # to what is shown; None: nothing was written down, or it is that article


@dataclass(frozen=True, slots=True)
class Family:
    """All articles with one text, and those that are related to the one that is asked about."""

    members: tuple[Relative, ...] = ()  # earliest first, the article itself among them; alone: only that
    related: tuple[Relative, ...] = ()  # the article's, most alike first
    apart: tuple[Relative, ...] = ()  # that a person took apart from it
    members_in_all: int = 1  # `members` is cut off when they are very many
    sites: int = 1  # that carry the text


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page that was kept: when it was asked for, and where it was found."""

    fetched_at: datetime
    url: str
    final_url: str
    status: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Life:
    """All that the archive knows of an address."""

    asked: str  # the address, or the id, as it was given
    entries: tuple[AnnouncedEntry, ...] = ()
    article: Article | None = None
    addresses: tuple[str, ...] = ()  # canonical, that led to the article
    pages: tuple[KeptPage, ...] = ()  # oldest first
    revisions: tuple[Revision, ...] = ()  # oldest first
    family: Family = Family()
    is_indexed: bool = False
    story: Story | None = None
    digests: tuple[Appearance, ...] = ()  # editions that showed it, oldest first

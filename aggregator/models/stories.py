"""What stories are made of: an article as a few weighted words, and what the articles of a story have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.models.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of an article by which its story is found, before it is known how common they are."""

    language: str  # ISO 639; "" when nothing tells
    emphasis: Mapping[int, float]  # word (CRC-32) → how much the article makes of it, 1 or more


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How common words are in the articles of one language."""

    articles: int = 0
    having: Mapping[int, int] = field(default_factory=dict)  # word → articles that have it; 0 may be left out


@dataclass(frozen=True, slots=True)
class Vector:
    """An article as a direction: the rarer a word and the more the article makes of it, the more it weighs."""

    language: str
    weights: Mapping[int, float]  # word → weight; the sum of squares is 1, or nothing is there


@dataclass(frozen=True, slots=True)
class Strand:
    """The articles of a story in one language, added up."""

    story_id: int
    language: str
    articles: int
    weights: Mapping[int, float]  # the sum of their vectors; the smallest weights may have been dropped
    first_at: datetime
    last_at: datetime
    told_by: str = (
        ""  # the source of the story's newest articles; "" if there are several, or it is not known
    )


@dataclass(frozen=True, slots=True)
class Member:
    """An article in a story."""

    article_id: int
    at: datetime
    vector: Vector


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs."""

    story_id: int | None = None  # None: it begins a story of its own
    joins: tuple[int, ...] = ()  # stories that it proves to be the same as `story_id`


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An article as the list of stories shows it."""

    id: int
    title: str
    url: str
    source: str  # the site that it is counted for
    at: datetime
    language: str
    verdict: Verdict
    copy_of: int | None = None  # the article whose text it has: then it is no independent source


@dataclass(frozen=True, slots=True)
class Story:
    """Articles on the same event."""

    id: int
    first_at: datetime
    last_at: datetime
    sources: int  # distinct sites, those aside that have only copies
    articles: tuple[StoryArticle, ...] = ()  # earliest first; of a very long story the first

    @property
    def lead(self) -> StoryArticle:
        """The article that stands for the story: no copy, best read, earliest."""
        ranks = list(Verdict)
        return min(self.articles, key=lambda one: (one.copy_of is not None, ranks.index(one.verdict)))

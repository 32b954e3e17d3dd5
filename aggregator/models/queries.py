"""What a person asks of the archive, understood: a tree of what must hold, in the domain's words.

`query` makes it from what was typed, the archive answers it; neither knows how the other does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Field(StrEnum):
    """Where words are looked for."""

    ANY = "any"
    TITLE = "title"
    BYLINE = "byline"
    TEXT = "text"


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEW = "new"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand side by side. One word is found in its other forms too, unless `exact`."""

    text: str  # as typed; never without a letter, digit or sign that can be found
    field: Field = Field.ANY
    exact: bool = False  # typed in quotes: these forms, in this order
    prefix: bool = False  # the last word may go on


@dataclass(frozen=True, slots=True)
class Near:
    """Words that stand within `distance` words of each other, in any order."""

    words: tuple[Words, ...]
    distance: int = 10


class Facet(StrEnum):
    """What an article can be told apart by, besides its words."""

    FEED = "feed"  # a part of a feed's title or address, case ignored
    SITE = "site"  # a host, or the end of one at a dot; or a part of the site's name
    CATEGORY = "category"  # a category of the feed, of the entry, a section or a tag
    LANGUAGE = "lang"  # ISO 639-1
    VERDICT = "verdict"
    IS = "is"  # duplicate, copy, original, revised, gone
    DAY = "day"  # counted, never asked for: periods do that
    AUTHOR = "author"  # counted, never asked for: Field.BYLINE does that


@dataclass(frozen=True, slots=True)
class Filter:
    facet: Facet
    value: str


@dataclass(frozen=True, slots=True)
class Period:
    """When an article is dated: from `since` on and before `before`; None is open."""

    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    nodes: tuple[Node, ...]  # none: nothing matches


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


Node = Words | Near | Filter | Period | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Query:
    tree: Node | None = None  # None: everything
    sort: Sort = Sort.RELEVANCE  # without words, relevance is newest first
    limit: int = 20  # hits; -1: all
    after: str = ""  # the cursor of the last hit of the page before; "": from the start
    folds: bool = True  # copies of one text are one hit
    in_revisions: bool = False  # earlier texts are searched as well
    as_of: datetime | None = None  # the text that stood then is searched
    hint: str = ""  # how it was read, when that may surprise

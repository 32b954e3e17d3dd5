"""A digest as every form shows it; an edition of it, as it is made once and brought to its places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aggregator.models.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Outline:
    """How large a digest is and what comes first in it."""

    title: str = "Digest"
    top: int = 0  # stories of many sources that stand before all sections
    stories: int = 60  # told with their first sentences, all sections together
    per_section: int = 12  # … and in one section
    brief: int = 120  # told in one line, all sections together
    weights: Mapping[str, float] = field(default_factory=dict)  # part of a category, feed or source → factor
    sections: tuple[str, ...] = ()  # that stand first, in this order; the rest are the feeds' categories
    images: bool = False  # name each story's lead image, to be loaded from where it is
    full_texts: bool = False  # give the texts along, for a form that prints them


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """A story as a digest shows it: the article that stands for it, and who else tells of it."""

    title: str
    url: str
    source: str  # the site's or the feed's name
    byline: str
    at: datetime
    lead: str  # the first sentences, plain text; "" in the short list
    minutes: int  # reading time of the whole text
    language: str = ""
    also_in: tuple[tuple[str, str], ...] = ()  # (source, address) of others on the event, sightings, copies
    sources: int = 1  # that tell of it in words of their own
    began_at: datetime | None = None  # when the story began, if that was before this digest
    image: str = ""  # address; "" when none is wanted
    text: str = ""  # whole; "" when it is not wanted
    verdict: Verdict = Verdict.FULL  # of the text that it tells of


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    entries: tuple[DigestEntry, ...]
    brief: tuple[DigestEntry, ...] = ()  # the rest, one line each
    left_out: int = 0  # stories for which there was no room


@dataclass(frozen=True, slots=True)
class MovedOn:
    """A story that an earlier digest may have told, and of which there is more now."""

    title: str
    url: str
    source: str
    began_at: datetime
    articles: int  # that came since
    language: str = ""


@dataclass(frozen=True, slots=True)
class Corrected:
    """An article whose publisher changed its words."""

    title: str
    url: str
    source: str
    at: datetime
    kind: str  # "headline", "correction", "substance" or "removal"
    former_title: str = ""  # "" if the title stayed
    # What differs, in the title first; each passage in pieces of ("same", "removed" or "added", words).
    passages: tuple[tuple[tuple[str, str], ...], ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Vanished:
    """An article whose page is gone; its text is kept."""

    title: str
    url: str
    source: str
    at: datetime
    language: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that fell quiet or began to fail."""

    source: str
    url: str
    said: str
    kind: str  # "failing", "gone" or "silent"


class ShownAs(StrEnum):
    """How a digest showed an article."""

    STORY = "story"  # with its first sentences
    LINE = "line"
    CHANGE = "change"  # as one whose words were changed, or whose page is gone


@dataclass(frozen=True, slots=True)
class Shown:
    """An article that stands in a digest."""

    article_id: int
    shown_as: ShownAs
    behind: int | None = None  # the article that stands for it there; None: it stands for itself


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since the last digest to what was there before."""

    moved: tuple[MovedOn, ...] = ()
    corrected: tuple[Corrected, ...] = ()
    vanished: tuple[Vanished, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    left_out: int = 0  # for which there was no room
    shown: tuple[Shown, ...] = ()  # the articles that were changed or have gone

    def __bool__(self) -> bool:
        return bool(self.moved or self.corrected or self.vanished or self.troubles)


@dataclass(frozen=True, slots=True)
class Digest:
    title: str
    since: datetime
    until: datetime
    sections: tuple[Section, ...] = ()
    articles: int = 0  # texts, each counted once
    feeds: int = 0  # sources that contributed
    changes: Changes = Changes()
    number: int = 0  # of the edition; 0: made by hand
    left_out: int = 0  # stories in sections for which there was no room
    shown: tuple[Shown, ...] = ()  # the articles of its sections


@dataclass(frozen=True, slots=True)
class Edition:
    """A digest that was made for one moment; what is recorded of it is never made again."""

    name: str  # of the `[[digest]]`
    number: int  # counts from 1
    slot: datetime  # the moment it is for
    since: datetime
    until: datetime
    title: str
    last_article: int = 0  # the newest article that it could see: the next one begins behind it
    articles: int = 0
    page: str = ""  # HTML without its head, for a feed of editions
    shown: tuple[Shown, ...] = ()  # each article once; only of one that is being made


@dataclass(frozen=True, slots=True)
class Appearance:
    """An edition in which an article stood."""

    name: str  # of the `[[digest]]`
    number: int
    made_at: datetime
    shown_as: ShownAs
    behind: int | None = None  # the article that stood for it there; None: it stood for itself


@dataclass(frozen=True, slots=True)
class Letter:
    """An edition in one form on its way to one place."""

    place: str  # "file", "maildir", "smtp" or "command"
    target: str  # path, mail address, or the command's words as JSON
    format: str
    content: bytes
    message_id: str = ""  # the same whenever it is sent again
    id: int = 0
    name: str = ""  # of the edition
    number: int = 0
    attempts: int = 0  # so far
    in_doubt: bool = False  # handed over once, but whether it arrived is not known
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LetterState:
    """What became of a letter, as a person asks."""

    name: str
    number: int
    slot: datetime
    place: str
    target: str
    format: str
    state: str  # "waiting", "sending", "sent", "given-up" or "superseded"
    attempts: int
    last_error: str
    next_try_at: datetime | None
    sent_at: datetime | None

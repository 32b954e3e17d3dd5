"""What follows from reading a kept page again: the same text, a better one, another of equal worth, or a worse one.

Pure. The page is the one that we have, so whatever differs is our doing, not the publisher's: worse never replaces
better unless a person insists, and a text that is replaced stays as a revision of its own kind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from aggregator.decide.articles import MUCH_SHORTER, article_text
from aggregator.decide.edits import WORTH
from aggregator.models import Archived, Change, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.decide.articles import PageLook
    from aggregator.models import ArticleText, KnownArticle, PastReading


class Gain(StrEnum):
    """What another reading is worth beside the one that we have."""

    SAME = "same"  # word by word
    BETTER = "better"  # a verdict of more worth
    CHANGED = "changed"  # another text of equal worth
    WORSE = "worse"  # a verdict of less worth, or the greater part of the text is lost
    UNREADABLE = "unreadable"  # the kept bytes are damaged, or reading them came to nothing


REPLACES = frozenset({Gain.SAME, Gain.BETTER, Gain.CHANGED})  # the same words may have other metadata


@dataclass(frozen=True, slots=True)
class Reread:
    """What became of one article that was read again."""

    id: int
    url: str
    title: str
    gain: Gain
    before: Verdict
    after: Verdict
    extractor: int  # version of the rules that had read it
    gained: int = 0  # words that the text has now and had not
    lost: int = 0  # words that it had and has no more
    retitled: str = ""  # its new title; "": as it was
    redated: bool = False
    reason: str = ""  # why it is not full, or not readable
    replaces: bool = False  # this reading takes the place of the one that we have
    archived: Archived | None = None  # what is to be recorded if it does


@dataclass(frozen=True, slots=True)
class RereadSummary:
    """What another reading of many articles comes to. Words, titles and dates are of those that it replaces."""

    gains: Counter[Gain] = field(default_factory=Counter)
    verdicts: Counter[tuple[Verdict, Verdict]] = field(
        default_factory=Counter
    )  # (before, after), where they differ
    extractors: Counter[int] = field(default_factory=Counter)
    gained: int = 0
    lost: int = 0
    retitled: int = 0
    redated: int = 0


def decide_reread(past: PastReading, look: PageLook, now: datetime, *, force: bool = False) -> Reread:
    """Return what becomes of an article whose kept page was read again.

    `look` holds the kept page as the answer.
    """
    known = past.known
    says = article_text(look)
    gained, lost = _difference(known.text, says.text)
    gain = _gain(known, says, same_words=not gained and not lost)
    replaces = force or gain in REPLACES
    archived = Archived(
        entry=replace(past.entry, article_id=known.id),
        at=now,
        article_id=known.id,
        says=says,
        keeps_revision=Change.REREAD if known.text and gain is not Gain.SAME else None,
        learnt=look.extracted.learnt,
    )
    return Reread(
        id=known.id,
        url=past.url,
        title=known.title,
        gain=gain,
        before=known.verdict,
        after=says.verdict,
        extractor=past.extractor,
        gained=gained,
        lost=lost,
        retitled=says.title if says.title != known.title else "",
        redated=says.published_at != past.published_at,
        reason=says.reason,
        replaces=replaces,
        archived=archived if replaces else None,
    )


def unreadable(past: PastReading, reason: str) -> Reread:
    """Return what becomes of an article whose page cannot be read again: it stays as it is."""
    known = past.known
    return Reread(
        known.id,
        past.url,
        known.title,
        Gain.UNREADABLE,
        known.verdict,
        known.verdict,
        past.extractor,
        reason=reason,
    )


def sum_up(rereads: Iterable[Reread]) -> RereadSummary:
    read = list(rereads)
    replaced = [one for one in read if one.replaces]
    return RereadSummary(
        gains=Counter(one.gain for one in read),
        verdicts=Counter((one.before, one.after) for one in read if one.before is not one.after),
        extractors=Counter(one.extractor for one in read),
        gained=sum(one.gained for one in replaced),
        lost=sum(one.lost for one in replaced),
        retitled=sum(bool(one.retitled) for one in replaced),
        redated=sum(one.redated for one in replaced),
    )


def _gain(known: KnownArticle, says: ArticleText, *, same_words: bool) -> Gain:
    if same_words and says.title == known.title and says.verdict is known.verdict:
        return Gain.SAME
    if WORTH[says.verdict] != WORTH[known.verdict]:
        return Gain.BETTER if WORTH[says.verdict] > WORTH[known.verdict] else Gain.WORSE
    return Gain.WORSE if len(says.text) < MUCH_SHORTER * len(known.text) else Gain.CHANGED


def _difference(before: str, after: str) -> tuple[int, int]:
    """Return how many words a text has gained and lost, wherever they stand."""
    old, new = Counter(before.split()), Counter(after.split())
    return (new - old).total(), (old - new).total()

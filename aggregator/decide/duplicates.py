"""What an article is to those that we have: a copy, the original of copies, related, or none of that.

Pure. Who was first is one question, what is shown another: links lead from the later text to the earlier one, and a
family is hidden behind its earliest full text. A teaser, a feed's own words, a cut text or a bulletin that came first
is hidden behind the whole that came later, for that is what a reader wants. An article is always compared with what is
shown, never with what is hidden, so that a family does not drift from copy to copy.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.dedupe import (
    MOSTLY,
    Likeness,
    are_of_one_subject,
    are_on_subject,
    is_one_site,
    is_same_text,
    is_wall,
    likeness,
    may_be_kin,
    shared_by,
    shingles_of,
    tier_of,
)
from aggregator.models import ABRIDGED, READ, Kinship, KnownArticle, Link, Tier, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from aggregator.decide.articles import PageLook
    from aggregator.dedupe import Shingles

REMEMBERED = 128  # texts as they are compared: copies come close upon each other
REMEMBERED_LENGTH = 20_000  # characters; what is longer is rare, and would take up memory
REPRINT_DAYS = 7  # one site that prints one text under one headline again after so long means it anew
DAY = 86_400  # seconds
EXPLAINED = 0.5  # times as alike as the best copy: what is less is quoted in the text, or its lead


def decide_kinship(
    article: KnownArticle,
    originals: Sequence[KnownArticle],
    now: datetime,
    apart: Collection[frozenset[int]] = (),
) -> Kinship:
    """Return what an article that is nobody's copy is to these others, which are shown; likeliest first.

    `apart`: pairs of ids whose families a person took apart; they are never joined again.
    """
    if article.verdict not in READ:
        return Kinship()
    found = [
        (other, link)
        for other in originals
        if other.id != article.id and frozenset((article.id, other.id)) not in apart
        if (link := kin_of(article, other, now)) is not None
    ]
    copies = [other for other, link in found if link.tier is Tier.COPY]
    if copies and min([article, *copies], key=_age) is not article:
        found, copies = _explained(found, now)
    shown = shown_of([article, *copies])
    joined = _joined(shown, [article, *copies], apart)
    return Kinship(
        links=tuple(_settled(found, article, shown, joined)),
        joins=tuple((one.id, shown.id) for one in joined if copies),
    )


def _explained(
    found: Sequence[tuple[KnownArticle, Link]], now: datetime
) -> tuple[list[tuple[KnownArticle, Link]], list[KnownArticle]]:
    """Return what counts of an article that came later than some of its copies, and whose family it is in.

    It is in the family of what explains it best, which has relations of its own. Others that it is a copy of as well
    are of that family when they are alike themselves; else it has their lead, or quotes them.
    """
    alike = {other.id: link.similarity for other, link in found if link.tier is Tier.COPY}
    found = [(other, link) for other, link in found if other.id in alike]
    best = max((other for other, _ in found), key=lambda one: alike[one.id])
    copies = [other for other, _ in found if other is best or kin_of(other, best, now) is not None]
    least = EXPLAINED * alike[best.id]
    return [(other, link) for other, link in found if other in copies or alike[other.id] >= least], copies


def shown_of(family: Sequence[KnownArticle]) -> KnownArticle:
    """Return which of several copies is shown: the earliest full text that is no short version of another."""
    full = [one for one in family if one.verdict is Verdict.FULL] or family
    least = ABRIDGED * max(len(one.text) for one in full)
    return min((one for one in full if len(one.text) >= least), key=_age)


def kin_of(one: KnownArticle, other: KnownArticle, now: datetime) -> Link | None:
    """Return the link from the later of two articles to the earlier; None if there is none."""
    if one.verdict not in READ or other.verdict not in READ:
        return None
    first, second = sorted((one, other), key=_age)
    alike, tier = _compared(first, second)
    if tier is None:
        return None
    return Link(
        second.id,
        first.id,
        tier,
        alike.jaccard,
        alike.containment,
        alike.added,
        alike.removed,
        decided_at=now,
    )


def still_alike(before: KnownArticle, after: KnownArticle) -> bool:
    """Tell whether an edited text is so much what it was that its family may stay as it is."""
    return after.verdict in READ and _compared(before, replace(after, site=""))[1] is Tier.COPY


def is_wall_look(look: PageLook, article: KnownArticle, twins: Sequence[KnownArticle]) -> bool:
    """Tell whether a page that was taken for an article shows a wall; `twins` are the articles with its text."""
    return bool(look.arrived_at) and look.extracted.verdict in READ and is_wall(article, twins)


def seen_as(look: PageLook, fingerprint: str, site: str, address: str, id_: int = 0) -> KnownArticle:
    """Return what a look has shown as an article, before it is decided what becomes of it; `id_` 0: a new one."""
    title = look.extracted.title or look.entry.parsed.title
    return KnownArticle(
        id_, address, site, title, look.extracted.verdict, look.extracted.text, fingerprint, None
    )


def _age(article: KnownArticle) -> tuple[float, int]:
    return _seconds(article), article.id


def _seconds(article: KnownArticle) -> float:
    return article.dated_at.timestamp() if article.dated_at else 0.0


def _compared(first: KnownArticle, second: KnownArticle) -> tuple[Likeness, Tier | None]:
    here, there = _shingles(first), _shingles(second)
    is_same = is_same_text(first, second)
    shared = shared_by(here, there)
    if not is_same and not may_be_kin(here, there, shared):
        return Likeness(), None
    alike = likeness(here, there, shared=shared)
    shorter = min(here, there, key=lambda text: len(text.distinct))
    days = abs(_seconds(first) - _seconds(second)) / DAY
    one_site = is_one_site(first, second)
    on_subject = are_on_subject(first.title, second.title, shorter)
    if is_same and on_subject and (not one_site or days <= REPRINT_DAYS):
        return alike, Tier.COPY
    tier = tier_of(alike, days, one_site=one_site, on_subject=on_subject)
    if tier and alike.jaccard < MOSTLY and not are_of_one_subject(first.title, here, second.title, there):
        tier = None
    return alike, tier


def _joined(
    shown: KnownArticle, articles: Sequence[KnownArticle], apart: Collection[frozenset[int]]
) -> list[KnownArticle]:
    """Return whose family an article is shown for from now on: of two that were taken apart only the first's."""
    joined: list[KnownArticle] = []
    for article in articles:
        if article is not shown and not any(
            frozenset((article.id, one.id)) in apart for one in (shown, *joined)
        ):
            joined.append(article)
    return joined


def _settled(
    found: Sequence[tuple[KnownArticle, Link]],
    article: KnownArticle,
    shown: KnownArticle,
    joined: Sequence[KnownArticle],
) -> Iterator[Link]:
    """Yield the links as they count: a copy of two families joins one of them and is related to the other."""
    in_family = {shown.id, *(one.id for one in joined)}
    for other, link in found:
        is_copy = link.tier is Tier.COPY and other.id in in_family and article.id in in_family
        yield link if is_copy else replace(link, tier=Tier.RELATED)


def _shingles(article: KnownArticle) -> Shingles:
    if len(article.text) > REMEMBERED_LENGTH:
        return shingles_of(article.text, article.shingles)
    compared = _Compared(article.text)
    compared.hashes = article.shingles
    return _remembered(compared)


class _Compared(str):  # equal and found as its text is
    __slots__ = ("hashes",)
    hashes: list[int] | None  # follow from the text, and need not be there


@lru_cache(maxsize=REMEMBERED)
def _remembered(compared: _Compared) -> Shingles:
    return shingles_of(str(compared), compared.hashes)

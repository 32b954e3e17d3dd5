"""What two texts are to each other: copies, related, or nothing.

Pure. A copy is hidden behind its original, so all must speak for it: enough text, most of it shared, the same facts in
it, printed within days, and not a piece out of a round-up. Whatever is much alike and fails in one of these is related:
shown, with a link. The bounds were set on edits of real articles and on notices of one form; `benchmarks.duplicates`
measures them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.dedupe.shingles import words_of
from aggregator.models import Tier

if TYPE_CHECKING:
    from aggregator.dedupe.likeness import Likeness
    from aggregator.dedupe.shingles import Shingles

COPY_DAYS = (
    7  # wire copy is printed within days; what comes back later is another look at it, or another year's
)
RELATED_DAYS = 30
TELLING_TITLE_WORD = 4  # letters; shorter words stand in every text, and the year in many
ONE_TITLE = 0.5  # of the shorter title's words: many titles have "best", "tips" or a year in common
ABOUT = 0.4  # of a title's words that stand in its own text: fewer stand in any text by chance
MOSTLY = 0.5  # of what stands in either of two texts; where less is shared, each has much of its own

COPY_SHARED = 40  # shingles; less is a notice, a teaser, a caption
COPY_SHARE = 0.6  # of the shorter text: a third cut and the site's furniture around it leave that much
SAME_FACTS = 0.9  # of numbers, of names: houses differ in a spelling, notices of one form in most
REPLACED = 0.1  # of words: an editor's hand touches a few, the slots of a form are more
# A house style that writes names its own way leaves all numbers and nearly all words as they are. In a text with few
# names that could be another notice about another person.
STYLED_NAMES, STYLED_REPLACED, STYLED_CONFIRMED = 0.8, 0.05, 20
HALF = 0.5  # of the longer text; below, the shorter one must be its beginning
FRAGMENT = 0.15  # of the longer text; a text that is cut shorter than this may as well be one of many in it
FRONT, LEAD = 0.15, 0.45  # of a text: its beginning; the most that a new lead takes up
REPRINT_SHARE, REPRINT_NAMES, REPRINT_REPLACED = (
    0.8,
    0.95,
    0.02,
)  # the same on one site, where forms are at home
RELATED_SHARED = 20  # shingles
RELATED_SHARE = 0.6  # background and furniture at the end of another article come to half of it
RELATED_START_SHARE, RELATED_START_JACCARD = 0.3, 0.15  # enough where both texts begin alike


def tier_of(
    alike: Likeness, days_apart: float, *, one_site: bool = False, on_subject: bool = True
) -> Tier | None:
    """Return what two texts are to each other, or None if nothing.

    `days_apart` is between their publications, in either order. `one_site`: both are from the same site, which
    prints its forms again and again, and one text seldom twice. `on_subject`: what they share is what their titles
    speak of (see `are_on_subject`); a wall that was taken for a text is not.
    """
    days = abs(days_apart)
    if on_subject and days <= COPY_DAYS and _is_copy(alike) and (_is_reprint(alike) or not one_site):
        return Tier.COPY
    return Tier.RELATED if days <= RELATED_DAYS and _is_related(alike, one_site=one_site) else None


def may_be_kin(one: Shingles, other: Shingles, shared: int) -> bool:
    """Tell whether texts share enough shingles to be laid beside each other; most that meet by a phrase do not."""
    shorter, longer = sorted((len(one.distinct), len(other.distinct)))
    return shared >= RELATED_SHARED and (
        shared >= RELATED_START_SHARE * shorter
        or shared >= RELATED_START_JACCARD * (shorter + longer - shared)
    )


def are_on_subject(one_title: str, other_title: str, shorter: Shingles) -> bool:
    """Tell whether texts that are alike can be articles: they are titled alike, or a title speaks of the text.

    The same consent or paywall text under two headlines says nothing of what either headline says. Without a
    title on both sides there is nothing to go by, and the texts are believed.
    """
    one, other = _telling(one_title), _telling(other_title)
    if not (one and other) or one & other:
        return True
    return any(_stand_in(shorter, title) for title in (one, other))


def are_of_one_subject(one_title: str, one: Shingles, other_title: str, other: Shingles) -> bool:
    """Tell whether each of two texts that differ in much speaks of what the other's title says.

    One that quotes the whole of another, or ends with its background, has a title for what it has beside that. How
    many of a title's words stand in its own text tells how many are to be expected. Titles that are alike, or say
    nothing, are believed.
    """
    ours, theirs = _telling(one_title), _telling(other_title)
    if len(ours & theirs) >= ONE_TITLE * min(len(ours), len(theirs)):
        return True
    return all(
        _standing(title, there) >= ABOUT * _standing(title, here)
        for title, here, there in ((ours, one, other), (theirs, other, one))
    )


def _stand_in(text: Shingles, title: frozenset[str]) -> bool:
    return _standing(title, text) >= max(1, len(title) // 4)


def _standing(title: frozenset[str], text: Shingles) -> int:
    """Return how many words of a title stand in a text."""
    return sum(b" %b " % word.encode() in text.folded for word in title)


@lru_cache(maxsize=256)
def _telling(title: str) -> frozenset[str]:
    return frozenset(
        word.casefold()
        for word in words_of(title)
        if (len(word) >= TELLING_TITLE_WORD and not word.isdigit()) or not word.isascii()
    )


def _is_copy(alike: Likeness) -> bool:
    is_much = alike.shared >= COPY_SHARED and alike.containment >= COPY_SHARE
    tells_the_same = min(alike.numbers, alike.names) >= SAME_FACTS and alike.replaced <= REPLACED
    return is_much and (tells_the_same or _is_styled(alike)) and alike.is_whole and _is_all_there(alike)


def _is_styled(alike: Likeness) -> bool:
    return (
        alike.numbers == 1.0
        and alike.names >= STYLED_NAMES
        and alike.replaced <= STYLED_REPLACED
        and alike.confirmed >= STYLED_CONFIRMED
    )


def _is_all_there(alike: Likeness) -> bool:
    """Tell whether the shorter text can be the longer one cut, not a piece out of a round-up or a live blog."""
    if alike.size >= HALF:
        return alike.begins <= LEAD
    return alike.size >= FRAGMENT and alike.begins <= FRONT


def _is_reprint(alike: Likeness) -> bool:
    tells_the_same = alike.numbers == 1.0 and alike.names >= REPRINT_NAMES
    return tells_the_same and alike.replaced <= REPRINT_REPLACED and alike.containment >= REPRINT_SHARE


def _is_related(alike: Likeness, *, one_site: bool) -> bool:
    """Tell whether much of the shorter text is shared; less will do where both begin alike, as ends are furniture.

    On one site the beginnings may be furniture, too.
    """
    begins_alike = (
        alike.begins <= FRONT
        and not one_site
        and (alike.containment >= RELATED_START_SHARE or alike.jaccard >= RELATED_START_JACCARD)
    )
    return alike.shared >= RELATED_SHARED and (alike.containment >= RELATED_SHARE or begins_alike)

"""What comes first in a digest: what many tell of, what is new, what this reader cares for.

Pure. The score of a story is `weight * (log2(1 + sources) + freshness)`: two sources are worth as much as a whole
period of freshness is (1), four as much as 1.3 more. A source counts once, and copies count for nobody. What could
not be read counts half, since there is nothing to tell of it but its title.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aggregator.digest.naming import category_of, feeds_of, source_of
from aggregator.models import READ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.digest.folding import Text

_UNREAD: Final = 0.5
_DIGITS: Final = 6  # of a score: beyond, machines may disagree


def sources_of(text: Text) -> int:
    """Count the sources that tell of a story in words of their own."""
    if not text.others:  # most are: names need not be looked for
        return 1
    return len({source_of(each.article).casefold() for each in (text, *text.others)})


def weight_of(text: Text, weights: Mapping[str, float]) -> float:
    """Return how much the reader cares: the product of all weights whose word is in category, feed or source."""
    if not weights:
        return 1.0
    article = text.article
    named = "\n".join((category_of(article), source_of(article), *feeds_of(article))).casefold()
    return math.prod(factor for word, factor in weights.items() if word.casefold() in named)


def in_order(
    texts: Sequence[Text], since: datetime, until: datetime, weights: Mapping[str, float]
) -> list[Text]:
    """Return the stories, best first; equal ones newest first, then as they came into the archive.

    What weighs nothing is left out.
    """
    scored = [(_score(text, since, until, weights), text) for text in texts]
    by_id = sorted(scored, key=lambda one: one[1].article.id)
    newest = sorted(by_id, key=lambda one: one[1].article.dated_at, reverse=True)  # stable
    return [text for score, text in sorted(newest, key=lambda one: one[0], reverse=True) if score > 0]


def _score(text: Text, since: datetime, until: datetime, weights: Mapping[str, float]) -> float:
    weight = weight_of(text, weights) * (1.0 if text.article.verdict in READ else _UNREAD)
    return round(weight * (math.log2(1 + sources_of(text)) + _freshness(text, since, until)), _DIGITS)


def _freshness(text: Text, since: datetime, until: datetime) -> float:
    """Return 0 for a story whose last word came when the period began, 1 for one of its end."""
    length = (until - since).total_seconds()
    last = max(each.article.dated_at for each in (text, *text.others))
    passed = (last - since).total_seconds()
    return min(max(passed / length, 0.0), 1.0) if length > 0 else 0.0

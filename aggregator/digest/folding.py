"""What stands once in a digest: copies of one text behind their original, texts on one event behind the best of them.

Pure. What stands behind another article is named below it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.models import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.models import Article

_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}  # its order is best first


@dataclass(frozen=True, slots=True)
class Text:
    """One text: the article that stands for it, those that repeat it, and other texts on the same event."""

    article: Article
    copies: tuple[Article, ...]
    others: tuple[Text, ...] = ()  # earliest first


def fold_copies(articles: Iterable[Article]) -> list[Text]:
    """Gather what repeats the same original; the best read leads, of these the original, else the earliest copy."""
    by_id = {article.id: article for article in articles}
    repeats: dict[int, list[Article]] = defaultdict(list)
    for article in sorted(by_id.values(), key=_order):
        repeats[_origin(article, by_id)].append(article)
    return [_lead_by(origin, same) for origin, same in repeats.items()]


def fold_stories(texts: Iterable[Text], stories: Mapping[int, int]) -> list[Text]:
    """Gather texts on one event: the best read leads, of these the earliest. `stories`: article id → story id."""
    together: dict[tuple[bool, int], list[Text]] = defaultdict(list)
    for text in texts:
        story_id = stories.get(text.article.id)
        together[(True, story_id) if story_id is not None else (False, text.article.id)].append(text)
    return [_with_others(same) for same in together.values()]


def _with_others(same: Sequence[Text]) -> Text:
    earliest = sorted(same, key=lambda text: _order(text.article))
    lead = min(earliest, key=lambda text: _RANK[text.article.verdict])
    return replace(lead, others=tuple(text for text in earliest if text is not lead))


def _order(article: Article) -> tuple[datetime, int]:
    return article.dated_at, article.id


def _origin(article: Article, by_id: dict[int, Article]) -> int:
    """Follow `duplicate_of` to its end, which may lie outside the list; a circle ends at its least member."""
    path = [article.id]
    origin = article.duplicate_of
    while origin is not None:
        if origin in path:
            return min(path[path.index(origin) :])
        path.append(origin)
        origin = by_id[origin].duplicate_of if origin in by_id else None
    return path[-1]


def _lead_by(origin: int, same: Sequence[Article]) -> Text:
    leader = min(
        same, key=lambda article: (_RANK[article.verdict], article.id != origin)
    )  # stable: the earliest
    return Text(leader, tuple(article for article in same if article.id != leader.id))

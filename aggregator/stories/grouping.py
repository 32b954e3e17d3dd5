"""Which story an article belongs to; when two stories are one; when one is two. Pure.

Articles come one at a time and are placed at once. An article belongs to a story when it is on average like the
articles that are in it (average linkage: one odd article does not draw in what is like it alone), the more so the
longer nothing was heard of the story. Across languages only names, numbers and words of common origin are shared, so
little likeness is to be had, and several such words are asked for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from aggregator.models.stories import Member, Placement, Strand
from aggregator.stories.vectors import likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.models.stories import Vector

WINDOW = timedelta(hours=72)  # since the story's last article (and before its first: articles come late)
ALIKE = 0.15  # mean likeness to the articles of a story in the same language
ALIKE_ABROAD = 0.07  # in another language
SHARED_ABROAD = 3  # words in common; two are "Paris" and "2026"
OWN_WORDS = 1.5  # times as alike, while one site alone tells it: its articles share form and words, whatever they tell
COOLING = 0.03  # likeness that is asked for on top, for each day since the story's last article
ONE_STORY = 1.25  # times the likeness that an article needs: merging cannot be undone by the next article
APART = 0.5  # times that likeness: below it, articles that were once put together are not of one story
COMPARED = 32  # articles of a story that are looked at when it is asked whether it fell apart: the newest
_FEW = 4  # articles; fewer cannot fall into parts that tell anything
_DAY = timedelta(days=1)


def assign(vector: Vector, at: datetime, candidates: Sequence[Strand], source: str = "") -> Placement:
    """Return where an article of a source belongs. `candidates`: all strands of the stories that it may belong to."""
    stories: dict[int, list[Strand]] = {}
    for strand in candidates:
        stories.setdefault(strand.story_id, []).append(strand)
    fits = {story_id: _fit(vector, at, strands, source) for story_id, strands in stories.items()}
    fitting = sorted((id_ for id_, fit in fits.items() if fit >= 1), key=lambda id_: (-fits[id_], id_))
    if not fitting:
        return Placement()
    best, *others = fitting
    grown = grow(stories[best], vector, at)
    joins = tuple(story_id for story_id in others if should_merge(grown, stories[story_id]))
    return Placement(best, joins)


def _fit(vector: Vector, at: datetime, strands: Iterable[Strand], source: str) -> float:
    """Return how well an article fits into a story: 1 is just enough."""
    return max(
        _alike(vector.language, vector.weights, strand)
        / _needed(vector.language, strand, at)
        / (OWN_WORDS if source and strand.told_by == source else 1)
        for strand in strands
    )


def _alike(language: str, weights: Mapping[int, float], strand: Strand) -> float:
    """Return the mean likeness to the articles of a strand."""
    if not _speak_alike(language, strand.language):
        shared = sum(word in strand.weights for word in weights)
        if shared < SHARED_ABROAD:
            return 0.0
    return likeness(weights, strand.weights) / strand.articles


def _needed(language: str, strand: Strand, at: datetime) -> float:
    gap = max(at - strand.last_at, strand.first_at - at, timedelta())
    if gap > WINDOW:
        return float("inf")
    return _threshold(language, strand.language) + COOLING * (gap / _DAY)


def _threshold(language: str, other: str) -> float:
    return ALIKE if _speak_alike(language, other) else ALIKE_ABROAD


def _speak_alike(language: str, other: str) -> bool:
    return language == other or not language or not other


def grow(strands: Sequence[Strand], vector: Vector, at: datetime) -> list[Strand]:
    """Return the strands of a story with an article added to them; there is at least one."""
    grown = [replace(one, last_at=max(one.last_at, at)) for one in strands]
    for number, strand in enumerate(grown):
        if strand.language == vector.language:
            total = dict(strand.weights)
            for word, weight in vector.weights.items():
                total[word] = total.get(word, 0.0) + weight
            grown[number] = replace(strand, articles=strand.articles + 1, weights=total)
            return grown
    return [*grown, Strand(strands[0].story_id, vector.language, 1, vector.weights, at, at)]


def should_merge(one: Sequence[Strand], other: Sequence[Strand]) -> bool:
    """Tell whether two stories are one: their articles are on average as like each other as within a story."""
    fits = weighs = 0.0
    for here in one:
        for there in other:
            pairs = here.articles * there.articles
            alike = _alike(here.language, here.weights, there) / here.articles
            fits += pairs * alike / _threshold(here.language, there.language)
            weighs += pairs
    return _is_near(one, other) and fits >= ONE_STORY * weighs


def _is_near(one: Sequence[Strand], other: Sequence[Strand]) -> bool:
    """Tell whether two stories were told at about the same time."""
    begins = max(min(strand.first_at for strand in side) for side in (one, other))
    ends = min(max(strand.last_at for strand in side) for side in (one, other))
    return begins - ends <= WINDOW


def is_worth_splitting(articles: int) -> bool:
    """Tell whether it is time to ask: at 4, 8, 16 … articles, so that the work per article stays the same."""
    return articles >= _FEW and articles & (articles - 1) == 0


def split_of(members: Sequence[Member]) -> list[tuple[int, ...]]:
    """Return the parts of a story that leave it, as article ids; [] while it holds together.

    The part with the oldest article is the story and is not among them. Parts are put together pair by pair, most
    alike first, as long as their articles are on average half as alike as it takes to join a story.
    """
    members = sorted(members, key=lambda member: (member.at, member.article_id))[-COMPARED:]
    fits = {
        (here, there): fit_of_two(members[here].vector, members[there].vector)
        for here, there in combinations(range(len(members)), 2)
    }
    parts = [[number] for number in range(len(members))]
    while len(parts) > 1:
        fit, one, other = max(
            (_mean_fit(fits, parts[one], parts[other]), -one, -other)
            for one, other in combinations(range(len(parts)), 2)
        )
        if fit < APART:
            break
        parts[-one] += parts.pop(-other)
    return [tuple(members[number].article_id for number in sorted(part)) for part in parts if 0 not in part]


def fit_of_two(one: Vector, other: Vector) -> float:
    """Return how well two articles fit into one story, whenever they were written: 1 is just enough."""
    return likeness(one.weights, other.weights) / _threshold(one.language, other.language)


def _mean_fit(fits: Mapping[tuple[int, int], float], one: Sequence[int], other: Sequence[int]) -> float:
    total = sum(fits[min(here, there), max(here, there)] for here in one for there in other)
    return total / (len(one) * len(other))

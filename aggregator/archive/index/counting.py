"""Facets: how the matches divide by feed, site, author, language, verdict, day. Of many, a sample is counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive.index import marks
from aggregator.models.answers import FacetCounts
from aggregator.models.queries import Facet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.archive.db import Database
    from aggregator.archive.index.finding import Finder
    from aggregator.archive.index.matching import Match

MOST_COUNTED = 1_000  # matches that are all counted
_SAMPLE = 1_000  # of more, about so many are
_MOST_LISTED = 20_000  # matches that are all listed, so that every so-and-so-many-th can be drawn


class Sample(NamedTuple):
    ids: list[int]  # of articles
    times: float  # matches that each stands for


def facet_counts(
    db: Database, finder: Finder, match: Match, facets: Iterable[Facet], limit: int
) -> dict[Facet, FacetCounts]:
    """Count the matches by each facet, the most frequent values first; days by date."""
    sample = _sample(finder, match)
    ids = json.dumps(sample.ids)
    facets = tuple(facets)
    tallies = _of_articles(db, ids, [facet for facet in facets if facet in _COLUMNS])
    for facet in facets:
        if facet not in tallies:
            tally = tallies[facet] = Counter()
            for value, times in db.rows(_COUNTS[facet], {"ids": ids}):
                tally[value] += times
    return {facet: _counts(tallies[facet], facet, sample.times, limit) for facet in facets}


def _of_articles(db: Database, ids: str, facets: list[Facet]) -> dict[Facet, Counter[str]]:
    """Count what stands in the articles' own columns, in one look at each."""
    if not facets:
        return {}
    columns = ", ".join(_COLUMNS[facet] for facet in facets)
    rows = db.rows(f"SELECT {columns} FROM articles WHERE {_INSIDE}", {"ids": ids})
    return {facet: Counter(row[at] for row in rows if row[at]) for at, facet in enumerate(facets)}


def _counts(tally: Counter[str], facet: Facet, times: float, limit: int) -> FacetCounts:
    ranked = sorted(tally.items(), key=lambda each: (-each[1], each[0]))[: limit if limit >= 0 else None]
    values = tuple((value, max(1, round(number * times))) for value, number in ranked)
    return FacetCounts(tuple(sorted(values)) if facet is Facet.DAY else values, exact=times == 1)


def _sample(finder: Finder, match: Match) -> Sample:
    if not finder.are_more(match.expression, MOST_COUNTED):
        return Sample(finder.articles(match.expression), 1)
    if not finder.are_more(match.expression, _MOST_LISTED):
        ids = finder.articles(match.expression)
        step = max(1, len(ids) // _SAMPLE)
        return Sample(ids[::step], len(ids) / len(ids[::step]) if ids else 1)
    total = finder.about(match.expression, finder.newest_id())
    buckets = min(marks.BUCKETS, max(1, round(_SAMPLE / (total / marks.BUCKETS))))
    drawn = " OR ".join(f'"{each}"' for each in marks.buckets(buckets))
    return Sample(finder.articles(f"({match.expression}) AND ({drawn})"), marks.BUCKETS / buckets)


_INSIDE = "id IN (SELECT value FROM json_each(:ids))"
_COLUMNS = {
    Facet.SITE: "site",
    Facet.AUTHOR: "byline",
    Facet.LANGUAGE: "language",
    Facet.VERDICT: "verdict",
    Facet.DAY: "substr(dated_at, 1, 10)",
}
_COUNTS = {
    Facet.FEED: """
        SELECT coalesce(nullif(f.title, ''), nullif(f.own_title, ''), f.url), count(DISTINCT e.article_id)
        FROM entries e JOIN feeds f ON f.id = e.feed_id
        WHERE e.article_id IN (SELECT value FROM json_each(:ids)) GROUP BY f.id
    """,
    Facet.CATEGORY: f"""
        SELECT name, count(DISTINCT article) FROM (
            SELECT id AS article, section AS name FROM articles WHERE {_INSIDE} AND section <> ''
            UNION SELECT a.id, t.value FROM articles a, json_each(a.tags) t WHERE a.{_INSIDE}
            UNION SELECT e.article_id, c.value FROM entries e, json_each(e.categories) c
            WHERE e.article_id IN (SELECT value FROM json_each(:ids))
            UNION SELECT e.article_id, f.category FROM entries e JOIN feeds f ON f.id = e.feed_id
            WHERE e.article_id IN (SELECT value FROM json_each(:ids)) AND f.category <> ''
        ) GROUP BY name
    """,
    Facet.IS: f"""
        SELECT iif(duplicate_of IS NULL, 'original', 'copy'), count(*) FROM articles WHERE {_INSIDE} GROUP BY 1
        UNION ALL SELECT 'gone', count(*) FROM articles WHERE {_INSIDE} AND gone_at IS NOT NULL HAVING count(*) > 0
        UNION ALL SELECT 'revised', count(*) FROM articles
        WHERE {_INSIDE} AND id IN (SELECT article_id FROM revisions) HAVING count(*) > 0
    """,
}

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


class Sample(NamedTuple):
    ids: list[int]  # of articles
    times: float  # matches that each stands for


def facet_counts(
    db: Database, finder: Finder, match: Match, facets: Iterable[Facet], limit: int
) -> dict[Facet, FacetCounts]:
    """Count the matches by each facet, the most frequent values first; days by date."""
    sample = _sample(finder, match)
    ids = json.dumps(sample.ids)
    counts = {}
    for facet in facets:
        rows = db.rows(_COUNTS[facet], {"ids": ids})
        tally: Counter[str] = Counter()
        for value, times in rows:
            tally[value] += times
        ranked = sorted(tally.items(), key=lambda each: (-each[1], each[0]))[: limit if limit >= 0 else None]
        values = tuple((value, max(1, round(times * sample.times))) for value, times in ranked)
        counts[facet] = FacetCounts(
            tuple(sorted(values)) if facet is Facet.DAY else values, exact=sample.times == 1
        )
    return counts


def _sample(finder: Finder, match: Match) -> Sample:
    if not finder.are_more(match.expression, MOST_COUNTED):
        return Sample(finder.articles(match.expression), 1)
    total = finder.count(match.expression)
    buckets = max(1, round(_SAMPLE / (total / marks.BUCKETS)))
    drawn = " OR ".join(f'"{each}"' for each in marks.buckets(min(buckets, marks.BUCKETS)))
    ids = finder.articles(f"({match.expression}) AND ({drawn})")
    return Sample(ids, total / max(1, len(ids)))


_INSIDE = "id IN (SELECT value FROM json_each(:ids))"
_ONE_EACH = "SELECT {column}, count(*) FROM articles WHERE " + _INSIDE + " AND {column} <> '' GROUP BY 1"
_COUNTS = {
    Facet.FEED: """
        SELECT coalesce(nullif(f.title, ''), nullif(f.own_title, ''), f.url), count(DISTINCT e.article_id)
        FROM entries e JOIN feeds f ON f.id = e.feed_id
        WHERE e.article_id IN (SELECT value FROM json_each(:ids)) GROUP BY f.id
    """,
    Facet.SITE: _ONE_EACH.format(column="site"),
    Facet.AUTHOR: _ONE_EACH.format(column="byline"),
    Facet.LANGUAGE: _ONE_EACH.format(column="language"),
    Facet.VERDICT: _ONE_EACH.format(column="verdict"),
    Facet.DAY: f"SELECT substr(dated_at, 1, 10), count(*) FROM articles WHERE {_INSIDE} GROUP BY 1",
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

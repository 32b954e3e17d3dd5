"""Counts over the whole archive."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from aggregator.archive.entries import STATE
from aggregator.archive.instants import instant_or_none, stamp
from aggregator.archive.stories import SOURCES
from aggregator.models import SiteVerdicts, Status, Verdict
from aggregator.urls import host_of

# Sites and feeds change: only their newest articles tell how they can be read today.
NEWEST = 3000  # articles that are looked at for the worst sites
NEWEST_OF_FEED = 50
FEWEST = 5  # articles from which a share says something
MANY_FAIL = 0.3  # share from which a site is named
WORST = 10  # sites

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive.db import Database


def count_all(db: Database, now: datetime) -> Status:
    stories, shared = _stories(db)
    return Status(
        feeds=_counted(db, "SELECT state, count(*) FROM feeds GROUP BY state"),
        failing=db.value("SELECT count(*) FROM feeds WHERE state = 'active' AND last_error <> ''"),
        due=db.value(
            "SELECT count(*) FROM feeds WHERE state = 'active' AND next_check_at <= ?", (stamp(now),)
        ),
        gaps=db.value("SELECT count(*) FROM feeds WHERE gaps > 0"),
        holds=db.value("SELECT count(*) FROM holds WHERE until > ?", (stamp(now),)),
        entries=_counted(db, f"SELECT {STATE}, count(*) FROM entries e GROUP BY 1"),
        articles=_counted(db, "SELECT verdict, count(*) FROM articles GROUP BY verdict"),
        sites=worst_sites(db),
        duplicates=db.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL"),
        families=db.value("SELECT count(DISTINCT duplicate_of) FROM articles WHERE duplicate_of IS NOT NULL"),
        related=db.value("SELECT count(*) FROM links WHERE tier = 'related' AND undone_at IS NULL"),
        stories=stories,
        shared_stories=shared,
        pages=db.value("SELECT count(*) FROM pages"),
        archive_bytes=db.path.stat().st_size,
        last_visit_at=instant_or_none(db.value("SELECT max(last_visit_at) FROM feeds")),
        next_check_at=instant_or_none(
            db.value("SELECT min(next_check_at) FROM feeds WHERE state = 'active'")
        ),
    )


def _stories(db: Database) -> tuple[int, int]:
    """Return how many stories there are, and how many of them several sources tell in words of their own."""
    row = db.row(
        f"""
        SELECT count(*), total(sources > 1) FROM (
            SELECT {SOURCES} AS sources FROM story_articles sa GROUP BY sa.story_id)
        """
    )
    return (int(row[0]), int(row[1])) if row is not None else (0, 0)


def worst_sites(db: Database) -> tuple[SiteVerdicts, ...]:
    """Return the sites of whose newest articles the largest share is not full, the worst first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    newest = "SELECT canonical_url, verdict FROM articles ORDER BY id DESC LIMIT ?"
    for url, verdict in db.rows(newest, (NEWEST,)):
        if host := host_of(url):  # "": an entry that names no page
            counts[host][verdict] += 1
    sites = [SiteVerdicts(host, dict(found)) for host, found in counts.items()]
    failing = [s for s in sites if s.articles >= FEWEST and s.not_full >= MANY_FAIL * s.articles]
    failing.sort(key=lambda s: (-s.not_full / s.articles, -s.articles, s.host))
    return tuple(failing[:WORST])


def verdicts_by_feed(db: Database) -> dict[int, dict[Verdict, int]]:
    """Return how each feed's newest articles could be read: id of the feed → verdict → articles."""
    found: dict[int, dict[Verdict, int]] = {}
    sql = """
        SELECT feeds.id, articles.verdict, count(*) FROM feeds
        JOIN entries ON entries.id IN (
            SELECT id FROM entries AS its WHERE its.feed_id = feeds.id AND its.article_id IS NOT NULL
            ORDER BY its.id DESC LIMIT ?)
        JOIN articles ON articles.id = entries.article_id
        GROUP BY 1, 2
        """
    for feed, verdict, count in db.rows(sql, (NEWEST_OF_FEED,)):
        found.setdefault(feed, {})[Verdict(verdict)] = count
    return found


def _counted(db: Database, sql: str) -> dict[str, int]:
    return {row[0]: row[1] for row in db.rows(sql)}

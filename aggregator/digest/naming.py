"""What articles, sources and sections are called in a digest: clean, short, and never nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aggregator.digest.clean import cut, one_line, without_long_runs
from aggregator.urls import site_of

if TYPE_CHECKING:
    from aggregator.models import Article, Sighting

TITLE: Final = 240  # columns; the longest headline of the trade stays well below
NAME: Final = 80  # columns, of a source, an author or a section


def sightings_of(article: Article) -> list[Sighting]:
    return sorted(article.sightings, key=lambda s: (s.first_seen_at, s.feed_url, s.guid))


def category_of(article: Article) -> str:
    """Return the category of the first sighting as a reader sees it: "World/Europe" is "World · Europe"."""
    category = next((sighting.category for sighting in sightings_of(article)), "")
    folders = (one_line(folder) for folder in category.split("/"))
    return cut(" · ".join(folder for folder in folders if folder), NAME)


def feeds_of(article: Article) -> list[str]:
    return [f"{sighting.feed_title}\n{sighting.feed_url}" for sighting in article.sightings]


def title_of(article: Article) -> str:
    announced = (sighting.title for sighting in sightings_of(article))
    titles = (
        without_long_runs(one_line(title)) for title in (article.title, *announced, site_of(article.url))
    )
    return cut(next((title for title in titles if title), "Untitled"), TITLE)


def source_of(article: Article) -> str:
    feeds = (sighting.feed_title for sighting in sightings_of(article))
    names = (one_line(name) for name in (article.site, *feeds, site_of(article.url)))
    return cut(next((name for name in names if name), "Unknown source"), NAME)


def byline_of(article: Article, source: str) -> str:
    """Return who wrote it; "" when that is the source itself."""
    byline = cut(one_line(article.byline), NAME)
    return "" if byline.casefold() == source.casefold() else byline

"""What articles, sources and sections are called in a digest: clean, short, and never nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aggregator.digest.clean import cut, one_line, without_long_runs
from aggregator.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    titles = (without_long_runs(one_line(title)) for title in _titles(article))
    return cut(next((title for title in titles if title), "Untitled"), TITLE)


def _titles(article: Article) -> Iterator[str]:
    yield article.title
    yield from (sighting.title for sighting in sightings_of(article))
    yield site_of(article.url)


def source_of(article: Article) -> str:
    return next((name for one in _names(article) if (name := cut(one_line(one), NAME))), "Unknown source")


def _names(article: Article) -> Iterator[str]:
    """Yield what a source may be called, best first; most have the first, and the rest is not looked for."""
    yield article.site
    yield from (sighting.feed_title for sighting in sightings_of(article))
    yield site_of(article.url)


def byline_of(article: Article, source: str) -> str:
    """Return who wrote it; "" when that is the source itself."""
    byline = cut(one_line(article.byline), NAME)
    return "" if byline.casefold() == source.casefold() else byline

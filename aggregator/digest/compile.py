"""The articles of a period, put in the order in which a person wants to read them.

Rules: a text stands once, wherever it was published; sections come by name, the nameless one last; entries
come newest first, and in the order of the archive where that is the same. Which articles belong to the period
is decided by whoever asks the archive.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aggregator.digest.clean import cut, one_line, safe_href, without_long_runs
from aggregator.digest.lead import first_sentences, reading_minutes
from aggregator.models import Digest, DigestEntry, Section
from aggregator.urls import canonical_url, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from aggregator.models import Article, Sighting

NAMELESS: Final = "Everything else"
_TITLE: Final = 240  # columns; the longest headline of the trade stays well below
_NAME: Final = 80  # columns, of a source, an author or a section
_ALSO: Final = 12  # more names than that tell a reader nothing


@dataclass(frozen=True, slots=True)
class _Text:
    """One text: the article that stands for it, and the others that repeat it."""

    article: Article
    copies: tuple[Article, ...]


def compile_digest(
    articles: Sequence[Article], since: datetime, until: datetime, *, title: str, per_section: int = 12
) -> Digest:
    """Fold copies, group by category and sort; after `per_section` entries the rest is told in brief."""
    texts = _fold(articles)
    by_section: dict[str, list[_Text]] = defaultdict(list)
    for text in texts:
        by_section[_section_of(text.article)].append(text)
    return Digest(
        title=one_line(title),
        since=since,
        until=until,
        sections=tuple(
            _section(name, by_section[name], max(0, per_section)) for name in sorted(by_section, key=_by_name)
        ),
        articles=len(texts),
        feeds=len({sighting.feed_url for article in articles for sighting in article.sightings}),
    )


def _fold(articles: Iterable[Article]) -> list[_Text]:
    """Gather what repeats the same original; it leads if it is here, else the earliest copy does."""
    by_id = {article.id: article for article in articles}
    repeats: dict[int, list[Article]] = defaultdict(list)
    for article in sorted(by_id.values(), key=lambda a: (a.dated_at, a.id)):
        repeats[_origin(article, by_id)].append(article)
    return [_lead_by(by_id.get(origin, same[0]), same) for origin, same in repeats.items()]


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


def _lead_by(leader: Article, same: Sequence[Article]) -> _Text:
    return _Text(leader, tuple(article for article in same if article.id != leader.id))


def _sightings(article: Article) -> list[Sighting]:
    return sorted(article.sightings, key=lambda s: (s.first_seen_at, s.feed_url, s.guid))


def _section_of(article: Article) -> str:
    """Return the category of the first sighting as a reader sees it: "World/Europe" is "World · Europe"."""
    category = next((sighting.category for sighting in _sightings(article)), "")
    folders = (one_line(folder) for folder in category.split("/"))
    return cut(" · ".join(folder for folder in folders if folder), _NAME)


def _by_name(section: str) -> tuple[bool, str, str]:
    """Sort by letters, whatever their case and accents; the nameless section comes last."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", section) if not unicodedata.combining(c))
    return not section, plain.casefold(), section


def _section(name: str, texts: list[_Text], per_section: int) -> Section:
    by_id = sorted(texts, key=lambda text: text.article.id)
    newest = sorted(by_id, key=lambda text: text.article.dated_at, reverse=True)  # stable: ids stay in order
    return Section(
        title=name or NAMELESS,
        entries=tuple(_entry(text, with_lead=True) for text in newest[:per_section]),
        brief=tuple(_entry(text, with_lead=False) for text in newest[per_section:]),
    )


def _entry(text: _Text, *, with_lead: bool) -> DigestEntry:
    article = text.article
    title = _title_of(article)
    source, byline = _source_of(article), cut(one_line(article.byline), _NAME)
    return DigestEntry(
        title=title,
        url=safe_href(article.url),
        source=source,
        byline="" if byline.casefold() == source.casefold() else byline,
        at=article.dated_at,
        lead=first_sentences(article.text, title, article.language) if with_lead else "",
        minutes=reading_minutes(article.text),
        language=article.language,
        also_in=_also_in(text),
    )


def _title_of(article: Article) -> str:
    announced = (sighting.title for sighting in _sightings(article))
    titles = (
        without_long_runs(one_line(title)) for title in (article.title, *announced, site_of(article.url))
    )
    return cut(next((title for title in titles if title), "Untitled"), _TITLE)


def _source_of(article: Article) -> str:
    feeds = (sighting.feed_title for sighting in _sightings(article))
    names = (one_line(name) for name in (article.site, *feeds, site_of(article.url)))
    return cut(next((name for name in names if name), "Unknown source"), _NAME)


def _also_in(text: _Text) -> tuple[tuple[str, str], ...]:
    """Name the other feeds and the copies, each source once; the entry's own source is no news."""
    seen = {_source_of(text.article).casefold()}
    named: list[tuple[str, str]] = []
    for source, url in (*_other_feeds(text.article), *((_source_of(c), c.url) for c in text.copies)):
        if source.casefold() not in seen:
            seen.add(source.casefold())
            named.append((source, safe_href(url)))
    return tuple(named[:_ALSO])


def _other_feeds(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the feeds that announced the article after the first; their link, if it leads anywhere else."""
    here = canonical_url(article.url)
    for sighting in _sightings(article)[1:]:
        name = cut(one_line(sighting.feed_title), _NAME) or site_of(sighting.link or article.url)
        yield name, "" if canonical_url(sighting.link) == here else sighting.link

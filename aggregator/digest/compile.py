"""The articles of a period, put in the order in which a person wants to read them.

Rules: a text stands once, wherever it was published, and so does an event, whoever tells of it; sections come by
name, the nameless one last; what clearly more sources tell of comes first, else the newest, else the order of the
archive. Which articles belong to the period, and which tell of one event, is decided by whoever asks the archive.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aggregator.digest.clean import cut, one_line, safe_href, without_long_runs
from aggregator.digest.folding import fold_copies, fold_stories
from aggregator.digest.lead import first_sentences, reading_minutes
from aggregator.models import Digest, DigestEntry, Section
from aggregator.urls import canonical_url, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.digest.folding import Text
    from aggregator.models import Article, Sighting

NAMELESS: Final = "Everything else"
_TITLE: Final = 240  # columns; the longest headline of the trade stays well below
_NAME: Final = 80  # columns, of a source, an author or a section
_ALSO: Final = 12  # more names than that tell a reader nothing
_NO_STORIES: Final[Mapping[int, int]] = MappingProxyType({})


def compile_digest(
    articles: Sequence[Article],
    since: datetime,
    until: datetime,
    *,
    title: str,
    per_section: int = 12,
    stories: Mapping[int, int] = _NO_STORIES,
) -> Digest:
    """Fold copies and stories, group by category and sort; after `per_section` entries the rest is told in brief.

    `stories`: article id → story id, of those that are in one.
    """
    texts = fold_copies(articles)
    by_section: dict[str, list[Text]] = defaultdict(list)
    for text in fold_stories(texts, stories):
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


def _section(name: str, texts: list[Text], per_section: int) -> Section:
    by_id = sorted(texts, key=lambda text: text.article.id)
    newest = sorted(by_id, key=lambda text: text.article.dated_at, reverse=True)  # stable: ids stay in order
    ordered = sorted(newest, key=_weight, reverse=True)
    return Section(
        title=name or NAMELESS,
        entries=tuple(_entry(text, with_lead=True) for text in ordered[:per_section]),
        brief=tuple(_entry(text, with_lead=False) for text in ordered[per_section:]),
    )


def _weight(text: Text) -> int:
    """Return 1 for an event that one source tells of, 2 for two or three, 3 for four to seven, and so on."""
    sources = {_source_of(each.article).casefold() for each in (text, *text.others)}
    return len(sources).bit_length()


def _entry(text: Text, *, with_lead: bool) -> DigestEntry:
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


def _also_in(text: Text) -> tuple[tuple[str, str], ...]:
    """Name who else tells of it, then the other feeds and the copies, each source once; the own source is no news.

    A source that tells of one event twice has its further articles named by their titles: they are not elsewhere.
    """
    seen = {_source_of(text.article).casefold()}
    named: list[tuple[str, str]] = []
    for other in text.others:
        source = _source_of(other.article)
        name = cut(_title_of(other.article), _NAME) if source.casefold() in seen else source
        seen.add(source.casefold())
        named.append((name, safe_href(other.article.url)))
    for source, url in (where for each in (text, *text.others) for where in _repeats(each)):
        if source.casefold() not in seen:
            seen.add(source.casefold())
            named.append((source, safe_href(url)))
    return tuple(named[:_ALSO])


def _repeats(text: Text) -> Iterator[tuple[str, str]]:
    yield from _other_feeds(text.article)
    yield from ((_source_of(copy), copy.url) for copy in text.copies)


def _other_feeds(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the feeds that announced the article after the first; their link, if it leads anywhere else."""
    here = canonical_url(article.url)
    for sighting in _sightings(article)[1:]:
        name = cut(one_line(sighting.feed_title), _NAME) or site_of(sighting.link or article.url)
        yield name, "" if canonical_url(sighting.link) == here else sighting.link

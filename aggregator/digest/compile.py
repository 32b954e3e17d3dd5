"""The articles of a period, put in the order in which a person wants to read them, and no more than can be read.

Rules: a text stands once, wherever it was published, and so does an event, whoever tells of it; `ranking` says what
comes first. The sections that were asked for come first, then the feeds' categories by name, the nameless one last.
A digest has an end: beyond its measure stories are told in a line, and beyond that they are counted. Which articles
belong to the period, and which tell of one event, is decided by whoever asks the archive.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aggregator.digest.clean import cut, one_line, safe_href
from aggregator.digest.folding import fold_copies, fold_stories
from aggregator.digest.lead import first_sentences, reading_minutes
from aggregator.digest.naming import NAME, byline_of, category_of, sightings_of, source_of, title_of
from aggregator.digest.ranking import in_order, sources_of
from aggregator.models import Changes, Digest, DigestEntry, MovedOn, Section, Shown, ShownAs
from aggregator.urls import canonical_url, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.digest.folding import Text
    from aggregator.models import Article, Outline

    Texts = Callable[[Sequence[int]], Mapping[int, str]]

NAMELESS: Final = "Everything else"
TOP: Final = "Top stories"
_MANY: Final = 3  # sources that tell of it make a story a top story
_MOVED: Final = 10  # stories that moved on are named
_ALSO: Final = 12  # more names than that tell a reader nothing
_NO_STORIES: Final[Mapping[int, int]] = MappingProxyType({})
_NO_DATES: Final[Mapping[int, datetime]] = MappingProxyType({})
_NO_PLACES: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of a period beside its articles.

    Of a large day the articles come without their texts: then `minutes` says how long each takes to read, and `texts`
    reads the few that are told in full.
    """

    stories: Mapping[int, int] = field(default_factory=lambda: _NO_STORIES)  # article id → story id
    began: Mapping[int, datetime] = field(
        default_factory=lambda: _NO_DATES
    )  # of stories known before: id → first told
    placed: Mapping[int, str] = field(
        default_factory=lambda: _NO_PLACES
    )  # article id → section it was asked for
    changes: Changes = field(default_factory=Changes)
    minutes: Mapping[int, int] | None = None
    texts: Texts | None = None


def compile_digest(
    articles: Iterable[Article],
    since: datetime,
    until: datetime,
    outline: Outline,
    material: Material | None = None,
) -> Digest:
    """Fold copies and stories, part them into sections, and choose what is told in full, in a line, or counted."""
    known = material or Material()
    by_id = {article.id: article for article in articles}
    texts = fold_copies(by_id.values())
    ranked = in_order(fold_stories(texts, known.stories), since, until, outline.weights)
    chosen = _choose(ranked, outline, known.placed)
    read = known.texts or (lambda ids: {id_: by_id[id_].text for id_ in ids})
    page = _Page(since, outline, known, read([text.article.id for text in chosen.full]))
    sections = tuple(_sections(chosen, page, outline.sections))
    shown = sum(len(s.entries) + len(s.brief) + s.left_out for s in sections)
    return Digest(
        title=one_line(outline.title),
        since=since,
        until=until,
        sections=sections,
        articles=len(texts),
        feeds=len({sighting.feed_url for article in by_id.values() for sighting in article.sightings}),
        changes=replace(known.changes, moved=tuple(islice(page.moved(ranked), _MOVED))),
        left_out=len(ranked) - shown,
        shown=tuple(_shown(chosen)),
    )


# ------------------------------------------------------------------------------------------------ what is told


@dataclass(slots=True)
class _Chosen:
    """Stories by section, best first."""

    full: list[Text] = field(default_factory=list)  # of all sections
    told: dict[str, list[Text]] = field(default_factory=lambda: defaultdict(list))
    brief: dict[str, list[Text]] = field(default_factory=lambda: defaultdict(list))
    left_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def tell(self, section: str, text: Text) -> None:
        self.full.append(text)
        self.told[section].append(text)


def _choose(ranked: Sequence[Text], outline: Outline, placed: Mapping[int, str]) -> _Chosen:
    """Give every section its best story, then the best of all their places, as long as there is room."""
    chosen = _Chosen()
    top, rest = _top(ranked, outline.top)
    for text in top:
        chosen.tell(TOP, text)
    sections = {text.article.id: _section_of(text, placed, outline.sections) for text in rest}
    told = {text.article.id for text in _told_in_full(rest, sections, outline, len(top))}
    others = [text for text in rest if text.article.id not in told]
    in_brief = {text.article.id for text in _in_turn(others, sections)[: max(0, outline.brief)]}
    for text in rest:
        section = sections[text.article.id]
        if text.article.id in told:
            chosen.tell(section, text)
        elif text.article.id in in_brief:
            chosen.brief[section].append(text)
        else:
            chosen.left_out[section] += 1
    return chosen


def _in_turn(ranked: Sequence[Text], sections: Mapping[int, str]) -> list[Text]:
    """Return the best of every section, then the second of every section, and so on."""
    places: dict[str, int] = defaultdict(int)
    placed = []
    for text in ranked:
        section = sections[text.article.id]
        placed.append((places[section], text))
        places[section] += 1
    return [text for _, text in sorted(placed, key=lambda one: one[0])]  # stable: better ones stay first


def _top(ranked: Sequence[Text], most: int) -> tuple[list[Text], list[Text]]:
    top = [text for text in ranked if sources_of(text) >= _MANY][:most] if most > 0 else []
    ids = {text.article.id for text in top}
    return top, [text for text in ranked if text.article.id not in ids]


def _told_in_full(
    ranked: Sequence[Text], sections: Mapping[int, str], outline: Outline, already: int
) -> Iterator[Text]:
    """Yield the stories for which there is room: first the best of each section, then the best of all."""
    counts: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    best: list[Text] = []
    others: list[Text] = []
    for text in ranked:
        section = sections[text.article.id]
        (others if section in seen else best).append(text)
        seen.add(section)
    room = outline.stories - already
    for text in (*best, *others):
        section = sections[text.article.id]
        if room > 0 and counts[section] < outline.per_section:
            counts[section] += 1
            room -= 1
            yield text


def _section_of(text: Text, placed: Mapping[int, str], wanted: Sequence[str]) -> str:
    """Return the section that was asked for and that any article of the story is in, else its category."""
    members = (each.article.id for each in (text, *text.others))
    asked = {placed[id_] for id_ in members if id_ in placed}
    return next((title for title in wanted if title in asked), category_of(text.article))


def _sections(chosen: _Chosen, page: _Page, wanted: Sequence[str]) -> Iterator[Section]:
    order = {TOP: -1, **{title: place for place, title in enumerate(wanted)}}
    names = {*chosen.told, *chosen.brief}
    for name in sorted(names, key=lambda name: (order.get(name, len(order)), _by_name(name))):
        yield Section(
            title=cut(one_line(name), NAME) or NAMELESS,
            entries=tuple(page.entry(text) for text in chosen.told.get(name, ())),
            brief=tuple(page.line(text) for text in chosen.brief.get(name, ())),
            left_out=chosen.left_out.get(name, 0),
        )


def _shown(chosen: _Chosen) -> Iterator[Shown]:
    """Yield every article that stands in a section, those that stand behind another among them."""
    for sections, how in ((chosen.told, ShownAs.STORY), (chosen.brief, ShownAs.LINE)):
        for lead in (text for texts in sections.values() for text in texts):
            yield Shown(lead.article.id, how)
            for text in (lead, *lead.others):
                behind = text.copies if text is lead else (text.article, *text.copies)
                yield from (Shown(article.id, how, lead.article.id) for article in behind)


def _by_name(section: str) -> tuple[bool, str, str]:
    """Sort by letters, whatever their case and accents; the nameless section comes last."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", section) if not unicodedata.combining(c))
    return not section, plain.casefold(), section


# -------------------------------------------------------------------------------------------------- one story


@dataclass(frozen=True, slots=True)
class _Page:
    """What entries are made with."""

    since: datetime
    outline: Outline
    known: Material
    texts: Mapping[int, str]

    def line(self, text: Text) -> DigestEntry:
        article = text.article
        source = source_of(article)
        return DigestEntry(
            title=title_of(article),
            url=safe_href(article.url),
            source=source,
            byline=byline_of(article, source),
            at=article.dated_at,
            lead="",
            minutes=self._minutes(article),
            language=article.language,
            also_in=_also_in(text),
            sources=sources_of(text),
            began_at=self._began(text),
            verdict=article.verdict,
        )

    def entry(self, text: Text) -> DigestEntry:
        article = text.article
        words = self.texts.get(article.id, "")
        line = self.line(text)
        return replace(
            line,
            lead=first_sentences(words, line.title, article.language),
            image=safe_href(article.image) if self.outline.images else "",
            text=words if self.outline.full_texts else "",
        )

    def moved(self, ranked: Sequence[Text]) -> Iterator[MovedOn]:
        """Yield the stories of which there was something before, best first."""
        for text in ranked:
            began, article = self._began(text), text.article
            if began is not None:
                yield MovedOn(
                    title=title_of(article),
                    url=safe_href(article.url),
                    source=source_of(article),
                    began_at=began,
                    articles=1 + len(text.others),
                    language=article.language,
                )

    def _minutes(self, article: Article) -> int:
        if self.known.minutes is None:
            return reading_minutes(article.text)
        return self.known.minutes[article.id]

    def _began(self, text: Text) -> datetime | None:
        """Return when the story began, if that was before this digest."""
        story = self.known.stories.get(text.article.id)
        began = self.known.began.get(story) if story is not None else None
        return began if began is not None and began < self.since else None


def _also_in(text: Text) -> tuple[tuple[str, str], ...]:
    """Name who else tells of it, then the other feeds and the copies, each source once; the own source is no news.

    A source that tells of one event twice has its further articles named by their titles: they are not elsewhere.
    """
    seen = {source_of(text.article).casefold()}
    named: list[tuple[str, str]] = []
    for other in text.others:
        source = source_of(other.article)
        name = cut(title_of(other.article), NAME) if source.casefold() in seen else source
        seen.add(source.casefold())
        named.append((name, safe_href(other.article.url)))
    for source, url in (where for each in (text, *text.others) for where in _repeats(each)):
        if source.casefold() not in seen:
            seen.add(source.casefold())
            named.append((source, safe_href(url)))
    return tuple(named[:_ALSO])


def _repeats(text: Text) -> Iterator[tuple[str, str]]:
    yield from _other_feeds(text.article)
    yield from ((source_of(copy), copy.url) for copy in text.copies)


def _other_feeds(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the feeds that announced the article after the first; their link, if it leads anywhere else."""
    here = canonical_url(article.url)
    for sighting in sightings_of(article)[1:]:
        name = cut(one_line(sighting.feed_title), NAME) or site_of(sighting.link or article.url)
        yield name, "" if canonical_url(sighting.link) == here else sighting.link

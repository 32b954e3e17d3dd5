"""From the archive to a digest: what is asked for, and what the pure rooms make of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aggregator.digest import Material, compile_digest, reading_minutes
from aggregator.editions.changes import changes_between
from aggregator.editions.matching import matching
from aggregator.models import Outline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import Article, Digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a digest shall be of."""

    since: datetime
    until: datetime  # in the zone in which the digest tells times
    outline: Outline = field(default_factory=Outline)
    query: str = ""
    sections: tuple[tuple[str, str], ...] = ()  # (title, query)
    after: int | None = None  # article id: what came after that article, instead of what came since a time
    last: int = 0  # article id: the newest that belongs to it; only with `after`
    number: int = 0


def compile_wanted(archive: Archive, wanted: Wanted) -> Digest:
    """Compile a digest: the same archive and the same wishes give the same digest.

    Texts are read one after the other and let go again, so that a day of any size can be compiled.
    """
    chosen = matching(archive, wanted.query, wanted.until) if wanted.query.strip() else None
    light: list[Article] = []
    minutes: dict[int, int] = {}
    for article in _articles(archive, wanted):
        if chosen is None or article.id in chosen:
            minutes[article.id] = reading_minutes(article.text)
            light.append(replace(article, text=""))
    stories, began = archive.period.stories_of(minutes, wanted.since)
    material = Material(
        stories=stories,
        began=began,
        placed=_placed(archive, wanted, minutes),
        changes=changes_between(archive, wanted.since, wanted.until, chosen),
        minutes=minutes,
        texts=archive.period.texts,
    )
    outline = replace(wanted.outline, sections=tuple(title for title, _ in wanted.sections))
    digest = compile_digest(light, wanted.since, wanted.until, outline, material)
    return replace(digest, number=wanted.number)


def _articles(archive: Archive, wanted: Wanted) -> Iterator[Article]:
    if wanted.after is None:
        return archive.period.articles(wanted.since, wanted.until)
    return archive.period.articles_after(wanted.after, wanted.last)


def _placed(archive: Archive, wanted: Wanted, ids: Collection[int]) -> dict[int, str]:
    """Return the first section whose query finds each article; without those that none finds."""
    placed: dict[int, str] = {}
    for title, query in wanted.sections:
        found = matching(archive, query, wanted.until)
        placed |= {id_: title for id_ in ids if id_ in found and id_ not in placed}
    return placed

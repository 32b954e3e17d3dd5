"""Link an article to those like it: look for candidates → compare with their originals → decide → record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.decide import decide_kinship, kin_of, shown_of, still_alike
from aggregator.dedupe import agency_of, shingles_of, sketch_of
from aggregator.models import READ, Kinship, Tier
from aggregator.pipeline.bugs import record_all, tell_bug
from aggregator.pipeline.stories import tell_article

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import ExtractedText, KnownArticle

FAMILIES = 4  # originals that an article is compared with: the time for one article is bounded
TWINS = 4  # articles with the very same text, of which the first are looked up
VOUCHING = 4  # hashes in common with a copy that make its original worth a look
MOST_FREED = 200  # copies of a wall that are compared again; a text with more is a template
BATCH = 50  # articles of an older program that are compared in one transaction


def link_article(
    archive: Archive,
    article_id: int,
    extracted: ExtractedText,
    now: datetime,
    before: KnownArticle | None = None,
) -> None:
    """Find what an article is to those that we have, and record it; part of the caller's transaction.

    `extracted` is what was just recorded, `before` the article as it was; None: it is new.
    """
    article = archive.articles.some([article_id])[0]
    if article.text == extracted.text:
        article = replace(article, shingles=list(extracted.shingles))
    if before is not None:
        if before.text == article.text and before.verdict == article.verdict:
            return
        archive.sketches.remove(article_id, sketch_of(shingles_of(before.text)))
    sketch = sketch_for(article)
    if before is None:
        _compare(archive, article, sketch, now)
    elif not _stays(archive, before, article, now):
        heir = archive.links.release(article_id)
        if (
            heir is not None and article.duplicate_of is None
        ):  # no copy any more: its words tell the story now
            _tell_anew(archive, heir, now)
        archive.links.forget(article_id)
        _compare(archive, article, sketch, now)
    archive.sketches.add(article_id, sketch)
    archive.links.mark_compared(article_id)


def sketch_for(article: KnownArticle) -> tuple[int, ...]:
    """Return what a text is found by; nothing for one that was not read."""
    return sketch_of(shingles_of(article.text, article.shingles)) if article.verdict in READ else ()


def _stays(archive: Archive, before: KnownArticle, article: KnownArticle, now: datetime) -> bool:
    """Tell whether an edited article stays in its family; a copy is compared with its original once more."""
    if article.duplicate_of is None:
        return archive.links.copies(article.id) > 0 and still_alike(before, article)
    for original in archive.articles.some([article.duplicate_of]):
        link = kin_of(article, original, now)
        if link is not None and link.tier is Tier.COPY and shown_of([article, original]) is original:
            archive.links.record(Kinship((link,)))
            return True
    return False


def _compare(archive: Archive, article: KnownArticle, sketch: Sequence[int], now: datetime) -> None:
    if article.verdict not in READ:
        return
    ids = _families_near(archive, article, sketch)
    if not ids:
        return
    originals = archive.articles.some(ids)
    apart = archive.links.apart([article.id, *ids])
    archive.links.record(decide_kinship(article, originals, now, apart))


def _families_near(archive: Archive, article: KnownArticle, sketch: Sequence[int]) -> list[int]:
    """Return the originals that an article may be a copy of, likeliest first."""
    same = archive.articles.with_fingerprint(article.fingerprint, TWINS, READ)
    twins = {twin.id: len(sketch) for twin in same}
    found = {one.article_id: one.common for one in archive.sketches.candidates(sketch)}
    common = twins | {id_: hashes for id_, hashes in found.items() if id_ not in twins}
    original = archive.links.shown_for(common)
    # a copy of something else that has a phrase in common, a site's furniture, tells nothing of its original
    near = [
        original[id_]
        for id_, hashes in common.items()
        if id_ in original and (original[id_] == id_ or hashes >= VOUCHING)
    ]
    return [id_ for id_ in dict.fromkeys(near) if id_ != article.id][:FAMILIES]


def unlink_article(archive: Archive, article_id: int, other_id: int | None, now: datetime) -> list[int]:
    """Take an article out of its family, or apart from one other, for good; return what it is apart from now.

    Whatever is no copy any more counts for itself from now on, and its own words say in which story it is.
    """
    with archive.transaction():
        family = archive.links.in_family(article_id)
        hidden = {id_ for id_, shown in archive.links.shown_for(family).items() if id_ != shown}
        parted = archive.links.unlink(article_id, other_id, now)
        for id_, shown in sorted(archive.links.shown_for(hidden).items()):
            if id_ == shown:
                _tell_anew(archive, id_, now)
    return parted


def _tell_anew(archive: Archive, article_id: int, now: datetime) -> None:
    archive.stories.remove(article_id)
    tell_article(archive, article_id, now)


def part_from_walls(archive: Archive, walls: Sequence[KnownArticle], reason: str, now: datetime) -> None:
    """Take back that these articles were read, and find out what their copies are to each other without them.

    Part of the caller's transaction.
    """
    freed = archive.links.mark_walls([wall.id for wall in walls], reason, now)[:MOST_FREED]
    for wall in walls:
        archive.stories.remove(wall.id)
        archive.sketches.remove(wall.id, sketch_of(shingles_of(wall.text)))
    for id_ in freed:
        [article] = archive.articles.some([id_])
        if article.duplicate_of is None:  # else it has joined one of those before it
            _compare(archive, article, sketch_for(article), now)
    shown = archive.links.shown_for(freed)
    for id_ in sorted(freed, key=lambda id_: shown[id_] != id_):  # what is hidden goes where its original is
        _tell_anew(archive, id_, now)


def link_back_catalogue(archive: Archive, now: datetime, limit: int = BATCH) -> int:
    """Compare articles that an older program archived and tell their stories, oldest first; return how many.

    In one transaction: killed at any moment, the next call goes on with those that are left. One that a bug strikes
    stays as it is, and counts as compared.
    """

    def compare(ids: Sequence[int]) -> list[int]:
        for article in archive.articles.some(ids):
            _catch_up(archive, article, now)
        return list(ids)

    def set_aside(id_: int, error: Exception) -> list[int]:
        archive.links.mark_struck(id_)
        tell_bug("comparing an article of an older program; it stays by itself", error, article=id_)
        return [id_]

    return len(record_all(archive, archive.links.uncompared(limit), compare, set_aside))


def _catch_up(archive: Archive, article: KnownArticle, now: datetime) -> None:
    sketch = sketch_for(article)
    if article.duplicate_of is None:
        _compare(archive, article, sketch, now)
    else:  # linked by an older program, which did not write down why
        for original in archive.articles.some([article.duplicate_of]):
            link = kin_of(article, original, now)
            archive.links.record(Kinship((link,) if link is not None and link.tier is Tier.COPY else ()))
    archive.sketches.add(article.id, sketch)
    byline = archive.links.byline(article.id)
    archive.links.mark_compared(article.id, agency_of(byline, article.text))
    tell_article(archive, article.id, now)

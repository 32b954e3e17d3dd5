"""Put an article into its story: count its words → look for stories like it → decide → record."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.domains import publisher_of
from aggregator.errors import is_bug
from aggregator.models import READ
from aggregator.stories import (
    WINDOW,
    assign,
    is_worth_splitting,
    split_of,
    tells_another,
    terms_of,
    weigh,
)

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.archive.stories import StoryShelf
    from aggregator.models import KnownArticle

LATE = timedelta(
    days=1
)  # that others may still join a story of long ago: old articles come together, from many feeds
log = logging.getLogger("aggregator")


def tell_article(
    archive: Archive, article_id: int, now: datetime, before: KnownArticle | None = None
) -> None:
    """Put an article that was just recorded into its story; part of the caller's transaction.

    `before` is the article as it was; None: it is new. A bug of ours in this costs a story and no article.
    """
    try:
        with archive.attempt():
            _tell(archive, archive.articles.some([article_id])[0], now, before)
    except Exception as error:
        if not is_bug(error):
            raise
        log.exception("a bug while telling a story article=%d", article_id)


def _tell(archive: Archive, article: KnownArticle, now: datetime, before: KnownArticle | None) -> None:
    if before is not None:
        was_copy = before.duplicate_of is not None and article.duplicate_of is None
        are_read = before.verdict in READ and article.verdict in READ
        if are_read and not was_copy and not _tells_another(before, article):
            return
        archive.stories.remove(article.id)
    if article.verdict not in READ:
        return
    tell_story(
        archive.stories,
        article.id,
        article.title,
        article.text,
        language=article.language,
        source=publisher_of(article.canonical_url.removeprefix("entry:")) or article.site,
        at=article.dated_at or now,
        now=now,
        copy_of=article.duplicate_of,
    )


def _tells_another(before: KnownArticle, after: KnownArticle) -> bool:
    if (before.title, before.text) == (after.title, after.text):
        return False
    return tells_another(*(terms_of(known.title, known.text, known.language) for known in (before, after)))


def tell_story(
    shelf: StoryShelf,
    article_id: int,
    title: str,
    text: str,
    *,
    language: str,
    source: str,
    at: datetime,
    now: datetime,
    copy_of: int | None = None,
) -> int | None:
    """Put an article into its story and return the story; part of the caller's transaction.

    `source` is the publisher that it counts for. None: its words tell nothing, so it is in no story.
    """
    shelf.prune(now)
    if copy_of is not None:
        story_id = shelf.place_copy(article_id, copy_of, at=at, source=source, language=language)
        if story_id is not None:
            return story_id
    if (placed := shelf.story_of(article_id)) is not None:
        return placed
    terms = terms_of(title, text, language)
    if not terms.emphasis:
        return None
    vector = weigh(terms, shelf.learn(terms))
    placement = assign(vector, at, shelf.candidates(vector, at, WINDOW), source)
    until = max(at + WINDOW, now + LATE)
    story_id = shelf.place(article_id, vector, placement, at=at, source=source, told_until=until)
    if is_worth_splitting(shelf.size(story_id)):
        shelf.split(story_id, split_of(shelf.members(story_id)))
    return shelf.story_of(article_id)

"""Put an article into its story: count its words → look for stories like it → decide → record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.stories import WINDOW, assign, is_worth_splitting, split_of, terms_of, weigh

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive.stories import StoryShelf


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

    `source` is the site that it counts for. None: its words tell nothing, so it is in no story.
    """
    shelf.prune(now)
    if copy_of is not None:
        story_id = shelf.place_copy(article_id, copy_of, at=at, source=source, language=language)
        if story_id is not None:
            return story_id
    if (placed := shelf.story_of(article_id)) is not None:
        return placed
    terms = terms_of(title, text, language)
    vector = weigh(terms, shelf.frequencies(terms))
    if not vector.weights:
        return None
    shelf.learn(terms)
    placement = assign(vector, at, shelf.candidates(vector, at, WINDOW))
    until = now + WINDOW
    story_id = shelf.place(article_id, vector, placement, at=at, source=source, told_until=until)
    if is_worth_splitting(shelf.size(story_id)):
        shelf.split(story_id, split_of(shelf.members(story_id)))
    return shelf.story_of(article_id)

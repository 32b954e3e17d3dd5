"""stories: what several sources tell of, most sources first; or one story whole. It opens the archive read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.ids import STORY_ID
from aggregator.cli.safetext import without_surrogates
from aggregator.cli.terminal import Line, Span, Style, json_out, note, one_line, out
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import Story, StoryArticle

LISTED = 8  # articles of a story in a list; `stories ID` shows all
INDENT = 4
DEEPER = 6


@click.command()
@click.argument("story_id", type=STORY_ID, metavar="[ID]", required=False)
@click.option(
    "--since", default="1d", show_default=True, metavar="WHEN", help="Start: 1d, yesterday, 2026-11-20."
)
@click.option("--until", default="now", show_default=True, metavar="WHEN", help="End.")
@click.option(
    "--least",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    metavar="N",
    help="Only stories with at least N sources.",
)
@click.option("--feed", default="", metavar="TEXT", help="Only with a feed with this in title or address.")
@click.option("--category", default="", metavar="TEXT", help="Only with a feed with this in its category.")
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="N",
              help="At most N stories.")  # fmt: skip
@click.option("--json", "wants_json", is_flag=True, help="One JSON list; of one story its record.")
@pass_session
def stories(
    session: Session,
    story_id: int | None,
    since: str,
    until: str,
    least: int,
    feed: str,
    category: str,
    limit: int,
    wants_json: bool,
) -> int:
    """List stories: articles on the same event, most independent sources first; copies count once.

    \b
    aggregator stories --since 7d --least 3
    aggregator stories 17                     one story, with all its articles
    """
    from aggregator.app import local_now, open_archive
    from aggregator.times import parse_moment

    today = local_now()
    with open_archive(session.config, writable=False) as archive:
        if story_id is not None:
            return _show_one(archive, story_id, today, wants_json=wants_json)
        first, last = parse_moment(since, today), parse_moment(until, today, end=True)
        feed, category = (without_surrogates(text.strip()) for text in (feed, category))
        found = archive.stories.list(first, last, least=least, limit=limit, feed=feed, category=category)
    if wants_json:
        json_out([story_json(story) for story in found])
    elif found:
        _show_list(found, today)
    else:
        wider = "an earlier --since" + ("" if least == 1 else " or a smaller --least")
        note(f"no story of {counted(least, 'source')} or more in that time; {wider} may find some")
    return 0 if found else NOTHING_FOUND


def _show_one(archive: Archive, story_id: int, today: datetime, *, wants_json: bool) -> int:
    story = archive.stories.get(story_id)
    if story is None:
        note(f"{story_id}: no such story; `aggregator stories` shows the ids")
        return NOTHING_FOUND
    if wants_json:
        json_out(story_json(story))
        return 0
    if story.id != story_id:
        note(f"story {story_id} proved to be story {story.id}")
    for line in story_lines(story, today, len(story.articles)):
        out(line)
    return 0


def _show_list(found: Sequence[Story], today: datetime) -> None:
    for number, story in enumerate(found):
        if number:
            out()
        for line in story_lines(story, today, LISTED):
            out(line)


def story_json(story: Story) -> dict[str, object]:
    """Return a story as JSON knows it; the names are a promise."""
    return {
        "id": story.id,
        "title": story.lead.title,
        "sources": story.sources,
        "first_at": story.first_at,
        "last_at": story.last_at,
        "articles": list(story.articles),
    }


def sources_of(story: Story) -> str:
    return counted(story.sources, "source")


def story_lines(story: Story, now: datetime, most: int) -> Iterator[Line]:
    """Yield a story as a person reads it: its title, then its articles, each with its copies below."""
    from aggregator.times import ago

    lead = story.lead
    title = Span(one_line(lead.title) or lead.url, Style.STRONG, link=lead.url)
    yield Line((Span(f"{story.id:>3} "), title), hang=INDENT)
    span = " to ".join(
        dict.fromkeys((ago(story.first_at, now), ago(story.last_at, now)))
    )  # "yesterday" is said once
    yield Line((Span(f"{sources_of(story)} · {span}", Style.FAINT),), indent=INDENT)
    copies = _copies_of(story)
    own = [article for article in story.articles if article.copy_of not in copies]
    for article in own[:most]:
        yield _article_line(article, now, INDENT)
        for copy in copies.get(article.id, ())[:most]:
            yield _article_line(copy, now, DEEPER, "also ")
    if len(own) > most:
        yield Line((Span(f"… and {len(own) - most} more: aggregator stories {story.id}"),), indent=INDENT)


def _copies_of(story: Story) -> dict[int | None, list[StoryArticle]]:
    """Return the copies behind those articles of the story that have some; an original elsewhere hides none."""
    here = {article.id for article in story.articles}
    copies: dict[int | None, list[StoryArticle]] = {}
    for article in story.articles:
        if article.copy_of in here:
            copies.setdefault(article.copy_of, []).append(article)
    return copies


def _article_line(article: StoryArticle, now: datetime, indent: int, word: str = "") -> Line:
    from aggregator.times import ago

    about = f"{one_line(article.source)} · {ago(article.at, now)} · #{article.id} "
    title = one_line(article.title) or article.url
    return Line((Span(f"{word}{about}", Style.FAINT), Span(title, link=article.url)), indent=indent, hang=2)

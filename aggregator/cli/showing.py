"""show: one article, its text and what is known of it. It opens the archive read-only and waits for nobody."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.ids import ARTICLE_ID
from aggregator.cli.kin import family_json, family_lines
from aggregator.cli.stories import sources_of
from aggregator.cli.terminal import Line, Span, Style, as_json, draws, json_out, note, one_line, out, table
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.cli.terminal import Cell
    from aggregator.models import Article, ArticleDetails, Family, Story

FIRST_YEAR = 1990  # of the web: what claims to be older has a wrong date


@dataclass(frozen=True, slots=True)
class Known:
    """All that the archive knows of one article."""

    article: Article
    details: ArticleDetails
    revisions: int
    pages: tuple[int, int, int]  # how many, their bytes, the bytes that they take
    family: Family
    story: Story | None


@click.command()
@click.argument("article_id", type=ARTICLE_ID, metavar="ID")
@click.option(
    "--details",
    "wants_details",
    is_flag=True,
    help="Where each fact comes from, and what was left out of the text.",
)
@click.option("--json", "wants_json", is_flag=True, help="All that is known of it as JSON.")
@pass_session
def show(session: Session, article_id: int, wants_details: bool, wants_json: bool) -> int:
    """Show one article: its text, where it was seen, and how good the text is.

    On a terminal the text is drawn; in a pipe it is Markdown.
    """
    from aggregator.app import local_now, open_archive

    with open_archive(session.config, writable=False) as archive:
        article = archive.articles.get(article_id)
        if article is None:
            note(f"{article_id}: no such article; `aggregator search` shows the ids")
            return NOTHING_FOUND
        revisions = len(archive.articles.revisions(article_id))
        known = Known(
            article,
            archive.articles.details(article_id),
            revisions,
            archive.pages.sizes(article_id),
            archive.links.family(article_id),
            archive.stories.get(archive.stories.story_of(article_id) or 0),
        )
    if wants_json:
        json_out(_as_json(known))
        return 0
    for line in _head(known, local_now()):
        out(line)
    if wants_details:
        _show_details(known)
    out()
    _show_text(known)
    return 0


def _show_text(known: Known) -> None:
    from aggregator.cli.articletext import text_lines

    if not draws(sys.stdout):
        out(known.details.markdown or known.article.text)
        return
    for line in text_lines(known.article.text, known.details.markdown):
        out(line)


# ------------------------------------------------------------------------------------------- the head


def _head(known: Known, today: datetime) -> Iterator[Line | str]:
    from aggregator.times import ago

    article = known.article
    yield Line((Span(one_line(article.title) or "(no title)", Style.STRONG),))
    parts = (article.byline, article.site, ago(article.dated_at, today), article.section)
    yield " · ".join(one_line(part) for part in parts if part)
    yield one_line(article.url)
    for warning in _warnings(article, today):
        yield Line((Span(warning, Style.WARN),))
    if article.agency:
        yield f"from the agency {article.agency}"
    yield from family_lines(article.id, known.family, today)
    if known.story is not None and len(known.story.articles) > 1:
        yield f"story {known.story.id}: {sources_of(known.story)}: aggregator stories {known.story.id}"
    if known.revisions:
        count = counted(known.revisions, "earlier version")
        yield f"{count}: aggregator history {article.id}"
    for seen in article.sightings:
        yield f"announced by {one_line(seen.feed_title or seen.feed_url)}, {ago(seen.first_seen_at, today)}"


def _warnings(article: Article, today: datetime) -> Iterator[str]:
    """Yield what a reader should know before trusting the text or its date."""
    from aggregator.times import ago

    if article.verdict != "full" or article.reason:
        yield f"{article.verdict}: {article.reason}" if article.reason else str(article.verdict)
    if article.gone_at:
        yield f"its page disappeared {ago(article.gone_at, today)}; this text is kept"
    if is_odd := odd_date(article):
        yield is_odd


def odd_date(article: Article) -> str:
    """Return what is wrong with the date that an article claims, or ""."""
    claimed = article.published_at
    if claimed is None:
        return ""
    if claimed > article.archived_at and claimed > article.dated_at:
        return (
            f"claims to be of {claimed:%Y-%m-%d %H:%M} UTC, later than it was seen; it does not sort by that"
        )
    if claimed.year < FIRST_YEAR:
        return f"claims to be of {claimed:%Y-%m-%d}, which can hardly be"
    return ""


# --------------------------------------------------------------------------------------------- details


def _show_details(known: Known) -> None:
    article, details = known.article, known.details
    out()
    table([row for row in _facts(known) if row[1]], ("what", ""))
    if details.claims:
        out()
        believed: set[str] = set()
        rows: list[tuple[Cell, ...]] = []
        for claim in details.claims:
            rows.append(
                (claim.field, claim.source, claim.value, "" if claim.field in believed else "believed")
            )
            believed.add(claim.field)
        table(rows, ("field", "source", "says", ""))
    if details.dropped:
        out()
        table([(block.rule, block.text) for block in details.dropped], ("left out as", "text"))
    if not details.extractor and article.text:
        note("an older version read it, or the feed alone; `aggregator reextract` reads kept pages again")


def _facts(known: Known) -> Iterator[tuple[str, str]]:
    article, (count, size, kept) = known.article, known.pages
    yield (
        "verdict",
        f"{article.verdict}, {article.score:.0%} sure" + (f": {article.reason}" if article.reason else ""),
    )
    yield "published", _dated(article.published_at, article.published_from)
    yield "modified", _dated(article.modified_at)
    yield "archived", _dated(article.archived_at)
    yield "gone", _dated(article.gone_at)
    yield "section", article.section
    yield "tags", ", ".join(article.tags)
    yield "language", article.language
    yield "image", article.image
    yield "words", f"{len(article.text.split()):,}"
    yield "extractor", str(known.details.extractor or "")
    pages = f"{count} page{'s' if count > 1 else ''}, {size:,} bytes, kept in {kept:,}"
    yield "kept", pages if count else "no page"


def _dated(at: datetime | None, source: str = "") -> str:
    if at is None:
        return ""
    return f"{at:%Y-%m-%d %H:%M} UTC" + (f", says the {source}" if source else "")


# ---------------------------------------------------------------------------------------------- as JSON


def _as_json(known: Known) -> dict[str, object]:
    """Return all that is known; the names are a promise, new ones come at the end."""
    article, details = known.article, known.details
    count, size, kept = known.pages
    return {
        **as_json(article, sightings=True),
        "modified_at": article.modified_at,
        "gone_at": article.gone_at,
        "score": article.score,
        "image": article.image,
        "section": article.section,
        "tags": article.tags,
        "markdown": details.markdown,
        "claims": details.claims,
        "dropped": details.dropped,
        "extractor": details.extractor,
        "odd_date": odd_date(article),
        "revisions": known.revisions,
        "pages": {"count": count, "bytes": size, "kept_bytes": kept},
        "agency": article.agency,
        **family_json(article.id, known.family),
        "story": known.story.id if known.story else None,
    }

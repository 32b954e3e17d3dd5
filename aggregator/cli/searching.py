"""search, entries: reading what is in the archive. These open it read-only and never wait for the service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.terminal import hit_json, hit_lines, json_out, note, out, table

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.models import Hit, Query

NOTHING_FOUND = 1


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "--since", metavar="WHEN", help="Only articles from then on: 2026-11-20, 7d, yesterday, 2026-11."
)
@click.option("--before", metavar="WHEN", help="Only articles before then.")
@click.option("--feed", default="", metavar="TEXT", help="Only from feeds with this in title or address.")
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--all-copies", is_flag=True, help="Show every copy of a text as a hit of its own.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON list.")
@pass_session
def search(
    session: Session,
    words: tuple[str, ...],
    since: str | None,
    before: str | None,
    feed: str,
    limit: int,
    all_copies: bool,
    wants_json: bool,
) -> int:
    """Search the archive. All words must match; the best hits come first, copies of one text as one.

    \b
    aggregator search climate summit
    aggregator search '"red list"' -- -bird     a phrase, and a word that must not occur
    aggregator search election OR vote --since 7d --feed bbc
    aggregator search 'micro*' 'title:review'
    """
    from aggregator.app import local_now, open_archive
    from aggregator.query import parse_query
    from aggregator.times import parse_moment

    today = local_now()
    query = parse_query(
        " ".join(words),
        today,
        since=parse_moment(since, today) if since else None,
        before=parse_moment(before, today) if before else None,
        feed=feed,
        limit=limit,
    )
    with open_archive(session.config, writable=False) as archive:
        hits = archive.index.search(replace(query, folds=not all_copies))
    if wants_json:
        json_out([hit_json(hit) for hit in hits])
    else:
        _show_hits(hits, query, today)
    return 0 if hits else NOTHING_FOUND


def _show_hits(hits: list[Hit], query: Query, today: datetime) -> None:
    if query.hint:
        note(query.hint)
    for number, hit in enumerate(hits, 1):
        for line in hit_lines(hit, today, number):
            out(line)
    if not hits:
        note("nothing found")


@click.command()
@click.option("--feed", default="", metavar="TEXT", help="Only from feeds with this in title or address.")
@click.option("--state", type=click.Choice(["pending", "retrying", "archived"]), default=None)
@click.option("--since", metavar="WHEN", help="Only what was first seen from then on.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=None,
    help="At most so many; default: 50, with --json all.",
)
@click.option("--json", "wants_json", is_flag=True, help="One JSON list.")
@pass_session
def entries(
    session: Session, feed: str, state: str | None, since: str | None, limit: int | None, wants_json: bool
) -> int:
    """List what was announced, by which feed, and in which state it is. Newest first."""
    from aggregator.app import local_now, open_archive
    from aggregator.times import ago, parse_moment

    today = local_now()
    most = limit or (None if wants_json else 50)
    with open_archive(session.config, writable=False) as archive:
        found = archive.entries.announced(
            feed=feed, state=state or "", since=parse_moment(since, today) if since else None, limit=most
        )
    if wants_json:
        json_out(found)
    elif found:
        table(
            [(ago(e.first_seen_at, today), e.state, e.title or e.link, e.feed, e.last_error) for e in found],
            ("seen", "state", "title", "feed", "trouble"),
        )
    else:
        note("no entry is like that" if feed or state or since else "nothing announced yet")
    return 0 if found else NOTHING_FOUND

"""feeds check, feeds backfill: how each feed fares, its history, and what it announced before we knew it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND, SOME_FAILED
from aggregator.cli.terminal import json_out, note, out, table
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.decide import Unread
    from aggregator.health import Ailment
    from aggregator.models import Feed, Verdict, Visit

HISTORY = 20  # visits
WELL_READ = 0.8  # share of a feed's newest articles that are full: then there is nothing to tell
MOST_SHOWN = 30  # feeds


@click.command()
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option("--json", "wants_json", is_flag=True, help="As JSON.")
@pass_session
def check(session: Session, names: tuple[str, ...], wants_json: bool) -> int:
    """Show feeds that fail, moved, fell silent, are gone or had gaps; exit 3 when any fails.

    With FEED (its address or a part of its title): the last visits of that feed, what each brought and why.

    \b
    aggregator feeds check
    aggregator feeds check bbc
    """
    from aggregator.app import local_now, open_archive

    today = local_now()
    with open_archive(session.config, writable=False) as archive:
        if names:
            return _show_history(archive, named_feeds(archive, names), today, wants_json=wants_json)
        return _show_ailments(archive, today, wants_json=wants_json)


def named_feeds(archive: Archive, names: tuple[str, ...]) -> list[Feed]:
    """Return the feeds that the names mean: an exact address, else every one with that in title or address."""
    from aggregator.errors import UsageError

    known = archive.feeds.all() if names else []
    found: list[Feed] = []
    for name in names:
        part = name.lower()
        meant = [feed for feed in known if name in {feed.url, *feed.former_urls}]
        meant = meant or [feed for feed in known if part in feed.url.lower() or part in feed.title.lower()]
        if not meant:
            raise UsageError(f"{name}: no such feed; `aggregator feeds list` shows them")
        found += [feed for feed in meant if feed not in found]
    return found


def _show_ailments(archive: Archive, today: datetime, *, wants_json: bool) -> int:
    from aggregator.health import ailments
    from aggregator.models import FeedState, Outcome

    known = [feed for feed in archive.feeds.all() if feed.state is not FeedState.PAUSED]
    pauses, verdicts = archive.feeds.usual_pauses(), archive.verdicts_by_feed()
    ill = [
        (feed, list(ailments(feed, today, pauses.get(feed.id), verdicts.get(feed.id, {})))) for feed in known
    ]
    ill = [(feed, found) for feed, found in ill if found]
    failing = sum(1 for _, found in ill if any(ailment.is_failure for ailment in found))
    if wants_json:
        shown = dict(ill) | {feed: [] for feed in _poorly_read(known, verdicts) if feed not in dict(ill)}
        json_out([_as_json(feed, found, verdicts.get(feed.id, {})) for feed, found in shown.items()])
    else:
        _show_tables(ill, known, verdicts)
    unmet = sum(1 for feed in known if feed.last_visit_at is None)
    away = sum(1 for feed in known if feed.last_outcome == Outcome.OFFLINE)
    offline = f" · {away} not reached, the network was down" if away else ""
    note(f"{counted(len(known), 'feed')} · {failing} in trouble · {unmet} not visited yet{offline}")
    return SOME_FAILED if failing else 0


def _show_tables(
    ill: list[tuple[Feed, list[Ailment]]], known: list[Feed], verdicts: Mapping[int, Mapping[Verdict, int]]
) -> None:
    """Show what is wrong with the feeds, then which of them bring articles that are not whole."""
    if ill:
        rows = [
            (feed.title or feed.url, one.kind, one.said, feed.url) for feed, found in ill for one in found
        ]
        table(rows, ("feed", "what", "says", "address"))
    poor = _poorly_read(known, verdicts)
    if poor:
        from aggregator.models import Verdict  # what a poll, which comes by here, does without

        columns = [each for each in Verdict if any(verdicts[feed.id].get(each) for feed in poor)]
        counts = [
            (feed.title or feed.url, *(verdicts[feed.id].get(each) or "" for each in columns))
            for feed in poor
        ]
        out()
        table(counts, ("newest articles of", *columns))


def _poorly_read(known: list[Feed], verdicts: Mapping[int, Mapping[Verdict, int]]) -> list[Feed]:
    """Return the feeds of whose newest articles many are not whole, the worst first."""
    from aggregator.models import Verdict  # as above

    def whole(feed: Feed) -> float:
        counts = verdicts[feed.id]
        return counts.get(Verdict.FULL, 0) / sum(counts.values())

    met = [feed for feed in known if feed.id in verdicts]
    return sorted((feed for feed in met if whole(feed) < WELL_READ), key=whole)[:MOST_SHOWN]


def _as_json(feed: Feed, found: list[Ailment], verdicts: Mapping[Verdict, int]) -> dict[str, object]:
    return {
        "url": feed.url,
        "title": feed.title,
        "state": feed.state,
        "failures": feed.failures,
        "last_error": feed.last_error,
        "last_visit_at": feed.last_visit_at,
        "last_new_at": feed.last_new_at,
        "next_check_at": feed.next_check_at,
        "ailments": found,
        "newest_articles": dict(verdicts),
    }


def _show_history(archive: Archive, feeds: list[Feed], today: datetime, *, wants_json: bool) -> int:
    from aggregator.times import ago

    history = {feed: archive.visits.of(feed.id, HISTORY) for feed in feeds}
    verdicts = archive.verdicts_by_feed()
    if wants_json:
        told = [(_as_json(feed, [], verdicts.get(feed.id, {})), visits) for feed, visits in history.items()]
        json_out([{**feed, "visits": visits} for feed, visits in told])
        return 0
    for feed, visits in history.items():
        next_visit = ago(feed.next_check_at, today) if feed.next_check_at else "not planned"
        note(f"{feed.title or feed.url} <{feed.url}>: {feed.state}, next visit {next_visit}")
        note(_articles_of(verdicts.get(feed.id, {})))
        table(
            [
                (ago(v.at, today), v.outcome, v.status or "", v.new, "gap" if v.gap else "", v.error)
                for v in visits
            ],
            ("when", "outcome", "status", "new", "", "trouble"),
        )
    return 0


def _articles_of(verdicts: Mapping[Verdict, int]) -> str:
    counted = ", ".join(
        f"{count} {verdict}" for verdict, count in sorted(verdicts.items(), key=lambda c: -c[1])
    )
    return f"its newest articles: {counted or 'none yet'}"


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="FEED...")
@click.option("--pages", type=click.IntRange(1, 500), default=20, show_default=True, metavar="N",
              help="At most N documents.")  # fmt: skip
@pass_session
def backfill(session: Session, names: tuple[str, ...], pages: int) -> int:
    """Read the older entries that a feed keeps on further pages (RFC 5005); `aggregator archive` gets their text."""
    from aggregator.app import open_archive, open_tools
    from aggregator.pipeline import backfill_feed

    new = 0
    with (
        open_archive(session.config, writable=True) as archive,
        open_tools(session.config, archive) as (tools, _),
    ):
        for feed in named_feeds(archive, names):
            if not feed.older_url:
                note(f"{feed.title or feed.url}: names no older pages")
            new += _backfilled(feed, backfill_feed(tools, feed, pages))
    note(f"{counted(new, 'older entry', 'older entries')} found")
    return 0 if new else NOTHING_FOUND


def _backfilled(feed: Feed, visits: Generator[Visit, None, Unread | None]) -> int:
    """Tell page by page what comes, and what could not be read; return how many entries are new."""
    new = 0
    while True:
        try:
            visit = next(visits)
        except StopIteration as end:
            if end.value is not None:
                note(f"{feed.title or feed.url}: {end.value.url}: {end.value.reason}")
            return new
        new += visit.new
        note(f"{feed.title or feed.url}: {visit.new} new of {visit.seen}")

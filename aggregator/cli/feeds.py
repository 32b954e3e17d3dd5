"""feeds list|add|remove|import|export: the subscriptions.

feeds.opml is the source of truth: these commands change that file, and the next poll (or the running service)
follows it. Nothing here needs the archive to be writable.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND, TROUBLE
from aggregator.cli.feedcare import backfill, check
from aggregator.cli.terminal import json_out, note, or_stdout, out, table
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.models import Feed, Subscription


@click.group()
def feeds() -> None:
    """List, add, remove, import, export and check feeds. The list itself is the file feeds.opml."""


@feeds.command("list")
@click.option("--json", "wants_json", is_flag=True, help="One JSON list.")
@pass_session
def list_feeds(session: Session, wants_json: bool) -> int:
    """List every feed with its state."""
    from aggregator.app import local_now
    from aggregator.models import Outcome

    known = all_feeds(session.config)
    today = local_now()
    if wants_json:
        json_out(known)
    else:
        table(
            [
                (
                    f.category,
                    f.title or f.url,
                    f.state,
                    f.entries,
                    _when(f.last_visit_at, today),
                    f.url,
                    f.last_error or ("the network was down" if f.last_outcome == Outcome.OFFLINE else ""),
                )
                for f in known
            ],
            ("category", "feed", "state", "entries", "visited", "address", "trouble"),
        )
    if not known:
        note(f"{session.config.opml_path}: names no feed; `aggregator feeds add URL` adds one")
    return 0 if known else NOTHING_FOUND


def _when(moment: datetime | None, today: datetime) -> str:
    from aggregator.times import ago

    return ago(moment, today) if moment else "not yet"


def all_feeds(config: Config) -> list[Feed]:
    """Return the feeds of the archive, and those of feeds.opml that no poll has met yet (with id 0)."""
    from aggregator.app import open_archive, read_subscriptions
    from aggregator.errors import ConfigError
    from aggregator.models import Feed

    known: list[Feed] = []
    if config.archive_path.exists():
        with open_archive(config, writable=False) as archive:
            known = archive.feeds.all()
    met = {url for feed in known for url in (feed.url, *feed.former_urls)}
    wanted: tuple[Subscription, ...] = ()
    try:
        wanted = read_subscriptions(config).subscriptions
    except ConfigError as error:
        if not known:
            raise
        note(str(error))
    return known + [
        Feed(id=0, url=s.url, title=s.title, category=s.category, site_url=s.site_url)
        for s in wanted
        if s.url not in met
    ]


@feeds.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--title", default="", help="What to call it; default: its own title.")
@click.option("--category", default="", metavar="FOLDER", help="Folder to put it in, e.g. World/Europe.")
@click.option("--yes", is_flag=True, help="Take the best feed of a page without asking.")
@click.option("--list", "only_list", is_flag=True, help="Show what would be offered, and add nothing.")
@click.option("--unchecked", is_flag=True, help="Add it without asking whether it is a feed.")
@pass_session
def add(
    session: Session,
    urls: tuple[str, ...],
    title: str,
    category: str,
    *,
    yes: bool,
    only_list: bool,
    unchecked: bool,
) -> int:
    """Add a feed to feeds.opml: the one at URL, or one that the page at URL names. Several URLs, several feeds.

    \b
    aggregator feeds add https://example.org/feed.xml --category Science
    aggregator feeds add example.org example.net
    """
    from aggregator.errors import UsageError

    if title and len(urls) > 1:
        raise UsageError("--title calls one feed by a name; add these one by one")
    failed = 0
    for url in urls:
        try:
            if only_list:
                _show_offer(session.config, url)
            elif unchecked:
                _append(session.config, _unseen(session.config, url, title, category))
            else:
                _append(session.config, _chosen(session.config, url, title, category, yes=yes))
        except UsageError as error:
            if len(urls) == 1:
                raise
            note(str(error))
            failed += 1
    return TROUBLE if failed else 0


def _show_offer(config: Config, url: str) -> None:
    from aggregator.cli import adding

    with adding.open_tools(config) as tools:
        adding.show(adding.find_feeds(tools, url))


def _unseen(config: Config, url: str, title: str, category: str) -> Subscription:
    from aggregator.cli import adding
    from aggregator.models import Subscription

    asked = adding.addresses(url)[0]
    _refuse_if_known(asked, config)
    return Subscription(asked, title, category)


def _chosen(config: Config, url: str, title: str, category: str, *, yes: bool) -> Subscription:
    """Find the feed that is meant; a person at the terminal chooses among several."""
    from aggregator.cli import adding
    from aggregator.models import Subscription

    _refuse_if_known(adding.addresses(url)[0], config)
    with adding.open_tools(config) as tools:
        found = adding.find_feeds(tools, url)
    chosen = adding.choose(found, yes=yes)
    _refuse_if_known(chosen.url, config)
    if chosen.moved:
        note(f"it has moved for good and is followed at its new address, {chosen.url}")
    return Subscription(chosen.url, title or chosen.title, category, chosen.parsed.site_url)


def _refuse_if_known(url: str, config: Config) -> None:
    from aggregator.app import read_list
    from aggregator.errors import UsageError
    from aggregator.opml import parse_opml

    path = config.opml_path
    if any(known.url == url for known in parse_opml(read_list(config), name=str(path)).subscriptions):
        raise UsageError(f"{url}: is already in {path}")


def _append(config: Config, subscription: Subscription) -> None:
    """Add it to the list as it is now: it may have been edited while we asked."""
    from aggregator.app import read_list
    from aggregator.deliver import write_file
    from aggregator.opml import add_subscription

    write_file(config.opml_path, add_subscription(read_list(config), subscription).decode("utf-8"))
    note(f"added {subscription.title or subscription.url} <{subscription.url}>; the next poll visits it")


@feeds.command()
@click.argument("url", metavar="FEED")
@pass_session
def remove(session: Session, url: str) -> int:
    """Take a feed (its address, or a part of its title) out of feeds.opml. It is paused; what the archive has stays."""
    from aggregator.app import read_list
    from aggregator.deliver import write_file
    from aggregator.errors import UsageError
    from aggregator.opml import parse_opml, remove_subscription

    path = session.config.opml_path
    listed = read_list(session.config)
    titles = {known.url: known.title for known in parse_opml(listed, name=str(path)).subscriptions}
    named = url if url in titles else _named_before(session.config, url, titles) or _called(url, titles)
    if named is None:
        raise UsageError(f"{url}: is not in {path}; `aggregator feeds list` shows the addresses")
    write_file(path, remove_subscription(listed, named).decode("utf-8"))
    note(f"removed {named}; its articles stay in the archive")
    return 0


def _named_before(config: Config, url: str, listed: Collection[str]) -> str | None:
    """Return the listed address of a feed that has moved to `url` since; None if there is none."""
    moved = (feed for feed in all_feeds(config) if feed.url == url)
    return next((former for feed in moved for former in feed.former_urls if former in listed), None)


def _called(part: str, titles: Mapping[str, str]) -> str | None:
    """Return the address of the one feed with this in its title or address; None if there is none."""
    from aggregator.errors import UsageError

    wanted = part.casefold()
    found = [url for url, title in titles.items() if wanted in title.casefold() or wanted in url.casefold()]
    if len(found) > 1:
        raise UsageError(f"{part}: {len(found)} feeds are called so, {found[0]} and {found[1]} among them")
    return found[0] if found else None


@feeds.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def import_(session: Session, file: Path) -> int:
    """Add every feed of another list that is not followed yet, with its folders.

    FILE is OPML, newsboat's urls file, or an export of reader or Miniflux, which names its feeds.
    `aggregator import` takes in the entries that another program kept.
    """
    from aggregator.app import read_foreign_list

    offered = read_foreign_list(file)
    for problem in offered.problems:
        note(f"skipped: {problem}")
    append_subscriptions(session.config, offered.subscriptions)
    return 0


def append_subscriptions(config: Config, offered: Sequence[Subscription]) -> None:
    """Add to feeds.opml those that it does not name yet, and say how many."""
    from aggregator.app import read_list
    from aggregator.deliver import write_file
    from aggregator.opml import add_subscription, parse_opml

    path = config.opml_path
    listed = read_list(config)
    known = {subscription.url for subscription in parse_opml(listed, name=str(path)).subscriptions}
    fresh = [subscription for subscription in offered if subscription.url not in known]
    if fresh:
        write_file(path, add_subscription(listed, *fresh).decode("utf-8"))
    note(f"{counted(len(fresh), 'feed')} added, {len(offered) - len(fresh)} there already")


@feeds.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=or_stdout,
    help="The file; default: stdout.",
)
@pass_session
def export(session: Session, output: Path | None) -> int:
    """Write the feeds that are followed as OPML, with the titles that they gave themselves."""
    from aggregator.deliver import write_file
    from aggregator.models import FeedState, Subscription
    from aggregator.opml import render_opml

    followed = [
        Subscription(feed.url, feed.title, feed.category, feed.site_url)
        for feed in all_feeds(session.config)
        if feed.state not in {FeedState.PAUSED, FeedState.MOVED}  # it is followed where it moved to
    ]
    rendered = render_opml(followed, "aggregator").decode("utf-8")
    if output is None:
        out(rendered)
    else:
        write_file(output, rendered)
        note(f"wrote {output}: {counted(len(followed), 'feed')}")
    return 0 if followed else NOTHING_FOUND


feeds.add_command(check)
feeds.add_command(backfill)

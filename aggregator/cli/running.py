"""init, run, poll, archive: the program's work, started by hand or as a service."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import SOME_FAILED
from aggregator.cli.feedcare import named_feeds
from aggregator.cli.logs import log_to_stderr
from aggregator.cli.terminal import note, progress
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.archive import Archive
    from aggregator.cli.terminal import Progress
    from aggregator.config import Config
    from aggregator.models import Feed, SubscriptionPlan, Visit


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option(
    "--force", is_flag=True, help="Replace files that are there; the former ones stay beside them, as .bak."
)
def init(folder: Path, force: bool) -> None:
    """Write a config.toml with every setting and a feeds.opml with some feeds to start from.

    \b
    aggregator init                 here
    aggregator init ~/news          in another folder
    """
    from aggregator.deliver import write_file
    from aggregator.errors import UsageError

    targets = {folder / name: _default_file(name) for name in ("config.toml", "feeds.opml")}
    there = [target for target in targets if target.exists()]
    if len(there) == len(targets) and not force:
        raise UsageError(f"{there[0]}: already exists; --force replaces it, and keeps it as .bak")
    for target, default in targets.items():
        if target in there and not force:
            note(f"kept {target}")
            continue
        if target in there:
            note(f"{target}: the former one is {_put_aside(target).name}")
        write_file(target, default.read_text(encoding="utf-8"))
        note(f"wrote {target}")
    note(f"next: aggregator --config {folder / 'config.toml'} run")


def _put_aside(file: Path) -> Path:
    """Rename a file to a name that is free, and return that."""
    names = (file.with_name(f"{file.name}.bak{number or ''}") for number in count())
    free = next(name for name in names if not name.exists())
    return file.rename(free)


def _default_file(name: str) -> Path:
    """Find a default file: in the installed package, or at the top of a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "defaults" / name
    return installed if installed.exists() else package.parent / name


@click.command()
@pass_session
def run(session: Session) -> int:
    """Poll, archive and write digests until Ctrl-C or SIGTERM. What happens is logged on stderr, a line each.

    SIGHUP makes it read its settings again. `aggregator service install` runs it under systemd.
    """
    from aggregator.app import load_config, open_archive

    path, config = session.config_path.absolute(), session.config

    def reload() -> Config:
        fresh = load_config(path)
        log_to_stderr(fresh.service.log_level, fresh.service.log_format)
        return fresh

    log_to_stderr(config.service.log_level, config.service.log_format)
    with open_archive(config, writable=True) as archive:
        from aggregator.service import run as serve  # a second service is told at once that there is one

        return serve(config, archive, reload, path)


@click.command()
@click.option(
    "--force", is_flag=True, help="Visit the feeds now, due or not, even if a host asked to be left alone."
)
@click.option("-v", "--verbose", is_flag=True, help="Log every visit.")
@click.argument("feeds", nargs=-1, metavar="[FEED]...")
@pass_session
def poll(session: Session, force: bool, verbose: bool, feeds: tuple[str, ...]) -> int:
    """Visit the feeds that are due; with FEED (its address or a part of its title), only among these.

    \b
    aggregator poll                    what is due
    aggregator poll --force bbc        every feed with "bbc" in title or address, now
    """
    from aggregator.app import follow_subscriptions, now, open_tools
    from aggregator.pipeline import poll_feeds
    from aggregator.urls import host_of

    log_to_stderr("info" if verbose else "error")
    started = time.monotonic()
    with _open(session.config) as archive:
        plan, problems = follow_subscriptions(session.config, archive, now())
        _tell_plan(plan, problems)
        named = named_feeds(archive, feeds)
        _tell_unasked(named, force=force)
        urls = [feed.url for feed in named]
        if force:
            archive.feeds.make_due(now(), urls)
            if archive.holds.left(now()):
                known = archive.feeds.known()
                archive.holds.forget({host_of(feed.url) for feed in known if feed.url in urls or not urls})
        with (
            open_tools(session.config, archive) as (tools, _),
            progress(archive.feeds.due(now(), urls), "poll") as bar,
        ):
            visits, new, failed = _tell_visits(poll_feeds(tools, urls), bar)
    note(f"{counted(visits, 'feed')} · {new} new · {failed} failed · {time.monotonic() - started:.1f} s")
    return SOME_FAILED if failed else 0


def _tell_unasked(named: Sequence[Feed], *, force: bool) -> None:
    """Say of each feed that was named why it is not visited, and what changes that."""
    from aggregator.models import FeedState

    for feed in named:
        name = feed.title or feed.url
        if feed.state is FeedState.PAUSED:
            note(
                f"{name}: is paused, because it is not in feeds.opml; `aggregator feeds add {feed.url}` resumes it"
            )
        elif feed.state is FeedState.MOVED:
            to = feed.move.to if feed.move else "another address"
            note(f"{name}: has moved to {to}, which is followed; poll that")
        elif feed.state is FeedState.GONE and not force:
            note(f"{name}: is permanently gone, its server says; --force asks once more")


def _open(config: Config) -> Archive:
    """Open the archive to write; say so when it was one of an older program."""
    from aggregator.app import open_archive

    opened = open_archive(config, writable=True)
    if opened.former:
        note(f"{config.archive_path}: brought up to date; the copy from before is {opened.former.name}")
    return opened


def _tell_visits(visits: Iterator[Visit], bar: Progress) -> tuple[int, int, int]:
    """Say which visits failed, and return how many there were, what they brought, and how many failed."""
    from aggregator.models import Outcome

    done = new = failed = offline = 0
    for visit in visits:
        done, new, failed = done + 1, new + visit.new, failed + visit.failed
        bar.advance(1, visit.feed.title)
        if visit.outcome is Outcome.OFFLINE:
            offline += 1
        elif visit.failed:
            note(f"{visit.feed.url}: {visit.error}")
    if offline:
        note(f"{counted(offline, 'feed')}: nobody answers, so the network seems to be down; tried again soon")
    return done, new, failed


def _tell_plan(plan: SubscriptionPlan, problems: tuple[str, ...]) -> None:
    for problem in problems:
        note(f"skipped: {problem}")
    changes = {"added": plan.add, "paused": plan.pause, "resumed": plan.resume}
    if said := ", ".join(f"{len(part)} {what}" for what, part in changes.items() if part):
        note(f"subscriptions: {said}")


@click.command()
@click.option("--limit", type=click.IntRange(min=1), help="At most N entries.", metavar="N")
@click.option("-v", "--verbose", is_flag=True, help="Log every article.")
@pass_session
def archive(session: Session, limit: int | None, verbose: bool) -> int:
    """Fetch the page behind every pending entry and keep its text, until none is due.

    Then look again at pages that were read well some time ago, to see whether they were edited ([archive] recheck).
    """
    from aggregator.app import now, open_tools
    from aggregator.pipeline import archive_entries

    log_to_stderr("info" if verbose else "error")
    started = time.monotonic()
    retried = looks = edited = 0
    with (
        _open(session.config) as opened,
        open_tools(session.config, opened) as (tools, _),
    ):
        opened.links.retry_struck()
        due = opened.entries.due(now())
        with progress(min(due, limit or due), "archive") as bar:
            for archived in archive_entries(tools, limit):
                is_look = archived.entry.recheck
                looks += is_look
                edited += is_look and archived.says is not None
                retried += archived.retry_at is not None
                bar.advance(0 if is_look else 1, archived.entry.parsed.title)
        done = max(due - opened.entries.due(now()), 0)  # with those that had their article from another feed
    again = f" · {retried} to be tried again" if retried else ""
    looked = f" · {looks} looked at again, {edited} edited" if looks else ""
    note(f"{counted(done, 'entry', 'entries')} archived{again}{looked} · {time.monotonic() - started:.1f} s")
    return 0

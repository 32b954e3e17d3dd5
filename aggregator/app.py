"""The one place that builds: settings → archive, fetcher, crew, workers. It has no rules of its own."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.config import Config, parse_config
from aggregator.counting import MB
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.archive import Archive
    from aggregator.deliver import MailServer
    from aggregator.editions import Press
    from aggregator.fetch import Crew, Fetcher, FetchLimits
    from aggregator.models import Report, SubscriptionPlan, Watch
    from aggregator.opml import ParsedOpml
    from aggregator.pipeline import Rereading, Tools
    from aggregator.schedule import Rechecks
    from aggregator.workers import WorkerPool

CONFIG_NAME = "config.toml"


def now() -> datetime:
    """Tell the time: UTC, in whole seconds as the archive keeps them."""
    return datetime.now(UTC).replace(microsecond=0)


def local_now() -> datetime:
    """Tell the time in this machine's zone, with the zone's rules: a day in July begins in summer time."""
    import tzlocal

    try:
        zone: tzinfo = tzlocal.get_localzone()
    except (KeyError, ValueError, OSError):  # TZ names no zone
        zone = UTC
    return now().astimezone(zone)


def find_config(named: str | None) -> Path:
    """Return the configuration file: the one that is named, else ./config.toml, else the platform's own place.

    Raises:
        ConfigError: there is none.

    """
    if named:
        return Path(named)
    import platformdirs

    own = platformdirs.user_config_path("aggregator") / CONFIG_NAME
    for path in (Path(CONFIG_NAME), own):
        if path.exists():
            return path
    raise ConfigError(
        f"no {CONFIG_NAME} here and none at {own}; `aggregator init` writes one, --config names one"
    )


def load_config(path: Path) -> Config:
    text = read_text(path, "`aggregator init` writes one, --config names another")
    return parse_config(text, name=str(path), folder=path.parent, environ=os.environ)


def read_text(path: Path, cure: str) -> str:
    """Read a file of ours as UTF-8.

    Raises:
        ConfigError: it is missing, unreadable or not UTF-8.

    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file; {cure}") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError(f"{path}: {reason}; {cure}") from error


def open_archive(config: Config, *, writable: bool) -> Archive:
    from aggregator.archive import open_archive as open_file

    return open_file(config.archive_path, writable=writable)


def press_of(config: Config, archive: Archive) -> Press:
    """Build what editions are made with, around an open archive."""
    from aggregator.editions import Press

    return Press(
        archive=archive,
        clock=now,
        zone=local_now().tzinfo or UTC,
        folder=config.folder,
        digests={one.name: one for one in config.digest},
        read=lambda path: read_text(path, "[[digest]] template names it"),
        server=lambda: _mail_server(config),
        sender=config.mail.sender,
    )


def _mail_server(config: Config) -> MailServer:
    from aggregator.deliver import MailServer

    mail = config.mail
    if not mail.is_set:
        raise ConfigError("no mail server is set; give host and sender in [mail]")
    password = config.mail_password(lambda path: read_text(path, "[mail] password_file names it"))
    return MailServer(mail.host, mail.at_port, mail.tls, mail.username, password, mail.seconds)


def archive_is_in_use(path: Path) -> bool:
    """Tell whether some process works on the archive, without disturbing it."""
    from aggregator.archive.db import is_locked

    return is_locked(path)


# ------------------------------------------------------------------------------------------ subscriptions


def read_subscriptions(config: Config) -> ParsedOpml:
    """Read feeds.opml.

    Raises:
        ConfigError: it is missing or not OPML.

    """
    from aggregator.opml import parse_opml

    return parse_opml(read_list(config), name=str(config.opml_path))


def read_bytes(path: Path, cure: str = "check its name and permissions") -> bytes:
    """Read a file that a person named.

    Raises:
        ConfigError: it is missing or unreadable.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; {cure}") from error


def read_list(config: Config) -> bytes:
    """Read feeds.opml as it is."""
    cure = "`aggregator init` writes a list to start from, [subscriptions] opml names another"
    return read_bytes(config.opml_path, cure)


def follow_subscriptions(
    config: Config, archive: Archive, at: datetime
) -> tuple[SubscriptionPlan, tuple[str, ...]]:
    """Make the archive follow feeds.opml; return what changed, and the outlines that cannot be followed."""
    from aggregator.opml import plan_subscriptions

    listed = read_subscriptions(config)
    plan = plan_subscriptions(listed.subscriptions, archive.feeds.known())
    if plan:
        archive.feeds.apply_plan(plan, at)
    return plan, listed.problems


def read_foreign_list(path: Path) -> ParsedOpml:
    """Read a list of feeds that another program wrote.

    Raises:
        ConfigError, UsageError: it is missing, or none.

    """
    from aggregator.archive.foreign import is_sqlite
    from aggregator.moving import parse_list
    from aggregator.opml import ParsedOpml

    text = read_bytes(path)
    if not is_sqlite(text):
        return parse_list(text, str(path))
    from aggregator.keepsakes import open_keepsake

    with open_keepsake(path) as keepsake:
        return ParsedOpml(keepsake.subscriptions)


# ------------------------------------------------------------------------------------------------ the tools


def user_agent(config: Config) -> str:
    contact = config.fetch.contact
    return f"aggregator/{__version__} (+{contact})" if contact else f"aggregator/{__version__}"


def _limits(config: Config) -> FetchLimits:
    from aggregator.fetch import FetchLimits

    fetch = config.fetch
    return FetchLimits(
        user_agent=user_agent(config),
        deadline=fetch.deadline,
        max_feed_bytes=fetch.max_feed_mb * MB,
        max_page_bytes=fetch.max_page_mb * MB,
        allow_networks=fetch.allow_networks,
        robots=fetch.robots,
        proxy=fetch.proxy,
    )


@contextmanager
def open_fetcher(config: Config) -> Iterator[Fetcher]:
    """Build what asks for several addresses outside the loops, as politely as they do."""
    from aggregator.fetch import Fetcher, HostBudget

    with Fetcher(_limits(config), HostBudget(config.fetch.host_spacing)) as fetcher:
        yield fetcher


@contextmanager
def open_workers(config: Config) -> Iterator[WorkerPool]:
    """Build a single worker, with the service's limits."""
    from aggregator.workers import WorkerPool

    service = config.service
    with WorkerPool(1, service.task_seconds, service.task_memory_mb * MB) as pool:
        yield pool


@contextmanager
def open_rereading(config: Config, archive: Archive, *, applies: bool, force: bool) -> Iterator[Rereading]:
    """Build what reads kept pages again, with the service's workers and limits, around an open archive."""
    from concurrent.futures import ThreadPoolExecutor

    from aggregator.pipeline import Rereading
    from aggregator.workers import WorkerPool

    service = config.service
    size = service.workers or os.cpu_count() or 1
    with (
        WorkerPool(size, service.task_seconds, service.task_memory_mb * MB) as pool,
        ThreadPoolExecutor(size, thread_name_prefix="reread") as threads,
    ):
        try:
            yield Rereading(archive, pool.run, threads, now, applies=applies, force=force)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # else Ctrl-C would wait for what was begun


def reporter(config: Config) -> Callable[[Watch, Report, Callable[[int], None]], None]:
    """Build what brings a report to where its watch wants it."""
    from aggregator.deliver import append_once, run_command

    def deliver(watch: Watch, report: Report, note: Callable[[int], None]) -> None:
        if watch.command:
            run_command(watch.command, report.payload.encode(), folder=config.folder)
        elif watch.file:
            append_once(Path(watch.file), report.payload, report.offset, note)
        else:
            _mail_report(config, watch, report)

    return deliver


def _mail_report(config: Config, watch: Watch, report: Report) -> None:
    from aggregator.checks import address_of
    from aggregator.deliver import send_mail
    from aggregator.export.reports import render_letter

    server = _mail_server(config)  # tells what is missing in the settings
    sender, to = (address_of(one).addr_spec for one in (config.mail.sender, watch.mail))
    send_mail(server, sender, to, render_letter(watch, report, config.mail.sender))


def _rechecks(config: Config) -> Rechecks:
    from aggregator.schedule import Rechecks

    wanted = config.archive.recheck
    if isinstance(wanted, str):
        return Rechecks(on=wanted == "auto")
    return Rechecks(on=bool(wanted), only=wanted)


@contextmanager
def open_tools(config: Config, archive: Archive) -> Iterator[tuple[Tools, Crew]]:
    """Build what the loops need around an archive that is open for writing."""
    import logging

    from aggregator.fetch import Crew, Fetcher, HostBudget
    from aggregator.pipeline import Pricing, Tools
    from aggregator.schedule import Rhythm
    from aggregator.workers import WorkerPool

    if archive.vitals.replan(now()):
        logging.getLogger("aggregator").warning("clock was ahead; what it had planned is planned anew")
    fetch, service = config.fetch, config.service
    budget = HostBudget(fetch.host_spacing)
    with ExitStack() as stack:
        fetcher = Fetcher(_limits(config), budget)
        stack.callback(fetcher.close)
        pool = stack.enter_context(
            WorkerPool(
                service.workers or os.cpu_count() or 1, service.task_seconds, service.task_memory_mb * MB
            )
        )
        crew = Crew(fetch.threads, budget)
        stack.callback(crew.stop)
        rhythm = Rhythm(timedelta(minutes=config.poll.interval), timedelta(minutes=config.poll.longest))
        accesses = config.accesses(lambda path: read_text(path, "[[feed]] password_file names it"))
        tools = Tools(
            archive,
            fetcher.fetch,
            pool.run,
            crew,
            now,
            rhythm,
            budget=budget,
            pricing=Pricing(config.poll.requests_per_day),
            rechecks=_rechecks(config),
            accesses=accesses,
        )
        yield tools, crew

"""The service: APScheduler as a clock, a few jobs, signals, a clean stop.

Rules of this file: no work is done here, only started. One job asks for due feeds, one for pending entries, one
looks whether feeds.opml changed, one keeps the index in shape, one for each digest; never a job a feed, because when
a feed is due stands in the archive. `misfire_grace_time=None` and `coalesce`: a late tick runs late, and once. A stop
takes at most `STOP_SECONDS`, whatever hangs: nothing is lost, for what was not recorded becomes due again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from aggregator.app import follow_subscriptions, local_now, now, open_tools
from aggregator.cron import parse_cron
from aggregator.errors import AggregatorError, ConfigError
from aggregator.pipeline import archive_entries, poll_feeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from apscheduler.events import JobExecutionEvent

    from aggregator.archive import Archive
    from aggregator.config import Config, DigestSettings
    from aggregator.pipeline import Tools

log = logging.getLogger("aggregator")
STOP_SECONDS = 4.0
UPKEEP_SECONDS = 600
MERGES = 8  # small steps at once


class Service:
    """The jobs of `aggregator run`, around one open archive."""

    def __init__(
        self, config: Config, archive: Archive, tools: Tools, write_digest: Callable[[DigestSettings], str]
    ) -> None:
        self._config = config
        self._archive = archive
        self._tools = tools
        self._write_digest = write_digest
        self._opml_seen = 0
        self._opml_trouble = ""
        self.stopping = threading.Event()

    def follow(self) -> None:
        """Apply feeds.opml if it changed since it was last applied; a list that cannot be read changes nothing."""
        try:
            changed = self._config.opml_path.stat().st_mtime_ns
        except OSError as error:
            self._tell_list(f"{self._config.opml_path}: {error.strerror}")
            return
        if changed == self._opml_seen:
            return
        try:
            plan, problems = follow_subscriptions(self._config, self._archive, self._tools.clock())
        except ConfigError as error:
            self._tell_list(str(error))
            return
        self._opml_seen, self._opml_trouble = changed, ""
        for problem in problems:
            log.warning("subscriptions skipped=%r", problem)
        if plan:
            log.info(
                "subscriptions added=%d changed=%d resumed=%d paused=%d",
                *(len(part) for part in (plan.add, plan.change, plan.resume, plan.pause)),
            )

    def _tell_list(self, trouble: str) -> None:
        """Say what is wrong with the list, once."""
        if trouble != self._opml_trouble:
            log.warning("subscriptions error=%r", trouble)
        self._opml_trouble = trouble

    def poll(self) -> None:
        visits = new = failed = 0
        for visit in poll_feeds(self._tools):
            visits, new, failed = visits + 1, new + visit.new, failed + visit.failed
            if self.stopping.is_set():
                break
        if visits:
            log.info("polled feeds=%d new=%d failed=%d", visits, new, failed)

    def archive(self) -> None:
        done = looks = edited = 0
        for one in archive_entries(self._tools):
            done += not one.entry.recheck
            looks += one.entry.recheck
            edited += one.entry.recheck and one.says is not None
            if self.stopping.is_set():
                break
        if done:
            log.info("archived articles=%d", done)
        if looks:
            log.info("looked again pages=%d edited=%d", looks, edited)

    def upkeep(self) -> None:
        """Go on with an index that is to be made anew; else merge the one there is a little."""
        done = 0
        while not self.stopping.is_set() and (progress := self._archive.index.reindex()) is not None:
            if not done:
                log.info("reindexing articles=%d", progress.of)
            done += 1
        if done and not self.stopping.is_set():
            log.info("reindexed")
        for _ in range(MERGES):
            if self.stopping.is_set() or not self._archive.index.tidy():
                break

    def digest(self, settings: DigestSettings) -> None:
        log.info("digest name=%s file=%s", settings.name, self._write_digest(settings))


def run(config: Config, archive: Archive, write_digest: Callable[[DigestSettings], str]) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    with open_tools(config, archive) as (tools, crew):
        service = Service(config, archive, tools, write_digest)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: service.stopping.set())
        scheduler = scheduler_of(config, service)
        service.follow()
        followed = archive.status(now()).feeds.get("active", 0)
        log.info("service started archive=%s feeds=%d", config.archive_path, followed)
        scheduler.start()
        service.stopping.wait()
        log.info("service stopping")
        crew.stop()
        _wait_for_jobs(scheduler)
    log.info("service stopped")
    return 0


def scheduler_of(config: Config, service: Service) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        timezone="UTC",  # a broken TZ must not keep the service from starting
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    logging.getLogger("apscheduler").setLevel(
        logging.CRITICAL
    )  # a tick that finds its job at work is no news
    scheduler.add_listener(_tell_failure, EVENT_JOB_ERROR)
    at_once = datetime.now().astimezone()
    for job in (service.follow, service.poll, service.archive):
        scheduler.add_job(
            job, "interval", seconds=config.service.tick, next_run_time=at_once, name=job.__name__
        )
    scheduler.add_job(
        service.upkeep, "interval", seconds=UPKEEP_SECONDS, next_run_time=at_once, name="upkeep"
    )
    for digest in config.digest:
        at = CronTrigger.from_crontab(parse_cron(digest.at), timezone=local_now().tzinfo)
        scheduler.add_job(service.digest, at, args=[digest], name=f"digest {digest.name}")
    return scheduler


def _tell_failure(event: JobExecutionEvent) -> None:
    """Say what ended a job; the next tick tries again. A full disk is told in a line, a bug with its trace."""
    if isinstance(event.exception, AggregatorError):
        log.error("stopped for now error=%r", str(event.exception))
    else:
        log.error("a bug ended a job error=%r\n%s", event.exception, event.traceback)


def _wait_for_jobs(scheduler: BackgroundScheduler) -> None:
    """Let running jobs end; what still hangs when the time is up is cut off with the process."""
    waiter = threading.Thread(target=scheduler.shutdown, kwargs={"wait": True}, daemon=True)
    waiter.start()
    waiter.join(STOP_SECONDS)
    if waiter.is_alive():
        log.warning("service stopped with work unfinished; it becomes due again")
        logging.shutdown()
        os._exit(0)  # a hung thread cannot be ended in any other way; what is recorded is on disk

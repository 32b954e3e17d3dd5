"""The service: APScheduler as a clock, a few jobs, signals, a clean stop.

Rules of this file: no work is done here, only started. One job asks for due feeds, one for pending entries, one
looks whether feeds.opml changed, one for editions that are due; never a job a feed or a digest, because when they
are due stands in the archive. `misfire_grace_time=None` and `coalesce`: a late tick runs late, and once. A stop takes
at most `STOP_SECONDS`, whatever hangs: nothing is lost, for what was not recorded becomes due again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.background import BackgroundScheduler

from aggregator.app import follow_subscriptions, now, open_tools, press_of
from aggregator.editions import due_slot, is_late, make_edition, post_letters
from aggregator.errors import AggregatorError, ConfigError
from aggregator.pipeline import archive_entries, poll_feeds

if TYPE_CHECKING:
    from apscheduler.events import JobExecutionEvent

    from aggregator.archive import Archive
    from aggregator.config import Config, DigestSettings
    from aggregator.editions import Press, Slot
    from aggregator.pipeline import Tools

log = logging.getLogger("aggregator")
STOP_SECONDS = 4.0
# After a pause of the whole program an edition waits for what came meanwhile to be fetched, but not for ever.
CATCH_UP = timedelta(minutes=30)
AGAIN = timedelta(minutes=5)  # an edition that could not be made is tried again


class Service:
    """The jobs of `aggregator run`, around one open archive."""

    def __init__(self, config: Config, archive: Archive, tools: Tools, press: Press) -> None:
        self._config = config
        self._archive = archive
        self._tools = tools
        self._press = press
        self._started = tools.clock()
        self._not_before: dict[str, datetime] = {}  # digests that could not be made
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

    def editions(self) -> None:
        """Make the editions that are due, then send what waits; one that fails holds no other back."""
        for settings in self._config.digest:
            slot = self._due(settings)
            if slot is not None and not self.stopping.is_set():
                self._make(settings, slot)
        for posted in post_letters(self._press):
            letter = posted.letter
            where = letter.place if letter.place == "command" else f"{letter.place}:{letter.target}"
            if not posted.error:
                log.info("digest sent name=%s number=%d to=%s", letter.name, letter.number, where)
            elif posted.given_up:
                log.error(
                    "digest given up name=%s number=%d error=%r", letter.name, letter.number, posted.error
                )
            else:
                log.warning(
                    "digest not sent yet name=%s number=%d error=%r", letter.name, letter.number, posted.error
                )
            if self.stopping.is_set():
                break

    def _due(self, settings: DigestSettings) -> Slot | None:
        at, shelf = self._press.clock(), self._archive.editions
        if self._not_before.get(settings.name, at) > at:
            return None
        known, last = shelf.know(settings.name, at), shelf.last(settings.name)
        slot = due_slot(settings, self._press.zone, known, last, at)
        return None if slot is not None and is_late(slot.at, at) and self._catches_up(at) else slot

    def _catches_up(self, at: datetime) -> bool:
        """Tell whether what came while the program was away is still being fetched."""
        waiting = self._archive.feeds.due(at) or self._archive.entries.due(at)
        return bool(waiting) and self._started <= at < self._started + CATCH_UP

    def _make(self, settings: DigestSettings, slot: Slot) -> None:
        try:
            edition = make_edition(self._press, settings, slot)
        except AggregatorError as error:
            self._not_before[settings.name] = self._press.clock() + AGAIN
            log.error("digest not made name=%s error=%r", settings.name, str(error))  # noqa: TRY400  no bug
            return
        if edition is not None:
            log.info(
                "digest made name=%s number=%d articles=%d", edition.name, edition.number, edition.articles
            )


def run(config: Config, archive: Archive) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    with open_tools(config, archive) as (tools, crew):
        service = Service(config, archive, tools, press_of(config, archive))
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
    for job in (service.follow, service.poll, service.archive, service.editions):
        scheduler.add_job(
            job, "interval", seconds=config.service.tick, next_run_time=at_once, name=job.__name__
        )
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

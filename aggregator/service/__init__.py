"""The service: APScheduler as a clock, a few jobs, signals, a clean stop.

Rules of this room: no work is done here, only started. One job asks for due feeds, one for pending entries, one
looks whether feeds.opml changed, one for each digest; never a job a feed, because when a feed is due stands in the
archive. `misfire_grace_time=None` and `coalesce`: a late tick runs late, and once. A stop takes at most
`STOP_SECONDS`, whatever hangs: nothing is lost, for what was not recorded becomes due again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from aggregator.app import follow_subscriptions, local_now, now, open_archive, open_tools
from aggregator.cron import parse_cron
from aggregator.errors import AggregatorError, ConfigError
from aggregator.pipeline import archive_entries, poll_feeds
from aggregator.service.notify import notify, watch_interval
from aggregator.service.pulse import Pulse
from aggregator.service.ticking import Tick
from aggregator.service.turning import Turning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apscheduler.events import JobExecutionEvent

    from aggregator.archive import Archive
    from aggregator.config import Config, DigestSettings
    from aggregator.pipeline import Tools

    WriteDigest = Callable[[Config, Archive, DigestSettings], str]

log = logging.getLogger("aggregator")
STOP_SECONDS = 2.5
RELOAD_SECONDS = 120.0  # a task in a worker, or somebody else's lock on the archive, may take its time
CANNOT_RELOAD = 70  # exit code: whoever started us starts us again


class Service:
    """The jobs of `aggregator run`, around one open archive."""

    def __init__(
        self,
        config: Config,
        archive: Archive,
        tools: Tools,
        write_digest: WriteDigest,
        pulse: Pulse | None = None,
    ) -> None:
        self._config = config
        self._archive = archive
        self._tools = tools
        self._write_digest = write_digest
        self._pulse = pulse or Pulse(config.service.tick)
        self._unfinished: set[str] = set()  # jobs that were begun and did not come to their end
        self.turning = Turning(archive)
        self._opml_seen = 0
        self._opml_trouble = ""
        self.stopping = threading.Event()

    def follow(self) -> None:
        """Apply feeds.opml if it changed since it was last applied; a list that cannot be read changes nothing."""
        with self._pulse.job("follow"):
            self._follow()

    def _follow(self) -> None:
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
        with self._pulse.job("poll") as beat:
            self._begin("poll", self._archive.feeds.release_leases)
            for visit in poll_feeds(self._tools):
                beat()
                self._pulse.count("visits", visit.outcome)
                visits, new, failed = visits + 1, new + visit.new, failed + visit.failed
                if self.stopping.is_set():
                    break
            self._done("poll")
        if visits:
            log.info("polled feeds=%d new=%d failed=%d", visits, new, failed)

    def _begin(self, job: str, release_leases: Callable[[], object]) -> None:
        """Free what a run that failed had claimed (a full disk, say); of one job there is never more than one run."""
        self.turning.follow()
        if job in self._unfinished:
            release_leases()
        self._unfinished.add(job)

    def _done(self, job: str) -> None:
        self._unfinished.discard(job)

    def archive(self) -> None:
        done = looks = edited = 0
        with self._pulse.job("archive") as beat:
            self._begin("archive", self._archive.entries.release_leases)
            for one in archive_entries(self._tools):
                beat()
                self._pulse.count("articles", one.says.verdict if one.says else "kept")
                done += not one.entry.recheck
                looks += one.entry.recheck
                edited += one.entry.recheck and one.says is not None
                if self.stopping.is_set():
                    break
            self._done("archive")
        if done:
            log.info("archived articles=%d", done)
        if looks:
            log.info("looked again pages=%d edited=%d", looks, edited)

    def digest(self, settings: DigestSettings) -> None:
        with self._pulse.job(f"digest {settings.name}"):
            file = self._write_digest(self._config, self._archive, settings)
        log.info("digest name=%s file=%s", settings.name, file)


class _Signals:
    """What was asked of the process from outside; a second wish to stop ends it at once."""

    def __init__(self) -> None:
        self.called = threading.Event()  # something was asked for
        self.stop = self.reload = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # a terminal that is closed means the end; a service has none, and is told to read its settings again
        signal.signal(signal.SIGHUP, self._stop if os.isatty(0) else self._reload)

    def _stop(self, number: int, _frame: object) -> None:
        if self.stop:
            os._exit(128 + number)
        self.stop = True
        self.called.set()

    def _reload(self, *_: object) -> None:
        self.reload = True
        self.called.set()


def run(config: Config, archive: Archive, write_digest: WriteDigest, reload: Callable[[], Config]) -> int:
    """Run until SIGTERM or SIGINT; return the exit code. SIGHUP: read the settings again and go on with them."""
    signals = _Signals()
    pulse = Pulse(config.service.tick)
    while not signals.stop:
        signals.reload = False
        signals.called.clear()
        _serve(config, archive, write_digest, signals, pulse)
        if signals.reload and not signals.stop:
            config = _reloaded(config, reload)
    log.info("service stopped")
    return 0


def _reloaded(config: Config, reload: Callable[[], Config]) -> Config:
    """Return the new settings; when they are wrong, or name another archive, those that there were."""
    notify("RELOADING=1")
    try:
        fresh = reload()
    except AggregatorError as error:
        log.error("settings not reloaded error=%r", str(error))  # noqa: TRY400  a user's mistake, no bug
        return config
    if fresh.archive_path != config.archive_path:
        log.error("settings not reloaded error=%r", "another [archive] path needs a restart")
        return config
    log.info("settings reloaded")
    return fresh


def _serve(
    config: Config, archive: Archive, write_digest: WriteDigest, signals: _Signals, pulse: Pulse
) -> None:
    """Do the work with these settings until something is asked for."""
    from aggregator.service.endpoint import endpoint  # noqa: PLC0415  only who listens needs its library

    with open_tools(config, archive) as (tools, crew):
        service = Service(config, archive, tools, write_digest, pulse)
        scheduler = scheduler_of(config, service)
        service.follow()
        with endpoint(config.service.listen, pulse, lambda: _gauges(config)) as port:
            log.info(
                "service started archive=%s feeds=%d%s",
                config.archive_path,
                archive.status(now()).feeds.get("active", 0),
                f" port={port}" if port else "",
            )
            scheduler.start()
            notify("READY=1", f"STATUS=working on {config.archive_path}")
            _watch(signals, pulse, partial(_mind_the_clock, service, scheduler, config.service.tick))
            notify("STOPPING=1" if signals.stop else "STATUS=reading the settings again")
            log.info("service stopping" if signals.stop else "service pausing")
            service.stopping.set()
            crew.stop()
            _wait_for_jobs(scheduler, stop=signals.stop)


def _mind_the_clock(service: Service, scheduler: BackgroundScheduler, tick: float) -> None:
    """Begin the jobs again that a clock which was set back keeps waiting; APScheduler waits for times of day."""
    service.turning.follow()
    latest = local_now() + timedelta(seconds=2 * tick)
    for job in scheduler.get_jobs():
        if isinstance(job.trigger, Tick) and job.next_run_time and job.next_run_time > latest:
            job.modify(next_run_time=local_now())


def _watch(signals: _Signals, pulse: Pulse, mind: Callable[[], None]) -> None:
    """Wait until something is asked for; the watchdog hears of us as long as the work goes on."""
    told = ""
    while not signals.called.wait(watch_interval()):
        try:
            mind()
        except AggregatorError as error:  # a full disk, say; the next look tries again
            log.error("stopped for now error=%r", str(error))  # noqa: TRY400  no bug
        health = pulse.health()
        if health.ok:
            notify("WATCHDOG=1")
        elif health.said != told:
            log.error("service stuck error=%r", health.said)
        told = "" if health.ok else health.said


def _gauges(config: Config) -> Mapping[str, float]:
    """Return what the archive says about itself, over a connection of its own: the writer is not kept waiting."""
    with open_archive(config, writable=False) as archive:
        return archive.vitals.gauges(now())


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
        scheduler.add_job(job, Tick(config.service.tick), next_run_time=at_once, name=job.__name__)
    for digest in config.digest:
        at = CronTrigger.from_crontab(parse_cron(digest.at), timezone=local_now().tzinfo)
        scheduler.add_job(service.digest, at, args=[digest], name=f"digest {digest.name}")
    return scheduler


def _tell_failure(event: JobExecutionEvent) -> None:
    """Say what ended a job; the next tick tries again. A full disk is told in a line, a bug with its trace."""
    if isinstance(event.exception, AggregatorError):
        log.error("stopped for now error=%r", str(event.exception))
    else:
        log.error("a bug ended a job error=%r", event.exception, exc_info=event.exception)


def _wait_for_jobs(scheduler: BackgroundScheduler, *, stop: bool) -> None:
    """Let running jobs end; what still hangs when the time is up is cut off with the process."""
    waiter = threading.Thread(target=scheduler.shutdown, kwargs={"wait": True}, daemon=True)
    waiter.start()
    waiter.join(STOP_SECONDS if stop else RELOAD_SECONDS)
    if waiter.is_alive():
        log.warning("service stopped with work unfinished; it becomes due again")
        logging.shutdown()
        # a hung thread cannot be ended in any other way; what is recorded is on disk
        os._exit(0 if stop else CANNOT_RELOAD)

"""The service: APScheduler as a clock, a few jobs, signals, a clean stop.

Rules of this room: no work is done here, only started. One job asks for due feeds, one for pending entries, one
looks whether feeds.opml changed, one keeps the index in shape, one tells what saved searches have found, one makes and
sends the editions that are due; never a job a feed or a digest, because when they are due stands in the archive.
`misfire_grace_time=None` and `coalesce`: a late tick runs late, and once. A stop takes at most `STOP_SECONDS`, whatever
hangs: nothing is lost, for what was not recorded becomes due again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.background import BackgroundScheduler

from aggregator.app import local_now, now, open_archive, open_tools, press_of
from aggregator.errors import AggregatorError, ConfigError, ProgramChangedError
from aggregator.installed import stamp, stamp_at_start
from aggregator.lazily import load_whole
from aggregator.pipeline.tools import tell
from aggregator.service.jobs import Service
from aggregator.service.notify import notify, watch_interval
from aggregator.service.pulse import BugCount, Pulse
from aggregator.service.ticking import Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from apscheduler.events import JobExecutionEvent

    from aggregator.archive import Archive
    from aggregator.config import Config

log = logging.getLogger("aggregator")
STOP_SECONDS = 2.5
# that load parts of themselves when they are first asked for; what only workers use, workers load
_ROOMS = "archive decide deliver digest editions models pipeline revision stories terms".split()
UPKEEP_SECONDS = 600
RELOAD_SECONDS = 120.0  # a task in a worker, or somebody else's lock on the archive, may take its time
START_AGAIN = ProgramChangedError.exit_code  # whoever started us starts us again


class _Signals:
    """What was asked of the process from outside; a second wish to stop ends it at once."""

    def __init__(self) -> None:
        self.called = threading.Event()  # something was asked for
        self.stop = self.reload = False
        self.start_again = False  # the program on disk is another one by now
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


def run(
    config: Config,
    archive: Archive,
    reload: Callable[[], Config],
    config_path: Path | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; return the exit code. SIGHUP: read the settings again and go on with them.

    It also ends when its own files have changed on disk (`START_AGAIN`): workers would be of another program.
    """
    signals = _Signals()
    stamp_at_start()
    load_program()
    if archive.former:
        log.info("archive brought up to date former=%s", archive.former)
    pulse = Pulse(config.service.tick)
    bugs = BugCount(pulse)
    log.addHandler(bugs)
    former = config
    try:
        while not signals.stop:
            try:
                _serve(config, archive, signals, pulse, config_path)
            except ConfigError as error:  # a file or a port that they name
                if config is former:
                    raise
                _tell_refused(str(error))
                config = former
                continue
            signals.called.clear()  # before anything that was asked for is done: what is asked meanwhile counts
            if signals.reload and not signals.stop:
                signals.reload = False
                former, config = config, _reloaded(config, reload)
    finally:
        log.removeHandler(bugs)
    log.info("service stopped")
    return START_AGAIN if signals.start_again else 0


def load_program() -> None:
    """Load what the jobs use: a program that is upgraded on disk meanwhile shall not be two in one process."""
    load_whole(f"aggregator.{room}" for room in _ROOMS)


def _reloaded(config: Config, reload: Callable[[], Config]) -> Config:
    """Return the new settings; when they are wrong, or name another archive, those that there were."""
    notify("RELOADING=1")
    try:
        fresh = reload()
    except AggregatorError as error:
        _tell_refused(str(error))
        return config
    if fresh.archive_path != config.archive_path:
        _tell_refused("another [archive] path needs a restart")
        return config
    log.info("settings reloaded")
    return fresh


def _tell_refused(why: str) -> None:
    log.error("settings not reloaded error=%r", why)


def _serve(
    config: Config, archive: Archive, signals: _Signals, pulse: Pulse,
    config_path: Path | None,
) -> None:  # fmt: skip
    """Do the work with these settings until something is asked for."""
    from aggregator.service.endpoint import endpoint  # noqa: PLC0415  only who listens needs its library

    with open_tools(config, archive) as (tools, crew):
        service = Service(config, archive, tools, press_of(config, archive), pulse, config_path)
        scheduler = scheduler_of(config, service)
        service.follow()
        with endpoint(config.service.listen, pulse, lambda: _gauges(config)) as port:
            feeds = archive.status(now()).feeds.get("active", 0)
            tell(logging.INFO, "service started", archive=config.archive_path, feeds=feeds, port=port or None)
            scheduler.start()
            notify("READY=1", f"STATUS=working on {config.archive_path}")
            _watch(signals, pulse, partial(_mind_the_clock, service, scheduler))
            notify("STOPPING=1" if signals.stop else "STATUS=reading the settings again")
            log.info("service stopping" if signals.stop else "service pausing")
            service.stopping.set()
            crew.stop()
            _wait_for_jobs(scheduler, stop=signals.stop)


def _mind_the_clock(service: Service, scheduler: BackgroundScheduler) -> None:
    """Begin the jobs again that a clock which was set back keeps waiting; APScheduler waits for times of day."""
    service.turning.follow()
    at = local_now()
    for job in scheduler.get_jobs():
        if job.next_run_time and job.next_run_time > at + 2 * job.trigger.every:
            job.modify(next_run_time=at)


def _watch(signals: _Signals, pulse: Pulse, mind: Callable[[], None]) -> None:
    """Wait until something is asked for; the watchdog hears of us as long as the work goes on."""
    told, seen = "", stamp_at_start()
    while not signals.called.wait(watch_interval()):
        try:
            mind()
        except AggregatorError as error:  # a full disk, say; the next look tries again
            log.error("stopped for now error=%r", str(error))  # noqa: TRY400  no bug
        seen, before = stamp(), seen
        if seen == before != stamp_at_start():  # twice the same, so that nobody is still at it
            log.error("service stopping error=%r", str(ProgramChangedError()))
            signals.stop = signals.start_again = True
            return
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
    at_once = datetime.now(UTC)
    for job in (service.follow, service.poll, service.archive, service.watch, service.editions):
        scheduler.add_job(job, Tick(config.service.tick), id=job.__name__, next_run_time=at_once)
    service.on_news(lambda: scheduler.modify_job("archive", next_run_time=local_now()))
    scheduler.add_job(service.upkeep, Tick(UPKEEP_SECONDS), id="upkeep", next_run_time=at_once)
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
        os._exit(0 if stop else START_AGAIN)

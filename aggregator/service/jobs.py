"""The jobs that the service's clock starts: each says what it did, and gives a sign of life as it gets on."""

from __future__ import annotations

import ctypes
import logging
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.app import follow_subscriptions, load_config, local_now, reporter
from aggregator.editions import due_slot, is_late, make_edition, post_letters
from aggregator.errors import AggregatorError, ConfigError, is_bug
from aggregator.pipeline import archive_entries, check_watches, deliver_reports, poll_feeds
from aggregator.service.pulse import Pulse
from aggregator.service.turning import Turning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.config import Config, DigestSettings
    from aggregator.editions import Press, Slot
    from aggregator.pipeline import Tools

log = logging.getLogger("aggregator")
# After a pause of the whole program an edition waits for what came meanwhile to be fetched, but not for ever.
CATCH_UP = timedelta(minutes=30)
MERGES = 8  # small steps of the index at once
AGAIN = timedelta(minutes=5)  # an edition that could not be made is tried again


class Service:
    """The jobs of `aggregator run`, around one open archive."""

    def __init__(
        self,
        config: Config,
        archive: Archive,
        tools: Tools,
        press: Press,
        pulse: Pulse | None = None,
        config_path: Path | None = None,
    ) -> None:
        self._config = config
        self._archive = archive
        self._tools = tools
        self._press = press
        self._started = tools.clock()
        self._not_before: dict[str, datetime] = {}  # digests that could not be made
        self._pulse = pulse or Pulse(config.service.tick)
        self._is_new = True  # nothing was archived since the start
        self._unfinished: set[str] = set()  # jobs that were begun and did not come to their end
        self.turning = Turning(archive)
        self._opml_seen = 0
        self._opml_trouble = ""
        self._config_path = config_path
        self._config_seen = 0
        self._watching = config  # what saved searches and their letters go by
        self.stopping = threading.Event()
        self._tell_news: Callable[[], object] = lambda: None

    def on_news(self, tell: Callable[[], object]) -> None:
        """Have this called when a poll has found entries, so that their pages need not wait for a tick."""
        self._tell_news = tell

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
        if new and not self.stopping.is_set():
            self._tell_news()

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
            if self._is_new:
                self._archive.links.retry_struck()
                self._is_new = False
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

    def watch(self) -> None:
        """Tell the new hits of saved searches; those that stand in the configuration now."""
        with self._pulse.job("watch"):
            self._follow_watches()
            watches = self._watching.watches
            if not watches:
                return
            found = check_watches(self._archive, watches, local_now())
            if found:
                log.info("watched hits=%d", found)
            deliver_reports(self._archive, watches, reporter(self._watching), local_now())

    def _follow_watches(self) -> None:
        """Read the saved searches again if the configuration changed; one that cannot be read changes nothing."""
        path = self._config_path
        try:
            changed = path.stat().st_mtime_ns if path else 0
        except OSError:
            return
        if path is None or changed == self._config_seen:
            return
        self._config_seen = changed
        try:
            self._watching = load_config(path)
        except ConfigError as error:
            log.warning("configuration error=%r", str(error))

    def upkeep(self) -> None:
        """Go on with an index that is to be made anew; else merge the one there is a little."""
        with self._pulse.job("upkeep") as beat:
            done = 0
            while not self.stopping.is_set() and (progress := self._archive.index.reindex()) is not None:
                beat()
                if not done:
                    log.info("reindexing articles=%d", progress.of)
                done += 1
            if done and not self.stopping.is_set():
                log.info("reindexed")
            for _ in range(MERGES):
                if self.stopping.is_set() or not self._archive.index.tidy():
                    break
            give_back_memory()

    def editions(self) -> None:
        """Make the editions that are due, then send what waits; one that fails holds no other back."""
        with self._pulse.job("editions") as beat:
            self._make_due(beat)
            self._post(beat)

    def _make_due(self, beat: Callable[[], None]) -> None:
        for settings in self._config.digest:
            slot = self._due(settings)
            if slot is not None and not self.stopping.is_set():
                self._make(settings, slot)
                beat()

    def _post(self, beat: Callable[[], None]) -> None:
        for posted in post_letters(self._press):
            beat()
            letter = posted.letter
            where = letter.place if letter.place == "command" else f"{letter.place}:{letter.target}"
            if not posted.error:
                log.info("digest sent name=%s number=%d to=%s", letter.name, letter.number, where)
            elif posted.given_up:
                log.error(
                    "digest given up name=%s number=%d error=%r", letter.name, letter.number, posted.error,
                    exc_info=posted.bug,
                )  # fmt: skip
            else:
                log.log(
                    logging.ERROR if posted.bug else logging.WARNING,
                    "digest not sent yet name=%s number=%d error=%r", letter.name, letter.number, posted.error,
                    exc_info=posted.bug,
                )  # fmt: skip
            if self.stopping.is_set():
                break

    def _due(self, settings: DigestSettings) -> Slot | None:
        at, shelf = self._press.clock(), self._archive.editions
        if self._not_before.get(settings.name, at) > at:
            return None
        known, last = shelf.know(settings.name, at), shelf.last(settings.name, at)
        slot = due_slot(settings, self._press.zone, known, last, at)
        return None if slot is not None and is_late(slot.at, at) and self._catches_up(at) else slot

    def _catches_up(self, at: datetime) -> bool:
        """Tell whether what came while the program was away is still being fetched."""
        waiting = self._archive.feeds.due(at) or self._archive.entries.due(at)
        return bool(waiting) and self._started <= at < self._started + CATCH_UP

    def _make(self, settings: DigestSettings, slot: Slot) -> None:
        try:
            edition = make_edition(self._press, settings, slot)
        except Exception as error:
            if not is_bug(error) and not isinstance(error, AggregatorError):
                raise
            self._not_before[settings.name] = self._press.clock() + AGAIN
            trace = error if is_bug(error) else None
            log.log(
                logging.ERROR, "digest not made name=%s error=%r", settings.name, str(error), exc_info=trace
            )
            return
        if edition is not None:
            log.info(
                "digest made name=%s number=%d articles=%d", edition.name, edition.number, edition.articles
            )


def give_back_memory() -> None:
    """Hand what is free back to the system: the C library keeps what a large edition once took, for ever (glibc)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)

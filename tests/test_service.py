"""The service: what it starts, and what it leaves to the archive."""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.app import press_of
from aggregator.archive import open_archive
from aggregator.config import Config, parse_config
from aggregator.errors import ArchiveError
from aggregator.models import FeedState, Subscription, SubscriptionPlan
from aggregator.service import run, scheduler_of
from aggregator.service.jobs import Service
from aggregator.service.ticking import Tick
from aggregator.service.turning import Turning
from tests.fakes import Clock, FakeWeb, tools
from tests.makers import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

FEED = "https://a.example/feed"
LIST = f'<opml version="2.0"><body><outline type="rss" text="A" xmlUrl="{FEED}"/></body></opml>'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "feeds.opml").write_text(LIST, encoding="utf-8")
    text = '[[digest]]\nname = "morning"\nat = "0 7 * * *"\n'
    return parse_config(text, name="config.toml", folder=tmp_path, environ={})


@pytest.fixture
def archive(config: Config) -> Iterator[Archive]:
    with open_archive(config.archive_path, writable=True) as archive:
        yield archive


def service_of(config: Config, archive: Archive, web: FakeWeb, clock: Clock | None = None) -> Service:
    clock = clock or Clock()
    press = replace(press_of(config, archive), clock=clock, zone=UTC)
    return Service(config, archive, tools(archive, web, clock), press)


def rewrite(path: Path, text: str, *, later_by: int) -> None:
    path.write_text(text, encoding="utf-8")
    seen = path.stat()
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns + later_by * 1_000_000_000))


def test_a_tick_follows_the_list_polls_and_archives(config: Config, archive: Archive) -> None:
    """From a fresh archive to the first article."""
    web = FakeWeb()
    web.feed(FEED, "1|The bell|Divers found it.")
    service = service_of(config, archive, web)
    service.follow()
    service.poll()
    service.archive()
    assert sum(archive.status(Clock()()).articles.values()) == 1


def test_a_changed_list_is_followed_and_a_broken_one_changes_nothing(
    config: Config, archive: Archive
) -> None:
    """Half-saved by an editor, or gone: everything stays as it is until it can be read again."""
    service = service_of(config, archive, FakeWeb())
    service.follow()
    rewrite(config.opml_path, LIST[:60], later_by=10)
    service.follow()
    config.opml_path.unlink()
    service.follow()
    assert [feed.state for feed in archive.feeds.all()] == [FeedState.ACTIVE]
    rewrite(config.opml_path, LIST.replace(FEED, FEED + "2"), later_by=20)
    service.follow()
    assert {feed.url: feed.state for feed in archive.feeds.all()} == {
        FEED: FeedState.PAUSED,
        FEED + "2": FeedState.ACTIVE,
    }


def test_new_hits_of_saved_searches_are_told(config: Config, archive: Archive) -> None:
    """Those that stand in the configuration now; one that is half-saved changes nothing."""
    file = config.folder / "config.toml"
    told = config.folder / "bells.jsonl"
    web = FakeWeb()
    web.feed(FEED, "1|The bell|Divers found it.")
    press = press_of(config, archive)
    service = Service(config, archive, tools(archive, web, Clock()), press, config_path=file)
    rewrite(file, '[[watch]]\nname = "bells"\nquery = "bell"\nto = "bells.jsonl"\npast = true\n', later_by=10)
    for job in (service.follow, service.poll, service.archive, service.watch, service.watch):
        job()
    assert told.read_text(encoding="utf-8").count('"title": "The bell"') == 1
    rewrite(file, "[[watch]]\nname = ", later_by=20)
    service.watch()
    rewrite(file, "", later_by=30)
    service.watch()
    assert told.read_text(encoding="utf-8").count("\n") == 1


def test_a_stop_is_heeded_between_two_feeds(config: Config, archive: Archive) -> None:
    """What was not visited is due again when the service starts."""
    many = "".join(f'<outline type="rss" xmlUrl="https://h{n}.example/feed"/>' for n in range(5))
    rewrite(config.opml_path, f'<opml version="2.0"><body>{many}</body></opml>', later_by=10)
    web = FakeWeb()
    for number in range(5):
        web.status(f"https://h{number}.example/feed", 404)
    service = service_of(config, archive, web)
    service.follow()
    service.stopping.set()
    service.poll()
    assert len(web.asked) == 1


def test_the_clock_has_few_jobs_and_none_is_ever_dropped(config: Config, archive: Archive) -> None:
    """Never a job a feed; a late one runs late, and once."""
    scheduler = scheduler_of(config, service_of(config, archive, FakeWeb()))
    scheduler.start(paused=True)
    try:
        jobs = scheduler.get_jobs()
        assert len(jobs) == 6
        assert {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in jobs} == {
            (None, True, 1)
        }
    finally:
        scheduler.shutdown(wait=True)


def test_what_a_poll_found_is_archived_without_waiting_for_a_tick(config: Config, archive: Archive) -> None:
    """A poll that brings nothing wakes nobody."""
    web = FakeWeb()
    web.feed(FEED, "1")
    service = service_of(config, archive, web)
    scheduler = scheduler_of(config, service)
    scheduler.start(paused=True)
    try:
        later = NOW + timedelta(days=40_000)

        def woken_by_a_poll() -> bool:
            scheduler.modify_job("archive", next_run_time=later)
            service.poll()
            return bool(scheduler.get_job("archive").next_run_time != later)

        service.follow()
        assert woken_by_a_poll()
        assert not woken_by_a_poll()
    finally:
        scheduler.shutdown(wait=True)


def test_settings_that_change_while_they_are_read_are_read_again(config: Config, archive: Archive) -> None:
    """The second of two signals in a row is not lost; nor is a wish to stop."""
    wishes = [signal.SIGHUP, signal.SIGTERM]
    read: list[signal.Signals] = []

    def reload() -> Config:
        read.append(wishes[0])
        os.kill(os.getpid(), wishes.pop(0))
        return config

    usual = {number: signal.getsignal(number) for number in (signal.SIGHUP, *wishes, signal.SIGINT)}
    end = threading.Timer(
        20, os.kill, (os.getpid(), signal.SIGTERM)
    )  # else a lost signal would hang the test
    first = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGHUP))
    try:
        end.start()
        first.start()
        assert run(config, archive, reload) == 0
    finally:
        end.cancel()
        first.cancel()
        for number, handler in usual.items():
            signal.signal(number, handler)
    assert read == [signal.SIGHUP, signal.SIGTERM]


def test_settings_that_cannot_be_worked_with_are_not_taken(
    config: Config, archive: Archive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A password's file that is missing shows only when it is used; the service goes on with what there was."""
    text = f'[[feed]]\nurl = "{FEED}"\nusername = "ada"\npassword_file = "nowhere"\n'
    wrong = parse_config(text, name="config.toml", folder=tmp_path, environ={})
    usual = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)}
    timers = [
        threading.Timer(after, os.kill, (os.getpid(), number))
        for after, number in ((0.5, signal.SIGHUP), (2.0, signal.SIGTERM), (20, signal.SIGTERM))
    ]
    try:
        for timer in timers:
            timer.start()
        with caplog.at_level(logging.INFO, "aggregator"):
            assert run(config, archive, lambda: wrong) == 0
    finally:
        for timer in timers:
            timer.cancel()
        for number, handler in usual.items():
            signal.signal(number, handler)
    said = [record.getMessage() for record in caplog.records]
    assert [each for each in said if "nowhere: there is no such file" in each]
    assert sum(each.startswith("service started") for each in said) == 2


def test_what_a_failed_run_had_claimed_is_done_by_the_next(
    config: Config, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends a run with its claims still in the archive; they do not wait for their leases."""
    web = FakeWeb()
    web.feed(FEED, "1|The bell|Divers found it.")
    service = service_of(config, archive, web)
    service.follow()
    with monkeypatch.context() as broken:
        broken.setattr(archive.visits, "record", full)
        with pytest.raises(ArchiveError):
            service.poll()
    archive.feeds.make_due(Clock()(), [])
    service.poll()
    with monkeypatch.context() as broken:
        broken.setattr(archive.articles, "record", full)
        with pytest.raises(ArchiveError):
            service.archive()
    service.archive()
    assert sum(archive.status(Clock()()).articles.values()) == 1


def full(*_: object) -> None:
    raise ArchiveError("the disk is full")


class Times:
    """Two clocks that are turned by hand."""

    def __init__(self) -> None:
        self.wall, self.passed = 1_000_000.0, 50.0


@pytest.mark.parametrize("by", [-86400, 86400, -3 * 365 * 86400, 60 * 365 * 86400])
def test_plans_move_with_a_clock_that_is_turned(archive: Archive, by: int) -> None:
    """Whichever way; a slow correction and a night asleep are not that."""
    times = Times()
    turning = Turning(archive, lambda: times.wall, lambda: times.passed)
    archive.feeds.apply_plan(SubscriptionPlan(add=(Subscription(FEED),)), NOW)
    times.wall, times.passed = times.wall + 30_000, times.passed + 29_900
    assert not turning.follow()
    assert archive.feeds.all()[0].next_check_at == NOW
    times.wall += by
    assert turning.follow()
    assert not turning.follow()
    assert archive.feeds.all()[0].next_check_at == NOW + timedelta(seconds=by)


def test_what_a_clock_that_was_ahead_has_planned_is_planned_anew(archive: Archive) -> None:
    """It was set right while nobody worked: feeds keep their pause, new entries are due, and once is enough."""
    web, clock = FakeWeb(), Clock()
    web.feed(FEED, "1|The bell|Divers found it.")
    archive.feeds.apply_plan(SubscriptionPlan(add=(Subscription(FEED),)), clock())
    clock.forward(days=1)
    service = Service(parse_config("", name="", folder=Path(), environ={}), archive, tools(archive, web, clock),
                      press_of(parse_config("", name="", folder=Path(), environ={}), archive))  # fmt: skip
    service.poll()
    [feed] = archive.feeds.all()
    assert feed.last_visit_at is not None
    assert feed.next_check_at is not None
    pause = feed.next_check_at - feed.last_visit_at
    clock.forward(days=-1, minutes=5)
    assert archive.entries.claim(clock(), limit=9, lease=timedelta(minutes=15)) == []
    assert archive.vitals.replan(clock())
    assert archive.feeds.all()[0].next_check_at == clock() + pause
    assert len(archive.entries.claim(clock(), limit=9, lease=timedelta(minutes=15))) == 1
    clock.forward(minutes=20)
    archive.vitals.replan(clock())
    assert archive.feeds.all()[0].next_check_at == clock() - timedelta(minutes=20) + pause
    clock.forward(days=3)
    assert not archive.vitals.replan(clock())


def test_a_clock_that_is_set_right_costs_one_tick() -> None:
    """Whatever was missed in the years between."""
    tick = Tick(15)
    assert tick.get_next_fire_time(None, NOW) == NOW
    assert tick.get_next_fire_time(NOW, NOW) == NOW + timedelta(seconds=15)
    assert tick.get_next_fire_time(NOW, NOW + timedelta(seconds=4)) == NOW + timedelta(seconds=15)
    later = NOW + timedelta(days=56 * 365)
    assert tick.get_next_fire_time(NOW, later) == later + timedelta(seconds=15)
    assert tick.get_next_fire_time(later, NOW) == NOW + timedelta(seconds=15)

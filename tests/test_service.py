"""The service: what it starts, and what it leaves to the archive."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from aggregator.app import press_of
from aggregator.archive import open_archive
from aggregator.config import Config, parse_config
from aggregator.models import FeedState
from aggregator.service import scheduler_of
from aggregator.service.jobs import Service
from tests.fakes import Clock, FakeWeb, tools

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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

"""The chores of a poll are no more work than they were: counted, since a busy machine has no say in that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.models import Keepsake, KeptEntry, Subscription, SubscriptionPlan
from aggregator.pipeline import MovingIn, move_in
from benchmarks.speed.counts import KEPT, counts, limit_of
from benchmarks.speed.scale import LEASE, with_entries
from tests.fakes import here
from tests.makers import HOUR, NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aggregator.archive import Archive


@pytest.mark.slow
def test_no_chore_became_more_work(tmp_path: Path) -> None:
    """Ten per cent more than what is kept is seen; `python -m benchmarks run speed.counts --record` keeps anew."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    found = counts(tmp_path)
    assert set(found) == set(kept["figures"])
    assert not {name: n for name, n in found.items() if n > limit_of(kept, name)}


@pytest.mark.slow
def test_what_did_not_change_is_hardly_any_work(tmp_path: Path) -> None:
    """Of a document with two new entries, these are read and written and no others."""
    found = counts(tmp_path)
    assert found["304.calls"] < 0.1 * found["import.calls"]
    assert found["same.calls"] < 0.1 * found["import.calls"]
    assert found["new2.calls"] < 0.5 * found["import.calls"]
    assert found["new2.statements"] < 0.5 * found["import.statements"]


def steps_of(archive: Archive, work: Callable[[Archive], object]) -> int:
    """Count the instructions of SQLite's machine, by tens."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    archive.db.connection.set_progress_handler(step, 10)
    work(archive)
    archive.db.connection.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda a: a.feeds.claim(NOW, limit=8, lease=LEASE), id="claiming feeds"),
        pytest.param(lambda a: a.entries.claim(NOW, limit=8, lease=LEASE), id="claiming entries"),
        pytest.param(lambda a: a.entries.known(1, ["g9"], ["https://h1.example/9"]), id="known entries"),
        pytest.param(lambda a: a.entries.times(1, 10), id="times of entries"),
        pytest.param(lambda a: a.feeds.mark_asked(1, NOW, NOW + HOUR), id="marking a feed"),
    ],
)
def test_what_is_done_often_does_not_grow_with_the_archive(
    tmp_path: Path, work: Callable[[Archive], object]
) -> None:
    """Forty times the feeds, entries and entries of one feed: as many steps, but for the depth of the trees."""
    counted = []
    for entries in (100, 4_000):
        with open_archive(tmp_path / f"{entries}.db", writable=True) as archive:
            with_entries(archive, entries)
            more = tuple(Subscription(f"https://more{n}.example/") for n in range(entries // 10))
            archive.feeds.apply_plan(SubscriptionPlan(add=more), NOW)
            archive.db.execute("UPDATE entries SET feed_id = 1 WHERE id % 2")
            counted.append(steps_of(archive, work))
    assert counted[1] <= 1.5 * counted[0] + 5


def test_moving_in_takes_time_in_proportion_to_the_feeds_that_nobody_follows(tmp_path: Path) -> None:
    """Eight times as many feeds: eight times the steps, but for the depth of the trees."""
    counted = [_moved_in(tmp_path / f"{feeds}.db", feeds) for feeds in (25, 200)]
    assert counted[1] <= 1.5 * 8 * counted[0]


def _moved_in(path: Path, feeds: int) -> int:
    entries = [KeptEntry(f"https://h{n}.example/feed", f"g{n}", title=f"Title {n}") for n in range(feeds)]

    def move(archive: Archive) -> None:
        list(move_in(MovingIn(archive, here, lambda: NOW), Keepsake("reader", entries=entries)))

    with open_archive(path, writable=True) as archive:
        return steps_of(archive, move)

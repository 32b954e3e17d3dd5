"""The crew: threads that never wait for a host while another one could be asked."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

import pytest

from aggregator.fetch import Crew, Fetcher, HostBudget
from aggregator.fetch.budget import OnHold
from aggregator.models import Failure, Kind, Request, Response
from aggregator.urls import host_of
from tests.fetching import (
    Clock,
    all_of,
    limits,
    mapped,
)
from tests.servers import Server, Wire, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

R = TypeVar("R")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def host(item: str) -> str:
    """Items are named like `host:number`."""
    return item.partition(":")[0]


def test_every_item_brings_a_result() -> None:
    items = [f"{number % 7}:{number}" for number in range(100)]
    assert sorted(all_of(mapped(Crew(4, HostBudget(0.0)), str.upper, items, host))) == sorted(items)


def test_no_items_bring_no_batches() -> None:
    assert list(mapped(Crew(4), str.upper, [], host)) == []


def test_batches_are_never_empty() -> None:
    assert all(mapped(Crew(3), str.upper, [f"{n}:" for n in range(50)], host))


def test_items_of_one_host_run_one_at_a_time_and_in_order() -> None:
    running, most, order = 0, 0, []

    def work(item: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(item)
        running -= 1
        return item

    items = [f"a:{number}" for number in range(50)]
    assert all_of(mapped(Crew(8), work, items, host)) == items == order
    assert most == 1


def test_a_host_that_hangs_holds_up_nobody_else() -> None:
    """It has as many items as there are threads and more, all before the others; it still takes one thread."""
    release = threading.Event()

    def work(item: str) -> str:
        if host(item) == "slow":
            release.wait()
        return item

    slow = [f"slow:{number}" for number in range(10)]
    quick = [f"quick-{number % 5}:{number}" for number in range(50)]
    batches = mapped(Crew(2), work, slow + quick, host)
    done: list[str] = []
    while len(done) < len(quick):
        done += next(batches)
    assert sorted(done) == sorted(quick)
    release.set()
    assert all_of(batches) == slow


def test_a_host_that_has_to_pause_occupies_no_thread(clock: Clock) -> None:
    """With one thread, the paused host's next item comes after everything that can run meanwhile."""
    budget = HostBudget(0.05, clock=clock, sleep=clock.sleep)

    def work(item: str) -> str:
        with budget.slot(host(item), deadline=float("inf")):
            clock.now += 1.0 if item == "d:1" else 0.0
        return item

    items = ["a:1", "a:2", "b:1", "c:1", "d:1"]
    assert all_of(mapped(Crew(1, budget), work, items, host)) == ["a:1", "b:1", "c:1", "d:1", "a:2"]
    assert clock.slept == []


def test_hosts_take_turns() -> None:
    """One host with a long queue does not go first because it was first in the list."""
    items = [f"{name}:{number}" for name in "ab" for number in range(3)]
    assert all_of(mapped(Crew(1), str, items, host)) == ["a:0", "b:0", "a:1", "b:1", "a:2", "b:2"]


def test_items_of_a_host_on_hold_come_back_at_once(clock: Clock) -> None:
    """They are refused one after the other; no thread and no item waits for the hold to end."""
    budget = HostBudget(0.0, clock=clock, sleep=clock.sleep)
    budget.hold("a", 3600.0)

    def work(item: str) -> str:
        try:
            with budget.slot(host(item), deadline=30.0):
                return item
        except OnHold:
            return f"{item} held"

    done = all_of(mapped(Crew(2, budget), work, ["a:1", "a:2", "b:1", "a:3"], host))
    assert sorted(done) == ["a:1 held", "a:2 held", "a:3 held", "b:1"]
    assert clock.now == 0.0


def test_a_platform_of_many_hosts_occupies_two_threads_at_most() -> None:
    """All its hosts hang, and come first; the others are served by the threads that are left."""
    release = threading.Event()

    def work(item: str) -> str:
        if item.startswith("blog"):
            release.wait()
        return item

    blogs = [f"blog-{number}.substack.com:" for number in range(20)]
    others = [f"www.site-{number}.org:" for number in range(20)]
    batches = mapped(Crew(3, HostBudget(0.0)), work, blogs + others, host)
    done: list[str] = []
    while len(done) < len(others):
        done += next(batches)
    assert sorted(done) == sorted(others)
    release.set()
    assert sorted(all_of(batches)) == sorted(blogs)


def test_an_exception_comes_out_and_ends_the_work() -> None:
    begun: list[str] = []

    def work(item: str) -> str:
        begun.append(item)
        if item == "a:3":
            raise ZeroDivisionError(item)
        return item

    with pytest.raises(ZeroDivisionError, match="a:3"):
        all_of(mapped(Crew(1), work, [f"a:{number}" for number in range(10)], host))
    assert begun == ["a:0", "a:1", "a:2", "a:3"]


def stopped_by(stop: Callable[[Crew, Iterator[list[str]]], None]) -> list[str]:
    """Return what was begun after the first result was there and `stop` had been called."""
    begun: list[str] = []
    gate = threading.Semaphore(1)

    def work(item: str) -> str:
        gate.acquire()
        begun.append(item)
        return item

    crew = Crew(1)
    batches = mapped(crew, work, [f"a:{number}" for number in range(10)], host)
    next(batches)
    stop(crew, batches)
    before = len(begun)
    for _ in range(10):
        gate.release()
    assert list(batches) == []
    return begun[before + 1 :]  # the one that waited at the gate was already running


@pytest.mark.parametrize(
    "stop",
    [lambda _crew, batches: batches.close(), lambda crew, _batches: crew.stop()],
    ids=["generator-closed", "crew-stopped"],
)
def test_after_a_stop_nothing_more_is_begun(stop: Callable[[Crew, Iterator[list[str]]], None]) -> None:
    assert stopped_by(stop) == []


def test_a_stop_ends_a_consumer_that_waits() -> None:
    """What hangs is not waited for."""
    crew, hanging, release = Crew(1), threading.Event(), threading.Event()

    def work(item: str) -> str:
        hanging.set()
        release.wait()
        return item

    def stop() -> None:
        hanging.wait()
        crew.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    assert list(mapped(crew, work, ["a:1", "a:2"], host)) == []
    stopper.join()
    release.set()


def test_a_stopped_crew_begins_nothing_at_all() -> None:
    crew = Crew(1)
    crew.stop()
    assert list(mapped(crew, str, ["a:1"], host)) == []


def test_the_crew_pauses_while_the_consumer_is_behind() -> None:
    """Pages are large: not all of them may pile up while the first ones are being read."""
    begun: list[str] = []

    def work(item: str) -> str:
        begun.append(item)
        return item

    batches = mapped(Crew(2), work, [f"{number}:" for number in range(1000)], host)
    done = next(batches)
    while batch := next(batches, []):
        assert len(begun) <= len(done) + len(batch) + 20
        done += batch
    assert len(done) == 1000


def test_a_page_that_hangs_does_not_hold_up_other_hosts() -> None:
    """The whole room together, on the network."""
    with (
        Server({"/": Wire.hang}, address="127.0.0.2") as hangs,
        Server({"/": answer(200, b"quick")}) as quick,
        Fetcher(limits(), HostBudget(0.0)) as fetcher,
    ):
        wanted = [Request(hangs.url("/"), Kind.PAGE)] * 5 + [Request(quick.url("/"), Kind.PAGE)] * 5
        crew = Crew(2)
        batches = mapped(crew, fetcher.fetch, wanted, key=lambda request: host_of(request.url))
        done: list[Response | Failure] = []
        while len(done) < 5:
            done += next(batches)
        crew.stop()
    assert all(isinstance(outcome, Response) and outcome.body == b"quick" for outcome in done)

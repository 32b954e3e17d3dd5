"""The budget of a host and of a domain, shared by everything that fetches."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from aggregator.domains import registered_domain
from aggregator.fetch import Crew, Fetcher, HostBudget
from aggregator.fetch.budget import LONGEST, OnHold
from aggregator.models import FailureKind, Kind, Request, Response
from aggregator.urls import host_of
from tests.fetching import (
    Clock,
    all_of,
    failure,
    got,
    limits,
    mapped,
    page,
)
from tests.servers import Server, answer, redirect


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budget(clock: Clock) -> HostBudget:
    return HostBudget(2.0, clock=clock, sleep=clock.sleep)


def test_requests_to_one_host_start_a_pause_apart(budget: HostBudget, clock: Clock) -> None:
    """The pause counts from start to start, so what the request takes is part of it."""
    starts = []
    for takes in (0.0, 1.5, 5.0, 0.0):
        with budget.slot("a", deadline=99):
            starts.append(clock.now)
            clock.now += takes
    assert starts == [0.0, 2.0, 4.0, 9.0]
    assert clock.slept == [2.0, 0.5]


def test_hosts_do_not_wait_for_each_other(budget: HostBudget, clock: Clock) -> None:
    with budget.slot("a", deadline=99), budget.slot("b", deadline=99), budget.slot("c", deadline=99):
        assert clock.slept == []


def test_a_host_says_when_it_is_ready(budget: HostBudget, clock: Clock) -> None:
    assert budget.ready_in("a") == 0.0
    with budget.slot("a", deadline=99):
        assert budget.ready_in("a") == 2.0
        clock.now += 3.0
        assert budget.ready_in("a") > 0.0  # still held
    assert budget.ready_in("a") == 0.0


def test_a_host_on_hold_turns_everyone_away_at_once(budget: HostBudget, clock: Clock) -> None:
    """For Retry-After; the longest hold counts, other hosts are not meant, and nobody sleeps for an hour."""
    budget.hold("a", 60.0)
    budget.hold("a", 10.0)
    with pytest.raises(OnHold) as told, budget.slot("a", deadline=99):
        pass
    assert told.value.seconds == 60.0
    assert budget.ready_in("a") == budget.ready_in("b") == 0.0  # to be refused is an answer too
    assert clock.slept == []
    clock.now = 60.0
    with budget.slot("a", deadline=99):
        assert clock.now == 60.0


def test_a_hold_during_a_request_outlasts_it(budget: HostBudget) -> None:
    with budget.slot("a", deadline=99):
        budget.hold("a", 60.0)
    assert budget.holds() == {"a": 60.0}


def test_a_hold_that_comes_while_one_waits_turns_one_away(clock: Clock) -> None:
    """The next in line does not ask just because it had come before the refusal."""

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        mine.hold("a", 60.0)

    mine = HostBudget(2.0, clock=clock, sleep=sleep)
    with mine.slot("a", deadline=99):
        pass
    with pytest.raises(OnHold), mine.slot("a", deadline=99):
        pass


def test_holds_survive_a_restart(budget: HostBudget, clock: Clock) -> None:
    """What is over is not told, and a stored number that is absurd does not shut a host out for ever."""
    budget.hold("over", 5.0)
    budget.hold("a", 60.0)
    clock.now = 20.0
    again = HostBudget(2.0, clock=Clock())
    again.restore(budget.holds() | {"absurd": 1e12, "past": -3.0})
    assert again.holds() == {"a": 40.0, "absurd": LONGEST}


def test_nobody_waits_beyond_the_deadline(clock: Clock) -> None:
    """Whoever gives up leaves the host as it was."""
    budget = HostBudget(60.0, clock=clock, sleep=clock.sleep)
    with budget.slot("a", deadline=99):
        pass
    with pytest.raises(TimeoutError), budget.slot("a", deadline=59.0):
        pass
    assert clock.slept == []
    with budget.slot("a", deadline=60.0):
        assert clock.now == 60.0


def test_crawl_delay_lies_between_visits_and_not_within_one(budget: HostBudget, clock: Clock) -> None:
    """A redirect, or the page after its robots.txt, belongs to the visit that has begun."""
    starts = []
    budget.space("a", 30.0)
    for onward in (False, True, True, False):
        with budget.slot("a", deadline=999, onward=onward):
            starts.append(clock.now)
    assert starts == [0.0, 2.0, 4.0, 34.0]
    assert budget.ready_in("a") == 30.0


@pytest.mark.parametrize(("said", "kept"), [(0.5, 2.0), (10.0, 10.0), (86_400.0, 60.0)])
def test_crawl_delay_makes_the_pause_longer_within_reason(
    said: float, kept: float, budget: HostBudget, clock: Clock
) -> None:
    """Never shorter than our own; a day means "go away", and robots.txt has a clearer word for that."""
    budget.space("a", said)
    for _ in range(2):
        with budget.slot("a", deadline=999):
            pass
    assert clock.now == kept


# ------------------------------------------------------------------------------------------------ domains


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.org", "example.org"),
        ("www.example.org", "example.org"),
        ("a.b.example.co.uk:8080", "example.co.uk"),
        ("one.substack.com", "substack.com"),
        ("one.blogspot.com", "blogspot.com"),
        ("one.github.io", "github.io"),
        ("a.city.kawasaki.jp", "city.kawasaki.jp"),
        ("www.xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("co.uk", "co.uk"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("8.8.8.8", "8.8.8.8"),
        ("[2606:4700::1111]:8080", "[2606:4700::1111]:8080"),
        ("localhost", "localhost"),
        ("reader.lan", "reader.lan"),
        ("one.name.test", "one.name.test"),
        ("", ""),
    ],
)
def test_a_host_belongs_to_its_registered_domain(host: str, domain: str) -> None:
    """Suffixes that companies rent out do not count; what has no public suffix stands for itself."""
    assert registered_domain(host) == domain


def test_the_hosts_of_a_domain_share_two_slots(clock: Clock) -> None:
    budget = HostBudget(0.0, clock=clock, sleep=clock.sleep)
    with budget.slot("a.substack.com", deadline=99), budget.slot("b.substack.com", deadline=99):
        assert budget.ready_in("c.substack.com") > 0
        assert budget.ready_in("c.example.org") == 0.0
        with pytest.raises(TimeoutError), budget.slot("c.substack.com", deadline=0.0):
            pass
    with budget.slot("c.substack.com", deadline=99):
        pass


def test_the_hosts_of_a_domain_start_half_a_pause_apart(budget: HostBudget, clock: Clock) -> None:
    starts = []
    for name in "abacb":
        with budget.slot(f"{name}.substack.com", deadline=99):
            starts.append(clock.now)
    assert starts == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_hold_of_one_blog_is_none_of_its_neighbours(budget: HostBudget) -> None:
    budget.hold("a.substack.com", 60.0)
    with budget.slot("b.substack.com", deadline=99):
        pass


def test_at_most_two_threads_are_at_one_domain() -> None:
    """Eight threads, eight hosts, one domain."""
    budget = HostBudget(0.0)
    inside, most, pause = 0, 0, threading.Event()
    counting = threading.Lock()

    def work(host: str) -> None:
        nonlocal inside, most
        for _ in range(10):
            with budget.slot(host, deadline=float("inf")):
                with counting:
                    inside += 1
                    most = max(most, inside)
                pause.wait(0.0005)
                with counting:
                    inside -= 1

    threads = [threading.Thread(target=work, args=(f"{n}.example.org",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_host_that_is_busy_beyond_the_deadline_is_given_up() -> None:
    budget = HostBudget(0.0)
    with budget.slot("a", deadline=0.0), pytest.raises(TimeoutError), budget.slot("a", deadline=0.0):
        pass


def test_an_exception_gives_the_slot_back(budget: HostBudget) -> None:
    with pytest.raises(RuntimeError), budget.slot("a", deadline=99):
        raise RuntimeError
    with budget.slot("a", deadline=99):
        pass


def test_one_host_is_never_asked_twice_at_once() -> None:
    """Eight threads, one host: the number of those inside is never above one."""
    budget = HostBudget(0.0)
    inside, most, pause = 0, 0, threading.Event()

    def work() -> None:
        nonlocal inside, most
        for _ in range(10):
            with budget.slot("a", deadline=float("inf")):
                inside += 1
                most = max(most, inside)
                pause.wait(0.0005)  # so that the others come and wait
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_idle_hosts_are_forgotten_and_held_ones_are_not(budget: HostBudget, clock: Clock) -> None:
    budget.hold("held", LONGEST)
    for number in range(20_000):
        with budget.slot(f"host-{number}", deadline=float("inf")):
            clock.now += 1.0
    assert len(budget) < 3000
    assert len(budget._domains) < 3000
    assert "held" in budget.holds()


def test_the_fetcher_spaces_what_it_sends_to_one_host(clock: Clock) -> None:
    """Every hop of a redirect takes its own slot; without that, one feed could fan out over a host."""
    budget = HostBudget(2.0, clock=clock, sleep=clock.sleep)
    with (
        Server({"/a": redirect("/b"), "/b": answer(200)}) as server,
        Fetcher(limits(), budget) as fetcher,
    ):
        for _ in range(2):
            got(fetcher.fetch(page(server.url("/a"))))
    assert clock.slept == [2.0, 2.0, 2.0]


def test_a_host_that_is_busy_with_us_blames_nobody(clock: Clock) -> None:
    """The wait is our own manners, so it is no failure of the feed's: it comes back later."""
    budget = HostBudget(3600.0, clock=clock, sleep=clock.sleep)
    with Server({"/": answer(200)}) as server, Fetcher(limits(), budget) as fetcher:
        got(fetcher.fetch(page(server.url("/"))))
        held = failure(fetcher.fetch(page(server.url("/"))))
    assert (held.kind, held.retry_after) == (FailureKind.HELD, 3600.0)
    assert held.message == "the host was busy with other requests of ours"
    assert len(server.asked) == 1


def test_two_hosts_that_redirect_to_each_other_do_not_lock_up() -> None:
    """A hop's slot is given back before the next one is taken."""
    with ExitStack() as stack:
        one = stack.enter_context(Server({"/end": answer(200)}, address="127.0.0.1"))
        two = stack.enter_context(Server({"/end": answer(200)}, address="127.0.0.2"))
        one.answers = {"/": redirect(two.url("/end")), "/end": answer(200)}
        two.answers = {"/": redirect(one.url("/end")), "/end": answer(200)}
        settings = limits()
        fetcher = stack.enter_context(Fetcher(settings, HostBudget(0.0)))
        requests = [Request(server.url("/"), Kind.PAGE) for server in (one, two)] * 10
        outcomes = all_of(mapped(Crew(4), fetcher.fetch, requests, key=lambda request: host_of(request.url)))
    assert [type(outcome) for outcome in outcomes] == [Response] * 20

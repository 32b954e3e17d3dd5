"""Whom we ask and how often: the address guard, the budget of a host, and the crew that works within it."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

import pytest

from aggregator.errors import ConfigError
from aggregator.fetch import Crew, Fetcher, FetchLimits, HostBudget
from aggregator.fetch.guard import is_forbidden, parse_networks
from aggregator.fetch.wire import system_resolve
from aggregator.models import Failure, FailureKind, Kind, Request, Response
from aggregator.urls import host_of
from tests.servers import Server, Wire, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

R = TypeVar("R")

LOOPBACK = ("127.0.0.0/8",)

# ------------------------------------------------------------------------------------------------ the guard

FORBIDDEN = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
    169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.170 192.0.2.1
    192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:8.8.8.8
    64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 64:ff9b:1::1
    2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101:: 2002:a9fe:a9fe::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
    2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 febf::1
    fe80::1%eth0 fec0::1 feff::1 ff00::1 ff02::1 ff0e::1 4000::1 e000::1
""".split()

PERMITTED = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 151.101.1.67
    169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255
    198.20.0.1 223.255.255.255
    2001:200::1 2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4001::1 2003::1 2c0f:fb50::1
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
""".split()


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_is_not_public_is_forbidden(text: str) -> None:
    assert is_forbidden(ip_address(text))


@pytest.mark.parametrize("text", PERMITTED)
def test_what_is_public_is_permitted(text: str) -> None:
    """Also at the very edges of the denied ranges, and when a translator wraps a public address."""
    assert not is_forbidden(ip_address(text))


@pytest.mark.parametrize(
    ("network", "text", "forbidden"),
    [
        ("127.0.0.0/8", "127.0.0.1", False),
        ("127.0.0.0/8", "::ffff:127.0.0.1", False),
        ("127.0.0.0/8", "64:ff9b::127.0.0.1", False),
        ("127.0.0.0/8", "::1", True),
        ("127.0.0.0/8", "10.0.0.1", True),
        ("192.168.1.77", "192.168.1.77", False),
        ("192.168.1.77", "192.168.1.78", True),
        ("192.168.1.77/24", "192.168.1.1", False),
        ("fd00::/8", "fd12::1", False),
        ("::1", "::1", False),
        ("::1", "127.0.0.1", True),
        ("0.0.0.0/0", "169.254.169.254", False),
        ("0.0.0.0/0", "fe80::1", True),
    ],
)
def test_the_configuration_can_allow_a_network(network: str, text: str, forbidden: bool) -> None:
    assert is_forbidden(ip_address(text), parse_networks([network])) is forbidden


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0", "http://10.0.0.1"])
def test_a_network_that_is_none_is_named_with_its_setting(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\[fetch\] allow_networks"):
        Fetcher(FetchLimits("test/1", allow_networks=(text,)))


# ------------------------------------------------------------------------------- the guard on the network


def ask(
    url: str, *, allow: Sequence[str] = (), names: dict[str, list[str]] | None = None
) -> Response | Failure:
    """Fetch with a name server that knows `names` alone, or with the system's."""

    def resolve(host: str, port: int) -> Sequence[str]:
        return system_resolve(host, port) if names is None else names[host]

    settings = FetchLimits("test/1", allow_networks=tuple(allow), deadline=5.0)
    with Fetcher(settings, resolve=resolve) as fetcher:
        return fetcher.fetch(Request(url, Kind.PAGE))


@pytest.fixture
def canary() -> Iterator[Server]:
    """A server on loopback that must never be asked, nor even connected to."""
    with Server({"/": answer(200, b"secret")}) as server:
        yield server
        assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    """
    127.0.0.1 localhost LOCALHOST localhost. 2130706433 0x7f000001 0x7f.1 017700000001 127.1 127.0.1 0 0.0.0.0
    [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] ①②⑦.⓪.⓪.① user@127.0.0.1 127.0.0.1.
    user:8.8.8.8@127.0.0.1
    """.split(),
)
def test_no_spelling_of_loopback_reaches_it(host: str, canary: Server) -> None:
    outcome = ask(canary.url("/", host=host))
    assert isinstance(outcome, Failure)
    assert outcome.kind in {FailureKind.FORBIDDEN_ADDRESS, FailureKind.DNS, FailureKind.BAD_URL}


def test_the_message_names_the_address_and_the_cure(canary: Server) -> None:
    outcome = ask(canary.url("/"))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert outcome.message == "address 127.0.0.1 is private; allow it in [fetch] allow_networks"


@pytest.mark.parametrize("hops", range(1, 6))
def test_no_redirect_leads_to_a_private_address(hops: int, canary: Server) -> None:
    """The last of several hops is judged like the first."""
    table = {f"/{n}": redirect(f"/{n + 1}") for n in range(hops)} | {
        f"/{hops - 1}": redirect(canary.url("/"))
    }
    with Server(table, address="127.0.0.2") as public:
        outcome = ask(public.url("/0"), allow=["127.0.0.2"])
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert len(public.asked) == hops


def test_a_name_of_a_private_address_is_as_forbidden_as_the_address(canary: Server) -> None:
    outcome = ask(canary.url("/", host="inside.test"), names={"inside.test": ["127.0.0.1", "::1"]})
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("order", [["127.0.0.1", "127.0.0.2"], ["::1", "127.0.0.2", "127.0.0.1"]])
def test_of_mixed_addresses_only_the_permitted_are_tried(order: list[str], canary: Server) -> None:
    with Server({"/": answer(200, b"public")}, address="127.0.0.2", port=canary.port) as public:
        outcome = ask(public.url("/", host="both.test"), allow=["127.0.0.2"], names={"both.test": order})
    assert isinstance(outcome, Response)
    assert outcome.body == b"public"


def test_a_name_is_looked_up_once_for_each_connection(canary: Server) -> None:
    """So a name server that answers differently the second time (rebinding) finds nobody who asks again."""
    answers = [["127.0.0.2"], ["127.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[(len(asked) - 1) % 2]

    for _ in range(20):
        with (
            Server({"/": answer(200, b"public")}, address="127.0.0.2", port=canary.port) as public,
            Fetcher(FetchLimits("test/1", allow_networks=("127.0.0.2",)), resolve=resolve) as fetcher,
        ):
            first = fetcher.fetch(Request(public.url("/", host="rebinds.test"), Kind.PAGE))
            fetcher.close()
            second = fetcher.fetch(Request(public.url("/", host="rebinds.test"), Kind.PAGE))
        assert isinstance(first, Response)
        assert isinstance(second, Failure)
    assert len(asked) == 40


def test_the_server_is_told_the_name_and_not_the_address() -> None:
    with Server({"/": answer(200)}) as server:
        ask(server.url("/", host="name.test"), allow=LOOPBACK, names={"name.test": ["127.0.0.1"]})
    assert server.asked[0].header("Host") == f"name.test:{server.port}".encode()


def test_a_name_beyond_ascii_is_asked_for_in_its_ascii_form() -> None:
    with Server({"/": answer(200)}) as server:
        outcome = ask(
            server.url("/", host="bücher.test"), allow=LOOPBACK, names={"xn--bcher-kva.test": ["127.0.0.1"]}
        )
    assert isinstance(outcome, Response)


def test_a_name_without_addresses_is_no_host() -> None:
    outcome = ask("http://empty.test/", names={"empty.test": []})
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.DNS


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with Server({"/": answer(200, b"second")}, address="127.0.0.3") as server:
        names = {"two.test": ["127.0.0.2", "127.0.0.3"]}
        outcome = ask(server.url("/", host="two.test"), allow=LOOPBACK, names=names)
    assert isinstance(outcome, Response)
    assert outcome.body == b"second"


# ----------------------------------------------------------------------------------------------- the budget


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


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


def test_a_hold_keeps_a_host_quiet(budget: HostBudget, clock: Clock) -> None:
    """For Retry-After; the longest hold counts, and other hosts are not meant."""
    budget.hold("a", 60.0)
    budget.hold("a", 10.0)
    assert budget.ready_in("a") == 60.0
    assert budget.ready_in("b") == 0.0
    with budget.slot("a", deadline=99):
        assert clock.now == 60.0


def test_a_hold_during_a_request_outlasts_it(budget: HostBudget) -> None:
    with budget.slot("a", deadline=99):
        budget.hold("a", 60.0)
    assert budget.ready_in("a") == 60.0


def test_nobody_waits_beyond_the_deadline(budget: HostBudget, clock: Clock) -> None:
    """Whoever gives up leaves the host as it was."""
    budget.hold("a", 60.0)
    with pytest.raises(TimeoutError), budget.slot("a", deadline=59.0):
        pass
    assert clock.slept == []
    with budget.slot("a", deadline=60.0):
        assert clock.now == 60.0


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
    budget.hold("held", 10_000_000.0)
    for number in range(20_000):
        with budget.slot(f"host-{number}", deadline=float("inf")):
            clock.now += 1.0
    assert len(budget) < 3000
    assert budget.ready_in("held") > 0


def test_the_fetcher_spaces_what_it_sends_to_one_host(clock: Clock) -> None:
    """Every hop of a redirect takes its own slot; without that, one feed could fan out over a host."""
    budget = HostBudget(2.0, clock=clock, sleep=clock.sleep)
    with (
        Server({"/a": redirect("/b"), "/b": answer(200)}) as server,
        Fetcher(FetchLimits("test/1", allow_networks=LOOPBACK), budget) as fetcher,
    ):
        for _ in range(2):
            assert isinstance(fetcher.fetch(Request(server.url("/a"), Kind.PAGE)), Response)
    assert clock.slept == [2.0, 2.0, 2.0]


def test_a_host_on_hold_fails_the_request_that_will_not_wait_so_long(budget: HostBudget) -> None:
    with (
        Server({"/": answer(200)}) as server,
        Fetcher(FetchLimits("test/1", allow_networks=LOOPBACK), budget) as fetcher,
    ):
        budget.hold(f"127.0.0.1:{server.port}", 3600)
        outcome = fetcher.fetch(Request(server.url("/"), Kind.PAGE))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TIMEOUT
    assert server.asked == []


def test_two_hosts_that_redirect_to_each_other_do_not_lock_up() -> None:
    """A hop's slot is given back before the next one is taken."""
    with ExitStack() as stack:
        one = stack.enter_context(Server({"/end": answer(200)}, address="127.0.0.1"))
        two = stack.enter_context(Server({"/end": answer(200)}, address="127.0.0.2"))
        one.answers = {"/": redirect(two.url("/end")), "/end": answer(200)}
        two.answers = {"/": redirect(one.url("/end")), "/end": answer(200)}
        settings = FetchLimits("test/1", allow_networks=LOOPBACK)
        fetcher = stack.enter_context(Fetcher(settings, HostBudget(0.0)))
        requests = [Request(server.url("/"), Kind.PAGE) for server in (one, two)] * 10
        outcomes = all_of(Crew(4).map(fetcher.fetch, requests, key=lambda request: host_of(request.url)))
    assert [type(outcome) for outcome in outcomes] == [Response] * 20


# ------------------------------------------------------------------------------------------------- the crew


def host(item: str) -> str:
    """Items are named like `host:number`."""
    return item.partition(":")[0]


def all_of(batches: Iterator[list[R]]) -> list[R]:
    return [result for batch in batches for result in batch]


def test_every_item_brings_a_result() -> None:
    items = [f"{number % 7}:{number}" for number in range(100)]
    assert sorted(all_of(Crew(4, HostBudget(0.0)).map(str.upper, items, host))) == sorted(items)


def test_no_items_bring_no_batches() -> None:
    assert list(Crew(4).map(str.upper, [], host)) == []


def test_batches_are_never_empty() -> None:
    assert all(Crew(3).map(str.upper, [f"{n}:" for n in range(50)], host))


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
    assert all_of(Crew(8).map(work, items, host)) == items == order
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
    batches = Crew(2).map(work, slow + quick, host)
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
    assert all_of(Crew(1, budget).map(work, items, host)) == ["a:1", "b:1", "c:1", "d:1", "a:2"]
    assert clock.slept == []


def test_hosts_take_turns() -> None:
    """One host with a long queue does not go first because it was first in the list."""
    items = [f"{name}:{number}" for name in "ab" for number in range(3)]
    assert all_of(Crew(1).map(str, items, host)) == ["a:0", "b:0", "a:1", "b:1", "a:2", "b:2"]


def test_a_host_on_hold_waits_while_others_run(clock: Clock) -> None:
    budget = HostBudget(0.0, clock=clock, sleep=clock.sleep)
    budget.hold("a", 0.05)

    def work(item: str) -> str:
        clock.now += 1.0 if item == "b:2" else 0.0
        return item

    assert all_of(Crew(1, budget).map(work, ["a:1", "b:1", "b:2"], host)) == ["b:1", "b:2", "a:1"]


def test_an_exception_comes_out_and_ends_the_work() -> None:
    begun: list[str] = []

    def work(item: str) -> str:
        begun.append(item)
        if item == "a:3":
            raise ZeroDivisionError(item)
        return item

    with pytest.raises(ZeroDivisionError, match="a:3"):
        all_of(Crew(1).map(work, [f"a:{number}" for number in range(10)], host))
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
    batches = crew.map(work, [f"a:{number}" for number in range(10)], host)
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
    assert list(crew.map(work, ["a:1", "a:2"], host)) == []
    stopper.join()
    release.set()


def test_a_stopped_crew_begins_nothing_at_all() -> None:
    crew = Crew(1)
    crew.stop()
    assert list(crew.map(str, ["a:1"], host)) == []


def test_the_crew_pauses_while_the_consumer_is_behind() -> None:
    """Pages are large: not all of them may pile up while the first ones are being read."""
    begun: list[str] = []

    def work(item: str) -> str:
        begun.append(item)
        return item

    batches = Crew(2).map(work, [f"{number}:" for number in range(1000)], host)
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
        Fetcher(FetchLimits("test/1", allow_networks=LOOPBACK), HostBudget(0.0)) as fetcher,
    ):
        wanted = [Request(hangs.url("/"), Kind.PAGE)] * 5 + [Request(quick.url("/"), Kind.PAGE)] * 5
        crew = Crew(2)
        batches = crew.map(fetcher.fetch, wanted, key=lambda request: host_of(request.url))
        done: list[Response | Failure] = []
        while len(done) < 5:
            done += next(batches)
        crew.stop()
    assert all(isinstance(outcome, Response) and outcome.body == b"quick" for outcome in done)

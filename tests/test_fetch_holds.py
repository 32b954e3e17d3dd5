"""Retry-After is meant for the whole host: neither other feeds nor pages of it are asked until then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.fetch import Fetcher, HostBudget
from aggregator.fetch.holds import SHORTEST, UNSAID, asked_to_wait
from aggregator.headers import LONGEST
from aggregator.models import FailureKind
from tests.fetching import Clock, failed, failure, feed, got, limits, page
from tests.servers import Server, answer, redirect

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "said", "wait"),
    [
        (429, "3600", 3600.0),
        (503, "3600", 3600.0),
        (503, " 120 ", 120.0),
        (429, "Sun, 01 Mar 2026 13:00:00 GMT", 3600.0),
        (503, "Sunday, 01-Mar-26 13:00:00 GMT", 3600.0),
        (429, "Sun, 01 Mar 2026 08:00:00 -0500", 3600.0),
        (429, "Sun, 01 Mar 2026 11:00:00 GMT", SHORTEST.total_seconds()),
        (429, "0", SHORTEST.total_seconds()),
        (429, "100000000000000000000", LONGEST.total_seconds()),
        (503, "9" * 5000, LONGEST.total_seconds()),
        (429, "Fri, 31 Dec 9999 23:59:59 -2359", UNSAID.total_seconds()),
        (429, None, UNSAID.total_seconds()),
        (429, "-5", UNSAID.total_seconds()),
        (429, "soon", UNSAID.total_seconds()),
        (429, "²", UNSAID.total_seconds()),
        (429, "٣", UNSAID.total_seconds()),
        (429, "1e3", UNSAID.total_seconds()),
        (503, None, None),
        (503, "soon", None),
        (500, "3600", None),
        (403, "3600", None),
        (200, "3600", None),
        (301, "3600", None),
    ],
)
def test_retry_after_is_read_defensively(status: int, said: str | None, wait: float | None) -> None:
    """Seconds or a date, at least a minute, at most a month; 429 means it without saying it, 503 does not."""
    headers = {} if said is None else {"retry-after": said}
    assert asked_to_wait(status, headers, NOW) == wait


def test_a_date_counts_from_the_servers_own_clock() -> None:
    """Its clock is a day behind; what it means is an hour."""
    headers = {"retry-after": "Sat, 28 Feb 2026 13:00:00 GMT", "date": "Sat, 28 Feb 2026 12:00:00 GMT"}
    assert asked_to_wait(429, headers, NOW) == 3600.0


@pytest.mark.parametrize("status", [429, 503])
def test_nothing_of_a_host_is_asked_until_it_wants_to_be(status: int) -> None:
    """The answer itself comes through; then feeds and pages are turned away, with the time that is left."""
    clock = Clock()
    budget = HostBudget(0.0, clock=clock, sleep=clock.sleep)
    slow_down = answer(status, b"slow down", Retry_After="3600")
    with (
        Server({"/feed": [slow_down, answer(200)], "/other": answer(200), "/page": answer(200)}) as server,
        Server({"/": answer(200)}, address="127.0.0.2") as neighbour,
        Fetcher(limits(), budget) as fetcher,
    ):
        first = got(fetcher.fetch(feed(server.url("/feed"))))
        assert (first.status, first.headers["retry-after"], first.body) == (status, "3600", b"slow down")
        clock.now = 600.0
        for request in (feed(server.url("/other")), page(server.url("/page"))):
            held = failure(fetcher.fetch(request))
            assert (held.kind, held.retry_after) == (FailureKind.HELD, 3000.0)
            assert held.message.startswith("the host asked us to wait until 20")
        got(fetcher.fetch(feed(neighbour.url("/"))))
        clock.now = 3600.0
        assert got(fetcher.fetch(feed(server.url("/feed")))).status == 200
    assert server.targets == ["/feed", "/feed"]
    assert clock.slept == []


def test_a_redirect_to_a_host_on_hold_is_turned_away() -> None:
    """And it is the host that answered which is held, not the one that led there."""
    budget = HostBudget(0.0)
    with (
        Server({"/": answer(429)}, address="127.0.0.2") as busy,
        Server({"/": redirect(busy.url("/")), "/own": answer(200)}) as server,
        Fetcher(limits(), budget) as fetcher,
    ):
        assert got(fetcher.fetch(feed(server.url("/")))).status == 429
        assert list(budget.holds()) == [f"127.0.0.2:{busy.port}"]
        assert failed(fetcher.fetch(feed(server.url("/")))) is FailureKind.HELD
        got(fetcher.fetch(feed(server.url("/own"))))
    assert len(busy.asked) == 1


def test_a_hold_is_kept_over_a_restart() -> None:
    with Server({"/": answer(503, Retry_After="600")}) as server:
        budget = HostBudget(0.0)
        with Fetcher(limits(), budget) as fetcher:
            got(fetcher.fetch(feed(server.url("/"))))
        again = HostBudget(0.0)
        again.restore(budget.holds())
        with Fetcher(limits(), again) as fetcher:
            assert failed(fetcher.fetch(feed(server.url("/")))) is FailureKind.HELD
    assert len(server.asked) == 1


def test_a_fetcher_without_a_budget_holds_nothing() -> None:
    """It is for a single address that a person asks about."""
    with Server({"/": answer(429, Retry_After="600")}) as server, Fetcher(limits()) as fetcher:
        for _ in range(2):
            assert got(fetcher.fetch(feed(server.url("/")))).status == 429

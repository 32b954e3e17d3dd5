"""Whose fault was it: the network's, when nobody answers; else the feed's."""

from __future__ import annotations

from dataclasses import replace

from aggregator.models import Failure, FailureKind, Feed, Outcome, Response
from aggregator.outage import DISTINCT, Outage
from tests.makers import HOUR, NOW

LOST = Failure("", FailureKind.DNS, "no such host")
FEEDS = [Feed(id=n, url=f"https://h{n}.example/feed") for n in range(DISTINCT + 2)]


def silence(outage: Outage, feeds: list[Feed]) -> None:
    for feed in feeds:
        outage.note(feed, LOST, NOW)


def test_one_feed_that_cannot_be_reached_is_to_blame() -> None:
    """A few of them, too: hosts do vanish."""
    outage = Outage()
    silence(outage, FEEDS[: DISTINCT - 1])
    assert not outage.excuses(FEEDS[0])


def test_nobody_is_to_blame_when_nobody_answers() -> None:
    """Many hosts that used to answer, and not one does."""
    outage = Outage()
    silence(outage, FEEDS)
    assert outage.excuses(FEEDS[0])
    assert not outage.is_proven_up


def test_an_answer_of_any_kind_proves_the_network() -> None:
    """Even an error of the server."""
    outage = Outage()
    silence(outage, FEEDS)
    outage.note(FEEDS[0], Response("", "", 500, {}), NOW)
    assert outage.is_proven_up
    assert not outage.excuses(FEEDS[1])


def test_feeds_that_failed_before_are_no_evidence() -> None:
    """A dozen dead feeds in a list do not mean that the network is away."""
    outage = Outage()
    silence(outage, [replace(feed, failures=1) for feed in FEEDS])
    assert not outage.excuses(FEEDS[0])


def test_hosts_count_once() -> None:
    """Ten feeds on one host that is down are one host."""
    outage = Outage()
    silence(outage, [replace(FEEDS[0], id=n) for n in range(10)])
    assert not outage.excuses(FEEDS[0])


def test_nobody_is_excused_for_ever() -> None:
    """Who was excused while others have answered since is to blame the next time."""
    outage = Outage()
    excused = replace(FEEDS[0], last_outcome=Outcome.OFFLINE, last_visit_at=NOW - HOUR)
    outage.note(FEEDS[1], Response("", "", 200, {}), NOW)
    silence(outage, FEEDS)
    assert not outage.excuses(excused)
    assert outage.excuses(FEEDS[2])


def test_a_host_on_hold_says_nothing() -> None:
    """It was not asked."""
    outage = Outage()
    outage.note(FEEDS[0], Failure("", FailureKind.HELD, "wait"), NOW)
    assert outage.last_answer_at is None


def test_those_that_were_blamed_before_it_was_seen_are_excused() -> None:
    """The first few feeds that fall due while the network is away are taken for failing."""
    outage = Outage()
    outage.blame(FEEDS[0])
    assert outage.take_wrongly_blamed() == []
    silence(outage, FEEDS)
    assert outage.take_wrongly_blamed() == [FEEDS[0].id]
    assert outage.take_wrongly_blamed() == []

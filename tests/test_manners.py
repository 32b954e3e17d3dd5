"""The poller's manners in short scenes: what `benchmarks.manners`, `.addresses` and `.hosts` measure at length."""

from __future__ import annotations

import logging

import pytest

from benchmarks import addresses, hosts, scenarios
from benchmarks.herd import herd
from benchmarks.manners import RULES
from tests.newsroom import corpus


@pytest.fixture(autouse=True)
def no_log_of_failures(caplog: pytest.LogCaptureFixture) -> None:
    """Feeds fail here all the time."""
    caplog.set_level(logging.ERROR, "aggregator")


@pytest.mark.parametrize("rule", RULES)
def test_the_publisher_has_nothing_to_complain_about(rule: str) -> None:
    """Each rule plays its scene and tells every breach that the publisher saw."""
    assert not list(RULES[rule](True))


def test_a_herd_that_wakes_up_stays_within_the_budget() -> None:
    """A thousand feeds due at once: never two requests of one host together, and all of them are visited."""
    breaches, figures = herd(quick=True)
    assert not breaches
    assert [str(figure) for figure in figures if not figure.ok] == []


def test_no_spelling_of_a_forbidden_address_is_asked() -> None:
    with addresses.Canary() as canary:
        found = addresses.by_fetcher(canary, addresses.vectors(canary.port))
    assert (found.connections, found.not_refused) == (0, [])
    assert found.offered >= 60


def test_a_name_that_changes_its_address_leads_nowhere_private() -> None:
    with addresses.Canary() as canary:
        found = addresses.by_rebinding(canary, 100)
    assert (found.connections, found.not_refused) == (0, [])


def test_no_redirect_leads_the_command_to_a_forbidden_address() -> None:
    """The installed command, with every vector behind a redirect of a public server."""
    with addresses.Canary() as canary:
        found = addresses.by_command(canary, "redirect", addresses.vectors(canary.port))
    assert (found.connections, found.not_refused) == (0, [])


def test_a_slow_host_is_asked_alone_and_keeps_nobody_waiting() -> None:
    """How long it takes is the benchmark's affair; what holds on any machine is who is asked, and how often at once."""
    figures = {figure.name: figure for figure in hosts.judge(hosts.Scale(60, 20, 0.02, 0.02))}
    steady = "quick_visited slow_visited failed slow_parallel threads".split()
    assert [str(figures[f"hosts.{name}"]) for name in steady if not figures[f"hosts.{name}"].ok] == []


@pytest.mark.slow
@pytest.mark.corpus
def test_the_scenarios_of_the_corpus_are_played_as_they_should_be() -> None:
    folder = corpus.root()
    if folder is None:
        pytest.skip(f"{corpus.VARIABLE} names no corpus")
    played = scenarios.play_all(folder / "http" / "scenarios.jsonl")
    assert {one.name: one.wrong for one in played if one.wrong} == {}

"""When pages are looked at again: ever more rarely, never too many at once, and only whose the user wants."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.schedule import Rechecks, is_back_catalogue, looks_allowed, next_look
from aggregator.schedule.rechecks import APART, LOOKS, SPREAD
from tests.makers import HOUR, NOW

DAY = 24 * HOUR


def looks(entry_id: int, late: timedelta = timedelta(0)) -> list[timedelta]:
    """Follow the plan to its end, each look coming a little late."""
    found = []
    at = NOW
    while (planned := next_look(entry_id, NOW, at)) is not None:
        at = planned + late
        found.append(at - NOW)
    return found


@given(st.integers(1, 10**9))
def test_looks_are_ever_further_apart(entry_id: int) -> None:
    """Six in a little more than thirty days, each a little later than planned, and never earlier."""
    found = looks(entry_id)
    assert len(found) == len(LOOKS)
    assert all(wait <= at <= wait * (1 + SPREAD) + HOUR for wait, at in zip(LOOKS, found, strict=True))


@given(st.integers(1, 10**9), st.integers(0, 9 * 24 * 60))
def test_looks_that_come_late_are_fewer(entry_id: int, minutes: int) -> None:
    """Those whose time has passed are left out; none follows at once."""
    found = looks(entry_id, timedelta(minutes=minutes))
    assert len(found) <= len(LOOKS)
    assert all(later - earlier >= APART for earlier, later in pairwise(found))


def test_the_entries_of_a_feed_do_not_come_at_once() -> None:
    """A hundred that were announced together are spread over six minutes of the first hour."""
    times = {next_look(entry_id, NOW, NOW) for entry_id in range(100)}
    assert len(times) > 90


def test_a_page_that_is_missing_is_looked_for_once_more() -> None:
    """A day later, or at the next look if that comes first, but not at once; then it is gone."""
    assert next_look(1, NOW, NOW + 2 * HOUR, missing=1) == NOW + 8 * HOUR
    assert next_look(1, NOW, NOW + 40 * DAY, missing=1) == NOW + 41 * DAY
    assert next_look(1, NOW, NOW + 2 * HOUR, missing=2) is None


def test_what_was_old_when_it_came_is_back_catalogue() -> None:
    """A date in the future is not."""
    assert is_back_catalogue(NOW - 4 * DAY, NOW)
    assert not is_back_catalogue(NOW - 2 * DAY, NOW)
    assert not is_back_catalogue(NOW + 9 * DAY, NOW)


@pytest.mark.parametrize(
    ("new", "looked", "allowed"), [(0, 0, 30), (0, 30, 0), (0, 99, 0), (4800, 0, 1200), (4800, 1100, 100)]
)
def test_so_many_looks_are_allowed_an_hour(new: int, looked: int, allowed: int) -> None:
    """A few always, else six a day for each entry of the last day."""
    assert looks_allowed(new, looked) == allowed


def test_whose_pages_are_looked_at() -> None:
    """Nobody's, everybody's, or by a part of the page's or the feed's address."""
    assert not Rechecks().covers("https://a.example/1")
    assert Rechecks(on=True).covers("https://a.example/1")
    some = Rechecks(on=True, only=("A.example", "/sports"))
    assert some.covers("https://feeds.example/x", "https://a.example/1")
    assert some.covers("https://b.example/sports/feed", "https://b.example/1")
    assert not some.covers("https://b.example/feed", "https://b.example/1")

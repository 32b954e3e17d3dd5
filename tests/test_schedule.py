"""When to look again: the publisher's hints are obeyed, garbage is not, and nothing is ever given up for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.headers import LONGEST
from aggregator.models import Outcome
from aggregator.schedule import BACKED_OFF, RETRIES, Hints, Rhythm, hints_of, next_check, next_try
from aggregator.schedule.checks import SPREAD_PLANNED
from tests.makers import HOUR, NOW

RHYTHM = Rhythm()
DAY = timedelta(days=1)


def wait(
    outcome: Outcome = Outcome.NEW, failures: int = 0, feed_id: int = 1, hints: Hints | None = None
) -> timedelta:
    return next_check(feed_id, outcome, failures, NOW, RHYTHM, hints or Hints()) - NOW


def test_a_feed_is_visited_once_an_hour() -> None:
    """Never earlier; up to a tenth later, so that feeds spread."""
    waits = {wait(feed_id=feed_id) for feed_id in range(1, 200)}
    assert min(waits) >= HOUR
    assert max(waits) <= HOUR * 1.1
    assert len(waits) > 150


@pytest.mark.parametrize(("failures", "longest"), [(1, 2.2 * HOUR), (2, 4.4 * HOUR), (30, 1.1 * BACKED_OFF)])
def test_failures_back_off_and_never_end(failures: int, longest: timedelta) -> None:
    """A feed that fails for months is still asked once a week."""
    assert HOUR < wait(Outcome.NO_ANSWER, failures) <= longest


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "max-age=14400"}, 4 * HOUR),
        ({"cache-control": "public, MAX-AGE = 14400"}, 4 * HOUR),
        ({"cache-control": 'max-age="14400"'}, 4 * HOUR),
        ({"cache-control": "max-age=14400", "age": "3600"}, 3 * HOUR),
        ({"cache-control": "max-age=14400, no-cache"}, timedelta(0)),
        ({"cache-control": "s-maxage=99999"}, timedelta(0)),
        ({"cache-control": "max-age=-5"}, timedelta(0)),
        ({"cache-control": "max-age=" + "9" * 5000}, LONGEST),
        ({"expires": "Sun, 01 Mar 2026 14:00:00 GMT"}, 2 * HOUR),
        ({"expires": "Sun, 01 Mar 2026 16:00:00 GMT", "date": "Sun, 01 Mar 2026 13:00:00 GMT"}, 3 * HOUR),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": "Mon, 01 Jan 1990 00:00:00 GMT"}, timedelta(0)),
        ({}, timedelta(0)),
    ],
)
def test_freshness_is_read_as_rfc_9111_says(headers: dict[str, str], expected: timedelta) -> None:
    """max-age less Age, else Expires less Date; what forbids caching says nothing about when to come back."""
    assert hints_of(headers, NOW).fresh_for == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3600", HOUR),
        ("Sun, 01 Mar 2026 15:00:00 GMT", 3 * HOUR),
        ("Sun, 01 Mar 2020 15:00:00 GMT", timedelta(0)),
        ("9" * 5000, LONGEST),
        ("-5", None),
        ("²", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, expected: timedelta | None) -> None:
    """Seconds or a date; anything else is not there."""
    assert hints_of({"retry-after": value}, NOW).retry_after == expected


def test_hints_are_lower_bounds() -> None:
    """The longest of all waits counts, and no header keeps us away for more than a month."""
    assert wait(hints=Hints(fresh_for=4 * HOUR)) == 4 * HOUR
    assert wait(hints=Hints(ttl=3 * HOUR)) >= 3 * HOUR
    assert wait(hints=Hints(ttl=30 * DAY)) <= 1.1 * RHYTHM.longest
    assert wait(Outcome.RATE_LIMITED, 1, hints=Hints(retry_after=9 * HOUR)) == 9 * HOUR
    assert wait(hints=Hints(retry_after=999 * DAY)) == LONGEST
    assert wait(Outcome.GONE, 1) >= DAY


def test_skipped_hours_and_days_are_left_out() -> None:
    """The next visit comes after them, a little later for some feeds than for others; NOW is a Sunday noon."""
    hours, days = Hints(skip_hours=frozenset(range(12, 18))), Hints(skip_days=frozenset((6,)))
    assert 6 * HOUR <= wait(hints=hours) <= 6 * HOUR + SPREAD_PLANNED
    assert 12 * HOUR <= wait(hints=days) <= 12 * HOUR + SPREAD_PLANNED
    assert len({wait(feed_id=feed_id, hints=hours) for feed_id in range(1, 200)}) > 150


def test_a_feed_that_skips_everything_is_not_believed() -> None:
    """Nobody could ever come."""
    hints = Hints(skip_hours=frozenset(range(24)), skip_days=frozenset(range(7)))
    assert HOUR <= wait(hints=hints) <= HOUR * 1.1 + SPREAD_PLANNED


@pytest.mark.parametrize(
    ("ttl", "update", "expected"),
    [(None, None, 0), (90, None, 90), (90, 1440, 1440), (-5, None, 0), (None, 10**9, 60 * 24 * 31)],
)
def test_the_longer_of_ttl_and_update_period_counts(
    ttl: int | None, update: int | None, expected: int
) -> None:
    """Both say how long the document stays as it is; nonsense does not."""
    assert hints_of({}, NOW, ttl, update_minutes=update).ttl == timedelta(minutes=expected)


def test_a_page_is_tried_again_a_few_times_then_left() -> None:
    """Each wait is longer than the one before."""
    waits = [next_try(attempt, NOW) for attempt in range(1, len(RETRIES) + 2)]
    assert waits == [*(NOW + wait for wait in RETRIES), None]
    assert next_try(1, NOW, DAY) == NOW + DAY


@given(
    st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date", "retry-after"]), st.text())
)
def test_no_header_breaks_the_schedule(headers: dict[str, str]) -> None:
    """Any text in any header: the next visit lies between an hour and a month (and its spread) away."""
    assert HOUR <= wait(hints=hints_of(headers, NOW)) <= LONGEST * 1.1


@given(st.frozensets(st.integers(0, 23)), st.frozensets(st.integers(0, 6)), st.integers(1, 10**6))
def test_skips_only_ever_delay(hours: frozenset[int], days: frozenset[int], feed_id: int) -> None:
    """Whatever is skipped: never sooner than without, and within a week."""
    later = wait(feed_id=feed_id, hints=Hints(skip_hours=hours, skip_days=days))
    assert wait(feed_id=feed_id) <= later <= 8 * DAY

"""What is learnt of a feed's rhythm, and what follows from it: looks when they pay, within bounds and budget."""

from __future__ import annotations

import itertools
import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.models import Cadence, Outcome
from aggregator.schedule import (
    Hints,
    Rhythm,
    cadence_from_text,
    cadence_to_text,
    is_time_to_learn,
    learn_cadence,
    next_check,
    posting_times,
    rate_of,
    scale_for,
    wait_for,
    weight_of,
)
from benchmarks.hindsight import best_polls
from benchmarks.pollers import Fixed
from benchmarks.polling import watch, watch_often
from benchmarks.timelines import Timeline
from tests.makers import HOUR, NOW

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
BOUNDS = (HOUR, DAY)
MIDNIGHT = NOW.replace(hour=0)


def daily(hour: float, days: int = 60, weekdays: range = range(7)) -> list[datetime]:
    """Return one time a day before today, a few minutes to and fro."""
    lot = random.Random(1)
    times = [MIDNIGHT - back * DAY + hour * HOUR + lot.uniform(-8, 8) * MINUTE for back in range(1, days)]
    return [at for at in times if at.weekday() in weekdays]


def spread(per_day: float, days: float = 60) -> list[datetime]:
    """Return times that follow no clock."""
    lot = random.Random(2)
    return [NOW - lot.random() * days * DAY for _ in range(round(per_day * days))]


def looks(cadence: Cadence, price: float, days: int = 7) -> list[datetime]:
    """Return the looks of some days in which nothing is found."""
    at, found = NOW, []
    while at < NOW + days * DAY:
        at += wait_for(cadence, at, price, *BOUNDS)
        found.append(at)
    return found


# ------------------------------------------------------------------------------------------------- learning


@pytest.mark.parametrize("per_day", [0.2, 1, 5, 50])
def test_the_rate_is_that_of_the_entries(per_day: float) -> None:
    """Within what chance allows."""
    assert rate_of(learn_cadence(spread(per_day), NOW), NOW) == pytest.approx(per_day, rel=0.5)


def test_a_silence_is_noticed_and_never_total() -> None:
    """The rate fades while nothing comes, without being learnt anew; a feed is never thought to be dead."""
    cadence = learn_cadence(spread(2), NOW)
    rates = [rate_of(cadence, NOW + days * DAY) for days in (0, 14, 60, 365, 3650)]
    assert rates == sorted(rates, reverse=True)
    assert rates[2] < rates[0] / 4
    assert rates[-1] > 0


def test_an_awakening_is_noticed() -> None:
    """A feed of two entries a year that posts daily for a week is taken for a lively one."""
    old = [NOW - days * DAY for days in range(200, 2000, 180)]
    lively = [NOW - days * DAY for days in range(8)]
    assert rate_of(learn_cadence([*old, *lively], NOW), NOW) > 10 * rate_of(learn_cadence(old, NOW), NOW)


def test_the_future_does_not_count() -> None:
    """An entry of next year tells nothing about today."""
    assert learn_cadence([*daily(9), NOW + 300 * DAY], NOW) == learn_cadence(daily(9), NOW)


def test_an_import_is_not_a_busy_day() -> None:
    """Two hundred entries of one instant count as a few."""
    assert rate_of(learn_cadence([NOW - DAY] * 200, NOW), NOW) < 1
    grown = learn_cadence([*daily(9), *[NOW - 3 * DAY] * 200], NOW)
    assert rate_of(grown, NOW) < 1.5


@pytest.mark.parametrize("strays", [1, 3])
@pytest.mark.parametrize("hour", [0, 7])
def test_a_clock_that_was_not_set_does_not_slow_a_young_feed(strays: int, hour: int) -> None:
    """A few dates of 1970 among two days of busy posting: the feed is learnt as if they were not there."""
    young = spread(10, days=2)
    unset = [datetime(1970, 1, 1, hour, tzinfo=UTC)] * strays
    assert rate_of(learn_cadence(young, NOW), NOW) > 5
    assert learn_cadence([*unset, *young], NOW) == learn_cadence(young, NOW)


def test_an_old_feed_that_wakes_up_keeps_its_past() -> None:
    """A long silence is no error: what came before it is too much to be chance."""
    old = [NOW - (3000 + days) * DAY for days in range(8)]
    young = spread(5, days=4)
    assert learn_cadence([*old, *young], NOW).watched > learn_cadence(young, NOW).watched


def test_nothing_known_is_a_quiet_feed() -> None:
    """Neither a crash nor a habit."""
    for times in ([], [NOW], [NOW + DAY]):
        cadence = learn_cadence(times, NOW)
        assert 0 < rate_of(cadence, NOW) < 1
        assert not cadence.hours
        assert not cadence.days


def test_hours_are_learnt_from_a_regular_feed() -> None:
    """Most of what is to come is expected around the usual time."""
    hours = learn_cadence(daily(9), NOW).hours
    assert sum(hours[33:39]) > 0.8 * sum(hours)


def test_a_feed_without_habits_gets_none() -> None:
    """Chance makes lumps in any histogram; they are not believed."""
    cadence = learn_cadence(spread(5), NOW)
    assert max(cadence.hours) < 1.6
    assert 0.6 < min(cadence.days) <= max(cadence.days) < 1.5


def test_one_burst_is_not_a_habit() -> None:
    """Thirty entries of one afternoon do not tell at what hour the next will come."""
    burst = [MIDNIGHT - 5 * DAY + 15 * HOUR + number * MINUTE for number in range(30)]
    assert max(learn_cadence([*spread(0.5), *burst], NOW).hours) < 4


def test_days_of_the_week_are_learnt() -> None:
    """A feed that rests at weekends is expected to."""
    days = learn_cadence(daily(9, weekdays=range(5)), NOW).days
    assert max(days[5:]) < 0.6
    assert min(days[:5]) > 1


def test_a_date_is_not_an_hour() -> None:
    """Midnight sharp means that the feed gives days only."""
    assert not learn_cadence([MIDNIGHT - back * DAY for back in range(60)], NOW).hours


def test_what_was_only_found_tells_no_hours() -> None:
    """They would be the hours of our own looks."""
    cadence = learn_cadence((), NOW, seen=daily(9))
    assert not cadence.hours
    assert rate_of(cadence, NOW) == pytest.approx(1, rel=0.2)


def test_a_date_from_before_our_last_visit_is_not_believed() -> None:
    """The entry was not there then; a feed of which that is often true gives no hours at all."""
    rows = [(at, at + HOUR, at - HOUR) for at in daily(9)]
    assert posting_times(rows) == (daily(9), [])
    late = [(at.replace(hour=5, minute=0), at, at - HOUR) for at in daily(15)]
    assert posting_times(late) == ([], daily(15))
    mixed = posting_times([*rows, *late])
    assert mixed[0] == []
    assert len(mixed[1]) == len(rows) + len(late)
    assert posting_times([(None, NOW, None), (NOW + DAY, NOW, None)]) == ([], [NOW, NOW])


@given(
    st.lists(
        st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  bounds are naive
        max_size=60,
    )
)
def test_any_times_give_a_cadence_that_survives_writing(times: list[datetime]) -> None:
    """Rate, weight and wait are sound numbers, before and after it was kept as text."""
    cadence = learn_cadence(times, NOW)
    kept = cadence_from_text(cadence_to_text(cadence))
    assert kept == cadence
    assert 0 < rate_of(cadence, NOW) < 10**5
    assert 0 < weight_of(cadence, NOW) < math.inf
    assert HOUR <= wait_for(cadence, NOW, 0.02, *BOUNDS) <= DAY


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"learnt_at":1}', "x" * 99,
             cadence_to_text(Cadence(NOW, usual=math.nan)), cadence_to_text(Cadence(NOW, hours=(1.0,)))]
)  # fmt: skip
def test_a_text_that_is_no_cadence_is_none(text: str) -> None:
    """It is learnt anew."""
    assert cadence_from_text(text) is None


# ------------------------------------------------------------------------------------------------- planning


def test_a_steady_feed_is_asked_by_the_square_root_of_its_rate() -> None:
    """Sixteen times the entries are worth four times the looks."""
    slow, quick = (Cadence(NOW, usual=rate, memory=14, recent=rate * 14, watched=14) for rate in (0.5, 8))
    waits = [wait_for(cadence, NOW, 0.05, MINUTE, 9 * DAY) for cadence in (slow, quick)]
    assert waits[0] / waits[1] == pytest.approx(4, rel=0.05)


def test_a_daily_feed_is_asked_just_after_its_time() -> None:
    """A look a day finds the entry within the hour, at a price at which a feed without habits has the same looks."""
    cadence = learn_cadence(daily(9), NOW)
    times = looks(cadence, 0.1)
    soon = [at for at in times if 9.1 <= at.hour + at.minute / 60 <= 10]
    assert len(soon) >= 7
    assert len(times) <= 3 * 7


def test_nobody_is_asked_at_night_who_never_posts_at_night() -> None:
    """Where looks are dear they are kept for the hours that bring something."""
    office = [at for hour in range(8, 18) for at in daily(hour, weekdays=range(5))]
    times = looks(learn_cadence(office, NOW), 0.05)
    by_day = sum(8 <= at.hour <= 18 for at in times)
    assert by_day > 4 * (len(times) - by_day)


@given(st.floats(1e-6, 1e6), st.floats(0.01, 100), st.integers(1, 10**6))
def test_bounds_hold_at_any_price(price: float, per_day: float, feed_id: int) -> None:
    """Never sooner than the shortest wait, never later than the longest and the spread."""
    cadence = Cadence(NOW, usual=per_day, memory=14, recent=per_day * 14, watched=14)
    rhythm = Rhythm(price=price)
    wait = next_check(feed_id, Outcome.NEW, 0, NOW, rhythm, Hints(), cadence) - NOW
    assert rhythm.interval <= wait <= rhythm.longest + timedelta(minutes=5)


def test_hints_and_failures_come_before_what_was_learnt() -> None:
    """A busy feed that asks for time, or fails, gets it."""
    busy, rhythm = learn_cadence(spread(50), NOW), Rhythm(price=0.001)
    for hints in (Hints(ttl=5 * HOUR), Hints(fresh_for=5 * HOUR), Hints(retry_after=5 * HOUR)):
        assert next_check(1, Outcome.NEW, 0, NOW, rhythm, hints, busy) >= NOW + 5 * HOUR
    assert next_check(1, Outcome.NO_ANSWER, 4, NOW, rhythm, Hints(), busy) >= NOW + 16 * HOUR


def test_feeds_of_one_rhythm_do_not_come_at_once() -> None:
    """A thousand feeds that post at nine are not asked in the same minute, and none later than five minutes on."""
    cadence, rhythm = learn_cadence(daily(9), NOW), Rhythm(price=0.1)
    times = {next_check(feed_id, Outcome.SAME, 0, NOW, rhythm, Hints(), cadence) for feed_id in range(1000)}
    assert len(times) > 900
    assert max(times) - min(times) <= timedelta(minutes=5)


def test_without_a_price_or_a_cadence_the_interval_is_kept() -> None:
    """A feed that is new, or a user who sets no budget."""
    busy = learn_cadence(spread(50), NOW)
    for rhythm, cadence in ((Rhythm(), busy), (Rhythm(price=0.1), None)):
        wait = next_check(1, Outcome.NEW, 0, NOW, rhythm, Hints(), cadence) - NOW
        assert HOUR <= wait <= 1.1 * HOUR


# --------------------------------------------------------------------------------------------------- budget


@pytest.mark.parametrize("budget", [1.5, 3, 8, 20])
def test_the_budget_is_kept(budget: float) -> None:
    """The requests that the plan comes to are those that were asked for."""
    cadences = [learn_cadence(spread(rate, 100), NOW) for rate in (0.05, 0.1, 0.3, 1, 3, 10, 30)]
    price = scale_for([weight_of(cadence, NOW) for cadence in cadences], budget, *BOUNDS)
    planned = [min(max(math.sqrt(weight_of(cadence, NOW) / 2 / price), 1), 24) for cadence in cadences]
    assert sum(planned) / len(planned) == pytest.approx(budget, rel=0.02)


def test_a_budget_beyond_the_bounds_is_met_as_well_as_can_be() -> None:
    """Too small: everybody once a day; too large: everybody hourly; no feeds at all: any price."""
    cadence = learn_cadence(spread(3), NOW)
    weights = [weight_of(cadence, NOW)] * 3
    assert wait_for(cadence, NOW, scale_for(weights, 0.1, *BOUNDS), *BOUNDS) == DAY
    assert wait_for(cadence, NOW, scale_for(weights, 500, *BOUNDS), *BOUNDS) == HOUR
    assert scale_for([], 4, *BOUNDS) > 0


# ---------------------------------------------------------------------------------------------- simulation


def timeline(appears: list[float]) -> Timeline:
    return Timeline("t", "whole", tuple(appears), tuple(appears), 0.0, 86400.0, 10)


def test_a_delay_lasts_from_appearance_to_the_next_poll() -> None:
    """Hourly polls: entries at 0:30 and 1:15 are found after 30 and 45 minutes."""
    seen = watch(timeline([1800.0, 4500.0]), Fixed(60), 1)
    assert (seen.requests, seen.entries, seen.delay) == (24.0, 2.0, 37.5)


def test_luck_with_the_first_poll_is_evened_out() -> None:
    """An entry at one each night waits 23, 5, 11 or 17 hours for a daily poll, as the first one happens to come."""
    days = 20
    appears = tuple(day * 86400.0 + 3600 for day in range(days))
    seen = watch_often(Timeline("t", "whole", appears, appears, 0.0, days * 86400.0, days), Fixed(1440), 1)
    assert seen.requests == pytest.approx(1)
    assert seen.delay == pytest.approx(14 * 60, abs=15)


@given(st.lists(st.floats(1, 86000), min_size=1, max_size=7), st.sampled_from([0.001, 0.02, 0.1, 0.5]))
def test_hindsight_is_the_best_of_all_choices(appears: list[float], price: float) -> None:
    """Beside every way to choose among the moments at which entries appear."""
    times = sorted(appears)
    requests, waited, entries = best_polls(timeline(times), price)

    def cost(chosen: tuple[float, ...]) -> float:
        waits = [min(poll for poll in chosen if poll >= at) - at for at in times]
        return sum(waits) / 86400 + price * len(chosen)

    choices = (
        chosen
        for count in range(1, len(times) + 1)
        for chosen in itertools.combinations(times, count)
        if chosen[-1] == times[-1]
    )
    assert waited + price * requests == pytest.approx(min(map(cost, choices)))
    assert entries == len(times)


@pytest.mark.parametrize(
    ("later", "is_time"),
    [
        (timedelta(0), False),
        (timedelta(hours=11), False),
        (timedelta(hours=12), True),
        (timedelta(days=-400), True),
    ],
)
def test_a_rhythm_is_learnt_anew_after_half_a_day(later: timedelta, is_time: bool) -> None:
    """Or when the clock was wrong as it was learnt: else it would stay for as long as that."""
    kept = cadence_to_text(learn_cadence(daily(9), NOW))
    assert is_time_to_learn(kept, NOW + later) is is_time
    assert is_time_to_learn("", NOW)

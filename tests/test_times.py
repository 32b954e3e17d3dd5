"""Instants and text: what is written is read back, and what a person types is the moment that they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import UsageError
from aggregator.times import ago, from_text, parse_moment, span, to_text

BERLIN = ZoneInfo("Europe/Berlin")  # UTC+1, in summer +2: 2026-03-29 to 2026-10-25
HAVANA = ZoneInfo("America/Havana")  # its clocks change at midnight
NOW = datetime(2026, 11, 12, 15, 30, tzinfo=BERLIN)  # a Thursday


# ------------------------------------------------------------------------------------------------- machines


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 12, 10, 30, tzinfo=UTC), "2026-11-12T10:30:00Z"),
        (datetime(2026, 11, 12, 10, 30, tzinfo=BERLIN), "2026-11-12T09:30:00Z"),
        (datetime(2026, 11, 12, 10, 30, 5, 250_000, tzinfo=UTC), "2026-11-12T10:30:05.250Z"),
        (datetime(2026, 11, 12, 10, 30, 5, 999, tzinfo=UTC), "2026-11-12T10:30:05Z"),
        (datetime(987, 1, 1, tzinfo=UTC), "0987-01-01T00:00:00Z"),
    ],
)
def test_an_instant_is_written_in_utc(moment: datetime, text: str) -> None:
    """ISO-8601 with Z, to the second, with milliseconds only if there are any."""
    assert to_text(moment) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-12T10:30:00Z", datetime(2026, 11, 12, 10, 30, tzinfo=UTC)),
        ("2026-11-12T10:30:05.250Z", datetime(2026, 11, 12, 10, 30, 5, 250_000, tzinfo=UTC)),
        ("2026-11-12T10:30:00+02:00", datetime(2026, 11, 12, 8, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_as_utc(text: str, moment: datetime) -> None:
    """Whatever zone the text has, the instant is in UTC."""
    assert from_text(text) == moment
    assert from_text(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "2026-11-12", "2026-11-12T10:30:00", "yesterday", "2026-13-01T00:00:00Z"]
)
def test_a_text_that_is_no_instant_is_an_error(text: str) -> None:
    """Without a zone it is not an instant."""
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


def test_a_naive_time_cannot_be_written() -> None:
    """A time without a zone is a bug of the caller, and stops loudly."""
    with pytest.raises(ValueError, match="time zone"):
        to_text(datetime(2026, 11, 12))  # noqa: DTZ001 - that is the point


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - Hypothesis wants them naive
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - as above
        timezones=st.sampled_from([UTC, BERLIN, HAVANA]),
    )
)
@settings(max_examples=200)
def test_what_is_written_is_read_back(moment: datetime) -> None:
    """To the millisecond, for every instant."""
    assert timedelta() <= moment.astimezone(UTC) - from_text(to_text(moment)) < timedelta(milliseconds=1)
    assert to_text(from_text(to_text(moment))) == to_text(moment)


# --------------------------------------------------------------------------------------------------- people


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("now", "2026-11-12T14:30:00Z"),
        ("today", "2026-11-11T23:00:00Z"),
        ("yesterday", "2026-11-10T23:00:00Z"),
        (" Today ", "2026-11-11T23:00:00Z"),
        ("90m", "2026-11-12T13:00:00Z"),
        ("90 minutes ago", "2026-11-12T13:00:00Z"),
        ("24h", "2026-11-11T14:30:00Z"),
        ("7d", "2026-11-05T14:30:00Z"),
        ("1 week ago", "2026-11-05T14:30:00Z"),
        ("2w", "2026-10-29T14:30:00Z"),
        ("3w", "2026-10-22T13:30:00Z"),  # same time of day, in summer time
        ("504h", "2026-10-22T14:30:00Z"),  # three weeks by the clock
        ("3mo", "2026-08-12T13:30:00Z"),
        ("1y", "2025-11-12T14:30:00Z"),
        ("thu", "2026-11-11T23:00:00Z"),
        ("wed", "2026-11-10T23:00:00Z"),
        ("Friday", "2026-11-05T23:00:00Z"),
        ("2026-11-01", "2026-10-31T23:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("20261101", "2026-10-31T23:00:00Z"),
        ("2026-W45-7", "2026-11-07T23:00:00Z"),
        ("2026-11", "2026-10-31T23:00:00Z"),
        ("2026", "2025-12-31T23:00:00Z"),
        ("2026-11-12T10:30", "2026-11-12T09:30:00Z"),
        ("2026-11-12 10:30", "2026-11-12T09:30:00Z"),
        ("2026-07-12t10:30:15", "2026-07-12T08:30:15Z"),
        ("2026-11-12T10:30z", "2026-11-12T10:30:00Z"),
        ("2026-11-12T10:30-05:00", "2026-11-12T15:30:00Z"),
    ],
)
def test_a_moment_is_what_is_meant_in_the_persons_zone(typed: str, text: str) -> None:
    """Days begin at the person's midnight; hours count by the clock, days and longer by the calendar."""
    assert to_text(parse_moment(typed, NOW)) == text
    assert parse_moment(typed, NOW).tzinfo is UTC


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("today", "2026-11-12T23:00:00Z"),
        ("2026-10-25", "2026-10-25T23:00:00Z"),  # a day of 25 hours
        ("2026-10", "2026-10-31T23:00:00Z"),
        ("2026-12", "2026-12-31T23:00:00Z"),
        ("2026", "2026-12-31T23:00:00Z"),
        ("wed", "2026-11-11T23:00:00Z"),
        ("now", "2026-11-12T14:30:00Z"),
        ("24h", "2026-11-11T14:30:00Z"),
    ],
)
def test_a_period_ends_where_the_next_begins(typed: str, text: str) -> None:
    """With `end`, a day, month or year stands for the first instant after it; an instant stays itself."""
    assert to_text(parse_moment(typed, NOW, end=True)) == text


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    ],
)
def test_a_day_of_the_clock_change_is_23_or_25_hours_long(day: str, begins: str, ends: str) -> None:
    """In Berlin the clocks change in the small hours: both midnights are right."""
    assert to_text(parse_moment(day, NOW)) == begins
    assert to_text(parse_moment(day, NOW, end=True)) == ends


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_have_jumped() -> None:
    """In Havana the clocks jump from 00:00 to 01:00 on 2026-03-08, and go back from 01:00 on 2026-11-01."""
    now = NOW.astimezone(HAVANA)
    assert to_text(parse_moment("2026-03-08", now)) == "2026-03-08T05:00:00Z"
    assert to_text(parse_moment("2026-11-01", now)) == "2026-11-01T04:00:00Z"


@pytest.mark.parametrize(
    ("typed", "now", "text"),
    [
        ("1mo", datetime(2026, 3, 31, 12, tzinfo=UTC), "2026-02-28T12:00:00Z"),
        ("13mo", datetime(2026, 3, 31, 12, tzinfo=UTC), "2025-02-28T12:00:00Z"),
        ("1y", datetime(2024, 2, 29, 12, tzinfo=UTC), "2023-02-28T12:00:00Z"),
        ("1d", datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN), "2026-03-29T01:30:00Z"),  # 02:30 was skipped
    ],
)
def test_a_day_that_is_not_there_gives_way(typed: str, now: datetime, text: str) -> None:
    """A shorter month lends its last day; an hour that the clocks skipped is the one they skipped to."""
    assert to_text(parse_moment(typed, now)) == text


def test_a_fixed_offset_is_taken_at_its_word() -> None:
    """Without the rules of a zone, midnight is the same on every day of the year."""
    now = NOW.astimezone(timezone(timedelta(hours=1)))
    assert to_text(parse_moment("2026-07-01", now)) == "2026-06-30T23:00:00Z"


@pytest.mark.parametrize(
    "typed",
    ["", " ", "soon", "t", "mo", "7", "7x", "-7d", "1.5h", "٣d", "2026-13", "2026-02-30", "0000", "9999999d", "99999y",
     "999999mo", "2026-11-12T25:00", "12/11/2026", "\x00", "\ud800", "7" * 5000 + "d", "today\nx"],
)  # fmt: skip
def test_what_is_no_moment_is_refused_with_the_forms(typed: str) -> None:
    """The message is one line that names every form, and repeats no control character."""
    with pytest.raises(UsageError, match=r"2026-11-12T10:30.*yesterday.*90m, 24h, 7d") as caught:
        parse_moment(typed, NOW)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@given(st.text(max_size=30))
@settings(max_examples=300)
def test_any_text_is_a_moment_or_a_usage_error(typed: str) -> None:
    """Nothing that is typed is another error."""
    for end in (False, True):
        try:
            assert parse_moment(typed, NOW, end=end).tzinfo is UTC
        except UsageError:
            continue


@pytest.mark.parametrize(
    ("then", "says"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=59), "just now"),
        (NOW - timedelta(minutes=3, seconds=50), "3 min ago"),
        (NOW - timedelta(hours=2, minutes=59), "2 h ago"),
        (NOW - timedelta(hours=15), "15 h ago"),
        (NOW - timedelta(hours=16), "yesterday"),
        (NOW - timedelta(days=1), "yesterday"),
        (NOW - timedelta(days=2), "2 days ago"),
        (NOW - timedelta(days=6), "6 days ago"),
        (NOW - timedelta(days=7), "5 Nov"),
        (NOW - timedelta(days=365), "12 Nov 2025"),
        (NOW + timedelta(minutes=5), "in 5 min"),
        (NOW + timedelta(hours=3), "in 3 h"),
        (NOW + timedelta(days=1), "tomorrow"),
        (NOW + timedelta(days=3), "in 3 days"),
        (NOW + timedelta(days=30), "12 Dec"),
        (NOW + timedelta(days=60), "11 Jan 2027"),
        (datetime(2026, 11, 11, 23, 30, tzinfo=UTC), "15 h ago"),  # today in Berlin
    ],
)
def test_an_age_is_told_as_a_person_would(then: datetime, says: str) -> None:
    """Minutes and hours while they are few, then days by the person's calendar, then the date."""
    assert ago(then, NOW) == says
    assert ago(then.astimezone(UTC), NOW) == says


def test_an_age_counts_hours_by_the_clock_not_by_what_it_shows() -> None:
    """From 01:30 to 03:30 on the night when the clocks jump is one hour."""
    assert (
        ago(datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN))
        == "1 h ago"
    )


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0, "0 s"),
        (0.04, "0 s"),
        (0.42, "0.4 s"),
        (3, "3 s"),
        (9.96, "10 s"),
        (45.4, "45 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (7530, "2 h 5 min"),
        (86_400, "1 d"),
        (273_600, "3 d 4 h"),
        (-90, "-1 min 30 s"),
    ],
)
def test_a_span_is_told_in_two_units_at_most(seconds: float, says: str) -> None:
    """Tenths below ten seconds; a unit that is zero is left out."""
    assert span(seconds) == says

"""Cron times are read as cron reads them, come when they say across changes of the clock, and wrong ones are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.cron import parse_cron

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)  # a Wednesday, noon in Berlin


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("typed", "latest", "following"),
    [
        ("0 7 * * *", "2026-05-13T07:00", "2026-05-14T07:00"),
        ("0 13 * * *", "2026-05-12T13:00", "2026-05-13T13:00"),
        ("0 12 * * *", "2026-05-13T12:00", "2026-05-14T12:00"),
        ("0 7 * * 1", "2026-05-11T07:00", "2026-05-18T07:00"),
        ("0 7 * * 0", "2026-05-10T07:00", "2026-05-17T07:00"),
        ("0 7 * * 7", "2026-05-10T07:00", "2026-05-17T07:00"),
        ("0 7 * * 1-5", "2026-05-13T07:00", "2026-05-14T07:00"),
        ("*/15 6-22 * * *", "2026-05-13T12:00", "2026-05-13T12:15"),
        ("30 6 1,15 jan-mar Sat", "2026-03-28T06:30", "2027-01-01T06:30"),
        ("0 7 * * 0-7", "2026-05-13T07:00", "2026-05-14T07:00"),
        ("0 7 13 * 5", "2026-05-13T07:00", "2026-05-15T07:00"),
        ("0 7 29 2 *", "2024-02-29T07:00", "2028-02-29T07:00"),
        ("0 7 29 2 */7", "2004-02-29T07:00", "2032-02-29T07:00"),
        ("0 0 1 1 *", "2026-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_a_schedule_names_moments(typed: str, latest: str, following: str) -> None:
    """As crontab(5) says: weekdays count from Sunday; of day and weekday either may match, unless one has a star."""
    cron = parse_cron(typed)
    assert cron.latest(NOON, BERLIN) == local(latest)
    assert cron.latest(local(following) - timedelta(seconds=1), BERLIN) == local(latest)
    assert cron.latest(local(following), BERLIN) == local(following)


def test_every_day_has_one_morning_whatever_the_clocks_do() -> None:
    """Through both changes of a year a daily edition comes once a day, never twice, never not."""
    for hour in (2, 3, 7):
        cron = parse_cron(f"30 {hour} * * *")
        moments = set()
        at = local("2026-03-01T12:00").astimezone(UTC)
        while at < local("2026-11-30T12:00"):
            found = cron.latest(at, BERLIN)
            assert found is not None
            moments.add(found)
            at += timedelta(minutes=30)
        days = [moment.astimezone(BERLIN).date() for moment in sorted(moments)]
        assert len(set(days)) == len(days) == (days[-1] - days[0]).days + 1


def test_a_skipped_time_comes_later_and_a_doubled_one_the_first_time() -> None:
    """In spring half past two becomes half past three; in autumn it is the one of summer time."""
    cron = parse_cron("30 2 * * *")
    assert cron.latest(local("2026-03-29T12:00"), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert cron.latest(local("2026-10-25T12:00"), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0 7 * *",
        "61 7 * * *",
        "0 7 * * 8",
        "0 7 0 * *",
        "a b c d e",
        "0 7 * * 5-1",
        "*/0 * * * *",
        "7.5 * * * *",
        "0 7 * 13 *",
        "0 7 31 2 *",
        "0 7 31 4,6 *",
    ],
)
def test_what_cron_would_refuse_is_refused(typed: str) -> None:
    """When the configuration is read, not when the hour comes; with it what would never come."""
    with pytest.raises(ValueError, match=r"."):
        parse_cron(typed)

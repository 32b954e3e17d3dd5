"""Cron times are read as cron reads them, and wrong ones are told."""

from __future__ import annotations

import pytest

from aggregator.cron import parse_cron


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0 7 * * *", "0 7 * * *"),
        ("0 7 * * 1", "0 7 * * mon"),
        ("0 7 * * 0", "0 7 * * sun"),
        ("0 7 * * 7", "0 7 * * sun"),
        ("0 7 * * 1-5", "0 7 * * mon,tue,wed,thu,fri"),
        ("*/15 6-22 1,15 jan-mar Sat", "*/15 6-22 1,15 jan-mar sat"),
        ("0 7 * * 0-7", "0 7 * * *"),
        ("0 7 * * 1/2", "0 7 * * sun,mon,wed,fri"),
    ],
)
def test_weekdays_count_from_sunday(typed: str, meant: str) -> None:
    """As crontab(5) says; their names mean the same to every reader."""
    assert parse_cron(typed) == meant


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
        "0 7 * 13 *",
    ],
)
def test_what_cron_would_refuse_is_refused(typed: str) -> None:
    """When the configuration is read, not when the hour comes."""
    with pytest.raises(ValueError, match=r"."):
        parse_cron(typed)

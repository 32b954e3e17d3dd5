"""What is wrong with a feed, in words that say what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.health import Kind, ailments
from aggregator.models import Feed, FeedState, Move, Verdict
from tests.makers import NOW

DAY = timedelta(days=1)
WELL = Feed(id=1, url="https://a.example/feed", last_visit_at=NOW, last_new_at=NOW - DAY)


def kinds(feed: Feed, pause: timedelta | None = DAY) -> list[Kind]:
    return [ailment.kind for ailment in ailments(feed, NOW, pause)]


def test_a_feed_that_answers_and_brings_something_now_and_then_is_well() -> None:
    """So is one that has not been met yet."""
    assert kinds(WELL) == []
    assert kinds(Feed(id=2, url="https://b.example/")) == []


@pytest.mark.parametrize(
    ("feed", "kind"),
    [
        (replace(WELL, last_error="no such host", failures=3), Kind.FAILING),
        (replace(WELL, state=FeedState.GONE), Kind.GONE),
        (replace(WELL, state=FeedState.MOVED, move=Move("https://b.example/", 5, NOW)), Kind.MOVED),
        (replace(WELL, former_urls=("https://old.example/",)), Kind.MOVED),
        (replace(WELL, move=Move("https://b.example/", 2, NOW)), Kind.MOVED),
        (replace(WELL, last_new_at=NOW - 30 * DAY), Kind.SILENT),
        (replace(WELL, gaps=2), Kind.GAPS),
        (replace(WELL, lied=True), Kind.LYING),
    ],
)
def test_each_ailment_is_told(feed: Feed, kind: Kind) -> None:
    """One at a time here; a feed may have several."""
    assert kinds(feed) == [kind]


def test_a_slow_feed_is_not_silent() -> None:
    """A monthly may be quiet for a month; a feed that fails is failing, not silent."""
    assert kinds(replace(WELL, last_new_at=NOW - 30 * DAY), 30 * DAY) == []
    assert kinds(replace(WELL, last_new_at=NOW - 30 * DAY), None) == []
    assert kinds(replace(WELL, last_new_at=NOW - 30 * DAY, last_error="no answer")) == [Kind.FAILING]


def test_only_what_keeps_entries_from_coming_is_a_failure() -> None:
    """The rest is worth knowing."""
    failing = replace(WELL, last_error="no such host", gaps=1)
    assert [ailment.is_failure for ailment in ailments(failing, NOW, None)] == [True, False]


V = Verdict


@pytest.mark.parametrize(
    ("verdicts", "is_told"),
    [
        ({V.FULL: 20, V.PAYWALLED: 30}, True),
        ({V.FULL: 26, V.PAYWALLED: 24}, False),
        ({V.BLOCKED: 3, V.GONE: 2}, True),
        ({V.BLOCKED: 4}, False),  # too few to say anything
        ({V.FEED_ONLY: 50}, False),  # the feed says it all
        ({}, False),
    ],
)
def test_a_feed_of_walls_is_told(verdicts: dict[Verdict, int], is_told: bool) -> None:
    """When most of its newest articles cannot be read; that is no failure of the feed."""
    found = list(ailments(WELL, NOW, DAY, verdicts))
    assert [ailment.kind for ailment in found] == [Kind.UNREADABLE] * is_told
    assert not any(ailment.is_failure for ailment in found)
    assert all(" of its last " in ailment.said for ailment in found)

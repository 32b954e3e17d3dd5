"""The queries in many languages are a fair set, and counted as they say."""

from __future__ import annotations

import unicodedata

from aggregator.query import parse_query
from benchmarks.languages import Answered, Asked, figures_of, read_set
from tests.makers import NOW


def test_the_set_is_whole() -> None:
    """Enough queries in enough languages, each about documents that are there, none asked twice."""
    documents, asked = read_set()
    names = {one.name for one in documents}
    assert len(names) == len(documents)
    assert all(one.wanted | one.unwanted <= names and (one.wanted or one.unwanted) for one in asked)
    assert not any(one.wanted & one.unwanted for one in asked)
    assert len({one.typed for one in asked}) == len(asked) >= 200
    assert len({one.language for one in documents}) >= 30
    assert {name for one in asked for name in one.wanted | one.unwanted} == names


def test_every_query_is_one_that_needs_no_comment() -> None:
    """They are about languages, not about operators; texts are written as people write them."""
    documents, asked = read_set()
    assert not [one.typed for one in asked if parse_query(one.typed, NOW).hint]
    assert all(unicodedata.is_normalized("NFC", one.text) for one in documents)


def test_what_is_missed_and_what_is_wrong_are_counted() -> None:
    asked = Asked("x", frozenset({"a", "b"}), frozenset({"c", "d"}))
    one = Answered(asked, frozenset({"a", "c", "e"}))
    assert [set(found) for found in (one.missed, one.wrong, one.besides)] == [{"b"}, {"c"}, {"e"}]
    figures = {figure.name: (figure.value, figure.ok) for figure in figures_of([one], 1)}
    assert figures == {
        "languages.queries": (1, True),
        "languages.found": (50, False),
        "languages.false": (50, False),
        "languages.besides": (1, True),
    }

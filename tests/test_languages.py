"""The queries in many languages are a fair set, and counted as they say."""

from __future__ import annotations

import unicodedata

import pytest

from aggregator.query import parse_query
from aggregator.terms import across_in, are_forms
from benchmarks.languages import FILE, SETS, Answered, Asked, figures_of, measure, read_set
from tests.makers import NOW


@pytest.mark.parametrize("name", SETS)
def test_people_find_what_they_look_for(name: str) -> None:
    """At least 95 of 100, and at most one that they do not: 人参 in 外国人参政権."""
    answered, figures = measure(FILE.with_name(f"{name}.toml"))
    assert next(figure for figure in figures if figure.name == f"{name}.found").ok
    assert sum(len(one.wrong) for one in answered) <= 1


@pytest.mark.parametrize(
    ("text", "across"),
    [
        ("東京都は来年", {"京都"}),
        ("東京都の知事が京都を訪れた", set()),  # where it stands by itself too, it is found
        ("南京市长江大桥", {"市长"}),
        ("会社員は駅で待った", set()),  # cut as 会|社員; one letter may be a prefix
        ("plain words", set()),
    ],
)
def test_words_across_two_others_are_told(text: str, across: set[str]) -> None:
    assert across_in(text) == across


@pytest.mark.parametrize(
    ("one", "other", "language", "are"),
    [
        ("plazo", "plaza", "es", False),
        ("plaza", "plazas", "es", True),
        ("nuevo", "nuevas", "es", True),
        ("ganado", "ganadas", "es", True),
        ("caso", "case", "it", False),
        ("fiore", "fiori", "it", True),
        ("mer", "mere", "fr", False),
        ("vert", "vertes", "fr", True),
        ("port", "porte", "en", True),  # a rule of some languages only
    ],
)
def test_short_nouns_keep_their_gender(one: str, other: str, language: str, *, are: bool) -> None:
    assert are_forms(one, other, language) == are_forms(other, one, language) == are


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

"""The queries in many languages are a fair set, and counted as they say."""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.query import parse_query
from aggregator.terms import across_in, are_forms, counted, forms_of, letters
from aggregator.terms.letters import is_latin_1, plain, word_pattern, words_of
from aggregator.terms.stems import languages_of, stem, stems_of
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


def test_what_stands_in_latin_1_texts_is_no_letter() -> None:
    """Of all that may stand there, what is beyond Latin-1 itself parts words, as the patterns have it."""
    beyond = [chr(code) for code in range(0x100, sys.maxunicode + 1) if is_latin_1(chr(code))]
    assert len(beyond) > 1000
    assert not [sign for sign in beyond if letters._word().search(sign) or letters._has_marks().search(sign)]


_TEXTS = st.text(
    st.sampled_from("abzABZ09_ .,-ßäéÄıİſµ½²ªº’“…€→😀\xad\xa0\u200d\u0301łωжاกの東カｶﾞ") | st.characters()
)


@given(_TEXTS)
def test_words_are_those_of_the_patterns(text: str) -> None:
    """However they are found: in texts of Latin-1 it is by other means."""
    text = plain(text)
    assert words_of(text) == word_pattern(text).findall(text)


@given(
    st.lists(_TEXTS.map(plain)), st.sampled_from([*languages_of("word"), *"ko ja he ar ru bg fa th".split()])
)
def test_stems_of_many_words_are_those_of_each(texts: list[str], language: str) -> None:
    words = [word for text in texts for word in re.findall(r"\w+", text)]
    assert stems_of(words, language) == [stem(word, language) for word in words]


@given(_TEXTS, st.sampled_from(["en", "de", "tr", "ja", "ru", ""]))
def test_each_term_is_counted(text: str, language: str) -> None:
    """As often as its form stands there."""
    found, forms = counted(text, language), forms_of(text, language)
    assert found.forms.split(" ") == " ".join(forms).split(" ")
    assert found.length == len(forms) == sum(times for _, times in found.times)
    assert sorted(forms) == sorted(term.form for term, times in found.times for _ in range(times))


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

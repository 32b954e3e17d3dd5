"""Texts in many languages are found by their words, in their forms; and not by what only looks like them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from aggregator.archive import open_archive
from aggregator.query import parse_query
from tests.makers import NOW
from tests.shelving import shelve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

LINES = Path(__file__).parent / "data" / "search" / "languages.tsv"


class Case(NamedTuple):
    number: int  # the article's place
    query: str


class Library(NamedTuple):
    archive: Archive
    ids: list[int]


def lines() -> list[list[str]]:
    rows = LINES.read_text(encoding="utf-8").splitlines()
    return [row.split("\t") for row in rows if not row.startswith("#")]


def cases(column: int) -> list[Case]:
    return [Case(at, query) for at, row in enumerate(lines()) for query in row[column].split(";")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Hold all the texts at once, so that each could be found by what is meant for another."""
    with open_archive(tmp_path_factory.mktemp("languages") / "archive.db", writable=True) as archive:
        ids = [shelve(archive, text, language=language) for language, text, *_ in lines()]
        yield Library(archive, ids)
        assert archive.index.check(every=True) == ""


def is_found(library: Library, case: Case) -> bool:
    return library.ids[case.number] in library.archive.index.ids(parse_query(case.query, NOW))


def test_texts_are_found_by_their_words(library: Library) -> None:
    """At least 95 of 100; what is missed are irregular forms, and endings that Snowball does not know."""
    missed = [case for case in cases(2) if not is_found(library, case)]
    assert len(missed) <= len(cases(2)) * 0.05, missed


def test_texts_are_not_found_by_what_only_looks_like_their_words(library: Library) -> None:
    """At most 2 of 100."""
    wrong = [case for case in cases(3) if is_found(library, case)]
    assert len(wrong) <= len(cases(3)) * 0.02, wrong

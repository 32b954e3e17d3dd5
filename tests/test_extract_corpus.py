"""Floors for the extraction on real pages with known texts: what `benchmarks.extraction` measures, as a test."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from benchmarks.extraction import Results, measure
from benchmarks.pages import known_pages, score

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")
EVERY = {
    "fundus": 1,
    "wcxb": 4,
    "newspaper4k": 1,
}  # enough pages to notice a broken rule, few enough for a test

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # the libraries' own, which pages in the wild bring about
    pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder"),
]


@cache
def results(collection: str) -> dict[str, Results]:
    return measure(known_pages(Path(CORPUS), collection, EVERY[collection]))


@pytest.mark.parametrize("collection", ["fundus", "wcxb", "newspaper4k"])
def test_texts_are_no_worse_than_trafilaturas_own(collection: str) -> None:
    """What we cut is furniture, page by page and in the mean."""
    found = results(collection)
    assert score(found["ours"].pairs).f1 >= score(found["trafilatura"].pairs).f1


@pytest.mark.parametrize("collection", ["fundus", "wcxb"])
@pytest.mark.parametrize("field", ["title", "author", "date"])
def test_metadata_are_no_worse_than_trafilaturas_own(collection: str, field: str) -> None:
    """Although ours are read in half the time."""
    found = results(collection)
    assert found["ours"].share(field) >= found["trafilatura"].share(field)

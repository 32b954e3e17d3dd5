"""Floors for the extraction on real pages with known texts: what `benchmarks.extraction` measures, as a test."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from benchmarks.extraction import Results, best_setting, measure
from benchmarks.extractors import TRAFILATURAS, ours
from benchmarks.pages import known_pages

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")
EVERY = {"fundus": 1, "wcxb": 4}  # enough pages to notice a broken rule, few enough for a test
GAIN = {
    "fundus": 0.008,
    "wcxb": 0.004,
}  # F1 above the best setting; a quarter of the pages says less than all

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # the libraries' own, which pages in the wild bring about
    pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder"),
]


@cache
def results(collection: str) -> dict[str, Results]:
    return measure(known_pages(Path(CORPUS), collection, EVERY[collection]), {"ours": ours, **TRAFILATURAS})


@pytest.mark.parametrize("collection", ["fundus", "wcxb"])
def test_texts_are_better_than_trafilaturas_best(collection: str) -> None:
    """In whatever setting it is best on these pages."""
    found = results(collection)
    assert found["ours"].score.f1 >= found[best_setting(found)].score.f1 + GAIN[collection]


@pytest.mark.parametrize("collection", ["fundus", "wcxb"])
def test_more_texts_are_exact(collection: str) -> None:
    found = results(collection)
    assert found["ours"].score.exact > found[best_setting(found)].score.exact


@pytest.mark.parametrize("collection", ["fundus", "wcxb"])
@pytest.mark.parametrize("field", ["title", "author", "date"])
def test_metadata_are_no_worse_than_trafilaturas_own(collection: str, field: str) -> None:
    """Although ours are read in half the time; one page of the sample may go the other way."""
    found = results(collection)
    one_page = 1 / found["ours"].pages
    assert found["ours"].share(field) >= found["trafilatura"].share(field) - one_page

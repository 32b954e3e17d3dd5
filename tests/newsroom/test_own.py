"""Our own web is what its expectations say."""

from __future__ import annotations

import html
import itertools
import re
from typing import TYPE_CHECKING

import pytest

from tests.newsroom import Newsroom, own
from tests.newsroom.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def own_newsroom() -> Iterator[Newsroom]:
    with Newsroom(own.manifest()) as newsroom:
        yield newsroom


@pytest.mark.parametrize("step", range(own.STEPS))
def test_our_feeds_announce_what_is_expected_of_them(own_newsroom: Newsroom, step: int) -> None:
    """At every step a healthy document links exactly to its expected entries, and each link leads to a page."""
    own_newsroom.step = step
    expected = own.expected()
    for feed in own_newsroom.manifest.feeds:
        links = expected.entries[feed.url][step]
        got = ask(own_newsroom.local(own.MOVED_TO if feed.url == own.MOVED_FEED and step else feed.url))
        body = html.unescape(got.body.decode())
        assert all(own_newsroom.local(link) in body for link in links), feed.url
        if links:
            assert len(re.findall(r'<item[ >]|<entry[ >]|"url": ', body)) == len(links), feed.url


def test_our_pages_hold_what_is_expected_of_them(own_newsroom: Newsroom) -> None:
    """Every article's page has its title and every paragraph; detours and failures are as listed."""
    expected = own.expected()
    for article in expected.articles:
        page = html.unescape(ask(own_newsroom.local(article.url)).body.decode())
        assert article.title in page
        assert all(paragraph in page for paragraph in article.story.paragraphs)
    for link, url in expected.leads_to.items():
        got = ask(own_newsroom.local(link))
        target = got.headers.get("location", own_newsroom.local(url))
        assert (got.status in {200, 302}, target) == (True, own_newsroom.local(url))
    for failing in expected.failing:
        assert ask(own_newsroom.local(failing.url)).status == failing.status


def test_our_words_lead_to_one_text_each() -> None:
    """An article's word stands in its own text and nowhere else, least of all in a title or a summary."""
    expected = own.expected()
    texts = {article.story for article in expected.articles}
    assert len(texts) == len(expected.articles) - len(expected.duplicates)
    for word in [story.word for story in texts]:
        assert [story.word for story in texts if word.lower() in story.text.lower()] == [word]
        shown = [f"{story.title} {story.paragraphs[0]}" for story in texts]
        assert not any(word.lower() in words.lower() for words in shown)
    for failing in expected.failing:
        assert not any(failing.word.lower() in story.text.lower() for story in texts)


def test_our_texts_differ_unless_they_are_copies() -> None:
    """Two texts share few phrases of five words, so that a detector of duplicates has no excuse."""
    expected = own.expected()
    phrases = {article.url: _phrases(article.story.text) for article in expected.articles}
    copies = {frozenset(pair) for pair in expected.duplicates}
    for one, other in itertools.combinations(phrases, 2):
        shared = len(phrases[one] & phrases[other]) / len(phrases[one] | phrases[other])
        assert shared == 1 if frozenset({one, other}) in copies else shared < 0.2, (one, other)


def _phrases(text: str) -> set[tuple[str, ...]]:
    words = text.split() if " " in text else list(text)
    return {tuple(words[n : n + 5]) for n in range(len(words) - 4)}


def test_translation_goes_both_ways(own_newsroom: Newsroom) -> None:
    """The true form of a local address is what the manifest says, down to the scheme."""
    manifest = own_newsroom.manifest
    urls = [feed.url for feed in manifest.feeds] + [page.url for page in manifest.pages]
    assert [own_newsroom.true(own_newsroom.local(url)) for url in urls] == urls
    assert own_newsroom.true(own_newsroom.local(own.SLOW) + "#end") == own.SLOW + "#end"
    assert own_newsroom.true("https://elsewhere.example/") == "https://elsewhere.example/"

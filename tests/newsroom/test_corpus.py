"""The newsroom of the corpus is whole: what its lists speak of is served."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.newsroom import Newsroom, Step, corpus
from tests.newsroom.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def corpus_folder() -> Path:
    folder = corpus.root()
    if folder is None:
        pytest.skip(f"{corpus.VARIABLE} names no corpus")
    return folder


@pytest.fixture(scope="module")
def corpus_newsroom(corpus_folder: Path) -> Iterator[Newsroom]:
    with Newsroom(corpus.manifest(corpus_folder)) as newsroom:
        yield newsroom


@pytest.mark.corpus
def test_corpus_feeds_link_to_pages_that_are_served_here(
    corpus_folder: Path, corpus_newsroom: Newsroom
) -> None:
    """Whatever an entry of any feed at any step links to is local and known to the manifest."""
    known = {route.url for host in corpus_newsroom.manifest.routes().values() for route in host.values()}
    expected = {feed.url: feed.steps for feed in corpus.expected(corpus_folder).feeds}
    for feed in corpus_newsroom.manifest.feeds:
        base = corpus_newsroom.local(feed.url)
        for corpus_newsroom.step, step in enumerate(feed.steps):
            links = [] if step.answer.hang else _entry_links(ask(_address(corpus_newsroom, step, base)).body)
            items = expected[feed.url][corpus_newsroom.step]
            assert len(links) == (len(items.items) if items.complete is None else items.complete), feed.url
            for link in links:
                true = corpus_newsroom.true(urljoin(base, link)).partition("#")[0]
                assert true in known, (feed.url, corpus_newsroom.step, link)


def _address(newsroom: Newsroom, step: Step, base: str) -> str:
    return newsroom.local(step.moved_to) if step.then else base


def _entry_links(body: bytes) -> list[str]:
    """Return the links of the complete entries, read off as plainly as possible."""
    if body.startswith(b"{"):
        return [item["url"] for item in json.loads(body)["items"]]
    text = body.decode("utf-16" if body.startswith(b"\xff\xfe") else "utf-8", "replace")
    entries = re.findall(r"<(item|entry)\b(.*?)</\1>", text, re.DOTALL)
    links = [re.search(r'<link>([^<]+)</link>|<link [^>]*href="([^"]+)"', entry) for _, entry in entries]
    return [html.unescape(link[1] or link[2]) for link in links if link]


@pytest.mark.corpus
def test_corpus_expectations_fit_what_is_served(corpus_folder: Path, corpus_newsroom: Newsroom) -> None:
    """Every expected article answers (or fails as listed), and every list speaks of articles that are there."""
    expected = corpus.expected(corpus_folder)
    corpus_newsroom.step = len(expected.steps) - 1
    failing = {page.article: page.status for page in expected.failing}
    for article in expected.articles.values():
        status = failing.get(article.id, 200)
        assert ask(corpus_newsroom.local(article.url), "HEAD").status == status, article.id
    named = {member for group in expected.groups for member in group.members}
    named |= {variant.article for variant in expected.variants}
    named |= {name for search in expected.searches for name in (*search.exactly, search.first) if name}
    assert named <= expected.articles.keys()
    assert [feed.url for feed in expected.feeds] == [feed.url for feed in corpus_newsroom.manifest.feeds]

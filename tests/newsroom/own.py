"""Our own web: eleven feeds, three steps, seven hosts, thirty-five pages, and what a reader should make of them.

Rules of this file: it prints the plan (`plan.py`) with the texts of `prose.py` and the presses of `pressroom.py`.
`web()` is a pure function of the day on which its news were written.

The five feeds of "Small Notes" misbehave at step 1 (moved, gone missing, an HTML page, an empty body, a body
that is cut) and all but the moved one are well again at step 2. All five announce the same articles.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.newsroom.manifest import Answer, Feed, Manifest, Page, Step
from tests.newsroom.plan import (
    CUT_FEED,
    DETOUR,
    EMPTY_FEED,
    FAILING,
    FIELDNOTES_FEED,
    GAZETTE_FEED,
    HTML_FEED,
    ISSUES,
    LETTERS_FEED,
    LONGFORM_FEED,
    MIRROR,
    MISSING_FEED,
    MOVED_FEED,
    MOVED_TO,
    NORDLICHT_FEED,
    NOTES,
    PLAN,
    PLANET,
    PLANET_FEED,
    RSS,
    SLOW,
    TRACKED,
    TROUBLED_FEEDS,
    FailingPage,
    Issue,
    url_of,
)
from tests.newsroom.pressroom import Item, Paper, article_page, home_page
from tests.newsroom.prose import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "CUT_FEED",
    "DETOUR",
    "EMPTY_FEED",
    "FIELDNOTES_FEED",
    "GAZETTE_FEED",
    "HTML_FEED",
    "LETTERS_FEED",
    "LONGFORM_FEED",
    "MISSING_FEED",
    "MOVED_FEED",
    "MOVED_TO",
    "NORDLICHT_FEED",
    "PLANET_FEED",
    "SLOW",
    "TRACKED",
    "TROUBLED_FEEDS",
    "Expected",
    "FailingPage",
    "OwnArticle",
    "OwnWeb",
    "expected",
    "manifest",
    "web",
]

WRITTEN_AT = datetime(2026, 3, 2, 6, tzinfo=UTC)  # step 0
BETWEEN_STEPS = timedelta(hours=2)
STEPS = 3
SLOW_SECONDS = 0.5  # how long the slow page lets one wait
_HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class OwnArticle:
    """A text of our web at the address that its page calls canonical."""

    url: str
    story: Story
    site: str
    published_at: datetime
    first_step: int

    @property
    def title(self) -> str:
        return self.story.title

    @property
    def word(self) -> str:
        """A word of its text that no other text, title or summary has."""
        return self.story.word


@dataclass(frozen=True, slots=True)
class Expected:
    articles: tuple[OwnArticle, ...]  # one a text and address; a copy on another host is one of its own
    entries: Mapping[
        str, tuple[tuple[str, ...], ...]
    ]  # feed -> step -> links announced; () where it is broken
    new_entries: tuple[int, ...]  # by step, over all feeds
    duplicates: tuple[tuple[str, str], ...]  # (the copy's address, the original's)
    leads_to: Mapping[str, str]  # links that lead to an article under another address -> that address
    failing: tuple[FailingPage, ...]
    full_content: frozenset[str]  # feeds that give whole texts

    def article(self, url: str) -> OwnArticle:
        return next(article for article in self.articles if article.url == url)


@dataclass(frozen=True, slots=True)
class OwnWeb:
    manifest: Manifest
    expected: Expected


def manifest(written_at: datetime = WRITTEN_AT) -> Manifest:
    return web(written_at).manifest


def expected(written_at: datetime = WRITTEN_AT) -> Expected:
    return web(written_at).expected


def web(written_at: datetime = WRITTEN_AT) -> OwnWeb:
    """Return our web as if its step 0 were `written_at`."""
    articles = {key: _article(key, written_at) for key in PLAN}
    feeds = tuple(_feed(issue, written_at) for issue in ISSUES)
    entries = {
        issue.url: tuple(_links_understood(issue, step, written_at) for step in range(STEPS))
        for issue in ISSUES
    }
    expectations = Expected(
        tuple(articles.values()),
        entries,
        _new_by_step(entries),
        ((url_of("copy"), url_of("bridge")),),
        {TRACKED: url_of("clock"), DETOUR: url_of("moss")},
        tuple(FAILING.values()),
        frozenset({LONGFORM_FEED}),
    )
    return OwnWeb(Manifest(feeds, _pages(articles)), expectations)


def _article(key: str, written_at: datetime) -> OwnArticle:
    planned = PLAN[key]
    published = written_at + planned.first_step * BETWEEN_STEPS - timedelta(hours=planned.hours_old)
    return OwnArticle(planned.url, planned.story, planned.paper.name, published, planned.first_step)


# ---------------------------------------------------------------------------------------- feeds


def _feed(issue: Issue, written_at: datetime) -> Feed:
    before, middle, after = (_healthy(issue, step, written_at) for step in range(STEPS))
    if issue.url == MOVED_FEED:
        gone = Answer(301, {"Location": MOVED_TO})
        steps = (Step(before), Step(gone, MOVED_TO, middle), Step(gone, MOVED_TO, after))
    else:
        trouble = _TROUBLES.get(issue.url)
        steps = (Step(before), Step(trouble(middle) if trouble else middle), Step(after))
    name = f"{issue.paper.name}: long reads" if issue.url == LONGFORM_FEED else issue.paper.name
    return Feed(issue.url, steps, name, issue.category, issue.paper.home)


_TROUBLES: Mapping[str, Callable[[Answer], Answer]] = {
    MISSING_FEED: lambda _: Answer(404, _HTML, b"<h1>Not found</h1>"),
    HTML_FEED: lambda _: Answer(200, _HTML, home_page(NOTES, ())),
    EMPTY_FEED: lambda _: Answer(200, {"Content-Type": RSS}),
    CUT_FEED: lambda healthy: replace(  # in its last item
        healthy, headers={"Content-Type": RSS}, body=healthy.body[: healthy.body.rindex(b"</description>")]
    ),
}


def _healthy(issue: Issue, step: int, written_at: datetime) -> Answer:
    body = issue.write(issue.paper, issue.url, _items(issue, step, written_at))
    changed = max(first for first in issue.brings.values() if first <= step)
    return Answer(200, _headers(issue, body, written_at + changed * BETWEEN_STEPS), body)


def _items(issue: Issue, step: int, written_at: datetime) -> tuple[Item, ...]:
    """Return what a feed announces at a step, the newest first."""
    items = (_item(issue, key, written_at) for key, first in issue.brings.items() if first <= step)
    return tuple(sorted(items, key=lambda item: item.published_at, reverse=True))


def _item(issue: Issue, key: str, written_at: datetime) -> Item:
    """Summaries are the first paragraph, so the word of an article is found only where its page was read."""
    if failing := FAILING.get(key):
        words = (
            f"{failing.title}, says {failing.word}, and nothing more is known about it for the time being."
        )
        story = Story(failing.title, "Planet desk", "en", failing.word, (words,))
        return Item(failing.url, story, written_at - timedelta(hours=2), words)
    article = _article(key, written_at)
    planet = issue.paper == PLANET
    link = _PLANET_LINKS.get(key, article.url) if planet else article.url
    guid = f"tag:planet.example,2026:{key}" if planet else ""
    return Item(link, article.story, article.published_at, article.story.paragraphs[0], guid)


_PLANET_LINKS = {"clock": TRACKED, "moss": DETOUR}


def _headers(issue: Issue, body: bytes, changed_at: datetime) -> dict[str, str]:
    headers = {"Content-Type": issue.kind}
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if "e" in issue.validators:
        headers["ETag"] = tag
    if "w" in issue.validators:
        headers["ETag"] = f"W/{tag}"
    if "m" in issue.validators:
        headers["Last-Modified"] = format_datetime(changed_at, usegmt=True)
    return headers


# ---------------------------------------------------------------------------------------- pages


def _pages(articles: Mapping[str, OwnArticle]) -> tuple[Page, ...]:
    printed = {key: _printed(key, article) for key, article in articles.items()}
    pages = [Page(articles[key].url, (answer,)) for key, answer in printed.items()]
    pages += [Page(TRACKED, (printed["clock"],)), Page(DETOUR, (Answer(302, {"Location": url_of("moss")}),))]
    for failing in FAILING.values():
        sorry = f"<html><body><h1>{failing.status}</h1><p>Sorry.</p></body></html>".encode()
        pages.append(Page(failing.url, (Answer(failing.status, _HTML, sorry),)))
    papers = dict.fromkeys([*(issue.paper for issue in ISSUES), MIRROR])
    return (*pages, *map(_front_page, papers))


def _printed(key: str, article: OwnArticle) -> Answer:
    body = article_page(PLAN[key].paper, article.url, article.story, article.published_at)
    return Answer(200, _HTML, body, delay=SLOW_SECONDS if article.url == SLOW else 0.0)


def _front_page(paper: Paper) -> Page:
    feeds = tuple(issue.url for issue in ISSUES if issue.paper == paper)
    return Page(paper.home, (Answer(200, _HTML, home_page(paper, feeds)),))


# ---------------------------------------------------------------------------------------- expectations


def _links_understood(issue: Issue, step: int, written_at: datetime) -> tuple[str, ...]:
    """Return the links that a reader gets; a broken document gives none, or (when cut) some that are known."""
    broken = step == 1 and issue.url in _TROUBLES
    return () if broken else tuple(item.link for item in _items(issue, step, written_at))


def _new_by_step(entries: Mapping[str, tuple[tuple[str, ...], ...]]) -> tuple[int, ...]:
    seen: set[tuple[str, str]] = set()
    counts = []
    for step in range(STEPS):
        there = {(url, link) for url, steps in entries.items() for link in steps[step]}
        counts.append(len(there - seen))
        seen |= there
    return tuple(counts)

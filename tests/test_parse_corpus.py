"""Thousands of real and pathological documents: what is read, measured; floors are what was measured.

The documents are not ours and stay outside: AGGREGATOR_CORPUS names their folder.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from aggregator.errors import ParseError
from aggregator.markup import clean_text, html_to_text
from aggregator.models import KnownEntry
from aggregator.parse import parse_feed
from aggregator.parse.identity import changed_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.models import ParsedEntry, ParsedFeed

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")
FEEDS = Path(CORPUS) / "feeds"
NEWSROOM = Path(CORPUS) / "newsroom"
URL = "http://example.com/feed.xml"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder of documents"),
]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def body_of(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") and path.suffix != ".xml" else body


def documents(collection: str) -> Iterator[tuple[dict[str, Any], bytes, str]]:
    """Yield row, body and Content-Type of every document of a collection."""
    for row in rows(FEEDS / collection / "manifest.jsonl"):
        headers = {name.lower(): value for name, value in (row.get("http_headers") or {}).items()}
        yield row, body_of(FEEDS / collection / row["file"]), headers.get("content-type", "application/xml")


def parsed_or_none(body: bytes, url: str = URL, content_type: str = "") -> ParsedFeed | None:
    try:
        return parse_feed(body, url, content_type)
    except ParseError:
        return None


def plain(html: str) -> str:
    return clean_text(html_to_text(html))


def reference(body: bytes, url: str, content_type: str) -> Any:
    """Return what feedparser says with its defaults."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own fallbacks
        headers = {"content-location": url, "content-type": content_type}
        return feedparser.parse(io.BytesIO(body), response_headers=headers)


# What was measured, of documents (read; with the same title; with as many entries) and of entries (title, link,
# id). The differences are meant: guids are not resolved against the feed's address (reddit's "t3_…"), links are
# http or nothing (urn:, tag:) and have no spaces, FeedBurner's redirects are undone, entries that hold nothing
# but a date or an author are left out, and so are second announcements of one entry; an element that hides
# its text (object, script) hides it in titles too.
FLOORS = {
    "feedparser": {"read": 1383, "title": 1380, "count": 1178, "e.title": 591, "e.link": 591, "e.id": 588},
    "feedvalidator": {"read": 849, "title": 847, "count": 777, "e.title": 568, "e.link": 495, "e.id": 564},
    "feed-rs": {"read": 61, "title": 61, "count": 61, "e.title": 96, "e.link": 91, "e.id": 67},
    "fastfeedparser": {"read": 13, "title": 12, "count": 11, "e.title": 153, "e.link": 153, "e.id": 153},
    "real": {"read": 246, "title": 243, "count": 233, "e.title": 2819, "e.link": 2735, "e.id": 2512},
}


@pytest.mark.parametrize("collection", FLOORS)
def test_what_feedparser_reads_by_default_is_read_here(collection: str) -> None:
    """With its resolving and sanitising off, our records agree with what it makes of a document when on."""
    same: Counter[str] = Counter()
    for row, body, content_type in documents(collection):
        url = row.get("url") or URL
        ours = parsed_or_none(body, url, content_type)
        if ours is None or row["file"].endswith(".json"):
            continue
        theirs = reference(body, url, content_type)
        same["read"] += 1
        same["title"] += plain(ours.title) == plain(theirs.feed.get("title", ""))
        same["count"] += len(ours.entries) == len(theirs.entries)
        if len(ours.entries) == len(theirs.entries):
            for entry, other in zip(ours.entries, theirs.entries, strict=True):
                same["e.title"] += plain(entry.title) == plain(other.get("title", ""))
                same["e.link"] += entry.link == other.get("link", "")
                same["e.id"] += entry.guid == clean_text(other.get("id") or entry.guid)
    assert {name: min(same[name], floor) for name, floor in FLOORS[collection].items()} == FLOORS[collection]


@pytest.mark.parametrize("collection", FLOORS)
def test_nothing_but_parse_error_is_raised(collection: str) -> None:
    """Right or wrong, a document is read or refused; a guid is never empty and never given twice."""
    for _, body, content_type in documents(collection):
        parsed = parsed_or_none(body, URL, content_type)
        guids = [entry.guid for entry in parsed.entries] if parsed else []
        assert all(guids)
        assert len(set(guids)) == len(guids)


def test_real_feeds_hold_what_feedparser_counted() -> None:
    """Entries, titles, links, dates and enclosures of 69 blogs, 22 news sites and more, against counts from outside."""
    counts = {row["id"]: row for row in rows(FEEDS / "real" / "feedparser_ref.jsonl")}
    ours, theirs = Counter[str](), Counter[str]()
    for row, body, _ in documents("real"):
        parsed, count = parsed_or_none(body, row.get("url") or URL), counts.get(row["id"])
        if count and count["entries"] and "json" not in row["file"]:
            entries = parsed.entries if parsed else ()
            ours += Counter(entries=len(entries), with_link=sum(bool(e.link) for e in entries))
            ours += Counter(with_date=sum(bool(e.published_at or e.updated_at) for e in entries))
            theirs += Counter({name: count[name] for name in ("entries", "with_link", "with_date")})
    # Missing: entries announced twice (1 + 1 + 2), those that hold a date and nothing else, dates of the year 1.
    assert {name: ours[name] / theirs[name] for name in theirs if ours[name] < 0.99 * theirs[name]} == {}


# --------------------------------------------------------------------------------------------- newsroom


def steps() -> Iterator[tuple[dict[str, Any], dict[str, Any], bytes]]:
    """Yield feed, step and body of every body that the newsroom serves."""
    for feed in rows(NEWSROOM / "feeds.jsonl"):
        for step in feed["steps"]:
            answer = step.get("then") or step
            if answer.get("body"):
                yield feed, answer, body_of(NEWSROOM / answer["body"])


def content_type(step: dict[str, Any]) -> str:
    return str((step.get("headers") or {}).get("Content-Type", ""))


def test_every_step_of_the_newsroom_is_read() -> None:
    """All items with titles, links and odd dates, in three encodings; a body cut in the middle keeps whole items."""
    articles = json.loads((NEWSROOM / "expected.json").read_text(encoding="utf-8"))["articles"]
    pages = {row["url"]: row.get("article") for row in rows(NEWSROOM / "pages.jsonl")}
    seen: Counter[str] = Counter()
    for feed, step, body in steps():
        parsed = parsed_or_none(body, feed["url"], content_type(step))
        items = step.get("items") or []
        if parsed is None or not parsed.whole:
            seen["refused" if parsed is None else "cut off"] += 1
            continue
        assert len(parsed.entries) == len(items), feed["id"]
        for item, entry in zip(items, parsed.entries, strict=True):
            article = articles[item]
            seen["items"] += 1
            assert entry.title == clean_text(article["title"])
            assert pages[entry.link.partition("#")[0]] == item
            if feed.get("quirk") == "odd-dates" and article.get("date"):
                seen["odd dates"] += 1
                assert str(entry.published_at)[:16] == article["date"][:16].replace("T", " ")
    # The HTML page and the empty body are refused.
    assert seen == {"items": 2157, "odd dates": 117, "refused": 2, "cut off": 1}


def test_feeds_of_the_newsroom_never_announce_an_entry_twice() -> None:
    """Guids that change at every build double nothing: each link is new once a feed."""
    for name in {feed["id"] for feed, _, _ in steps()}:
        archive: dict[int, KnownEntry] = {}
        links: Counter[str] = Counter()
        for feed, step, body in steps():
            parsed = parsed_or_none(body, feed["url"], content_type(step)) if feed["id"] == name else None
            entries: tuple[ParsedEntry, ...] = parsed.entries if parsed else ()
            for change in changed_entries(entries, tuple(archive.values())):
                number = change.id or len(archive) + 1
                links[change.link_key] += change.id is None
                archive[number] = KnownEntry(number, change.parsed.guid, change.link_key, change.hash)
        assert max(links.values(), default=1) == 1, name

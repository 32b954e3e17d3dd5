"""The newsroom of the development corpus: 46 feeds, six steps, real pages; and what is expected of a reader.

Rules of this file: the corpus is found through AGGREGATOR_CORPUS and only read. Its folder layout and the
meaning of every column are described in its own `newsroom/README.md`; nothing of it may be copied in here.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.newsroom.manifest import Answer, Feed, Manifest, Page, Step

VARIABLE = "AGGREGATOR_CORPUS"
Row = Mapping[str, Any]  # a line of the corpus: JSON, read here and nowhere else


@dataclass(frozen=True, slots=True)
class Item:
    """An article as the corpus knows it."""

    id: str
    url: str  # true
    title: str
    date: str  # ISO 8601 as in the corpus, or ""
    first_step: int
    collection: str
    gold_text: str = ""  # "" when there is none
    relation: str = ""  # to `of`: copy, abridged, not_duplicate…
    of: str = ""  # id of another item


@dataclass(frozen=True, slots=True)
class Group:
    """Articles to be shown as one story."""

    members: tuple[str, ...]
    relation: str  # copy, abridged, wire_copies, revision


@dataclass(frozen=True, slots=True)
class Variant:
    """One article under a second address in a second feed."""

    article: str
    canonical: str
    variant: str
    feed: str
    how: str


@dataclass(frozen=True, slots=True)
class FailingPage:
    article: str
    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Search:
    text: str
    exactly: frozenset[str] = frozenset()  # ids of all articles that have both words; empty for a title
    first: str = ""  # id of the article that should be among the first three


@dataclass(frozen=True, slots=True)
class StepItems:
    """What a feed brings at one step, as ids of articles."""

    status: int | None
    items: tuple[str, ...]
    new: tuple[str, ...]
    updated: tuple[str, ...]
    same_body: bool  # as at the step before
    complete: int | None  # of a body that is cut: items that are whole


@dataclass(frozen=True, slots=True)
class FeedItems:
    id: str
    url: str
    format: str
    quirk: str
    event: str
    steps: tuple[StepItems, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    steps: tuple[str, ...]  # simulated instants, ISO 8601
    articles: Mapping[str, Item]
    groups: tuple[Group, ...]
    variants: tuple[Variant, ...]
    failing: tuple[FailingPage, ...]
    searches: tuple[Search, ...]
    feeds: tuple[FeedItems, ...]


def root() -> Path | None:
    """Return the corpus folder that the environment names, if it does."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def manifest(folder: Path) -> Manifest:
    room = folder / "newsroom"
    bodies = cache(_unpacked)
    feeds = tuple(_feed(row, lambda name: bodies(room / name)) for row in _rows(room / "feeds.jsonl"))
    pages = tuple(_page(row, lambda name: bodies(folder / name)) for row in _rows(room / "pages.jsonl"))
    return Manifest(feeds, pages)


def expected(folder: Path) -> Expected:
    room = folder / "newsroom"
    rows = json.loads((room / "expected.json").read_text("utf-8"))
    articles = {name: _item(name, row, folder) for name, row in rows["articles"].items()}
    return Expected(
        tuple(rows["steps"]),
        articles,
        tuple(Group(tuple(r["members"]), r["relation"]) for r in rows["duplicate_groups"]),
        tuple(Variant(**r) for r in rows["url_variants"]),
        tuple(
            FailingPage(r["article"], articles[r["article"]].url, r["status"]) for r in rows["failing_pages"]
        ),
        tuple(
            Search(r["q"], frozenset(r.get("expect", ())), r.get("expect_top", ""))
            for r in _rows(room / "queries.jsonl")
        ),
        tuple(_feed_items(r) for r in _rows(room / "feeds.jsonl")),
    )


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _unpacked(path: Path) -> bytes:
    """Return what a file holds; most are gzip, whatever they are called."""
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def _feed(row: Row, body: Any) -> Feed:
    return Feed(
        row["url"],
        tuple(_step(step, body) for step in row["steps"]),
        row["title"],
        row["id"].partition("-")[0],
        row["home"],
    )


def _step(row: Row, body: Any) -> Step:
    content = body(row["body"]) if row["body"] else b""
    if "then" not in row:
        hang = row["status"] is None
        return Step(Answer(row["status"] or 200, row["headers"], content, hang=hang))
    then = row["then"]
    return Step(
        Answer(row["status"], row["headers"]), then["url"], Answer(then["status"], then["headers"], content)
    )


def _page(row: Row, body: Any) -> Page:
    """A page with versions shows the first of them also before its step: it is not linked until then."""
    headers = {"Content-Type": row["content_type"], **row.get("headers", {})}
    files = {version["step"]: version["file"] for version in row.get("versions", ())}
    if not files:
        return Page(
            row["url"], (Answer(row["status"], headers, body(row["file"]) if "file" in row else b""),)
        )
    first = min(files)
    by_step = [files[max((s for s in files if s <= k), default=first)] for k in range(max(files) + 1)]
    return Page(row["url"], tuple(Answer(row["status"], headers, body(name)) for name in by_step))


def _item(name: str, row: Row, folder: Path) -> Item:
    gold = row.get("gold_text")
    return Item(
        name,
        row["url"],
        row["title"],
        row.get("date", ""),
        row["first_step"],
        row["collection"],
        _unpacked(folder / gold).decode("utf-8") if gold else "",
        row.get("relation", ""),
        row.get("of", ""),
    )


def _feed_items(row: Row) -> FeedItems:
    steps = tuple(
        StepItems(
            step["status"],
            tuple(step["items"]),
            tuple(step["expected_new_items"]),
            tuple(step.get("expected_updated_items", ())),
            step["same_body_as_last_step"],
            step.get("complete_items_in_body"),
        )
        for step in row["steps"]
    )
    return FeedItems(row["id"], row["url"], row["format"], row.get("quirk", ""), row.get("event", ""), steps)

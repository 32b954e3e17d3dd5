"""Texts of which it is known which tell the same event: made up ones beside this file, real ones in the corpus."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.domains import publisher_of
from aggregator.parse import parse_feed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START = datetime(2026, 3, 2, tzinfo=UTC)
EVENTS = Path(__file__).with_name("events.txt")
SAME = 2.0  # SemEval: mean of raters from 1, the same story, to 4, another one
HEADLINE = 140  # characters; where the data has headline and text in one


@dataclass(frozen=True, slots=True)
class Told:
    """A text, and the event that it tells."""

    name: str
    event: str
    at: datetime
    language: str
    title: str
    text: str
    source: str = ""  # "": one of its own


@dataclass(frozen=True, slots=True)
class Pair:
    one: Told
    other: Told
    is_same: bool
    kind: str


def made_up() -> list[Told]:
    """Return our own events, in the order in which they happened."""
    told: list[Told] = []
    event = ""
    for line in EVENTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            event = line[3:].strip()
        elif line and not line.startswith("#"):
            hours, language, words = line.split(" ", 2)
            title, _, text = words.partition(" | ")
            at = START + timedelta(hours=int(hours), minutes=len(told) % 60)
            told.append(Told(f"{event}/{len(told)}", event, at, language, title, text))
    return sorted(told, key=lambda one: one.at)


def newsroom(corpus: Path) -> list[Told]:
    """Return the articles of the corpus's newsroom: of the same event are those of one duplicate group.

    They have the dates that the archive gives them: when they were published, else when they were first seen.
    """
    expected = json.loads((corpus / "newsroom" / "expected.json").read_text(encoding="utf-8"))
    event = {name: group["members"][0] for group in expected["duplicate_groups"] for name in group["members"]}
    pages = _own_pages(corpus)
    told = []
    for number, (name, article) in enumerate(expected["articles"].items()):
        path = corpus / str(article.get("gold_text"))
        text = _text(path) if article.get("gold_text") and path.is_file() else pages.get(name, "")
        if text:
            seen = START + timedelta(hours=2 * article["first_step"], seconds=number)
            at = min(_date(article.get("date")) or seen, seen)
            source = publisher_of(article.get("url") or "")
            told.append(Told(name, event.get(name, name), at, "", article["title"] or "", text, source))
    return sorted(told, key=lambda one: one.at)


def _date(stamped: str | None) -> datetime | None:
    moment = datetime.fromisoformat(stamped) if stamped else None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _own_pages(corpus: Path) -> dict[str, str]:
    """Return the paragraphs of the pages that were made for the newsroom: copies of its articles, in one template."""
    rows = map(json.loads, (corpus / "newsroom" / "pages.jsonl").read_text(encoding="utf-8").splitlines())
    made = [
        row for row in rows if row["kind"].startswith("synthetic") and row.get("file") and row.get("article")
    ]
    return {row["article"]: _paragraphs(_text(corpus / row["file"])) for row in made}


def _paragraphs(page: str) -> str:
    found = re.findall(r"<p\b[^>]*>(.*?)</p>", page, re.DOTALL)
    return "\n\n".join(unescape(re.sub(r"<[^>]+>", "", paragraph)) for paragraph in found)


def in_the_news(corpus: Path) -> list[Told]:
    """Return our own events among the newsroom's articles, dealt out over the same days."""
    events = made_up()
    hours = (events[-1].at - START) / timedelta(hours=1)
    others = newsroom(corpus)
    spread = [
        replace(one, at=START + timedelta(hours=hours * n / len(others))) for n, one in enumerate(others)
    ]
    return sorted([*events, *spread], key=lambda one: one.at)


def timelines(corpus: Path) -> list[Told]:
    """Return all that six feeds of one site each have announced: every entry tells something of its own."""
    told: dict[str, Told] = {}
    for folder in sorted((corpus / "timelines").iterdir()):
        for path in sorted(folder.glob("snap/*")):
            body = path.read_bytes()
            feed = parse_feed(gzip.decompress(body), f"https://{folder.name}/")
            for entry in feed.entries:
                if entry.published_at is not None and entry.link not in told:
                    text = re.sub(r"<[^>]+>", " ", entry.content_html or entry.summary_html)
                    told[entry.link] = Told(
                        entry.link,
                        entry.link,
                        entry.published_at,
                        feed.language,
                        entry.title,
                        text,
                        folder.name,
                    )
    return sorted(told.values(), key=lambda one: (one.at, one.name))


def semeval(corpus: Path) -> list[Pair]:
    """Return pairs of news that people have rated, in 16 pairs of languages."""
    path = corpus / "neardup" / "semeval2022t8" / "pairs.jsonl.gz"
    pairs = []
    for row in _rows(path):
        one, other = (_rated(row, side) for side in "12")
        pairs.append(Pair(one, other, row["overall"] <= SAME, f"{row['lang1']}-{row['lang2']}"))
    return pairs


def _rated(row: dict[str, Any], side: str) -> Told:
    words = row[f"text{side}"].strip()
    title, _, text = words.partition("\n")
    if not text or len(title) > HEADLINE:
        title, text = words[: HEADLINE * 2 // 3], words
    return Told(f"{row['id']}/{side}", "", START, row[f"lang{side}"], title, text)


def constructed(corpus: Path) -> list[Pair]:
    """Return real articles beside edited copies of them (one event) and beside others that only look alike."""
    folder = corpus / "neardup" / "constructed"
    told = {
        row["id"]: Told(row["id"], "", START, "", row.get("title") or "", row["text"])
        for row in _rows(folder / "docs.jsonl.gz")
    }
    rows = map(json.loads, (folder / "pairs.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Pair(told[row["a"]], told[row["b"]], row["label"] != "different", row["label"])
        for row in rows
        if row["label"] != "template_other_facts"  # the same form with other numbers: nobody can say
    ]


def natural(corpus: Path) -> list[Pair]:
    """Return the real pairs that were found among the corpus's pages."""
    rows = map(
        json.loads, (corpus / "neardup" / "natural_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    )
    pages = _pages(corpus)
    return [
        Pair(pages[row["a"]], pages[row["b"]], is_same=True, kind=row["label"])
        for row in rows
        if row["a"] in pages and row["b"] in pages
    ]


def _pages(corpus: Path) -> dict[str, Told]:
    told = {}
    for folder in ("newspaper3k", "newspaper4k"):
        for row in _rows(corpus / "pages" / folder / "manifest.jsonl"):
            path = corpus / "pages" / folder / str(row.get("gold_text"))
            path = path if path.is_file() else path.with_name(path.name + ".gz")
            if path.is_file():
                text = _text(path)
                told[row["id"]] = Told(row["id"], "", START, "", row.get("title") or "", text)
    return told


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, _text(path).splitlines())


def _text(path: Path) -> str:
    body = path.read_bytes()
    return (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode("utf-8", "replace")


def texts_of(pairs: Sequence[Pair]) -> list[Told]:
    """Return the texts of the pairs, each once."""
    return list({told.name: told for pair in pairs for told in (pair.one, pair.other)}.values())

"""Collections of real pages with known texts, and how near an extracted text comes to a known one.

The measure is that of the article extraction benchmark by Zyte (github.com/scrapinghub/article-extraction-benchmark):
multisets of 4-word shingles, precision and recall averaged over the pages, F1 of the two averages.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from lxml.html import fromstring

from benchmarks.figures import f1

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SHINGLE = 4  # words
_BLOCKS = frozenset(
    "p div li br tr td th h1 h2 h3 h4 h5 h6 blockquote pre figcaption dd dt section article ul ol".split()
)


@dataclass(frozen=True, slots=True)
class KnownPage:
    id: str
    url: str
    body: bytes
    text: str | None
    title: str
    authors: frozenset[str]
    days: frozenset[str]  # on which it may be said to be published: in its own zone and in UTC
    present: tuple[str, ...] = ()  # snippets of the text
    absent: tuple[str, ...] = ()  # snippets of what stands around it


@dataclass(frozen=True, slots=True)
class Score:
    precision: float
    recall: float
    exact: float

    @property
    def f1(self) -> float:
        return f1(self.precision, self.recall)


def known_pages(corpus: Path, collection: str, every: int = 1) -> Iterator[KnownPage]:
    """Yield the articles of a collection, or every so-manieth of them."""
    folder = corpus / "pages" / collection
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row.get("page_type", "article") == "article"]
    for row in rows[::every]:
        yield KnownPage(
            id=row["id"],
            url=row.get("url") or "",
            body=_content(folder / row["html"]),
            text=_known_text(folder, row),
            title=row.get("title") or "",
            authors=names(row.get("authors") or []),
            days=_days(row.get("date") or ""),
            present=tuple(row.get("with") or ()),
            absent=tuple(row.get("without") or ()),
        )


def _known_text(folder: Path, row: dict[str, Any]) -> str | None:
    if gold := row.get("gold_text"):
        return _content(folder / gold).decode()
    if not (gold := row.get("gold_html")):
        return None
    markup = _content(folder / gold).decode()
    if not markup.strip():
        return ""
    tree: Any = fromstring(markup)
    for element in tree.iter():
        element.tail = f"\n{element.tail or ''}" if element.tag in _BLOCKS else element.tail
    return str(tree.text_content())


def score(pairs: Sequence[tuple[str, str]]) -> Score:
    """Score pairs of (known, extracted) texts."""
    rows = [_compared(_shingles(known), _shingles(extracted)) for known, extracted in pairs]
    precision, recall, exact = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return Score(precision, recall, exact)


def words(text: str) -> str:
    """Return the words alone, case folded: what two printings of a title or a name have in common."""
    return " ".join(re.findall(r"\w+", text.replace("\u00ad", "").casefold()))


def names(listed: Sequence[Any]) -> frozenset[str]:
    flat = (name for entry in listed for name in (entry if isinstance(entry, list) else [entry]))
    return frozenset(filter(None, (words(str(name)) for name in flat)))


def _compared(known: Counter[str], extracted: Counter[str]) -> tuple[float, float, float]:
    hits = (known & extracted).total()
    extra, missed = extracted.total() - hits, known.total() - hits
    if not extra and not missed:
        return 1.0, 1.0, 1.0
    return hits / (hits + extra) if hits else 0.0, hits / (hits + missed) if hits else 0.0, 0.0


def _shingles(text: str) -> Counter[str]:
    found = re.findall(r"\w+", normalize("NFC", text))  # a decomposed umlaut would end a word
    starts = range(max(1, len(found) - _SHINGLE + 1)) if found else range(0)
    return Counter(" ".join(found[start : start + _SHINGLE]) for start in starts)


def _days(text: str) -> frozenset[str]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return frozenset()
    own = moment.date().isoformat()
    return frozenset((own, moment.astimezone(UTC).date().isoformat() if moment.tzinfo else own))


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content

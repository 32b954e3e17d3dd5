"""How good and how quick the extraction is, beside trafilatura's own defaults on the same real pages.

    AGGREGATOR_CORPUS=… python -m benchmarks.extraction [--quick] [--json FILE]

Ours gets no hints from a feed, as trafilatura gets none. Both are asked for text and metadata.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trafilatura import bare_extraction
from trafilatura.settings import Document

from aggregator.extract import extract_article
from aggregator.models import Hint
from benchmarks.figures import Figure, report
from benchmarks.pages import KnownPage, known_pages, names, score, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COLLECTIONS = ("fundus", "wcxb", "newspaper3k", "newspaper4k")
QUICK = 8  # every eighth page
TITLES = {"fundus": 0.80, "wcxb": 0.85}  # share of titles that are right
DATES = {"fundus": 0.96}


@dataclass(frozen=True, slots=True)
class Found:
    """What an extractor found in a page."""

    text: str
    title: str
    authors: frozenset[str]
    day: str


@dataclass
class Results:
    pairs: list[tuple[str, str]] = field(default_factory=list)
    right: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    cpu_s: float = 0.0

    def add(self, page: KnownPage, found: Found) -> None:
        if page.text is not None:
            self.pairs.append((page.text, found.text))
        if page.title:
            self.right["title"].append(words(found.title) == words(page.title))
        if page.authors:
            self.right["author"].append(found.authors == page.authors)
        if page.days:
            self.right["date"].append(found.day in page.days)

    def share(self, field_name: str) -> float:
        marks = self.right[field_name]
        return sum(marks) / len(marks) if marks else 0.0


def ours(page: KnownPage) -> Found:
    found = extract_article(page.body, page.url, Hint(), "text/html")
    day = found.published_at.date().isoformat() if found.published_at else ""
    return Found(found.text, found.title, names(found.byline.split(", ")), day)


def trafilaturas(page: KnownPage) -> Found:
    found = bare_extraction(page.body, url=page.url or None, include_comments=False, with_metadata=True)
    if not isinstance(found, Document):
        return Found("", "", frozenset(), "")
    return Found(
        found.text or "", found.title or "", names((found.author or "").split("; ")), found.date or ""
    )


EXTRACTORS: dict[str, Callable[[KnownPage], Found]] = {"ours": ours, "trafilatura": trafilaturas}


def measure(pages: Iterable[KnownPage]) -> dict[str, Results]:
    """Run both on each page; who goes first alternates, because the second finds warm caches."""
    results = {name: Results() for name in EXTRACTORS}
    for number, page in enumerate(pages):
        for name in sorted(EXTRACTORS, reverse=bool(number % 2)):
            started = time.process_time()
            found = EXTRACTORS[name](page)
            results[name].cpu_s += time.process_time() - started
            results[name].add(page, found)
    return results


def show(collection: str, results: dict[str, Results], pages: int) -> None:
    print(f"\n{collection}: {pages} pages")
    print(
        f"{'':12} {'F1':>6} {'P':>6} {'R':>6} {'exact':>6} {'title':>6} {'author':>6} {'date':>6} {'ms':>6}"
    )
    for name, result in results.items():
        text = score(result.pairs)
        fields = (result.share(field_name) for field_name in ("title", "author", "date"))
        shares = (text.f1, text.precision, text.recall, text.exact, *fields)
        row = " ".join(f"{share:6.4f}" if share else "     -" for share in shares)
        print(f"{name:12} {row} {1000 * result.cpu_s / pages:6.1f}")


def figures_of(collection: str, results: dict[str, Results], *, quick: bool) -> Iterable[Figure]:
    """Yield the collection's figures; shares of titles and dates have a target only when there are many."""
    op = "" if quick else ">="
    mine, theirs = results["ours"], results["trafilatura"]
    text, bar = score(mine.pairs), score(theirs.pairs)
    yield Figure(f"extraction.{collection}.f1", text.f1, "F1", ">=", bar.f1)
    yield Figure(f"extraction.{collection}.exact", text.exact, "share", ">=", bar.exact)
    if collection in TITLES:
        yield Figure(f"extraction.{collection}.title", mine.share("title"), "share", op, TITLES[collection])
    if collection in DATES:
        yield Figure(f"extraction.{collection}.date", mine.share("date"), "share", op, DATES[collection])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help=f"only every {QUICK}th page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    asked = parser.parse_args()
    corpus = os.environ.get("AGGREGATOR_CORPUS")
    if not corpus:
        print("set AGGREGATOR_CORPUS to the folder that holds pages/", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)  # trafilatura reports each odd page
    warnings.simplefilter("ignore")
    figures: list[Figure] = []
    cpu = dict.fromkeys(EXTRACTORS, 0.0)
    for collection in COLLECTIONS:
        pages = list(known_pages(Path(corpus), collection, QUICK if asked.quick else 1))
        results = measure(pages)
        show(collection, results, len(pages))
        figures += figures_of(collection, results, quick=asked.quick)
        for name, result in results.items():
            cpu[name] += result.cpu_s
    print()
    figures.append(Figure("extraction.cpu_ratio", cpu["ours"] / cpu["trafilatura"], "times", "<=", 1.1))
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())

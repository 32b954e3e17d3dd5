"""How good and how quick the extraction is, beside trafilatura in four settings and other extractors, in one run.

    AGGREGATOR_CORPUS=… python -m benchmarks.extraction [--quick] [--no-peers] [--only NAME …] [--json FILE]

Ours gets no hints from a feed and no memory of the site (`benchmarks.sites` measures that), as the others get none.
All are asked for text and metadata. Most rules were made while looking at the pages with even numbers; those with odd
numbers were looked at a few times, too, so their half, which is printed apart, is no test of unseen pages.
"+" and "-" count the pages on which ours is better or worse than the best trafilatura.

Some known texts are another tool's output and hold lines of the page that no reader wants (`benchmarks.furnished`), so
they can only be met by who keeps them: newspaper3k's above all. Beside the share of exact texts stand therefore that
of the other texts alone, and what could be reached by asking, for each page, the extractor that happens to meet it.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from benchmarks.asked import corpus_folder, options
from benchmarks.extractors import TRAFILATURAS, Found, ours, peers, tried
from benchmarks.figures import Figure, report
from benchmarks.furnished import has_furniture
from benchmarks.pages import KnownPage, known_pages, score, words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from benchmarks.pages import Score

NEWS = ("fundus", "wcxb", "newspaper3k")
OTHERS = ("newspaper4k", "readability")  # few pages, and other tools' output as the known text
SNIPPETS = "trafilatura-eval"
GAIN = 0.008  # F1 above trafilatura's best setting
EXACT = 1.4  # times trafilatura's share of exact texts
DIFFERENT = 0.002  # F1 of one page: less is neither better nor worse
WARM = 10  # pages
QUICK = 8  # every eighth page
TITLES = {"fundus": 0.84, "wcxb": 0.85}  # shares that are right
DATES = {"fundus": 0.97}


@dataclass
class Results:
    """What one extractor found in the pages of a collection, beside what is known of them."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    furnished: list[bool] = field(default_factory=list)  # of each pair: the known text has lines of the page
    right: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    snippets: list[tuple[bool, bool]] = field(default_factory=list)  # belongs to the text, was found
    cpu_s: float = 0.0
    pages: int = 0

    def add(self, page: KnownPage, found: Found, *, furnished: bool) -> None:
        self.pages += 1
        if page.text is not None:
            self.pairs.append((page.text, found.text))
            self.furnished.append(furnished)
        flat = " ".join(found.text.split())
        self.snippets += [(True, " ".join(s.split()) in flat) for s in page.present]
        self.snippets += [(False, " ".join(s.split()) in flat) for s in page.absent]
        if page.title:
            self.right["title"].append(words(found.title) == words(page.title))
        if page.authors:
            self.right["author"].append(found.authors == page.authors)
        if page.days:
            self.right["date"].append(found.day in page.days)

    def share(self, name: str) -> float:
        marks = self.right[name]
        return sum(marks) / len(marks) if marks else 0.0

    @property
    def score(self) -> Score:
        return score(self.pairs)

    @property
    def exact(self) -> list[bool]:
        """Return for each known text whether it was met word by word."""
        return [score([pair]).exact == 1.0 for pair in self.pairs]

    @property
    def exact_elsewhere(self) -> float:
        """Return the share that was met of those known texts that are the article's alone."""
        rows = zip(self.exact, self.furnished, strict=True)
        met = [is_met for is_met, is_furnished in rows if not is_furnished]
        return sum(met) / max(1, len(met))

    @property
    def half_scores(self) -> tuple[Score, Score]:
        """Return the scores of the pages that were looked at most and of the others."""
        return score(self.pairs[0::2]), score(self.pairs[1::2] or self.pairs)

    @property
    def snippet_f1(self) -> float:
        found_right = sum(1 for belongs, found in self.snippets if belongs and found)
        found = sum(1 for _, is_found in self.snippets if is_found)
        right = sum(1 for belongs, _ in self.snippets if belongs)
        return 2 * found_right / (found + right) if found + right else 0.0


def measure(
    pages: Iterable[KnownPage], extractors: dict[str, Callable[[KnownPage], Found]]
) -> dict[str, Results]:
    """Run all on each page; who goes first alternates, because the second finds warm caches.

    What is loaded but once, the lists of words of justext and htmldate above all, is not counted: it would be charged
    to whoever meets the first page that needs it.
    """
    pages = list(pages)
    for page, extract in product(pages[:WARM], extractors.values()):
        tried(extract, page)
    results = {name: Results() for name in extractors}
    for number, page in enumerate(pages):
        furnished = has_furniture(page)
        for name in sorted(extractors, reverse=bool(number % 2)):
            started = time.process_time()
            found = extractors[name](page) if name == "ours" else tried(extractors[name], page)
            results[name].cpu_s += time.process_time() - started
            results[name].add(page, found, furnished=furnished)
    return results


def best_setting(results: dict[str, Results]) -> str:
    """Return the setting with which trafilatura is best on these pages."""
    settings = [name for name in TRAFILATURAS if name in results]
    return max(settings, key=lambda name: _rank(results[name]))


def _rank(result: Results) -> float:
    return result.score.f1 if result.pairs else result.snippet_f1


def compared(mine: Results, theirs: Results) -> tuple[int, int]:
    """Return on how many pages `mine` is better, and on how many worse."""
    rows = zip(mine.pairs, theirs.pairs, strict=True)
    gains = [score([ours_]).f1 - score([theirs_]).f1 for ours_, theirs_ in rows]
    return sum(gain > DIFFERENT for gain in gains), sum(gain < -DIFFERENT for gain in gains)


def show(collection: str, results: dict[str, Results]) -> None:
    print(f"\n{collection}: {results['ours'].pages} pages")
    columns = ("F1", "P", "R", "exact", "even", "odd", "title", "author", "date", "ms")
    print(f"{'':16}" + " ".join(f"{column:>6}" for column in columns))
    for name, result in results.items():
        shares = [result.share(field_name) for field_name in ("title", "author", "date")]
        row = [*_text_shares(result), *shares]
        cells = " ".join(f"{share:6.4f}" if share else "     -" for share in row)
        print(f"{name:16}{cells} {1000 * result.cpu_s / result.pages:6.1f}", flush=True)
    best = best_setting(results)
    if results["ours"].pairs:
        better, worse = compared(results["ours"], results[best])
        print(f"ours beside {best}: +{better} -{worse}")
        print(
            f"known texts with lines that are the page's: {sum(results['ours'].furnished)}; exact of the others: "
            f"ours {results['ours'].exact_elsewhere:.3f}, {best} {results[best].exact_elsewhere:.3f}; "
            f"exact by any of {len(results)} extractors: {exact_by_any(results.values()):.3f}"
        )


def exact_by_any(results: Iterable[Results]) -> float:
    """Return the share of known texts that some extractor meets: who knew which to ask could reach no more."""
    met = [any(column) for column in zip(*(result.exact for result in results), strict=True)]
    return sum(met) / max(1, len(met))


def _text_shares(result: Results) -> list[float]:
    if not result.pairs:
        return [result.snippet_f1, 0.0, 0.0, 0.0, 0.0, 0.0]
    text, (even, odd) = result.score, result.half_scores
    return [text.f1, text.precision, text.recall, text.exact, even.f1, odd.f1]


def figures_of(collection: str, results: dict[str, Results], *, quick: bool) -> Iterable[Figure]:
    """Yield the collection's figures; of few pages, or of weak known texts, nothing but "not worse" is asked."""
    mine, theirs = results["ours"], results[best_setting(results)]
    name = f"extraction.{collection}"
    if not mine.pairs:
        yield Figure(f"{name}.snippets", mine.snippet_f1, "F1", ">=", theirs.snippet_f1)
        return
    text, bar = mine.score, theirs.score
    is_news = collection in NEWS
    yield Figure(f"{name}.f1", text.f1, "F1", ">=", bar.f1 + (GAIN if is_news and not quick else 0.0))
    yield Figure(f"{name}.exact", text.exact, "share", ">=", bar.exact * (EXACT if is_news else 1.0))
    if is_news:
        yield Figure(f"{name}.furnished", sum(mine.furnished), "known texts")
        least = theirs.exact_elsewhere * EXACT
        yield Figure(f"{name}.exact_elsewhere", mine.exact_elsewhere, "share", ">=", least)
        yield Figure(f"{name}.exact_by_any", exact_by_any(results.values()), "share")
    for half, of_mine, of_theirs in zip(
        ("looked_at", "other"), mine.half_scores, theirs.half_scores, strict=True
    ):
        yield Figure(f"{name}.gain_{half}_half", of_mine.f1 - of_theirs.f1, "F1")
    better, worse = compared(mine, theirs)
    yield Figure(f"{name}.better", better, "pages")
    yield Figure(f"{name}.worse", worse, "pages")
    for field_name, targets in (("title", TITLES), ("date", DATES)):
        if collection in targets:
            op = "" if quick else ">="
            yield Figure(f"{name}.{field_name}", mine.share(field_name), "share", op, targets[collection])


def _options() -> argparse.ArgumentParser:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only every {QUICK}th page")
    parser.add_argument("--no-peers", action="store_true", help="beside trafilatura alone")
    parser.add_argument(
        "--only", nargs="+", default=(*NEWS, *OTHERS, SNIPPETS), metavar="NAME", help="these collections"
    )
    return parser


def _extractors(*, with_peers: bool) -> dict[str, Callable[[KnownPage], Found]]:
    there, missing = peers() if with_peers else ({}, [])
    for package in missing:
        print(f"{package} is not installed and left out (pip install '.[bench]')")
    return {"ours": ours, **TRAFILATURAS, **there}


def main() -> int:
    parser = _options()
    asked, corpus = parser.parse_args(), corpus_folder(parser, "pages/")
    logging.disable(logging.CRITICAL)  # the libraries report each odd page
    warnings.simplefilter("ignore")
    extractors = _extractors(with_peers=not asked.no_peers)
    figures: list[Figure] = []
    cpu: dict[str, float] = defaultdict(float)
    met: dict[str, int] = defaultdict(int)  # known texts of all news, letter for letter
    for collection in asked.only:
        results = measure(known_pages(corpus, collection, QUICK if asked.quick else 1), extractors)
        show(collection, results)
        figures += figures_of(collection, results, quick=asked.quick)
        for name, result in results.items():
            cpu[name] += result.cpu_s
            met[name] += sum(result.exact) if collection in NEWS else 0
    print()
    if best := max(met[name] for name in TRAFILATURAS):
        figures.append(Figure("extraction.news.exact", met["ours"] / best, "times", ">=", EXACT))
    figures.append(Figure("extraction.cpu_ratio", cpu["ours"] / cpu["trafilatura"], "times", "<=", 1.0))
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())

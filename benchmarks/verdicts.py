"""How often the verdict on a page is a person's: pages of our own, and labelled pages of the corpus.

    [AGGREGATOR_CORPUS=…] python -m benchmarks.verdicts [--wrong] [--json FILE]

Each page is read as the archive reads it, together with what a feed said (nothing, for those of the corpus). The
part that is held out was not looked at while rules were written; what is said of it in `tests.verdict_pages` holds.
Without a corpus only our own pages are read.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.extract import page_failure
from aggregator.models import ParsedEntry, Response, Verdict
from aggregator.reading import read_entry
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.pages import score
from tests.verdict_pages import FOLDER, Labelled, labelled_pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LABELS = FOLDER / "corpus.txt"
GOOD, BAD = 0.9, 0.75  # F1 of a text that is the article, and of one that is not
ORDER = list(Verdict)


@dataclass(frozen=True, slots=True)
class Judged:
    """A page, what a person and what the program say of it."""

    name: str
    held: bool
    wanted: Verdict
    found: Verdict
    score: float
    reason: str
    f1: float | None  # of the text, where it is known


def read_all(corpus: Path | None) -> Iterator[Judged]:
    for page in labelled_pages():
        yield judged(page, None)
    if corpus is not None:
        for page, text in corpus_pages(corpus):
            yield judged(page, text)


def judged(page: Labelled, text: str | None) -> Judged:
    found = read_entry(page.entry, page.answer).extracted
    f1 = score([(text, found.text)]).f1 if text and page_failure(page.answer) is None else None
    return Judged(page.name, page.held, page.verdict, found.verdict, found.score, found.reason, f1)


def corpus_pages(corpus: Path) -> Iterator[tuple[Labelled, str | None]]:
    """Yield the labelled pages of the corpus, with their texts where those are known for sure."""
    rows = {}
    for manifest in sorted(corpus.glob("pages/*/manifest.jsonl")):
        for line in manifest.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows[row["id"]] = (manifest.parent, row)
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            verdict, part, page_id = line.split(" ", 2)
            folder, row = rows[page_id]
            yield _labelled(folder, row, Verdict(verdict), held=part == "held")


def _labelled(
    folder: Path, row: dict[str, str], verdict: Verdict, *, held: bool
) -> tuple[Labelled, str | None]:
    url = row.get("url") or "https://unknown.example/a/page"
    answer = Response(url, url, 200, {"content-type": "text/html"}, _content(folder / row["html"]))
    entry = ParsedEntry(guid=url, link=url, title="")
    known = row.get("gold_text") if folder.name in {"wcxb", "fundus"} else None
    text = _content(folder / known).decode() if known else None
    return Labelled(row["id"], verdict, answer, entry, held), text


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


# ---------------------------------------------------------------------------------------------- the figures


def show_matrix(pages: Sequence[Judged]) -> None:
    """Print how many pages of each verdict got which."""
    counts = Counter((page.wanted, page.found) for page in pages)
    print(f"{'wanted / found':15}" + "".join(f"{verdict[:9]:>10}" for verdict in ORDER) + f"{'recall':>9}")
    for wanted in ORDER:
        row = [counts[wanted, found] for found in ORDER]
        if sum(row):
            cells = "".join(f"{count or '·':>10}" for count in row)
            print(f"{wanted:15}{cells}{counts[wanted, wanted] / sum(row):9.3f}")


def figures_of(part: str, pages: Sequence[Judged]) -> Iterator[Figure]:
    """Yield the figures of a part of the pages."""
    whole = [page for page in pages if page.wanted is Verdict.FULL]
    others = [page for page in pages if page.wanted is not Verdict.FULL]
    right = sum(page.found is page.wanted for page in pages)
    yield Figure(f"verdicts.{part}.pages", len(pages), "pages")
    yield Figure(f"verdicts.{part}.accuracy", right / len(pages), "share", ">=", 0.92)
    false_full = sum(page.found is Verdict.FULL for page in others)
    yield Figure(f"verdicts.{part}.false_full", false_full / len(others), "share", "<=", 0.08)
    alarms = sum(page.found is not Verdict.FULL for page in whole)
    yield Figure(f"verdicts.{part}.false_alarms", alarms / len(whole), "share", "<=", 0.03)


def separation(pages: Sequence[Judged]) -> float | None:
    """Return how often a good text has a higher score than a bad one; None when there are not both."""
    good = [page.score for page in pages if page.f1 is not None and page.f1 >= GOOD]
    bad = [page.score for page in pages if page.f1 is not None and page.f1 < BAD]
    if not good or not bad:
        return None
    return sum((g > b) + (g == b) / 2 for g in good for b in bad) / (len(good) * len(bad))


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--wrong", action="store_true", help="list the pages that are judged otherwise")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # trafilatura reports each odd page
    warnings.simplefilter("ignore")
    corpus = os.environ.get("AGGREGATOR_CORPUS")
    pages = list(read_all(Path(corpus) if corpus else None))
    figures: list[Figure] = []
    for part, held in (("looked_at", False), ("held_out", True)):
        chosen = [page for page in pages if page.held is held]
        print(f"\n{part}: {len(chosen)} pages")
        show_matrix(chosen)
        figures += figures_of(part, chosen)
    if (apart := separation(pages)) is not None:
        figures.append(Figure("verdicts.score.separation", apart, "share", ">=", 0.8))
    if asked.wrong:
        for page in pages:
            if page.found is not page.wanted:
                print(f"{page.name}: {page.wanted}, found {page.found} ({page.reason})")
    print()
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())

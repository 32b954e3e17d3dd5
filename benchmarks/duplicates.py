"""The same text, once: how well copies are told from look-alikes, beside the usual methods, in one run.

    AGGREGATOR_CORPUS=… python -m benchmarks.duplicates [--quick] [--json FILE]

`neardup/constructed`: edits of real articles, true by construction. `edits`: harder ones of our own making. `wires`:
stories of agencies in the hands of up to 46 outlets. `wikipedia`: versions of one page. `natural`: pairs that were
found among real pages. `semeval`: which of two texts tell of the same event, by area under the curve. `notices`:
texts of one form, of which none may be hidden.

`duplicates.cpu` is what recognising costs on the program's own path, in the least of five passes, as neighbours on the
machine slow each of them: shingles, fingerprint, look for walls, sketch, comparison, and the end of the transaction. It
leaves out what is paid without any of that: extraction, storing the article, the full-text index (see `matcher`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import chain, combinations, groupby
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.extract import extract_article
from aggregator.models import Hint
from aggregator.stories import fit_of_two, terms_of, weigh
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, f1, report
from benchmarks.matcher import Matcher, Text
from benchmarks.notices import notices
from benchmarks.pages import known_pages
from benchmarks.rivals import RIVALS
from benchmarks.stories import shelf_with_articles
from benchmarks.textsets import Set, constructed, edited, lines, wikipedia, wired

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.rivals import Rival
    from benchmarks.textsets import Pair

BATCH = 20  # texts in a transaction
PASSES = 5


@dataclass(frozen=True, slots=True)
class Score:
    precision: float
    recall: float
    ari: float

    @property
    def f1(self) -> float:
        return f1(self.precision, self.recall)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer articles and notices")
    asked = parser.parse_args()
    corpus = corpus_folder(parser, "neardup/")
    figures = [
        *measure(constructed(corpus), cost=True),
        *measure(edited(corpus, 25 if asked.quick else 60)),
        *measure(wired(corpus, 20 if asked.quick else 60)),
        *measure(wikipedia(corpus)),
        *natural_pairs(corpus),
        *same_event(corpus),
        *never_merged(30 if asked.quick else 100),
    ]
    return report(figures, asked.json)


# --------------------------------------------------------------------------------------------- the measures


def measure(made: Set, *, cost: bool = False) -> Iterator[Figure]:
    """Yield what our tiers and each rival make of a set; every way may group whatever is linked in a chain."""
    with tempfile.TemporaryDirectory() as folder, Matcher(Path(folder) / "a.db") as ours:
        for start in range(0, len(made.texts), BATCH):
            ours.take(made.texts[start : start + BATCH])
        if cost:
            least = min(ours.seconds, *(_seconds(made) for _ in range(PASSES - 1)))
            yield Figure("duplicates.cpu", least / len(made.texts) * 1e6, "µs/article", "<=", 1000)
            yield Figure("duplicates.index", ours.index_bytes() / len(made.texts), "bytes/article", "<=", 600)
        copies = list(ours.originals().items())
        yield from _copy_figures(made, copies)
        linked = _score(made, [*copies, *ours.related()])
    best = best_ari = 0.0
    for rival in RIVALS:
        started = time.process_time()
        score = _score(made, _linked(rival, made.texts))
        spent = (time.process_time() - started) / len(made.texts) * 1e6
        best, best_ari = max(best, score.f1), max(best_ari, score.ari)
        yield from _figures(f"{made.name}.{rival.name}", score)
        yield Figure(f"{made.name}.{rival.name}.cpu", spent, "µs/article")
    is_gold = made.name == "constructed"
    yield from _figures(
        f"{made.name}.related", linked, f1=0.98 if is_gold else best, ari=0.99 if is_gold else best_ari
    )
    yield Figure(f"{made.name}.related.lead", linked.f1 - best, "F1", ">", 0)


def _seconds(made: Set) -> float:
    """Return the processor time in seconds of one more pass over a set, in an archive of its own."""
    with tempfile.TemporaryDirectory() as folder, Matcher(Path(folder) / "a.db") as ours:
        for start in range(0, len(made.texts), BATCH):
            ours.take(made.texts[start : start + BATCH])
        return ours.seconds


def _figures(name: str, score: Score, f1: float = 0.0, ari: float = 0.0) -> Iterator[Figure]:
    yield Figure(f"{name}.precision", score.precision, "share")
    yield Figure(f"{name}.recall", score.recall, "share")
    yield Figure(f"{name}.f1", score.f1, "share", ">=" if f1 else "", f1)
    yield Figure(f"{name}.ari", score.ari, "share", ">=" if ari else "", ari)


def _copy_figures(made: Set, copies: Sequence[Pair]) -> Iterator[Figure]:
    """Yield how the copies that we hide fare; a text with other facts must not be among them."""
    families = _families(made.group, copies)
    merged = Counter(label for (a, b), label in made.labels.items() if families[a] == families[b])
    labelled = Counter(made.labels.values())
    wrong = merged["different"] + merged["template_other_facts"]
    yield Figure(f"{made.name}.copy.precision", 1 - wrong / max(1, merged.total()), "share", ">=", 0.995)
    for label in sorted(labelled):
        yield Figure(f"{made.name}.copy.{label}", merged[label] / labelled[label], "share")


def _score(made: Set, links: Iterable[Pair]) -> Score:
    """Score links on the labelled pairs; other facts in the same words are to be linked, but are no positives."""
    families = _families(made.group, links)
    linked = Counter(label for (a, b), label in made.labels.items() if families[a] == families[b])
    labelled = Counter(made.labels.values())
    for counts in (linked, labelled):
        counts["template_other_facts"] = 0
    right = linked.total() - linked["different"]
    return Score(
        right / linked.total() if linked.total() else 1.0,
        right / (labelled.total() - labelled["different"]),
        adjusted_rand_index(made.group, families),
    )


def _linked(rival: Rival, texts: Sequence[Text]) -> Iterator[Pair]:
    marks = [rival.mark(text.title, text.text) for text in texts]
    for one, other in combinations(range(len(texts)), 2):
        if rival.score(marks[one], marks[other]) >= rival.bound:
            yield one, other


def _families(everything: Iterable[int], links: Iterable[Pair]) -> dict[int, int]:
    """Return the family of each text: all that are linked, directly or by others."""
    parent = {text: text for text in everything}

    def root(text: int) -> int:
        while parent[text] != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for one, other in links:
        parent[root(one)] = root(other)
    return {text: root(text) for text in parent}


def adjusted_rand_index(gold: Mapping[int, object], found: Mapping[int, object]) -> float:
    """Return how well two groupings agree beyond chance (Hubert and Arabie 1985): 1 is perfect, 0 is chance."""
    both = sum(comb(n, 2) for n in Counter((gold[text], found[text]) for text in gold).values())
    of_gold = sum(comb(n, 2) for n in Counter(gold.values()).values())
    of_found = sum(comb(n, 2) for n in Counter(found.values()).values())
    expected = of_gold * of_found / comb(len(gold), 2)
    most = (of_gold + of_found) / 2
    return (both - expected) / (most - expected) if most != expected else 1.0


# ------------------------------------------------------------------------------------- natural pairs, events


def natural_pairs(corpus: Path) -> Iterator[Figure]:
    """Yield what becomes of the pairs that were found among real pages, read as the archive reads them."""
    rows = list(lines(corpus / "neardup" / "natural_pairs.jsonl"))
    paired = {row[side] for row in rows for side in "ab"}
    texts = {}
    for collection in ("newspaper3k", "newspaper4k", "trafilatura-eval"):
        for page in known_pages(corpus, collection):
            if page.id in paired:
                texts[page.id] = extract_article(page.body, page.url, Hint(), "text/html").text
            elif page.text:
                texts[page.id] = page.text
    made = Set("natural")
    number = {name: made.add(text, name) for name, text in texts.items()}
    made.labels = {(number[row["a"]], number[row["b"]]): row["label"] for row in rows}
    with tempfile.TemporaryDirectory() as folder, Matcher(Path(folder) / "a.db") as ours:
        ours.take(made.texts)
        copies = set(ours.originals().items())
    right = sum(
        (b, a) in copies or (a, b) in copies for (a, b), label in made.labels.items() if label == "copy"
    )
    wanted = sum(label == "copy" for label in made.labels.values())
    yield Figure("natural.copies_found", right, "pairs", ">=", wanted)
    for copy, original in sorted(copies):
        if (original, copy) not in made.labels and (copy, original) not in made.labels:
            names = list(texts)
            print(f"natural: also taken for a copy: {names[copy]} of {names[original]}")
    yield Figure("natural.other_copies", len(copies) - right, "pairs")


def same_event(corpus: Path) -> Iterator[Figure]:
    """Yield how well scores rank the pairs that people rated 2 or better; walls among them must not be copies."""
    rows = list(lines(corpus / "neardup" / "semeval2022t8" / "pairs.jsonl.gz"))
    same = [row["overall"] <= 2 for row in rows]
    best = 0.0
    for rival in RIVALS:
        marks = [[rival.mark(_head(row[side]), row[side]) for side in ("text1", "text2")] for row in rows]
        area = area_under_curve([rival.score(*pair) for pair in marks], same)
        best = max(best, area)
        yield Figure(f"semeval.{rival.name}.auc", area, "share")
    yield Figure("semeval.ours.auc", area_under_curve(_fits(rows), same), "share", ">", best)
    with tempfile.TemporaryDirectory() as folder, Matcher(Path(folder) / "a.db") as matcher:
        pairs = [(row[side], row["overall"]) for row in rows for side in ("text1", "text2")]
        matcher.take([Text(n, text, _head(text)) for n, (text, _) in enumerate(pairs)])
        wrong = [(a, b) for a, b in matcher.originals().items() if a // 2 == b // 2 and pairs[a][1] > 2.5]
    yield Figure("semeval.copies_rated_different", len(wrong), "pairs")


def _fits(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return how well the two texts of each pair fit into one story of ours."""
    with shelf_with_articles(0) as (_, shelf):
        terms = [
            [terms_of(_head(row[f"text{n}"]), row[f"text{n}"], row[f"lang{n}"]) for n in (1, 2)]
            for row in rows
        ]
        for one in chain(*terms):
            shelf.learn(one)
        vectors = [[weigh(one, shelf.frequencies(one)) for one in pair] for pair in terms]
    return [fit_of_two(*pair) for pair in vectors]


def _head(text: str) -> str:
    """Return what stands for the title: the texts begin with it."""
    return " ".join(text.split()[:10])


def area_under_curve(scores: Sequence[float], same: Sequence[bool]) -> float:
    """Return how often a pair of the same event scores higher than one that is not, ties counted half."""
    ranks, rank = 0.0, 0
    for _, tied in groupby(sorted(zip(scores, same, strict=True)), key=lambda row: row[0]):
        group = [is_same for _, is_same in tied]
        ranks += sum(group) * (rank + (len(group) + 1) / 2)
        rank += len(group)
    right = sum(same)
    return (ranks - right * (right + 1) / 2) / (right * (len(same) - right))


# -------------------------------------------------------------------------------------------------- notices


def never_merged(each: int) -> Iterator[Figure]:
    """Yield how many notices of one form are hidden: on the site that prints them, and spread over many."""
    every = [
        Text(n, notice.text, f"{notice.form} {notice.day}", notice.form, notice.day / 20)
        for n, notice in enumerate(notices(each))
    ]
    for name, texts in (("one_site", every), ("many_sites", [replace(text, site="") for text in every])):
        merged: dict[str, int] = defaultdict(int)
        with tempfile.TemporaryDirectory() as folder, Matcher(Path(folder) / "a.db") as ours:
            for start in range(0, len(texts), BATCH):
                ours.take(texts[start : start + BATCH])
            for copy in ours.originals():
                merged[every[copy].site] += 1
            spent = ours.seconds / len(texts) * 1e6
        if merged:
            print(f"notices.{name}: merged {dict(merged)}")
        per_thousand = sum(merged.values()) / len(texts) * 1000
        yield Figure(f"notices.{name}.wrong_merges", per_thousand, "of 1000", "<=", 1)
        yield Figure(f"notices.{name}.cpu", spent, "µs/article")


if __name__ == "__main__":
    sys.exit(main())

"""Texts in the order in which they are published, and which of them are one text: for `benchmarks.duplicates`."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from benchmarks.edits import COPIES, FURNITURE, STRANGERS, figures_changed, paragraphs_of
from benchmarks.matcher import Text
from benchmarks.pages import known_pages
from benchmarks.wires import wires

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Pair = tuple[int, int]
WIRE = 12_000  # characters; what agencies send is no longer


@dataclass(slots=True)
class Set:
    """Texts in the order in which they come, what is said of pairs of them, and which belong together."""

    name: str
    texts: list[Text] = field(default_factory=list)
    labels: dict[Pair, str] = field(default_factory=dict)
    group: dict[int, object] = field(default_factory=dict)

    def add(self, text: str, group: object, title: str = "") -> int:
        at = len(self.texts)
        self.texts.append(Text(at, text, title))
        self.group[at] = group
        return at


def lines(path: Path) -> Iterator[Any]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from map(json.loads, text.decode().splitlines())


def constructed(corpus: Path) -> Set:
    folder = corpus / "neardup" / "constructed"
    rows = {row["id"]: row for row in lines(folder / "docs.jsonl.gz")}
    originals = {name: row["text"].strip()[:300] for name, row in rows.items() if name.endswith("/orig")}
    made = Set("constructed")
    number = {}
    labels = {(row["a"], row["b"]): row["label"] for row in lines(folder / "pairs.jsonl")}
    strangers = {b for (_, b), label in labels.items() if label == "different"}
    for name, row in rows.items():
        family = name.rpartition("/")[0] + "/orig"
        if name in strangers:  # another article's body, with an ending or a headline of this one's
            bodies = [other for other, start in originals.items() if other != family and start in row["text"]]
            family = bodies[0] if bodies else name
        number[name] = made.add(row["text"], family, row["title"])
    made.labels = {(number[a], number[b]): label for (a, b), label in labels.items()}
    return made


def articles(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield (title, text) of articles of some length."""
    for collection in ("fundus", "wcxb"):
        for page in known_pages(corpus, collection):
            if page.text and len(page.text) > 1000 and len(paragraphs_of(page.text)) >= 5:
                yield page.title, page.text


def edited(corpus: Path, most: int) -> Set:
    """Return articles and what `edits` makes of them; of strangers' edits, a text belongs to its own article."""
    chance = random.Random(5)
    chosen = chance.sample(found := list(articles(corpus)), min(most, len(found)))
    made = Set("edits")
    paragraphs = [paragraphs_of(text) for _, text in chosen]
    own = [made.add(text, n, title) for n, (title, text) in enumerate(chosen)]
    for n, ((title, text), parts) in enumerate(zip(chosen, paragraphs, strict=True)):
        others = (n + 1) % len(chosen)
        for name, edit in COPIES.items():
            copy = made.add(edit(parts, paragraphs[others], chance), n, title)
            made.labels[own[n], copy] = "reworded" if name == "reworded" else "copy"
        for edit in STRANGERS.values():
            stranger = made.add(edit(parts, paragraphs[others], chance), others, chosen[others][0])
            made.labels[own[n], stranger] = "different"
        with_furniture = made.add("\n\n".join([*parts, *FURNITURE]), n, title)
        made.labels[own[n], with_furniture] = "copy"
        if sum(map(str.isdigit, text)) >= 12:
            made.labels[own[n], made.add(figures_changed(parts, parts, chance), n, title)] = (
                "template_other_facts"
            )
    return made


def wired(corpus: Path, families: int) -> Set:
    made = Set("wires")
    short = [(title, text) for title, text in articles(corpus) if len(text) < WIRE]
    for text, story in wires(short, families):
        made.texts.append(text)
        made.group[text.id] = story
    for one, other in combinations(made.group, 2):
        made.labels[one, other] = "wire" if made.group[one] == made.group[other] else "different"
    return made


def wikipedia(corpus: Path) -> Set:
    made = Set("wikipedia")
    for row in lines(corpus / "neardup" / "wikipedia_revisions" / "docs.jsonl.gz"):
        made.add(row["text"], row["doc"])
    for one, other in combinations(made.group, 2):
        made.labels[one, other] = "revision" if made.group[one] == made.group[other] else "different"
    return made

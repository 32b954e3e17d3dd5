"""What people of many languages find, and what they find that they did not ask for.

    python -m benchmarks.languages [--set NAME] [--missed] [--json FILE]

Reads tests/data/search/languages.toml, records its documents in a new archive as the service would, asks its queries
as the command line would, and counts: of the documents that a query must find, how many it found; of those that it must
not find, how many it found nevertheless. `--missed` names them, and those found though the file does not say whether
they should be. Two more sets were written after the rules and asked once before anything was mended by them:
docs/search.md has those figures.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.query import parse_query
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from tests.makers import LEASE, archived, article_text, plan, said, visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.archive import Archive

FILE = Path(__file__).parent.parent / "tests" / "data" / "search" / "languages.toml"
SETS = ("languages", "held-out", "held-out-after")
FEED = "https://languages.example/feed"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FOUND, FALSE = 95.0, 2.0  # percent


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    language: str  # BCP 47
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the documents that it must find, and those that it must not find."""

    typed: str
    wanted: frozenset[str]
    unwanted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    asked: Asked
    found: frozenset[str]

    @property
    def missed(self) -> frozenset[str]:
        return self.asked.wanted - self.found

    @property
    def wrong(self) -> frozenset[str]:
        return self.asked.unwanted & self.found

    @property
    def besides(self) -> frozenset[str]:
        return self.found - self.asked.wanted - self.asked.unwanted


def read_set(file: Path = FILE) -> tuple[list[Document], list[Asked]]:
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    asked = [
        Asked(typed, frozenset(wanted.split()), frozenset(unwanted.split()))
        for typed, wanted, unwanted in read["queries"]
    ]
    return [Document(*one) for one in read["documents"]], asked


def fill(archive: Archive, documents: Sequence[Document]) -> dict[int, str]:
    """Record the documents; return the name of each by the id of its article."""
    archive.feeds.apply_plan(plan(FEED), NOW)
    feed = archive.feeds.claim(NOW, limit=1, lease=LEASE)[0]
    archive.visits.record([visit(feed, *(said(one.name, title=one.title) for one in documents), at=NOW)])
    by_name = {one.name: one for one in documents}
    names = {}
    while claimed := archive.entries.claim(NOW, limit=len(documents), lease=LEASE):
        for entry in claimed:
            one = by_name[entry.parsed.guid]
            says = replace(
                article_text(entry.parsed.link, title=one.title, text=one.text, dated_at=NOW),
                language=one.language,
                byline="",
                site="",
            )
            names[archive.articles.record(archived(entry, says, at=NOW))] = one.name
    return names


def answers(archive: Archive, names: dict[int, str], asked: Sequence[Asked]) -> Iterator[Answered]:
    for one in asked:
        hits = archive.index.search(parse_query(one.typed, NOW, limit=len(names)))
        yield Answered(one, frozenset(names[hit.article.id] for hit in hits))


def figures_of(answered: Sequence[Answered], languages: int, name: str = "languages") -> list[Figure]:
    wanted = sum(len(one.asked.wanted) for one in answered)
    unwanted = sum(len(one.asked.unwanted) for one in answered)
    missed, wrong = sum(len(one.missed) for one in answered), sum(len(one.wrong) for one in answered)
    return [
        Figure(f"{name}.queries", len(answered), f"in {languages} languages"),
        Figure(f"{name}.found", 100 * (1 - missed / wanted), f"% of {wanted}", ">=", FOUND),
        Figure(f"{name}.false", 100 * wrong / unwanted, f"% of {unwanted}", "<=", FALSE),
        Figure(f"{name}.besides", sum(len(one.besides) for one in answered), "hits"),
    ]


def measure(file: Path = FILE) -> tuple[list[Answered], list[Figure]]:
    documents, asked = read_set(file)
    with (
        TemporaryDirectory() as folder,
        open_archive(Path(folder) / "languages.db", writable=True) as archive,
    ):
        answered = list(answers(archive, fill(archive, documents), asked))
    return answered, figures_of(answered, len({one.language for one in documents}), file.stem)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument(
        "--missed", action="store_true", help="name what was missed and what was found wrongly"
    )
    parser.add_argument("--set", choices=SETS, default=SETS[0], help="the documents and queries")
    asked = parser.parse_args()
    answered, figures = measure(FILE.with_name(f"{asked.set}.toml"))
    if asked.missed:
        for one in answered:
            parts = {"missed": one.missed, "wrong": one.wrong, "besides": one.besides}
            said = "; ".join(f"{what} {' '.join(sorted(names))}" for what, names in parts.items() if names)
            if said:
                print(f"{one.asked.typed}\t{said}")
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())

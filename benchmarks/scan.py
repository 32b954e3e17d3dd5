"""Does the index answer as a look at every text does, after many changes?

    python -m benchmarks.scan [--changes 100000] [--queries 1000] [--json FILE]

Articles are inserted, edited, dated anew and deleted at random; then random queries (words, phrases, beginnings,
fields, filters, periods, combined) are answered by the index, listed whole, counted and streamed, and by a search
that reads every text by the rules of docs/search.md alone.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.archive import open_archive
from aggregator.models.queries import Query
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from tests.linear import Shelf, change, queries

AT_ONCE = 100


def run(path: Path, changes: int, asked: int, seed: int) -> list[Figure]:
    chance, shelf = random.Random(seed), Shelf()
    wrong, spent = 0, 0.0
    with open_archive(path, writable=True) as archive:
        begun = time.process_time()
        for _ in range(0, changes, AT_ONCE):
            with archive.transaction():
                for _ in range(AT_ONCE):
                    change(archive, shelf, chance)
            shelf.settle()
        changing = time.process_time() - begun
        for tree in queries(chance, asked):
            begun = time.process_time()
            listed = set(archive.index.ids(Query(tree, limit=-1)))
            spent += time.process_time() - begun
            streamed, counted = set(archive.index.stream(Query(tree))), archive.index.count(Query(tree))
            expected = shelf.matching(tree)
            if not listed == streamed == expected or counted != len(expected):
                wrong += 1
                print(
                    f"differs: {tree}; more {sorted(listed - expected)[:5]}, less {sorted(expected - listed)[:5]}"
                )
        trouble = archive.index.check(every=True)
    return [
        Figure("scan.articles", len(shelf.texts), "articles"),
        Figure("scan.changes", changes / changing, "changes/CPU-s"),
        Figure("scan.whole_lists", spent / asked * 1000, "CPU ms/query"),
        Figure("scan.differences", wrong, "queries", "==", 0),
        Figure("scan.check", int(bool(trouble)), "troubles", "==", 0),
    ]


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        return report(run(Path(folder) / "archive.db", args.changes, args.queries, args.seed), args.json)


if __name__ == "__main__":
    sys.exit(main())

"""How long `reader` (github.com/lemon24/reader) takes to search the articles of `benchmarks.search`.

    PYTHONPATH=. PYTHON_WITH_READER -m benchmarks.readersearch FOLDER [--articles N] [--times N]

Run it with a Python that has `reader[search]` and nothing of ours: the articles come from `searchtexts`, which needs
only the standard library. They are added as a program that uses reader adds them, then its index is brought up to
date; FOLDER keeps the file. The questions are those kinds of `benchmarks.search` that reader's language can ask.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.searchtexts import COMMON, FEEDS, MID, RARE, Library

if TYPE_CHECKING:
    from collections.abc import Iterator

HITS = 10


def fill(reader: Any, articles: int) -> float:
    """Add what is missing of so many articles; return the CPU seconds of it."""
    first = reader.get_entry_counts().total + 1
    if first == 1:
        for feed in range(1, FEEDS + 1):
            reader.add_feed(_address(feed), allow_invalid_url=True)
    spent = 0.0
    for text in Library().articles(first, articles):
        entry = {
            "feed_url": _address(text.feed), "id": str(text.number), "link": f"https://{text.host}/{text.number}",
            "title": text.title, "author": text.byline, "published": text.dated_at,
            "content": [{"value": text.text, "type": "text/plain"}],
        }  # fmt: skip
        begun = time.process_time()
        reader.add_entry(entry)
        spent += time.process_time() - begun
    return spent


def _address(feed: int) -> str:
    return f"https://www.site{feed - 1}.example/feed"


def asked(times: int, seed: int = 7) -> Iterator[tuple[str, str]]:
    """Yield (kind, query)."""
    chance, words = random.Random(seed), Library().words["en"]

    def word(ranks: tuple[int, int]) -> str:
        return words[chance.randrange(*ranks)]

    for _ in range(times):
        one, other = word(COMMON), word(COMMON)
        yield "rare", word(RARE)
        yield "mid", word(MID)
        yield "common", one
        yield "two_common", f"{one} {other}"
        yield "or_common", f"{one} OR {other}"
        yield "phrase", f'"{one} {other}"'
        yield "prefix", f"{word(MID)[:4]}*"


def measure(path: Path, articles: int, times: int) -> Iterator[Figure]:
    from reader import make_reader  # type: ignore[import-not-found]  # noqa: PLC0415  in the peer's environment

    reader = make_reader(str(path), search_enabled=True)
    spent = fill(reader, articles)
    begun = time.process_time()
    reader.update_search()
    if spent:
        yield Figure("reader.build", articles / (spent + time.process_time() - begun), "articles/CPU-s")
    taken: dict[str, list[float]] = {}
    for kind, query in asked(times):
        begun = time.perf_counter()
        list(reader.search_entries(query, limit=HITS))
        taken.setdefault(kind, []).append((time.perf_counter() - begun) * 1000)
    taken["all"] = [each for of_kind in taken.values() for each in of_kind]
    for kind, of_kind in taken.items():
        of_kind.sort()
        for share in (50, 95, 99):
            yield Figure(
                f"reader.{kind}.p{share}", of_kind[min(len(of_kind) - 1, len(of_kind) * share // 100)], "ms"
            )


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10, help="questions of each kind")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    path = args.folder / f"reader-{args.articles}.db"
    return report(list(measure(path, args.articles, args.times)), args.json)


if __name__ == "__main__":
    sys.exit(main())

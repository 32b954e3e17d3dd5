"""A million articles: does the time per article stay what it was, and what do memory and index come to?

    python -m benchmarks.millions [--articles 1000000] [--json FILE]

Synthetic articles of 90 to 210 words from a vocabulary as skewed as a language's; one in five is a copy (framed, cut
or whole) of one of the last few thousand. After them a flood: notices of one form in a row, near-identical, each of
which would be compared to all others if nothing bounded it. Growth is told against a fixed piece of work that is done
beside it, as neighbours on the machine slow both.

What is measured is the part that recognises duplicates (see `matcher`): every article is stored with its text, its
sketch and its links, and not in the full-text index. A transaction holds as many as the program compares in one when
it catches up; each rewrites about as many pages of the index of sketches as the articles in it have hashes.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections import deque
from itertools import accumulate
from pathlib import Path

from aggregator.dedupe import shingles_of, sketch_of
from aggregator.pipeline.duplicates import BATCH
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.matcher import Matcher, Text
from benchmarks.notices import FORMS, fill

COPIES = 0.2
RECENT = 5_000  # articles that are still copied
PER_DAY = 10_000
VOCABULARY = 60_000


class Newsroom:
    """Articles without end, from a seed."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        self._words = [self._word(rank) for rank in range(VOCABULARY)]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))  # Zipf
        self._recent: deque[tuple[int, list[str]]] = deque(maxlen=RECENT)
        self.copies = 0

    def _word(self, rank: int) -> str:
        word = "".join(self._chance.choices("aeioubcdfglmnprst", k=2 + min(8, rank.bit_length() // 2)))
        return word.capitalize() if rank % 11 == 7 else word

    def article(self, number: int) -> Text:
        if self._recent and self._chance.random() < COPIES:
            self.copies += 1
            words = self._edited(self._chance.choice(self._recent)[1])
        else:
            length = self._chance.randint(90, 210)
            words = self._chance.choices(self._words, cum_weights=self._weights, k=length)
            self._recent.append((number, words))
        return Text(number, " ".join(words), " ".join(words[:6]), f"s{number % 200}", number / PER_DAY)

    def _edited(self, words: list[str]) -> list[str]:
        how = self._chance.random()
        if how < 0.4:
            return words
        if how < 0.7:
            return ["Lisbon", "agency", "news", *words, "all", "rights", "reserved"]
        return words[: int(len(words) * self._chance.uniform(0.4, 0.9))]


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Matcher(Path(folder) / "a.db") as matcher:
        figures = [*grow(matcher, asked.articles), *flood(matcher, asked.articles)]
    return report(figures, asked.json)


def grow(matcher: Matcher, articles: int) -> list[Figure]:
    newsroom = Newsroom()
    tenth = max(BATCH, articles // 10)
    memory_before = _memory()
    spent: list[float] = []
    beside: list[float] = []
    for start in range(0, articles, tenth):
        before, done, fixed = matcher.seconds, 0, 0.0
        for number in range(start, min(start + tenth, articles), BATCH):
            batch = [newsroom.article(n) for n in range(number, min(number + BATCH, start + tenth, articles))]
            matcher.take(batch)
            done += len(batch)
            fixed += _fixed_work()
        spent.append((matcher.seconds - before) / done * 1e6)
        beside.append(fixed / done * 1e6 * BATCH)
        print(
            f"{start + done} articles: {spent[-1]:.0f} µs/article, fixed work {beside[-1]:.0f} µs", flush=True
        )
    return [
        Figure("millions.articles", articles, "articles"),
        Figure("millions.first_tenth", spent[0], "µs/article"),
        Figure("millions.last_tenth", spent[-1], "µs/article", "<=", 1000),
        Figure("millions.growth", spent[-1] / spent[0] / (beside[-1] / beside[0]), "times", "<=", 1.5),
        Figure("millions.fixed_work", beside[-1] / beside[0], "times slower at the end"),
        Figure("millions.index", matcher.index_bytes() / articles, "bytes/article", "<=", 600),
        Figure("millions.memory", _memory() - memory_before, "MB more at its peak", "<=", 150),
        Figure("millions.copies_found", matcher.copies() / newsroom.copies, "share", ">=", 0.97),
    ]


def flood(matcher: Matcher, start: int, size: int = 5_000) -> list[Figure]:
    """Take notices of one form in a row; the last must cost what the first few hundred did."""
    chance = random.Random(1)
    merged = matcher.copies()
    spent = []
    for part in range(start, start + size, size // 10):
        before = matcher.seconds
        for number in range(part, part + size // 10, BATCH):
            day = number / PER_DAY
            texts = [Text(n, fill("lottery-en", chance), "", "", day) for n in range(number, number + BATCH)]
            matcher.take(texts)
        spent.append((matcher.seconds - before) / (size // 10) * 1e6)
    return [
        Figure("flood.second_tenth", spent[1], "µs/notice"),
        Figure("flood.last_tenth", spent[-1], "µs/notice"),
        Figure("flood.growth", spent[-1] / spent[1], "times", "<=", 1.5),
        Figure("flood.wrong_merges", (matcher.copies() - merged) / size * 1000, "of 1000", "<=", 1),
    ]


def _fixed_work() -> float:
    """Return the processor time in seconds of a piece of work that is always the same."""
    started = time.process_time()
    sketch_of(shingles_of(_PROSE))
    return time.process_time() - started


_PROSE = " ".join(fill(form, random.Random(3)) for form in FORMS[:3])


def _memory() -> float:
    """Return the most memory that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())

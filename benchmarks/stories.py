"""How well articles on one event are found to be one story, beside two other ways; and what an article costs.

    AGGREGATOR_CORPUS=… python -m benchmarks.stories [--quick] [--json FILE]

Articles come one at a time, in the order of their time, into an archive that has never seen one: nothing is learnt
before. What is measured: B-cubed (Bagga and Baldwin 1998) and F1 over pairs of articles where whole events are
known, F1 over the pairs that people have rated where only those are; then CPU time per article as the archive grows.
Plain TF-IDF is shown with the one threshold that suits it best on these sets together, found on the sets themselves.
Of the timelines it is only known that their entries are no copies of each other: they show how many are kept apart,
and some that are not do tell one event (a release and its announcement). The newsroom has copies, not other wordings.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.archive.stories import SCHEMA, StoryShelf
from aggregator.models.stories import Strand
from aggregator.pipeline.stories import tell_story
from aggregator.stories import assign, terms_of, weigh
from benchmarks import storysets
from benchmarks.asked import options
from benchmarks.figures import Figure, f1, report
from benchmarks.storyrivals import PlainTfidf, by_headlines, headlines_alike
from benchmarks.storysets import START, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from aggregator.archive import Archive
    from benchmarks.storysets import Pair

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)  # of plain TF-IDF, the best of which is shown
MS = 2.0  # CPU per article, shelf and all
FLAT = 1.5  # times as much at the end as at the beginning
BATCH = 50  # articles in a transaction


@dataclass(frozen=True, slots=True)
class Score:
    """Shares, from 0 to 1."""

    f1: float
    precision: float
    recall: float

    def __str__(self) -> str:
        return f"{self.f1:.3f} ({self.precision:.2f} {self.recall:.2f})"


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the articles in the long run")
    asked = parser.parse_args()
    corpus = Path(os.environ["AGGREGATOR_CORPUS"]) if "AGGREGATOR_CORPUS" in os.environ else None
    if corpus is None:
        print("AGGREGATOR_CORPUS is not set: only our own events are measured", file=sys.stderr)
    figures = [*events_measured(corpus), *(pairs_measured(corpus) if corpus else ())]
    figures += growth(10_000 if asked.quick else 100_000)
    print()
    return report(figures, asked.json)


# --------------------------------------------------------------------------------------------- whole events


def events_measured(corpus: Path | None) -> Iterator[Figure]:
    """Measure whole events; where every text tells something of its own, only that they are kept apart."""
    sets = {"events": storysets.made_up()}
    if corpus is not None:
        sets |= {"events_in_the_news": storysets.in_the_news(corpus)}
        sets |= {"newsroom": storysets.newsroom(corpus), "timelines": storysets.timelines(corpus)}
    gold = {name: [told.event for told in texts] for name, texts in sets.items()}
    whole = [name for name in sets if name != "timelines"]
    plain = {at: {name: PlainTfidf(at).group(texts) for name, texts in sets.items()} for at in THRESHOLDS}
    best = max(THRESHOLDS, key=lambda at: sum(bcubed(gold[name], plain[at][name]).f1 for name in whole))
    print(f"{'whole events':22}{'texts':>7}  {'':14}{'B-cubed F1 (P R)':>22}{'pairs F1 (P R)':>22}")
    for name, texts in sets.items():
        ways: dict[str, Sequence[Hashable]] = {
            "ours": ours(texts),
            "headlines": by_headlines(texts),
            f"tf-idf {best}": plain[best][name],
        }
        scores = {
            way: (bcubed(gold[name], found), pairwise(gold[name], found)) for way, found in ways.items()
        }
        for way, (by_article, by_pair) in scores.items():
            print(f"{name:22}{len(texts):>7}  {way:14}{by_article!s:>22}{by_pair!s:>22}")
        yield from _event_figures(name, list(scores.values()), has_events=name in whole)


def _event_figures(name: str, scores: Sequence[tuple[Score, Score]], *, has_events: bool) -> Iterator[Figure]:
    (own, own_pairs), *others = scores
    if not has_events:
        yield Figure(f"stories.{name}.kept_apart", own.precision, "share")
        return
    yield Figure(f"stories.{name}.bcubed_f1", own.f1, "share", ">", max(score.f1 for score, _ in others))
    yield Figure(f"stories.{name}.pair_f1", own_pairs.f1, "share", ">", max(score.f1 for _, score in others))


def ours(texts: Sequence[Told]) -> list[int | None]:
    """Put the texts through an archive, one after another, and return their stories as they are in the end."""
    with shelf_with_articles(len(texts)) as (archive, shelf), archive.transaction():
        for number, told in enumerate(texts, 1):
            tell(shelf, number, told)
        return [shelf.story_of(number) for number in range(1, len(texts) + 1)]


def tell(shelf: StoryShelf, number: int, told: Told) -> int | None:
    source = told.source or f"site-{number}.example"
    return tell_story(
        shelf, number, told.title, told.text, language=told.language, source=source, at=told.at, now=told.at
    )


@contextmanager
def shelf_with_articles(count: int) -> Iterator[tuple[Archive, StoryShelf]]:
    with (
        TemporaryDirectory() as folder,
        open_archive(Path(folder) / "aggregator.db", writable=True) as archive,
        archive.transaction(),
    ):
        if not archive.db.value("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'stories')"):
            for statement in SCHEMA:
                archive.db.execute(statement)
        archive.db.execute_many(
            "INSERT INTO articles (id, url, canonical_url, dated_at, archived_at, verdict)"
            " VALUES (?1, ?1, ?1, '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', 'full')",
            [(number,) for number in range(1, count + 1)],
        )
        yield archive, StoryShelf(archive.db)


def bcubed(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Return for the average article: how much of its story is of its event, how much of that is in its story."""
    event, story, both = Counter(gold), Counter(found), Counter(zip(gold, found, strict=True))
    precision = sum(n * n / story[cluster] for (_, cluster), n in both.items()) / len(gold)
    recall = sum(n * n / event[name] for (name, _), n in both.items()) / len(gold)
    return Score(f1(precision, recall), precision, recall)


def pairwise(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    def pairs(labels: Sequence[Hashable]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(labels).values())

    right = pairs(list(zip(gold, found, strict=True)))
    precision, recall = _share(right, pairs(found)), _share(right, pairs(gold))
    return Score(f1(precision, recall), precision, recall)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


# ---------------------------------------------------------------------------------------------- rated pairs


def pairs_measured(corpus: Path) -> Iterator[Figure]:
    sets = {
        "semeval": storysets.semeval(corpus),
        "constructed": storysets.constructed(corpus),
        "natural": storysets.natural(corpus),
    }
    plain = {name: plain_verdicts(pairs) for name, pairs in sets.items()}
    best = max(THRESHOLDS, key=lambda at: sum(_all_score(sets[name], plain[name][at]).f1 for name in sets))
    print(
        f"\n{'rated pairs':22}{'pairs':>7}{'same':>6}{'ours F1 (P R)':>22}{'headlines':>22}{f'tf-idf {best}':>22}"
    )
    for name, pairs in sets.items():
        found = {
            "ours": our_verdicts(pairs, storysets.texts_of(pairs)),
            "headlines": [headlines_alike(pair.one.title, pair.other.title) for pair in pairs],
            "tf-idf": plain[name][best],
        }
        yield from _pair_figures(name, pairs, found)


def plain_verdicts(pairs: Sequence[Pair]) -> dict[float, list[bool]]:
    texts = storysets.texts_of(pairs)
    rivals = {at: PlainTfidf(at, texts) for at in THRESHOLDS}
    return {at: [rival.alike(pair.one, pair.other) for pair in pairs] for at, rival in rivals.items()}


def _all_score(pairs: Sequence[Pair], found: Sequence[bool]) -> Score:
    return verdicts_score(pairs, found, set(range(len(pairs))))


def _pair_figures(name: str, pairs: Sequence[Pair], found: Mapping[str, Sequence[bool]]) -> Iterator[Figure]:
    kinds = {"all": set(range(len(pairs)))}
    if name == "semeval":
        kinds |= by_kind(pairs)
    for kind, numbers in kinds.items():
        own, *others = (verdicts_score(pairs, verdicts, numbers) for verdicts in found.values())
        same = sum(pairs[number].is_same for number in numbers)
        columns = "".join(f"{score!s:>22}" for score in (own, *others))
        print(f"{name + ' ' + kind:22}{len(numbers):>7}{same:>6}{columns}")
        if len(kind) != len("de-de"):  # a pair of languages has too few for a target
            yield Figure(
                f"stories.{name}.{kind}.f1", own.f1, "share", ">=", max(score.f1 for score in others)
            )


def by_kind(pairs: Sequence[Pair]) -> Mapping[str, set[int]]:
    kinds: dict[str, set[int]] = defaultdict(set)
    for number, pair in enumerate(pairs):
        one, _, other = pair.kind.partition("-")
        kinds["one_language" if one == other else "two_languages"].add(number)
        kinds[pair.kind].add(number)
    return dict(sorted(kinds.items(), key=lambda item: (-len(item[0]), item[0])))


def our_verdicts(pairs: Sequence[Pair], texts: Sequence[Told]) -> list[bool]:
    """Tell of each pair whether the second text joins the story that the first one begins."""
    terms = {told.name: terms_of(told.title, told.text, told.language) for told in texts}
    with shelf_with_articles(0) as (_, shelf):
        for one in terms.values():
            shelf.learn(one)
        vectors = {name: weigh(one, shelf.frequencies(one)) for name, one in terms.items()}
    found = []
    for pair in pairs:
        first, second = vectors[pair.one.name], vectors[pair.other.name]
        strand = Strand(1, first.language, 1, first.weights, START, START)
        found.append(assign(second, START, [strand]).story_id == 1)
    return found


def verdicts_score(pairs: Sequence[Pair], found: Sequence[bool], numbers: set[int]) -> Score:
    right = sum(found[number] and pairs[number].is_same for number in numbers)
    precision = _share(right, sum(found[number] for number in numbers))
    recall = _share(right, sum(pairs[number].is_same for number in numbers))
    return Score(f1(precision, recall), precision, recall)


# -------------------------------------------------------------------------------------------------- growth


def growth(count: int) -> Iterator[Figure]:
    """Time articles one after another: news of about four articles an event, then one notice again and again.

    The first tenth is left out: the window has to fill.
    """
    print(f"\n{'growth':22}{'articles':>9}{'early ms':>10}{'last ms':>10}{'bytes':>9}  found again")
    for name, stream in (("news", made_news), ("notices", made_notices)):
        of_kind = count if name == "news" else count // 5
        costs, size, kept = timed(stream, of_kind)
        part = max(1, len(costs) // 10)
        first, last = (
            1000 * sum(some) / (len(some) * BATCH) for some in (costs[part : 2 * part], costs[-part:])
        )
        print(f"{name:22}{of_kind:>9,}{first:>10.2f}{last:>10.2f}{size / of_kind:>9.0f}  {kept}")
        yield Figure(f"stories.growth.{name}.last_ms", last, "ms/article", "<=", MS)
        yield Figure(f"stories.growth.{name}.last_of_first", last / first, "times", "<=", FLAT)
        yield Figure(f"stories.growth.{name}.bytes", size / of_kind, "bytes/article")


def timed(stream: Callable[[int], Iterator[Told]], count: int) -> tuple[list[float], int, Score]:
    """Return CPU seconds per BATCH articles, the bytes that stories take, and how well events were found."""
    costs = []
    with shelf_with_articles(count) as (archive, shelf):
        batch: list[tuple[int, Told]] = []
        gold = []
        for number, told in enumerate(stream(count), 1):
            gold.append(told.event)
            batch.append((number, told))
            if len(batch) == BATCH:
                started = time.process_time()
                for one in batch:
                    tell(shelf, *one)
                costs.append(time.process_time() - started)
                batch.clear()
        found = [shelf.story_of(number) for number in range(1, len(gold) + 1)]
        size = archive.db.value("SELECT total(pgsize) FROM dbstat WHERE name LIKE 'stor%'")
    return costs, int(size), bcubed(gold, found)


def made_news(count: int) -> Iterator[Told]:
    """Yield articles of about 90 words from a vocabulary as uneven as a language's, 1,700 a day."""
    chance = random.Random(11)
    ranks = [1 / (rank + 3) for rank in range(40_000)]
    common = [lettered(rank) for rank in range(len(ranks))]
    events: list[tuple[str, list[str]]] = []
    pool: list[str] = []
    for number in range(count):
        if len(pool) < 200:
            pool = chance.choices(common, ranks, k=100_000)
        if not events or chance.random() < 0.25:
            events.append(
                (
                    f"e{number}",
                    [lettered(6 * number + k).title() for k in range(6)] + [pool.pop() for _ in range(14)],
                )
            )
        event, telling = events[max(0, len(events) - 1 - int(chance.expovariate(1 / 100)))]
        words = [chance.choice(telling) if chance.random() < 0.3 else pool.pop() for _ in range(90)]
        title = " ".join(chance.sample(telling, 5) + words[:3])
        yield Told(str(number), event, START + number * timedelta(seconds=51), "en", title, " ".join(words))


def lettered(number: int) -> str:
    """Return a word for a number, of five letters and more."""
    letters = ""
    while number or len(letters) < 5:
        number, letter = divmod(number, 26)
        letters = chr(ord("a") + (letter + 7 * len(letters)) % 26) + letters
    return letters


def made_notices(count: int) -> Iterator[Told]:
    """Yield notices of one form, again and again."""
    for number in range(count):
        at = START + number * timedelta(seconds=51)
        town = f"Town{number % 5000}"
        text = (
            f"In {town} it will be {number % 40} degrees with wind from the west at {number % 90} km/h today."
        )
        yield Told(str(number), town, at, "en", f"Weather in {town}", text)


if __name__ == "__main__":
    sys.exit(main())

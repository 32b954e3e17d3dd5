"""The shelf of sketches: what is alike is found, at a cost that no flood raises."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from aggregator.archive.db import Database
from aggregator.archive.sketches import NEWEST, SCHEMA, Candidate, SketchShelf
from aggregator.dedupe import shingles_of, sketch_of
from benchmarks.notices import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "a.db", writable=True) as database:
        for statement in SCHEMA:
            database.execute(statement)
        yield database


@pytest.fixture
def shelf(db: Database) -> SketchShelf:
    return SketchShelf(db)


def marks(seed: int, count: int = 32) -> list[int]:
    chance = random.Random(seed)
    return sorted(chance.sample(range(1 << 32), count))


def test_nothing_is_found_in_an_empty_archive(shelf: SketchShelf) -> None:
    assert shelf.candidates(marks(1)) == []


def test_an_article_is_found_by_two_rare_hashes(shelf: SketchShelf) -> None:
    """One may be chance."""
    shelf.add(1, marks(1))
    assert shelf.candidates(marks(1)[:2] + marks(2)[:30]) == [Candidate(1, 2)]
    assert shelf.candidates(marks(1)[:1] + marks(2)[:30]) == []


def test_most_in_common_comes_first_and_of_those_the_earliest(shelf: SketchShelf) -> None:
    """The earliest is the original."""
    shelf.add(1, marks(1)[:8] + marks(3))
    shelf.add(2, marks(1))
    shelf.add(3, marks(1))
    assert [found.article_id for found in shelf.candidates(marks(1))] == [2, 3, 1]
    assert [found.article_id for found in shelf.candidates(marks(1), limit=1)] == [2]


def test_adding_twice_is_adding_once(shelf: SketchShelf) -> None:
    shelf.add(1, marks(1))
    shelf.add(1, marks(1))
    assert shelf.candidates(marks(1)) == [Candidate(1, 32)]


def test_what_is_removed_is_found_no_more(shelf: SketchShelf, db: Database) -> None:
    """And leaves nothing behind."""
    shelf.add(1, marks(1))
    shelf.add(2, marks(1))
    shelf.remove(1, marks(1))
    assert shelf.candidates(marks(1)) == [Candidate(2, 32)]
    shelf.remove(2, marks(1))
    assert db.value("SELECT count(*) FROM sketches") == 0


def test_a_text_without_a_sketch_is_no_trouble(shelf: SketchShelf) -> None:
    shelf.add(1, ())
    assert shelf.candidates(()) == []


def test_phrases_that_all_use_make_no_candidates(shelf: SketchShelf) -> None:
    """Two hashes that many have weigh less than two that few have."""
    for article_id in range(1, 2 * NEWEST):
        shelf.add(article_id, [7, 8, *marks(article_id, 30)])
    assert shelf.candidates([7, 8, *marks(10_000, 30)]) == []


def test_a_story_that_all_carry_is_found_still(shelf: SketchShelf) -> None:
    """By so much in common that it cannot be phrases; a fifth of it is enough."""
    for article_id in range(1, 3 * NEWEST):
        shelf.add(article_id, marks(1))
    found = shelf.candidates(marks(1)[:7] + marks(2)[:25])
    assert found
    assert all(one.common == 7 and one.article_id >= 2 * NEWEST for one in found)


def test_a_flood_of_one_form_is_looked_at_in_part(shelf: SketchShelf, db: Database) -> None:
    """Whatever lies in the archive, one look reads at most NEWEST rows of a hash."""
    chance = random.Random(3)
    with db.transaction():
        for article_id in range(1, 400):
            shelf.add(article_id, sketch_of(shingles_of(fill("lottery-en", chance))))
    sketch = sketch_of(shingles_of(fill("lottery-en", chance)))
    steps = _steps(db, lambda: shelf.candidates(sketch))
    with db.transaction():
        for article_id in range(400, 1600):
            shelf.add(article_id, sketch_of(shingles_of(fill("lottery-en", chance))))
    assert 0 < _steps(db, lambda: shelf.candidates(sketch)) <= 1.5 * steps


def _steps(db: Database, work: Callable[[], object]) -> int:
    """Count SQLite's own steps, in tens: a clock that no other process disturbs."""
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    db.connection.set_progress_handler(tick, 10)
    work()
    db.connection.set_progress_handler(None, 10)
    return ticks


def test_the_index_stays_small(shelf: SketchShelf, db: Database) -> None:
    """At most 600 bytes an article, half-empty pages and all, whatever the order in which hashes come."""
    before = db.value("PRAGMA page_count")
    with db.transaction():
        for article_id in range(100_000, 103_000):
            shelf.add(article_id, marks(article_id))
    grown = (db.value("PRAGMA page_count") - before) * db.value("PRAGMA page_size")
    assert grown / 3000 <= 600


def test_the_sketch_of_a_text_finds_its_copy(shelf: SketchShelf) -> None:
    """The whole way: words, shingles, sketch, index."""
    chance = random.Random(5)
    texts = [" ".join(f"word{chance.randint(1, 30_000)}" for _ in range(300)) for _ in range(50)]
    for article_id, text in enumerate(texts, 1):
        shelf.add(article_id, sketch_of(shingles_of(text)))
    cut = " ".join(texts[20].split()[:90])
    assert [found.article_id for found in shelf.candidates(sketch_of(shingles_of(cut)))] == [21]

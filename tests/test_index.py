"""The index agrees with a search that reads every text, whatever was written, changed and deleted."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.archive import open_archive
from aggregator.archive.index import state
from aggregator.models.queries import AllOf, AnyOf, Facet, Filter, Near, Not, Period, Query, Sort, Words
from tests.linear import Shelf, change, queries
from tests.makers import HOUR, NOW
from tests.shelving import shelve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.models.queries import Node


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    with open_archive(path, writable=True) as archive:
        yield archive
        assert archive.index.check(every=True) == ""


def differences(
    archive: Archive, changes: int, asked: int, seed: int
) -> list[tuple[Node, set[int], set[int]]]:
    """Change the archive at random, and return what the index answers otherwise than a look at every text."""
    chance, shelf = random.Random(seed), Shelf()
    left = changes
    while left > 0:
        with archive.transaction():
            for _ in range(min(left, chance.randrange(1, 40))):
                change(archive, shelf, chance)
                left -= 1
        shelf.settle()
    found = []
    for tree in queries(chance, asked):
        ours, theirs = set(archive.index.stream(Query(tree))), shelf.matching(tree)
        listed = set(archive.index.ids(Query(tree, limit=-1)))
        if not ours == theirs == listed or archive.index.count(Query(tree)) != len(theirs):
            found.append((tree, ours - theirs, theirs - ours))
    return found


def test_a_look_at_every_text_finds_the_same(archive: Archive) -> None:
    assert differences(archive, changes=1_500, asked=200, seed=1) == []


@pytest.mark.slow
def test_a_look_at_every_text_finds_the_same_after_many_changes(archive: Archive) -> None:
    assert differences(archive, changes=10_000, asked=300, seed=2) == []


def ids(archive: Archive, query: Query) -> list[int]:
    return [hit.article.id for hit in archive.index.search(query)]


# --------------------------------------------------------------------------------------------------- order


def test_equal_hits_are_originals_first_then_the_newest(archive: Archive) -> None:
    old = shelve(archive, "The harbour bell.", dated_at=NOW - HOUR)
    newest = shelve(archive, "The harbour bell.")
    copy = shelve(archive, "The harbour bell.", dated_at=NOW + HOUR, duplicate_of=old)
    assert ids(archive, Query(Words("bell"), folds=False)) == [newest, old, copy]
    assert ids(archive, Query(Words("bell"), sort=Sort.NEW, folds=False)) == [copy, newest, old]
    assert ids(archive, Query(Words("bell"), sort=Sort.OLD, folds=False)) == [old, newest, copy]


def test_many_matches_are_led_by_the_strongest(archive: Archive) -> None:
    """Of more matches than are all looked at."""
    for number in range(900):
        shelve(archive, f"The harbour {'x' * (number % 7)} and words about other things, number {number}.")
    strong = shelve(archive, "Harbour harbour harbour: the harbour.", title="Harbour", dated_at=NOW - HOUR)
    titled = shelve(
        archive, "Something about the port and its ships, which is long enough.", title="The harbour"
    )
    assert ids(archive, Query(Words("harbour"), limit=2)) == [strong, titled]


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_are_stable_while_the_archive_grows(archive: Archive, sort: Sort) -> None:
    for number in range(60):
        shelve(archive, f"The bell {'rang ' * (number % 9)}.", dated_at=NOW + number % 13 * HOUR)
    query = Query(Words("bell"), sort=sort, limit=7)
    whole = ids(archive, replace(query, limit=-1))
    seen: list[int] = []
    after = ""
    while hits := archive.index.search(replace(query, after=after)):
        seen += [hit.article.id for hit in hits]
        after = hits[-1].cursor
        shelve(archive, "A bell, a bell, a bell", title="Bell", dated_at=NOW + 20 * HOUR)
    assert seen == whole


# ------------------------------------------------------------------------------------------------- filters


def test_a_host_in_letters_of_its_own_is_a_filter(archive: Archive) -> None:
    """Addresses have it as the network knows it; a name of a site stays one."""
    there = shelve(archive, "The bell.", host="www.xn--bcher-kva.example", site="Büchertisch heute")
    for name in ("bücher.example", "Bücher.example", "Büchertisch"):
        assert ids(archive, Query(Filter(Facet.SITE, name))) == [there]


def test_filters_are_joined_with_words(archive: Archive) -> None:
    one = shelve(archive, "The bell.", feeds=(1,), host="www.bbc.example", site="BBC News", verdict="partial")
    two = shelve(archive, "The bell.", feeds=(2,), host="bbc.other.example", language="de")
    for wanted, found in (
        (Filter(Facet.FEED, "feed1"), [one]),
        (Filter(Facet.SITE, "bbc.example"), [one]),
        (Filter(Facet.SITE, "bbc n"), [one]),
        (Filter(Facet.SITE, "other.example"), [two]),
        (Filter(Facet.LANGUAGE, "de"), [two]),
        (Filter(Facet.VERDICT, "partial"), [one]),
        (Filter(Facet.CATEGORY, "feed2"), [two]),
        (Filter(Facet.IS, "original"), [two, one]),
        (Filter(Facet.IS, "copy"), []),
    ):
        assert ids(archive, Query(AllOf((Words("bell"), wanted)))) == found, wanted


def test_a_change_of_facts_is_found_at_once(archive: Archive) -> None:
    """Without the text being touched."""
    one, two = shelve(archive, "The bell."), shelve(archive, "The bell.")
    assert archive.index.count(Query(Words("bell"))) == 2
    archive.db.execute(
        "UPDATE articles SET duplicate_of = ?, gone_at = '2026-03-01T00:00:00Z' WHERE id = ?", (one, two)
    )
    assert ids(archive, Query(Filter(Facet.IS, "copy"))) == [two]
    assert ids(archive, Query(Filter(Facet.IS, "gone"))) == [two]
    assert archive.index.count(Query(Words("bell"))) == 1
    assert archive.index.count(Query(Words("bell"), folds=False)) == 2


def test_periods_are_exact_to_the_second(archive: Archive) -> None:
    one = shelve(archive, "The bell.", dated_at=NOW)
    for since, before, found in ((NOW, None, [one]), (NOW + timedelta(seconds=1), None, []), (None, NOW, [])):
        assert ids(archive, Query(AllOf((Words("bell"), Period(since, before))))) == found


def test_near_words_stand_in_any_order(archive: Archive) -> None:
    one = shelve(archive, "The bells of the old church rang.")
    shelve(archive, f"The bell. {'word ' * 30} The church.")
    assert ids(archive, Query(Near((Words("church"), Words("bell")), 5))) == [one]


def test_facets_count_all_or_say_that_they_estimate(archive: Archive) -> None:
    for number in range(30):
        shelve(archive, "The bell.", feeds=(1 + number % 3,), byline="Ada Penn" if number % 2 else "Bo Li")
    counts = archive.index.facets(Query(Words("bell")), tuple(Facet))
    assert counts[Facet.FEED].exact
    assert counts[Facet.FEED].values == (("Feed 1", 10), ("Feed 2", 10), ("Feed 3", 10))
    assert counts[Facet.AUTHOR].values == (("Ada Penn", 15), ("Bo Li", 15))
    assert counts[Facet.DAY].values == ((f"{NOW:%Y-%m-%d}", 30),)


# ----------------------------------------------------------------------------------------------- revisions


def test_earlier_texts_are_found_with_the_time_at_which_they_stood(archive: Archive) -> None:
    one = shelve(archive, "The new text.", dated_at=NOW)
    archive.db.execute(
        "INSERT INTO revisions (article_id, seen_at, replaced_at, title, text, verdict)"
        " VALUES (?, '2026-03-01T12:00:00Z', '2026-03-02T12:00:00Z', 'Before', 'An embarrassing claim.', 'full')",
        (one,),
    )
    archive.db.execute("UPDATE articles SET changed_at = '2026-03-02T12:00:00Z' WHERE id = ?", (one,))
    assert ids(archive, Query(Words("claim"))) == []
    hit = archive.index.search(Query(Words("claim"), in_revisions=True))[0]
    assert (hit.article.id, hit.found_in.title if hit.found_in else "") == (one, "Before")
    assert hit.snippet == "An embarrassing \x02claim\x03."
    assert ids(archive, Query(Words("claim"), as_of=NOW + HOUR)) == [one]
    assert ids(archive, Query(Words("text"), as_of=NOW + HOUR)) == []
    assert ids(archive, Query(Words("text"), as_of=NOW + 48 * HOUR)) == [one]
    assert ids(archive, Query(Filter(Facet.IS, "revised"))) == [one]


# -------------------------------------------------------------------------------------------------- upkeep


def test_the_index_is_made_anew_while_the_old_one_serves(archive: Archive) -> None:
    """What is written, edited and deleted meanwhile is in both."""
    for number in range(700):
        shelve(archive, f"The bell number{number}.")
    archive.index.restart()
    archive.index.reindex()
    shelve(archive, "A new anchor.")
    archive.db.execute("UPDATE articles SET text = 'An edited anchor.' WHERE id IN (3, 650)")
    archive.db.execute("DELETE FROM articles WHERE id IN (5, 600)")
    while archive.index.reindex() is not None:
        assert archive.index.count(Query(Words("bell"))) == 696
        assert len(ids(archive, Query(Words("anchor")))) == 3
    assert archive.index.count(Query(Words("bell"))) == 696
    assert sorted(ids(archive, Query(Words("anchor")))) == [3, 650, 701]
    tables = {row[0] for row in archive.db.rows("SELECT name FROM sqlite_master")}
    assert not {name for name in tables if "_next" in name or "_past" in name}


def test_reindexing_goes_on_after_a_kill(path: Path) -> None:
    """Each step stands by itself."""
    with open_archive(path, writable=True) as archive:
        for number in range(500):
            shelve(archive, f"The bell number{number}.")
        archive.index.restart()
        archive.index.reindex()
    steps = 0
    while True:
        with open_archive(path, writable=True) as archive:
            assert archive.index.count(Query(Words("bell"))) == 500
            if archive.index.reindex() is None:
                assert archive.index.check(every=True) == ""
                break
        steps += 1
    assert steps > 2


def test_other_rules_make_it_due(archive: Archive) -> None:
    """The program is newer than the index."""
    shelve(archive, "The bell.")
    state.remember(archive.db, rules=0)
    assert archive.index.is_due
    assert archive.index.check() != ""
    while archive.index.reindex() is not None:
        pass
    assert not archive.index.is_due


def test_what_another_program_writes_is_indexed_when_ours_comes(path: Path) -> None:
    """Triggers note it; until then it waits, and the check says so."""
    with open_archive(path, writable=True) as archive:
        shelve(archive, "The bell.")
    conn = sqlite3.connect(path)
    conn.execute("UPDATE articles SET text = 'An anchor.'")
    conn.commit()
    conn.close()
    with open_archive(path, writable=False) as archive:
        assert "waits for 1 text that another program wrote" in archive.index.check()
    with open_archive(path, writable=True) as archive:
        assert archive.index.check() == ""
        assert len(ids(archive, Query(Words("anchor")))) == 1


def test_what_is_taken_back_is_not_in_the_index(archive: Archive) -> None:
    """Nor taken for written."""

    def fail() -> None:
        with archive.transaction():
            shelve(archive, "A quillfeather.")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert ids(archive, Query(Words("quillfeathers"))) == []
    one = shelve(archive, "Two quillfeathers.")
    assert ids(archive, Query(Words("quillfeather"))) == [one]


# -------------------------------------------------------------------------------------------------- any text


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with open_archive(tmp_path_factory.mktemp("any") / "archive.db", writable=True) as archive:
        yield archive
        assert archive.index.check(every=True) == ""


@given(
    text=st.text(max_size=80), language=st.sampled_from(("", "en", "de", "ko", "he", "vi", "ja", "tr", "xx"))
)
@settings(max_examples=150)
def test_any_text_can_be_written_and_asked_for(shared: Archive, text: str, language: str) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    id_ = shelve(shared, text, language=language)
    shared.index.search(Query(Words(text)))
    shared.index.search(Query(AnyOf((Words(text, prefix=True), Not(Words(text, exact=True))))))
    shared.db.execute("UPDATE articles SET text = title WHERE id = ?", (id_,))

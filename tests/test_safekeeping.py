"""The archive kept safe: backup and restore, the chain, salvage, prune. Real files, damaged by hand."""

from __future__ import annotations

import random
import sqlite3
import tracemalloc
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import SCHEMA_VERSION, back_up, open_archive, restore
from aggregator.archive.rawfile import RawFile
from aggregator.archive.rawrows import RowReader
from aggregator.archive.rescue import rescue
from aggregator.archive.salvage import DERIVED
from aggregator.archive.shapes import shape_of
from aggregator.errors import ArchiveError, ArchiveLockedError
from aggregator.models import Change, Edition, Letter, Query, Verdict, Words
from aggregator.pipeline.duplicates import link_back_catalogue, sketch_for
from tests.kept import fill
from tests.makers import NOW, archived, article_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aggregator.archive import Archive

PAGES = 40
LATER = NOW + timedelta(days=400)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "news.db"
    with open_archive(path, writable=True) as archive:
        fill(archive, PAGES)
        edit(archive, 1)
        publish(archive)
        while link_back_catalogue(archive, NOW):
            pass
    return path


def publish(archive: Archive) -> None:
    """Let a watch have found something, and an edition be on its way: neither can be made again."""
    archive.watches.begin("bell", "bell", NOW, NOW, [1, 2])
    archive.watches.owe("bell", [3], "It rings.", NOW)
    archive.editions.know("morning", NOW)
    edition = Edition(
        "morning", 1, NOW, NOW - timedelta(days=1), NOW, "Morning", PAGES, 3, "<p>All of it.</p>"
    )
    letters = [
        Letter("file", "morning.html", "html", b"All of it."),
        Letter("smtp", "ada@a.example", "html", b"Dear Ada"),
    ]
    archive.editions.record(edition, letters, NOW)


def edit(archive: Archive, article_id: int) -> None:
    """Let an article's publisher change it, so that there is a revision."""
    past = archive.rereads.past(article_id)
    assert past is not None
    entry = past.entry
    says = article_text(entry.parsed.link, title="A correction", text="It was not the bell. " * 20)
    archive.articles.record(
        archived(
            entry, says, article_id=article_id, keeps_revision=Change.CORRECTION, at=NOW + timedelta(hours=1)
        )
    )


def by_hand(path: Path, sql: str) -> None:
    """Change the file with another program."""
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(sql)


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as conn:
        found: int = conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def left_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


# ------------------------------------------------------------------------------------------ the chain


def test_what_was_recorded_is_proved(path: Path) -> None:
    """Each article and each revision has its link, and the head is told."""
    with open_archive(path, writable=False) as archive:
        report = archive.chain.verify()
        assert (report.articles, report.revisions, report.broken) == (PAGES, 1, 0)
        assert report.links == PAGES + 2
        assert report.head == str(archive.chain.head())
        assert archive.chain.holds(report.head)


ADDED = """
    INSERT INTO revisions (article_id, seen_at, replaced_at, title, text, verdict)
    VALUES (3, '2020', '2020', '', '', 'full')
"""


@pytest.mark.parametrize(
    ("change", "of", "row", "said"),
    [
        ("UPDATE articles SET text = text || '.' WHERE id = 7", "article", 7, "is not what was recorded"),
        ("UPDATE articles SET title = 'Other' WHERE id = 8", "article", 8, "is not what was recorded"),
        ("UPDATE revisions SET text = 'x'", "revision", 1, "is not what was recorded"),
        ("DELETE FROM revisions", "revision", 1, "is no longer there"),
        (ADDED, "revision", 2, "is not in the chain"),
        ("UPDATE chain SET digest = zeroblob(16) WHERE id = 5", "chain", 5, "does not follow"),
        ("DELETE FROM chain WHERE id = 5", "chain", 5, "are missing"),
    ],
)
def test_a_silent_change_of_the_past_is_told(path: Path, change: str, of: str, row: int, said: str) -> None:
    """Which row, and when it was recorded."""
    by_hand(path, change)
    with open_archive(path, writable=False) as archive:
        breaks = archive.chain.verify().breaks
    assert (of, row) in {(broken.of, broken.row_id) for broken in breaks}
    assert any(said in broken.said for broken in breaks)


def test_a_link_of_an_absurd_row_takes_no_memory(path: Path) -> None:
    """A flipped bit makes any number of an id; each is told, and what is there is still compared."""
    absurd = (-7, 2**28, 2**40)
    with open_archive(path, writable=True) as archive:
        links = archive.chain.verify().links
        for number, row_id in enumerate(absurd, links + 1):
            archive.db.execute(
                "INSERT INTO chain SELECT ?, of, ?, at, digest, link FROM chain WHERE id = 1",
                (number, row_id),
            )
        tracemalloc.start()
        report = archive.chain.verify()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 50_000_000
    assert {found.row_id for found in report.breaks if found.of == "article"} == set(absurd)


def test_a_chain_that_was_made_anew_has_another_head(path: Path) -> None:
    """So a head that was noted down proves more than the file can."""
    with open_archive(path, writable=True) as archive:
        noted = str(archive.chain.head())
        with archive.transaction():
            archive.db.execute("UPDATE articles SET text = 'Nothing happened.' WHERE id = 9")
            archive.db.execute("DELETE FROM chain")
            for number in range(1, PAGES + 1):
                archive.chain.add_article(number, "2026-03-01T12:00:00Z")
        assert not archive.chain.holds(noted)
        assert not archive.chain.holds("nonsense")
        assert not archive.chain.holds("")


def test_what_the_program_itself_changes_is_no_break(path: Path) -> None:
    """Copies, verdicts, looks and prunes are not the past of a text."""
    with open_archive(path, writable=True) as archive:
        archive.links.mark_walls([3, 4], "a wall", NOW)
        archive.rereads.mark([5], 99)
        archive.pruning.apply(LATER, LATER)
        assert archive.chain.verify().broken == 0


# ------------------------------------------------------------------------------------------ backup and restore


def test_a_backup_is_a_whole_archive(path: Path, tmp_path: Path) -> None:
    """Made while the archive is open for writing; nothing else is left beside it."""
    target = tmp_path / "copies" / "news.db"
    target.parent.mkdir()
    with open_archive(path, writable=True) as archive:
        report = back_up(path, target)
        assert report.articles == PAGES
        assert report.head == str(archive.chain.head())
    assert left_in(target.parent) == {"news.db"}
    with open_archive(target, writable=False) as copy:
        assert copy.check() == ""
        assert copy.chain.verify().broken == 0
        assert len(copy.index.search(Query(Words("divers")))) > 0


def test_a_backup_replaces_an_earlier_one_and_nothing_else(path: Path, tmp_path: Path) -> None:
    """A letter is no backup, nor is the archive itself."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada,")
    with pytest.raises(ArchiveError, match="is not a backup made by aggregator"):
        back_up(path, letter)
    assert letter.read_text() == "Dear Ada,"
    with pytest.raises(ArchiveError, match="is the archive itself"):
        back_up(path, path)
    with pytest.raises(ArchiveError, match="make the folder first"):
        back_up(path, tmp_path / "nowhere" / "news.db")
    with pytest.raises(ArchiveError, match="not a directory; nothing was changed"):
        back_up(path, letter / "news.db")
    target = tmp_path / "copy.db"
    back_up(path, target)
    with open_archive(path, writable=True) as archive:
        edit(archive, 1)
    assert back_up(path, target).head.startswith(f"{PAGES + 4}:")


def test_a_damaged_archive_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    """The earlier backup stays as it was."""
    target = tmp_path / "copy.db"
    back_up(path, target)
    before = target.read_bytes()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 12] = b"\xff" * (4096 * 9)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"cannot be copied|damaged"):
        back_up(path, target)
    assert target.read_bytes() == before
    assert not [name for name in left_in(tmp_path) if ".part" in name]


def test_a_restore_keeps_what_it_replaces(path: Path, tmp_path: Path) -> None:
    """With what was only in its log."""
    target = tmp_path / "copy.db"
    back_up(path, target)
    with open_archive(path, writable=True) as archive:
        edit(archive, 1)
    _, kept = restore(path, target, NOW)
    assert kept is not None
    assert (count(path, "revisions"), count(kept, "revisions")) == (1, 2)
    assert left_in(tmp_path) == {"news.db", "news.db.lock", "copy.db", kept.name}


def test_two_restores_in_one_second_keep_both(path: Path, tmp_path: Path) -> None:
    """What the first one set aside is the only copy of it."""
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    back_up(path, first)
    back_up(path, second)
    with open_archive(path, writable=True) as archive:
        edit(archive, 1)
    kept = [restore(path, backup, NOW)[1] for backup in (first, second)]
    assert [count(one, "revisions") for one in kept if one is not None] == [2, 1]


def test_a_restore_puts_an_archive_where_none_is(path: Path, tmp_path: Path) -> None:
    """After the disk was lost."""
    target = tmp_path / "copy.db"
    back_up(path, target)
    path.unlink()
    assert restore(path, target, NOW)[1] is None
    assert count(path, "articles") == PAGES


def test_a_restore_refuses_while_somebody_works_on_the_archive(path: Path, tmp_path: Path) -> None:
    """And takes nothing that is not a whole archive of ours; nothing is changed."""
    target = tmp_path / "copy.db"
    back_up(path, target)
    with open_archive(path, writable=True), pytest.raises(ArchiveLockedError):
        restore(path, target, NOW)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada,")
    empty = tmp_path / "empty.db"
    empty.touch()
    newer = tmp_path / "newer.db"
    newer.write_bytes(target.read_bytes())
    by_hand(newer, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    for wrong, said in (
        (letter, "is not a backup made by aggregator"),
        (empty, "is not a backup made by aggregator"),
        (newer, "by a newer aggregator"),
        (path, "is the archive itself"),
        (tmp_path / "none.db", "no such file"),
    ):
        with pytest.raises(ArchiveError, match=said):
            restore(path, wrong, NOW)
    assert path.read_bytes() == before


def test_a_damaged_archive_is_replaced_and_kept(path: Path, tmp_path: Path) -> None:
    """That is what a backup is for; the damaged file may still be salvaged."""
    target = tmp_path / "copy.db"
    back_up(path, target)
    path.write_bytes(b"\x00" * 8192)
    _, kept = restore(path, target, NOW)
    assert kept is not None
    assert kept.read_bytes() == b"\x00" * 8192
    assert count(path, "articles") == PAGES


# ------------------------------------------------------------------------------------------ prune


def test_a_plan_removes_nothing(path: Path) -> None:
    """It opens the archive read-only."""
    with open_archive(path, writable=False) as archive:
        pages, visits = archive.pruning.plan(LATER, LATER)
    assert (pages.name, pages.rows, pages.kept) == ("pages", PAGES, 0)
    assert pages.bytes > 0
    assert (visits.name, visits.rows) == ("visits", 0)
    assert count(path, "pages") == PAGES


def test_pages_go_and_texts_stay(path: Path) -> None:
    """With those that they were packed against; the newest visits stay."""
    with open_archive(path, writable=True) as archive:
        texts = archive.db.rows("SELECT id, text FROM articles")
        (pages,) = archive.pruning.apply(LATER, None)
        assert pages.rows == PAGES
        assert archive.db.value("SELECT count(*) FROM pages") == 0
        assert archive.db.rows("SELECT id, text FROM articles") == texts
        archive.pruning.shrink()
        assert archive.check() == ""
        assert archive.index.check() == ""
        assert archive.articles.revisions(1)


def test_a_page_that_others_need_stays(path: Path) -> None:
    """As long as one of them does."""
    with open_archive(path, writable=True) as archive:
        newest = archive.db.value("SELECT max(id) FROM pages WHERE base_id IS NOT NULL")
        base = archive.db.value("SELECT base_id FROM pages WHERE id = ?", (newest,))
        archive.db.execute("UPDATE pages SET fetched_at = '2027-06-01T00:00:00Z' WHERE id = ?", (newest,))
        planned = archive.pruning.plan(LATER, None)
        assert planned == archive.pruning.apply(LATER, None)
        assert planned[0].kept == 1
        assert {row[0] for row in archive.db.rows("SELECT id FROM pages")} == {newest, base}
        assert archive.pages.get(newest).body


def test_the_newest_visits_of_each_feed_stay(path: Path) -> None:
    """So that it is still known how the feed fared."""
    with open_archive(path, writable=True) as archive:
        for day in range(1, 29):
            archive.db.execute(
                "INSERT INTO visits (feed_id, at, outcome, bytes, elapsed_ms, seen, new)"
                f" VALUES (1, '2025-01-{day:02}T00:00:00Z', 'unchanged', 0, 0, 0, 0)"
            )
        (visits,) = archive.pruning.apply(None, LATER)
        assert visits.rows == 9  # of 29
        assert archive.db.value("SELECT min(at) FROM visits") == "2025-01-10T00:00:00Z"


def test_to_prune_twice_as_many_visits_takes_about_twice_as_long(path: Path) -> None:
    """Counted in steps of SQLite's machine."""
    steps = []
    with open_archive(path, writable=True) as archive:
        for feeds in (20, 40):
            archive.db.execute_many(
                "INSERT INTO visits (feed_id, at, outcome, bytes, elapsed_ms, seen, new)"
                " VALUES (1, strftime('%Y-%m-%dT%H:%M:%SZ', 1735689600 + ?, 'unixepoch'), 'same', 0, 0, 0, 0)",
                [(minute * 60,) for minute in range(feeds * 500)],
            )
            ticks: list[int] = []
            archive.db.connection.set_progress_handler(lambda ticks=ticks: ticks.append(1), 1000)  # type: ignore[misc]
            archive.pruning.apply(None, LATER)
            archive.db.connection.set_progress_handler(None, 0)
            steps.append(len(ticks))
    assert steps[1] < 2.5 * steps[0]


# ------------------------------------------------------------------------------------------ salvage


def rows_on_pages(path: Path) -> dict[str, dict[object, tuple[int, ...]]]:
    """Return the pages that each row of each table stands on, as the undamaged file has them."""
    found: dict[str, dict[object, tuple[int, ...]]] = {}
    with closing(sqlite3.connect(path)) as conn, RawFile(path) as file:
        names = [
            row[1] for row in conn.execute("PRAGMA table_list") if row[2] == "table" and row[1][0] != "_"
        ]
        rows = conn.execute("SELECT name, rootpage, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for name, root, sql in rows:
            shape = shape_of(name, sql, root) if name in names else None
            if shape is not None:
                reader = RowReader(file)
                found[name] = {
                    row.rowid or row.values[:2]: row.pages for row in reader.tree(root, indexed=shape.indexed)
                }
    return found


def keys_in(path: Path, table: str) -> set[object]:
    """Return what tells the rows of a table apart, as `rows_on_pages` does."""
    with RawFile(path) as file, closing(sqlite3.connect(path)) as conn:
        root, sql = conn.execute(
            "SELECT rootpage, sql FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
        shape = shape_of(table, sql, root)
        assert shape is not None
        return {row.rowid or row.values[:2] for row in RowReader(file).tree(root, indexed=shape.indexed)}


def test_the_raw_reader_reads_what_sqlite_reads(path: Path) -> None:
    """Every value of every row of every table, overflow pages and all."""
    with closing(sqlite3.connect(path)) as conn, RawFile(path) as file:
        for name, root, sql in conn.execute(
            "SELECT name, rootpage, sql FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
        ).fetchall():
            shape = shape_of(name, sql, root)
            if shape is None:  # a virtual table's
                continue
            columns = ", ".join(f'"{column}"' for column in shape.columns)
            said = {tuple(row) for row in conn.execute(f'SELECT {columns} FROM "{name}"')}
            read = {shape.values(row) for row in RowReader(file).tree(root, indexed=shape.indexed)}
            assert read == said, name


def test_what_is_only_in_the_log_is_read(path: Path, tmp_path: Path) -> None:
    """And what was never committed is not."""
    with open_archive(path, writable=True) as archive:
        archive.db.execute("UPDATE articles SET title = 'In the log' WHERE id = 2")
        copy = tmp_path / "copy.db"
        for ending in ("", "-wal"):
            copy.with_name(copy.name + ending).write_bytes(path.with_name(path.name + ending).read_bytes())
    log = copy.with_name("copy.db-wal")
    log.write_bytes(log.read_bytes() + log.read_bytes()[-4120:])  # a frame that is not of this log
    rescue(copy, tmp_path / "new.db", NOW, sketch_for)
    with open_archive(tmp_path / "new.db", writable=False) as archive:
        article = archive.articles.get(2)
        assert article is not None
        assert article.title == "In the log"


def test_a_sound_archive_is_salvaged_whole(path: Path, tmp_path: Path) -> None:
    """Row by row, with an index and a chain of its own."""
    new = tmp_path / "new.db"
    report = rescue(path, new, NOW, sketch_for)
    assert (report.damaged_pages, report.adopted_pages, report.changed) == (0, 0, ())
    assert not report.stand_ins
    for table in report.tables:
        assert (table.unreadable, table.left_out) == (0, 0), table
        if table.table != "chain":  # of what is there now, not of what was
            assert count(new, table.table) == count(path, table.table), table.table
    with open_archive(new, writable=False) as archive:
        assert archive.chain.verify().broken == 0
        assert archive.index.check(every=True) == ""
        assert len(archive.index.search(Query(Words("divers")))) > 0
        assert [letter.content for letter in archive.editions.due_letters(NOW)] == [
            b"All of it.",
            b"Dear Ada",
        ]
        assert [report.payload for report in archive.watches.owed(NOW)] == ["It rings."]
    fillings = {name for name in DERIVED if name.endswith(("_next", "_past"))}
    for name in DERIVED - fillings - {"prints"}:
        assert rows_of(new, name) == rows_of(path, name), name
    assert not [name for name in left_in(tmp_path) if "part" in name]


def rows_of(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


def flip(content: bytearray, chance: random.Random) -> set[int]:
    """Change one byte in each of a tenth of the pages, never the first; return which."""
    pages = set(chance.sample(range(2, len(content) // 4096 + 1), len(content) // 40960))
    for page in pages:
        content[(page - 1) * 4096 + chance.randrange(4096)] ^= 1 << chance.randrange(8)
    return pages


def lose_the_first_page(content: bytearray, _: random.Random) -> set[int]:
    content[:4096] = bytes(4096)
    return {1}


def lose_the_end(content: bytearray, _: random.Random) -> set[int]:
    whole = len(content) // 4096
    del content[-4096 * (whole // 4) - 77 :]
    return set(range(len(content) // 4096 + 1, whole + 1))


@pytest.mark.parametrize(
    "damage", [flip, lose_the_first_page, lose_the_end], ids=lambda damage: damage.__name__
)
@pytest.mark.parametrize("seed", range(3))
def test_rows_on_untouched_pages_are_saved(
    path: Path, tmp_path: Path, damage: Callable[[bytearray, random.Random], set[int]], seed: int
) -> None:
    """99 of 100 of them, whatever happened to the rest; the new archive is whole, the damaged one as it was."""
    by_hand(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    stood_on = rows_on_pages(path)
    content = bytearray(path.read_bytes())
    touched = damage(content, random.Random(seed))
    path.write_bytes(content)
    report = rescue(path, tmp_path / "new.db", NOW, sketch_for)
    assert path.read_bytes() == content
    wanted = saved = 0
    for table in stood_on.keys() - DERIVED - {"chain", "sqlite_stat1"}:
        if damage is lose_the_first_page and table in without_row_ids(tmp_path / "new.db"):
            continue  # only the first page knew where they are
        untouched = {key for key, pages in stood_on[table].items() if not touched & set(pages)}
        wanted += len(untouched)
        saved += len(untouched & keys_in(tmp_path / "new.db", table))
    assert saved >= 0.99 * wanted, report
    with open_archive(tmp_path / "new.db", writable=True) as archive:
        assert archive.check() == ""
        assert archive.index.check(every=True) == ""
        assert archive.chain.verify().broken == 0
        assert archive.vitals.broken_references() == ""


@pytest.mark.parametrize("table", ["links", "story_vectors", "articles", "entries"])
def test_pages_that_nothing_leads_to_are_found_again(path: Path, tmp_path: Path, table: str) -> None:
    """The root of a tree is lost: its leaves are known by what stands on them, with row ids and without."""
    by_hand(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    stood_on = rows_on_pages(path)[table]
    with closing(sqlite3.connect(path)) as conn:
        (root,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = bytes(4096)
    path.write_bytes(content)
    rescue(path, tmp_path / "new.db", NOW, sketch_for)
    wanted = {key for key, pages in stood_on.items() if root not in pages}
    assert wanted <= keys_in(tmp_path / "new.db", table)
    assert len(wanted) > len(stood_on) / 2


def test_no_page_of_an_index_leads_astray(path: Path, tmp_path: Path) -> None:
    """An index of addresses looks like the addresses; what it leads to are other rows."""
    by_hand(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(path)) as conn:
        before = set(conn.execute("SELECT canonical_url, article_id FROM addresses"))
        alike = ("addresses", "entries_by_link", "sqlite_autoindex_articles_1")
        rows = conn.execute("SELECT rootpage FROM sqlite_master WHERE name IN (?, ?, ?)", alike)
        roots = [row[0] for row in rows]
    content = bytearray(path.read_bytes())
    for root in roots:
        content[(root - 1) * 4096 : root * 4096] = bytes(4096)
    path.write_bytes(content)
    rescue(path, tmp_path / "new.db", NOW, sketch_for)
    with closing(sqlite3.connect(tmp_path / "new.db")) as conn:
        after = set(conn.execute("SELECT canonical_url, article_id FROM addresses"))
        own = set(conn.execute("SELECT canonical_url, id FROM articles"))
    assert own <= after <= before | own


def without_row_ids(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as conn:
        return {row[1] for row in conn.execute("PRAGMA table_list") if row[4]}


def test_a_lost_article_is_asked_for_again(path: Path, tmp_path: Path) -> None:
    """What was announced is known, so its page can be fetched once more."""
    by_hand(path, "PRAGMA foreign_keys = OFF")
    by_hand(path, "DELETE FROM articles WHERE id = 5")
    report = rescue(path, tmp_path / "new.db", NOW, sketch_for)
    assert report.stand_ins == {"articles": 1}
    with open_archive(tmp_path / "new.db", writable=True) as archive:
        article = archive.articles.get(5)
        assert article is not None
        assert article.reason == "lost in a damaged file"
        assert article.sightings
        (entry,) = archive.entries.claim(NOW, limit=9, lease=timedelta(minutes=1))
        assert entry.article_id == 5


def test_an_article_of_which_only_its_reading_is_left_says_what_that_says(path: Path, tmp_path: Path) -> None:
    """Its address is known as well."""
    address = "https://a.example/lost"
    by_hand(path, "DELETE FROM articles WHERE id = 5")
    by_hand(path, "UPDATE entries SET article_id = NULL WHERE article_id = 5")
    by_hand(path, "DELETE FROM pages WHERE article_id = 5")
    by_hand(path, "UPDATE readings SET markdown = 'The *divers* rest.' WHERE article_id = 5")
    by_hand(path, f"UPDATE addresses SET canonical_url = '{address}' WHERE article_id = 5")
    report = rescue(path, tmp_path / "new.db", NOW, sketch_for)
    assert report.stand_ins == {"articles": 1}
    assert report.changed == ()
    with open_archive(tmp_path / "new.db", writable=False) as archive:
        article = archive.articles.get(5)
        assert article is not None
        assert (article.url, article.text, article.verdict) == (
            address,
            "The *divers* rest.",
            Verdict.PARTIAL,
        )


def test_what_belonged_to_a_lost_row_stands_by_itself(path: Path, tmp_path: Path) -> None:
    """A copy whose original is lost is an article; letters of a lost edition are sent."""
    by_hand(path, "UPDATE articles SET duplicate_of = 999 WHERE id = 7")
    by_hand(path, "DELETE FROM editions")
    report = rescue(path, tmp_path / "new.db", NOW, sketch_for)
    assert report.stand_ins == {"editions": 1}
    with open_archive(tmp_path / "new.db", writable=True) as archive:
        article = archive.articles.get(7)
        assert article is not None
        assert article.duplicate_of is None
        assert len(archive.editions.due_letters(NOW)) == 2
        assert archive.index.check(every=True) == ""


def test_a_value_that_cannot_be_read_gives_way(path: Path, tmp_path: Path) -> None:
    """A flipped bit may leave a row that SQLite takes and the program stumbles over; the rest of it is kept."""
    by_hand(
        path,
        "UPDATE articles SET dated_at = '2026-13-01T12:00:00Z', tags = '[', verdict = 'fuml' WHERE id = 7",
    )
    by_hand(path, "UPDATE entries SET categories = '{', published_at = 'x' WHERE article_id = 8")
    text = "SELECT text FROM articles WHERE id IN (7, 8)"
    with open_archive(path, writable=False) as archive:
        before = archive.db.rows(text)
    rescue(path, tmp_path / "new.db", NOW, sketch_for)
    with open_archive(tmp_path / "new.db", writable=True) as archive:
        assert archive.db.rows(text) == before
        assert archive.index.check(every=True) == ""
        article = archive.articles.get(7)
        assert article is not None
        assert (article.tags, article.verdict, article.dated_at) == ((), Verdict.PARTIAL, NOW)
        assert len(archive.index.search(Query(Words("divers"), limit=100))) > 0


def test_what_feeds_showed_last_is_forgotten_with_what_was_lost(path: Path, tmp_path: Path) -> None:
    """Or an entry that is lost and still stands in its feed would count as known, and never come back."""
    by_hand(path, "INSERT INTO prints VALUES (1, zeroblob(16))")
    by_hand(path, "UPDATE feeds SET etag = 'x', body_hash = 'y'")
    by_hand(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    lose_the_end(content, random.Random(0))
    path.write_bytes(content)
    rescue(path, tmp_path / "new.db", NOW, sketch_for)
    with open_archive(tmp_path / "new.db", writable=False) as archive:
        assert archive.feeds.prints(1) == b""
        assert [(feed.validators.etag, feed.body_hash) for feed in archive.feeds.all()] == [("", "")]


def test_a_text_that_the_damage_altered_is_told(path: Path, tmp_path: Path) -> None:
    """A flipped letter reads well; only the chain knows."""
    content = path.read_bytes()
    at = content.index(b"In paragraph two the divers")
    path.write_bytes(content[:at] + b"Im" + content[at + 2 :])
    report = rescue(path, tmp_path / "new.db", NOW, sketch_for)
    assert [broken.of for broken in report.changed] in (["article"], ["revision"])


@pytest.mark.parametrize("content", [b"", b"Dear Ada, " * 1000, b"\x00" * 20000])
def test_what_is_no_archive_is_not_salvaged(tmp_path: Path, content: bytes) -> None:
    """One line, and nothing is written."""
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(content)
    with pytest.raises(ArchiveError, match="is not an SQLite file"):
        rescue(damaged, tmp_path / "new.db", NOW, sketch_for)
    assert left_in(tmp_path) == {"damaged.db"}


def test_a_foreign_database_is_not_salvaged(tmp_path: Path) -> None:
    """Nor is anything written over."""
    damaged = tmp_path / "other.db"
    by_hand(damaged, "CREATE TABLE letters (id INTEGER PRIMARY KEY, words TEXT)")
    with pytest.raises(ArchiveError, match="nothing in it is of an archive"):
        rescue(damaged, tmp_path / "new.db", NOW, sketch_for)
    with pytest.raises(ArchiveError, match="already exists"):
        rescue(damaged, damaged, NOW, sketch_for)
    assert left_in(tmp_path) == {"other.db"}

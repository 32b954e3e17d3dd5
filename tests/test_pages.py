"""Kept pages: what came is what is read again, whatever it was packed against, and identical bytes are kept once."""

from __future__ import annotations

import json
import random
import sqlite3
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.archive import open_archive
from aggregator.archive.packing import BASE_LIMITS, Base, UnreadableError, pack, unpack
from aggregator.errors import PageError
from aggregator.models import Page
from tests.makers import HOUR, LEASE, NOW, archived, plan, said, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive

CHANCE = random.Random(7)


def template() -> str:
    """Return a menu that zstd alone can at best halve."""
    return "".join(f"<a href={CHANCE.randbytes(60).hex()}>" for _ in range(140))


TEMPLATE, OTHER = template(), template()


def body(words: str, template: str = TEMPLATE) -> bytes:
    return f"<html><nav>{template}</nav><p>{words}</p></html>".encode()


def page(name: str, content: bytes, host: str = "site.example") -> Page:
    url = f"https://{host}/{name}"
    return Page(url, url, 200, {"content-type": "text/html", "x-ü": "ß"}, content, NOW)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive with four articles."""
    with open_archive(tmp_path / "aggregator.db", writable=True) as opened:
        opened.feeds.apply_plan(plan("https://site.example/feed"), NOW)
        feed = opened.feeds.claim(NOW, limit=1, lease=LEASE)[0]
        opened.visits.record([visit(feed, *(said(str(number)) for number in range(4)))])
        for entry in opened.entries.claim(NOW, limit=4, lease=LEASE):
            opened.articles.record(archived(entry))
        yield opened


def rows(archive: Archive) -> list[sqlite3.Row]:
    return archive.db.rows(
        "SELECT id, article_id, coding, base_id, length(body) AS packed FROM pages ORDER BY id"
    )


def bodies(archive: Archive, article_id: int) -> list[bytes]:
    return [archive.pages.get(id_).body for id_ in archive.pages.ids_of(article_id)]


def test_a_second_page_of_a_site_costs_a_fraction_and_reads_as_it_came(archive: Archive) -> None:
    first, second = page("1", body("one")), page("2", body("two"))
    archive.pages.keep(first, 1)
    archive.pages.keep(second, 2)
    assert [archive.pages.newest(id_) for id_ in (1, 2)] == [first, second]
    alone, based = rows(archive)
    assert based["base_id"] == alone["id"]
    assert based["packed"] < alone["packed"] / 20


def test_identical_bytes_of_an_article_are_kept_once(archive: Archive) -> None:
    archive.pages.keep(page("1", body("one")), 1)
    archive.pages.keep(replace(page("1", body("one")), fetched_at=NOW + HOUR), 1)
    assert len(rows(archive)) == 1
    archive.pages.keep(replace(page("1", body("edited")), fetched_at=NOW + HOUR), 1)
    assert bodies(archive, 1) == [body("one"), body("edited")]


def test_a_page_that_was_taken_back_is_the_newest_again(archive: Archive) -> None:
    """Else the next look, and the next reading, would go by a page that is no longer there."""
    for hours, words in enumerate(("one", "edited", "one")):
        archive.pages.keep(replace(page("1", body(words)), fetched_at=NOW + hours * HOUR), 1)
    newest = archive.pages.newest(1)
    assert newest is not None
    assert newest.body == body("one")
    assert rows(archive)[2]["packed"] < 40


def test_identical_bytes_of_another_article_and_host_cost_next_to_nothing(archive: Archive) -> None:
    """A wall that stands before many articles is one page, wherever it is met."""
    archive.pages.keep(page("1", body("a wall")), 1)
    archive.pages.keep(page("2", body("a wall"), host="other.example"), 2)
    assert rows(archive)[1]["packed"] < 40
    assert archive.pages.newest(2) == page("2", body("a wall"), host="other.example")


def test_a_new_template_becomes_a_base_and_the_old_one_still_serves(archive: Archive) -> None:
    archive.pages.keep(page("1", body("old")), 1)
    archive.pages.keep(page("2", body("new", OTHER)), 2)
    archive.pages.keep(page("3", body("new as well", OTHER)), 3)
    archive.pages.keep(page("4", body("old as well")), 4)
    assert [row["base_id"] for row in rows(archive)] == [None, None, 2, 1]


def test_pages_of_other_hosts_are_no_bases(archive: Archive) -> None:
    archive.pages.keep(page("1", body("one")), 1)
    archive.pages.keep(page("2", body("two"), host="other.example"), 2)
    assert rows(archive)[1]["base_id"] is None


def test_a_page_kept_by_the_first_schema_still_opens(archive: Archive) -> None:
    old = page("1", body("one"))
    archive.db.execute(
        "INSERT INTO pages (article_id, url, final_url, status, headers, body, body_bytes, fetched_at)"
        " VALUES (1, ?, ?, 200, ?, ?, ?, '2026-03-01T12:00:00Z')",
        (old.url, old.final_url, json.dumps(dict(old.headers)), zlib.compress(old.body, 9), len(old.body)),
    )
    assert archive.pages.newest(1) == old


def test_damaged_bytes_are_an_error_that_names_the_page(archive: Archive) -> None:
    archive.pages.keep(page("1", body("one")), 1)
    archive.db.execute("UPDATE pages SET body = substr(body, 1, 200)")
    with pytest.raises(PageError, match=r"page 1 of article 1 \(https://site\.example/1\)"):
        archive.pages.newest(1)


def test_wrong_bytes_are_not_taken_for_the_page(archive: Archive) -> None:
    """Whole and readable, but not what came: the hash tells."""
    archive.pages.keep(page("1", body("one")), 1)
    archive.db.execute("UPDATE pages SET body = ?", (pack(b"{}\n" + body("two"), []).body,))
    with pytest.raises(PageError, match="not the bytes that came"):
        archive.pages.newest(1)


def test_nothing_more_is_packed_against_a_damaged_page(archive: Archive) -> None:
    archive.pages.keep(page("1", body("one")), 1)
    archive.db.execute("UPDATE pages SET body = substr(body, 1, 200)")
    archive.pages.keep(page("2", body("two")), 2)
    assert archive.pages.newest(2) == page("2", body("two"))


@pytest.mark.parametrize(
    "harm", ["DELETE FROM pages WHERE id = 1", "UPDATE pages SET body = x'00' WHERE id = 1"]
)
def test_a_base_stays_as_it_is_whoever_writes_to_the_file(archive: Archive, harm: str) -> None:
    archive.pages.keep(page("1", body("one")), 1)
    archive.pages.keep(page("2", body("two")), 2)
    with sqlite3.connect(archive.db.path) as stranger:
        with pytest.raises(sqlite3.IntegrityError, match="other pages need this page"):
            stranger.execute(harm)
        stranger.execute("DELETE FROM pages WHERE id = 2")
        stranger.execute(harm)
    stranger.close()


def test_the_window_reaches_into_the_whole_base() -> None:
    """A page that repeats the first and the last bytes of a large base costs next to nothing."""
    start, end = CHANCE.randbytes(40_000), CHANCE.randbytes(40_000)
    base = start + CHANCE.randbytes(BASE_LIMITS[1] - 100_000) + end
    packed = pack(start + end, [Base(1, base)])
    assert packed.base_id == 1
    assert len(packed.body) < 200
    assert unpack(packed.coding, packed.body, base) == start + end


def test_the_base_that_is_most_alike_is_taken_and_none_that_is_not() -> None:
    first, second, third = (CHANCE.randbytes(3000).hex().encode() for _ in range(3))
    page = b"<p class=" + first + b"><p class=" + second
    assert pack(page, [Base(1, third), Base(2, b"<p class=" + third), Base(3, page + third)]).base_id == 3
    assert pack(page, [Base(1, third), Base(2, b"<div class=" + third)]).base_id is None


def test_an_unknown_coding_is_told() -> None:
    with pytest.raises(UnreadableError, match="'rot13' is not known"):
        unpack("rot13", b"")


SITES = st.sampled_from(["a.example", "b.example", "c.example"])
BODIES = (
    st.binary(max_size=300)
    | st.text(max_size=60).map(body)
    | st.text(max_size=60).map(lambda t: body(t, OTHER))
)
HEADERS = st.dictionaries(st.text(max_size=9), st.text(st.characters(), max_size=20), max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.tuples(SITES, HEADERS, BODIES), max_size=8, unique_by=lambda came: came[2]))
def test_whatever_came_is_read_again(archive: Archive, came: list[tuple[str, dict[str, str], bytes]]) -> None:
    """For any sequence of pages of any hosts, every one of them is read back byte by byte, with its headers."""
    archive.db.execute("DELETE FROM pages WHERE base_id IS NOT NULL")
    archive.db.execute("DELETE FROM pages")
    pages = [replace(page("x", content, host), headers=headers) for host, headers, content in came]
    for one in pages:
        archive.pages.keep(one, 1)
    assert [archive.pages.get(id_) for id_ in archive.pages.ids_of(1)] == pages

"""Pages that would hang, flood or crash a reader: each costs itself one verdict, and nothing grows."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.extract import extract_article
from aggregator.models import Crash, Hint, ParsedEntry, Response, Verdict
from aggregator.reading import Reading, read_entry
from aggregator.workers import WorkerPool
from tests.verdict_pages import article, prose, site

if TYPE_CHECKING:
    from collections.abc import Iterator

MB = 1 << 20
URL = "https://www.courier.example/2025/02/ferries"
LINE = "Two boats will cross the sound between dusk and dawn, the clerk of the council said. "
ENTRY = ParsedEntry(guid=URL, link=URL, title="Night ferries return to Port Ellery")
GOOD = site(article(prose()["en"]), prose()["en"].title).encode()


def _page(body: str) -> bytes:
    return f"<!doctype html><html><body>{body}</body></html>".encode()


HOSTILE = {
    "ten megabytes of paragraphs": lambda: _page(f"<p>{LINE}</p>" * (10 * MB // 90)),
    "a million links": lambda: _page("<a href=/1>x</a> " * 1_000_000),
    "links in headings": lambda: _page("<h2><a href=/1>story</a></h2>" * 100_000),
    "one endless paragraph": lambda: _page("<p>" + LINE * (8 * MB // 85)),
    "one endless word": lambda: _page("<p>" + "x" * (8 * MB)),
    "deep nesting": lambda: _page("<div>" * 200_000 + LINE),
    "deep lists": lambda: _page("<ul><li>" * 100_000 + LINE),
    "nested tables": lambda: _page("<table><tr><td>" * 20_000 + LINE),
    "a large table": lambda: _page("<table>" + "<tr><td>1</td><td>2</td></tr>" * 100_000 + "</table>"),
    "line breaks": lambda: _page("<p>x" + "<br>" * 1_000_000),
    "many attributes": lambda: _page("<p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{LINE}</p>"),
    "many metas": lambda: _page('<meta name="author" content="A B">' * 100_000 + f"<p>{LINE}</p>"),
    "a large json": lambda: _page(
        '<script type="application/ld+json">{"@type":"Article","articleBody":"'
        + "x " * 2_000_000
        + '"}</script>'
    ),
    "frames without end": lambda: (
        b"<html><frameset>" + b'<frame src="a.html">' * 100_000 + b"</frameset></html>"
    ),
    "refresh without end": lambda: b'<meta http-equiv="refresh" content="0;url=/a">' * 50_000,
    "every byte": lambda: bytes(range(256)) * 20_000,
}


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, 20.0, 1 << 30) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_one_verdict(pool: WorkerPool, name: str) -> None:
    """It is read, or the worker that choked on it is replaced; the next page is read as if nothing had been."""
    answer = Response(URL, URL, 200, {"content-type": "text/html"}, HOSTILE[name]())
    read = pool.run(read_entry, ENTRY, answer)
    assert isinstance(read, (Reading, Crash))
    if isinstance(read, Reading):
        assert not read.extracted.reason.startswith("the extractor failed"), read.extracted.reason
        assert read.extracted.verdict is not Verdict.FULL or read.extracted.text
    after = pool.run(read_entry, ENTRY, Response(URL, URL, 200, {"content-type": "text/html"}, GOOD))
    assert isinstance(after, Reading)
    assert after.extracted.verdict is Verdict.FULL


# --------------------------------------------------------------------------------------- in the worker


def read_pages(first: int, count: int) -> int:
    """Read so many small pages of many sites; return the memory that the process has then, in bytes."""
    for number in range(first, first + count):
        page, url = _small_page(number), f"https://site{number % 300}.example/story/{number}"
        found = extract_article(page, url, Hint())
        assert found.verdict is Verdict.FULL, found.reason
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def _small_page(number: int) -> bytes:
    """Return a page with words, names, days and classes of its own: what a cache would remember."""
    chance = random.Random(number)

    def words(count: int) -> str:
        letters = "abcdefghijklmnoprstuvw"
        return " ".join("".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(count))

    lines = "".join(f'<p class="{words(1)}">{words(40).capitalize()}.</p>' for _ in range(4))
    head = f'<title>{words(6)}</title><meta name="author" content="{words(2).title()}">'
    menu = "".join(f'<a href="/{words(1)}">{words(1)}</a>' for _ in range(20))
    day = f"<time>2024-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}</time>"
    body = f"<nav>{menu}</nav><article><h1>{words(6)}</h1>{day}{lines}</article>"
    return f'<html lang="en"><head>{head}</head><body>{body}</body></html>'.encode()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory through /proc")
def test_a_worker_that_reads_thousands_of_pages_does_not_grow() -> None:
    """Between the six hundredth page and the two thousandth: less than a tenth."""
    with WorkerPool(1, 600.0, 1 << 30, recycle_after=100) as pool:
        sizes = [pool.run(read_pages, first, 300) for first in range(0, 2100, 300)]
    memory = [size for size in sizes if isinstance(size, int)]
    assert len(memory) == len(sizes), sizes
    assert memory[-1] < 1.1 * memory[1]

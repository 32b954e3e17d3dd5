"""What a kept page takes: bytes and CPU, beside WARC.gz of the same pages and beside other ways to pack them.

    AGGREGATOR_CORPUS=… python -m benchmarks.storage [--json FILE]

Pages are kept in a real archive, sites mixed as a poll would bring them. "kept" are bodies and headers as they are
packed; "in the file" is what they take of the archive's file by SQLite's own count of whole disk pages, with
addresses and indexes. WARC.gz is what `aggregator export` writes of that archive. The ways to pack are of bodies alone.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.archive.packing import LEVEL
from aggregator.models import Page
from aggregator.urls import host_of
from aggregator.warc import write_warc
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from aggregator.archive import Archive

COLLECTIONS = ("fundus", "newspaper3k", "wcxb", "trafilatura-eval")
START = datetime(2026, 3, 1, tzinfo=UTC)
SEVERAL = 2  # pages of one host
SMALLER = 0.8  # of WARC.gz, where several pages of a site are kept
DICTIONARY = 32 * 1024  # bytes: the most that zlib can use
TRAIN = 8  # pages of a site before zstd can make a dictionary of its own
# What servers commonly send; the collections come without.
HEADERS = {
    "date": "Sun, 01 Mar 2026 12:00:00 GMT",
    "content-type": "text/html; charset=utf-8",
    "content-encoding": "gzip",
    "server": "nginx",
    "etag": '"5f3b2c1d-18a3f"',
    "last-modified": "Sun, 01 Mar 2026 11:58:12 GMT",
    "cache-control": "public, max-age=60, stale-while-revalidate=300",
    "vary": "Accept-Encoding, Cookie",
    "x-frame-options": "SAMEORIGIN",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What the pages of one set came to."""

    pages: int
    bytes: int  # as they came
    packed: int  # bodies with their headers, as they are kept
    kept: int  # of the archive's file
    warc: int
    keep_s: float  # CPU
    read_s: float
    bodies: Mapping[str, tuple[int, float]]  # by the way of packing: bytes, CPU seconds


def main() -> int:
    parser = options(__doc__)
    asked = parser.parse_args()
    corpus = corpus_folder(parser, "pages/ and newsroom/")
    figures: list[Figure] = []
    for name, pages in collections(corpus):
        hosts = by_host(pages)
        several = [page for group in hosts.values() if len(group) >= SEVERAL for page in group]
        for label, chosen in ((name, pages), (f"{name}, hosts with several", several)):
            if chosen:
                kept = measure(mixed(chosen))
                show(label, kept)
                figures += figures_of(label, kept)
    print()
    return report(figures, asked.json)


def collections(corpus: Path) -> Iterator[tuple[str, list[Page]]]:
    for name in COLLECTIONS:
        folder = corpus / "pages" / name
        rows = map(json.loads, (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
        yield name, [page_at(row["url"], folder / row["html"]) for row in rows if row.get("url")]
    rows = map(json.loads, (corpus / "newsroom" / "pages.jsonl").read_text(encoding="utf-8").splitlines())
    made: dict[str, list[Page]] = {"native": [], "synthetic": []}
    for row in rows:
        kind = row["kind"].split()[0]
        if row["status"] == 200 and row.get("file") and kind in made:
            made[kind].append(page_at(row["url"], corpus / row["file"]))
    yield from made.items()


def page_at(url: str, path: Path) -> Page:
    content = path.read_bytes()
    body = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return Page(url, url, 200, HEADERS, body, START)


def by_host(pages: Iterable[Page]) -> dict[str, list[Page]]:
    hosts: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        hosts[host_of(page.final_url)].append(page)
    return hosts


def mixed(pages: Iterable[Page]) -> list[Page]:
    """Put pages into an order that is always the same and has nothing to do with their sites."""
    return sorted(pages, key=lambda page: blake2b(page.final_url.encode()).digest())


# --------------------------------------------------------------------------------------------- measuring


def measure(pages: Sequence[Page]) -> Kept:
    with (
        TemporaryDirectory() as folder,
        open_archive(Path(folder) / "aggregator.db", writable=True) as archive,
    ):
        before = file_bytes(archive)
        keep_s = cpu(lambda: keep(archive, pages))
        read: list[Page] = []
        read_s = cpu(lambda: read.extend(archive.pages.get(id_ + 1) for id_ in range(len(pages))))
        assert [page.body for page in read] == [page.body for page in pages]
        warc = BytesIO()
        write_warc(warc, read, "aggregator", "all.warc.gz")
        kept = file_bytes(archive) - before
        packed_bytes = int(archive.db.value("SELECT total(length(body)) FROM pages"))
    groups = [[page.body for page in group] for group in by_host(pages).values()]
    bodies = {}
    for name, pack in WAYS.items():
        packed: list[bytes] = []
        seconds = cpu(lambda pack=pack, packed=packed: packed.extend(p for g in groups for p in pack(g)))  # type: ignore[misc]
        bodies[name] = (sum(map(len, packed)), seconds)
    size = sum(len(page.body) for page in pages)
    return Kept(len(pages), size, packed_bytes, kept, len(warc.getvalue()), keep_s, read_s, bodies)


def keep(archive: Archive, pages: Sequence[Page]) -> None:
    with archive.transaction():
        for number, page in enumerate(pages, 1):
            archive.db.execute(
                "INSERT INTO articles (id, url, canonical_url, dated_at, archived_at, verdict)"
                " VALUES (?, ?, ?, '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', 'full')",
                (number, page.final_url, str(number)),
            )
            archive.pages.keep(page, number)


def file_bytes(archive: Archive) -> int:
    """Return the bytes of the archive that pages and their indexes take."""
    return int(archive.db.value("SELECT total(pgsize) FROM dbstat WHERE name LIKE 'pages%'"))


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


# ------------------------------------------------------------------------------------------- ways to pack


def zlib_alone(pages: Sequence[bytes]) -> Iterator[bytes]:
    return (zlib.compress(page, 9) for page in pages)


def zlib_with_dictionary(pages: Sequence[bytes]) -> Iterator[bytes]:
    """Pack against the head of the site's first page: as much as zlib can look back."""
    yield zlib.compress(pages[0], 9)
    for page in pages[1:]:
        packer = zlib.compressobj(9, zdict=pages[0][:DICTIONARY])
        yield packer.compress(page) + packer.flush()


def zstd_alone(level: int) -> Callable[[Sequence[bytes]], Iterator[bytes]]:
    return lambda pages: (zstd.compress(page, level=level) for page in pages)


def zstd_trained(pages: Sequence[bytes]) -> Iterator[bytes]:
    """Pack against a dictionary trained on the site's first pages, which is kept as well."""
    if len(pages) <= TRAIN:
        yield from zstd_alone(LEVEL)(pages)
        return
    dictionary = zstd.train_dict(list(pages[:TRAIN]), DICTIONARY)
    yield zstd.compress(dictionary.dict_content, level=LEVEL)
    yield from zstd_alone(LEVEL)(pages[:TRAIN])
    for page in pages[TRAIN:]:
        yield zstd.compress(page, level=LEVEL, zstd_dict=dictionary)


def zstd_on_first(level: int) -> Callable[[Sequence[bytes]], Iterator[bytes]]:
    """Pack against the site's first page."""

    def pack(pages: Sequence[bytes]) -> Iterator[bytes]:
        yield zstd.compress(pages[0], level=level)
        for page in pages[1:]:
            window = max(18, (len(page) + len(pages[0])).bit_length())
            options: dict[int, int] = {
                zstd.CompressionParameter.compression_level: level,
                zstd.CompressionParameter.window_log: window,
            }
            yield zstd.compress(
                page, options=options, zstd_dict=zstd.ZstdDict(pages[0], is_raw=True).as_prefix
            )

    return pack


WAYS: dict[str, Callable[[Sequence[bytes]], Iterable[bytes]]] = {
    "zlib 9": zlib_alone,
    "zlib 9, dictionary": zlib_with_dictionary,
    "zstd 3": zstd_alone(3),
    "zstd 9": zstd_alone(9),
    "zstd 12": zstd_alone(12),
    "zstd 9, trained": zstd_trained,
    "zstd 3, first page": zstd_on_first(3),
    "zstd 9, first page": zstd_on_first(9),
    "zstd 12, first page": zstd_on_first(12),
}


# ----------------------------------------------------------------------------------------------- telling


def show(label: str, kept: Kept) -> None:
    count = kept.pages
    print(f"\n{label}: {count} pages of {kept.bytes // count:,} bytes")
    print(f"  {'':24}{'B/page':>9} {'of WARC':>8} {'ms/page':>8}")
    print(f"  {'WARC.gz':24}{kept.warc // count:>9,} {1:>8.3f}")
    times = f"{1000 * kept.keep_s / count:>8.2f} to keep, {1000 * kept.read_s / count:.2f} to read"
    print(f"  {'kept':24}{kept.packed // count:>9,} {kept.packed / kept.warc:>8.3f}")
    print(f"  {'kept, in the file':24}{kept.kept // count:>9,} {kept.kept / kept.warc:>8.3f} {times}")
    for name, (size, seconds) in kept.bodies.items():
        print(f"  {name:24}{size // count:>9,} {size / kept.warc:>8.3f} {1000 * seconds / count:>8.2f}")


def figures_of(label: str, kept: Kept) -> Iterator[Figure]:
    name = label.replace(", hosts with ", ".").replace(" ", "_")
    target = SMALLER if name.endswith(".several") else 1.0
    yield Figure(f"storage.{name}.kept_bytes", kept.packed / kept.pages, "bytes/page")
    yield Figure(f"storage.{name}.file_bytes", kept.kept / kept.pages, "bytes/page")
    yield Figure(f"storage.{name}.warc_bytes", kept.warc / kept.pages, "bytes/page")
    yield Figure(f"storage.{name}.of_warc", kept.packed / kept.warc, "times", "<=", target)
    yield Figure(f"storage.{name}.file_of_warc", kept.kept / kept.warc, "times")
    yield Figure(f"storage.{name}.keep_cpu_of_zlib", kept.keep_s / kept.bodies["zlib 9"][1], "times")
    yield Figure(f"storage.{name}.read_ms", 1000 * kept.read_s / kept.pages, "ms/page")


if __name__ == "__main__":
    sys.exit(main())

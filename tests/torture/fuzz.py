"""fuzz: mutated feeds and pages through the real workers. Nothing may escape: no exception, no hang, no dead service.

The originals are the documents of the tests and, where AGGREGATOR_CORPUS names one, those of the corpus. What is done
to them is what makes parsers stumble: bytes and tokens put in, cut out, doubled, spliced with another document. A
document that raises, or costs a worker, is written to a folder, to become a fixture.
"""

from __future__ import annotations

import gzip
import random
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import ParseError
from aggregator.models import Crash, ParsedEntry, Response
from aggregator.parse import parse_feed
from aggregator.reading import read_entry
from aggregator.workers import WorkerPool
from benchmarks.figures import Figure
from tests.newsroom import corpus, own
from tests.torture.growing import GrowingWeb

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_S, MEMORY = 20.0, 1 << 30  # as the service sets them
SLACK_S = 5.0  # a machine that is shared wakes us late
LARGEST = 40_000  # bytes of an original; what is hostile by size has tests of its own
WORKERS = 2
URL = "https://fuzz.example/story"
KINDS = (
    "application/rss+xml",
    "application/atom+xml",
    "application/json",
    "text/xml; charset=utf-16",
    "text/html",
    "",
)
TOKENS = [
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?xml version='1.0' encoding='utf-16'?>", b"\x00",
    b"\xff\xfe", b"\xed\xa0\x80", b"&#xD800;", b"&#0;", b"&#x110000;", b"&a;", b"<!DOCTYPE a [<!ENTITY a 'b'>]>",
    b"<item>", b"</item>", b"<entry>", b"<guid>", b"<link href='//['/>", b"<link>http://[</link>", b"xmlns:a='b'",
    b"<pubDate>Mon, 99 Foo 99999 25:61:61 +9999</pubDate>", b"<updated>-0001-01-01T00:00:00Z</updated>",
    b"<ttl>" + b"9" * 400 + b"</ttl>", b"<author>" + b"(" * 50, b"encoding='undefined'", b"{", b"}",
    b"[" * 200, b'"\\ud800"',
    b"<div>" * 300, b"</div>" * 30, b"<table><tr>" * 50, b"<svg><style>", b"<base href='javascript:1'>",
    b"\xe2\x80\xae",
    b"<script type='application/ld+json'>{\"@type\": [[",
    b"<meta property='article:published_time' content='9999-99-99'>",
    b"<time datetime='24:00'>", b"\r\n\r\n", b"1e999", b"null", b"\xf0\x9f\x98\x80" * 20, b"<a href='http://a..b/%zz'>",
]  # fmt: skip


@dataclass
class Tally:
    done: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)  # workers that were lost, by reason
    lost: list[bytes] = field(default_factory=list)
    bugs: dict[str, bytes] = field(default_factory=dict)  # what was raised → the document
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


def suite(
    *, quick: bool, seed: int = 0, count: int = 0, seconds: float = 1e9, only: str = ""
) -> list[Figure]:
    end = time.monotonic() + seconds
    most = count or (1500 if quick else 100_000)
    wanted = {"feeds": most, "pages": count if only == "pages" and count else most // 5}
    tally = Tally()
    with WorkerPool(WORKERS, LIMIT_S, MEMORY) as pool, ThreadPoolExecutor(WORKERS) as threads:
        plays = {"feeds": _feed, "pages": _page}
        for what, originals in (("feeds", feeds()), ("pages", pages())):
            if only not in {"", what}:
                continue
            print(f"fuzz: {len(originals)} original {what}")
            share = wanted[what] // WORKERS
            until = end if only or what == "pages" else end - seconds / 2
            each = [
                threads.submit(
                    _play, pool, tally, what, plays[what], originals, share, f"{seed}-{what}-{n}", until
                )
                for n in range(WORKERS)
            ]
            for one in each:
                one.result()
        sound = pool.run(parse_feed, feeds()[0], URL, "")
    _keep(tally)
    print("fuzz:", dict(tally.done), "lost workers:", dict(tally.crashes))
    return [
        *(Figure(f"fuzz.{what}", tally.done[what], "documents", ">=", 1)
          for what in wanted if only in {"", what}),
        Figure("fuzz.exceptions", len(tally.bugs), "kinds", "==", 0),
        Figure("fuzz.lost_workers", sum(tally.crashes.values()), "tasks"),
        Figure("fuzz.slowest", tally.slowest, "s", "<=", LIMIT_S + SLACK_S),
        Figure("fuzz.pool_lives", not isinstance(sound, Crash), "pool", "==", 1),
    ]  # fmt: skip


def _play(
    pool: WorkerPool,
    tally: Tally,
    what: str,
    task: Callable[..., object],
    originals: list[bytes],
    count: int,
    seed: str,
    until: float,
) -> None:
    dice = random.Random(seed)
    for _ in range(count):
        if time.monotonic() > until:
            break
        document = mutated(dice, originals)
        began = time.monotonic()
        said = task(pool, document, dice)
        with tally.lock:
            tally.done[what] += 1
            tally.slowest = max(tally.slowest, time.monotonic() - began)
            if isinstance(said, Crash):
                tally.crashes[said.reason] += 1
                tally.lost.append(document)
            elif isinstance(said, str):
                tally.bugs.setdefault(said, document)


def _feed(pool: WorkerPool, document: bytes, dice: random.Random) -> object:
    try:
        return pool.run(parse_feed, document, URL, dice.choice(KINDS))
    except ParseError as error:
        return None if str(error) else "a ParseError without a word"
    except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
        return f"{type(error).__name__}: {error}"[:200]


def _page(pool: WorkerPool, document: bytes, _: random.Random) -> object:
    answer = Response(URL, URL, 200, {"content-type": "text/html"}, document)
    try:
        read = pool.run(read_entry, ParsedEntry(guid="1", link=URL, title="A title"), answer)
    except Exception as error:  # noqa: BLE001  as above
        return f"{type(error).__name__}: {error}"[:200]
    reason = "" if isinstance(read, Crash) else read.extracted.reason
    return reason[:200] if reason.startswith("the extractor failed") else read


def _keep(tally: Tally) -> None:
    if not tally.bugs and not tally.lost:
        return
    folder = Path(tempfile.mkdtemp(prefix="aggregator-fuzz-"))
    for said, document in [*tally.bugs.items(), *(("a lost worker", one) for one in tally.lost)]:
        name = blake2b(document, digest_size=6).hexdigest()
        (folder / name).write_bytes(document)
        print(f"fuzz: {said!r}: {folder / name}")


# ---------------------------------------------------------------------------------------- documents


def feeds() -> list[bytes]:
    own_feeds = [step.answer.body for feed in own.manifest().feeds for step in feed.steps]
    here = Path(__file__).parent.parent / "data" / "feeds"
    found = [path.read_bytes() for path in sorted(here.iterdir()) if not path.name.endswith(".expected.json")]
    return _small([*own_feeds, *found, *_of_corpus("feeds", ("*.xml*", "*.rss*", "*.atom*", "*.json.gz"))])


def pages() -> list[bytes]:
    own_pages = [answer.body for page in own.manifest().pages for answer in page.answers]
    return _small([*own_pages, GrowingWeb(1)._page(0, 1), *_of_corpus("pages", ("*.html.gz",))])


def _of_corpus(folder: str, patterns: tuple[str, ...]) -> list[bytes]:
    root = corpus.root()
    if root is None:
        return []
    paths = sorted({path for pattern in patterns for path in (root / folder).rglob(pattern)})
    return [gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in paths]


def _small(documents: list[bytes]) -> list[bytes]:
    return [document for document in documents if 0 < len(document) <= LARGEST]


def mutated(dice: random.Random, originals: list[bytes]) -> bytes:
    """Return a document with one to six things done to it."""
    content = bytearray(dice.choice(originals))
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        at = dice.randrange(len(content) + 1)
        length = min(dice.choice((1, 4, 40, 400, 4000)), LARGEST)
        match dice.randrange(6):
            case 0 if content:
                content[min(at, len(content) - 1)] = dice.randrange(256)
            case 1:
                content[at:at] = dice.choice(TOKENS)
            case 2:
                del content[at : at + length]
            case 3:
                content[at:at] = content[at : at + length]
            case 4:
                other = dice.choice(originals)
                start = dice.randrange(len(other))
                content[at : at + length] = other[start : start + length]
            case _:
                content[at : at + length] = dice.choice(TOKENS) * dice.randint(1, 5)
    return bytes(content)

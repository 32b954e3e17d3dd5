"""Searching a million articles: how long it takes, how good it is, what the index weighs, beside plain FTS5 and LIKE.

    python -m benchmarks.search [--quick] [--articles N] [--folder DIR] [--json FILE]

Articles of `searchtexts` are written into a real archive as the service writes them, and into a table of FTS5 as it
comes (unicode61, bm25 with the same weights). Then queries of eleven kinds are asked, each kind as often, while
another process goes on inserting 25 articles at a time into the archive: wall-clock times of whole answers, with
snippets, copies folded; and, asked once more, their CPU times, which say more on a busy machine. Quality is the share
of the first ten hits that exact BM25 (the plain table's) puts there too; hits of equal score are equal, and words are
compared that have one form, since the plain table knows no others. `--folder` keeps the files: a run that was cut off
goes on, and a second run only asks. Texts in many languages (tests/data/search) are asked for by their words, and by
words that only look like theirs.
"""

from __future__ import annotations

import multiprocessing
import random
import re
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive import open_archive
from aggregator.models.queries import AllOf, AnyOf, Facet, Filter, Period, Query, Sort, Words
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.searchtexts import COMMON, FEEDS, MID, PER_DAY, RARE, START, Library, Text
from tests.shelving import shelve
from tests.test_languages_found import Library as InLanguages
from tests.test_languages_found import cases, is_found, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

    from aggregator.archive import Archive
    from aggregator.models.queries import Node

FULL, QUICK = 1_000_000, 100_000
AT_ONCE = 25  # articles in one transaction, as the service writes them
BUILT_AT_ONCE = 500
TOLD = 10_000  # articles after which a run says how far it has come
LEARNT = 2_000  # articles after which the index learns how long articles are
QUERIES = 40  # of each kind
HITS = 10
_KANJI = re.compile("[\u4e00-\u9fff]+")
FACETS = (Facet.FEED, Facet.SITE, Facet.AUTHOR, Facet.LANGUAGE, Facet.VERDICT, Facet.DAY)


class Asked(NamedTuple):
    kind: str
    query: Query
    plain: str = ""  # the same for FTS5 as it comes; "" if it cannot be asked that


# ------------------------------------------------------------------------------------------------ filling


def fill(archive: Archive, library: Library, first: int, last: int, at_once: int) -> float:
    """Write articles into the archive; return the CPU seconds of writing."""
    return sum(
        record(archive, list(library.articles(start, min(last, start + at_once - 1))))
        for start in range(first, last + 1, at_once)
    )


def record(archive: Archive, texts: list[Text]) -> float:
    """Write articles in one transaction; return the CPU seconds of it."""
    begun = time.process_time()
    with archive.transaction():
        archive.db.execute_many(
            """
            INSERT INTO articles (id, url, canonical_url, title, byline, site, language, dated_at, archived_at,
                verdict, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'full', ?)
            """,
            [
                (
                    text.number, url := f"https://{text.host}/{text.number}", url, text.title, text.byline,
                    text.host[4:], text.language,
                    stamp := f"{text.dated_at:%Y-%m-%dT%H:%M:%SZ}", stamp, text.text,
                )
                for text in texts
            ],
        )  # fmt: skip
        archive.db.execute_many(
            """
            INSERT INTO entries (feed_id, guid, hash, first_seen_at, article_id)
            VALUES (?, ?, '', '2026-01-01T00:00:00Z', ?)
            """,
            [(text.feed, str(text.number), text.number) for text in texts],
        )
    return time.process_time() - begun


def build(archive: Archive, plain: sqlite3.Connection, articles: int) -> list[Figure]:
    """Write what is missing of so many articles into both, a few at a time: a run that was cut off goes on."""
    library, spent, spent_plain = Library(), 0.0, 0.0
    first = last = min(_written(archive), _written_plain(plain))
    if not first:
        _add_feeds(archive)
        fill(archive, library, 1, LEARNT, BUILT_AT_ONCE)
        while archive.index.reindex() is not None:  # as the service does
            pass
    while last < articles:
        until = min(articles, last + BUILT_AT_ONCE)
        texts = list(library.articles(last + 1, until))
        spent_plain += fill_plain(plain, texts[max(0, _written_plain(plain) - last) :])
        spent += record(archive, texts[max(0, _written(archive) - last) :])
        last = until
        if last % TOLD == 0:
            print(f"{last:,} written, {spent:.0f} + {spent_plain:.0f} CPU s", flush=True)
    while first < articles and archive.index.maker.tidy():
        pass
    rates = (("search.build", max(first, LEARNT), spent), ("plain.build", first, spent_plain))
    return [Figure(name, (articles - since) / cpu, "articles/CPU-s") for name, since, cpu in rates if cpu]


def _written(archive: Archive) -> int:
    return int(archive.db.value("SELECT max(id) FROM articles") or 0)


def _written_plain(plain: sqlite3.Connection) -> int:
    return int(plain.execute("SELECT value FROM written").fetchone()[0])


def size_figures(archive: Archive, plain: sqlite3.Connection, articles: int) -> list[Figure]:
    index = archive.db.value(
        """
        SELECT sum(pgsize) FROM dbstat
        WHERE aggregate = TRUE AND (name LIKE 'articles_fts%' OR name LIKE 'index%')
        """
    )
    size = archive.db.value(
        """
        SELECT avg(length(CAST(title AS BLOB)) + length(CAST(byline AS BLOB)) + length(CAST(text AS BLOB)))
        FROM (SELECT * FROM articles ORDER BY id LIMIT 20000)
        """
    )
    of_plain = plain.execute(
        "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name LIKE 'plain%'"
    ).fetchone()[0]
    return [
        Figure("search.articles", articles, "articles"),
        Figure("search.text", size, "bytes/article"),
        Figure("search.index_share", index / _written(archive) / size, "of the text", "<=", 1.2),
        Figure("search.vocabulary", archive.db.value("SELECT count(*) FROM index_words"), "rows"),
        Figure("plain.index_share", of_plain / articles / size, "of the text"),
    ]


def _add_feeds(archive: Archive) -> None:
    archive.db.execute_many(
        """
        INSERT INTO feeds (id, url, host, title, added_at, next_check_at)
        VALUES (?, ?, ?, ?, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')
        """,
        [(id_, f"https://www.site{id_ - 1}.example/feed", "", f"Feed {id_}") for id_ in range(1, FEEDS + 1)],
    )


def in_pairs(text: str) -> str:
    """Write Japanese in pairs of letters, or a sentence of it would be one word to the plain table."""
    return _KANJI.sub(lambda run: " ".join(run[0][at : at + 2] for at in range(len(run[0]))), text)


def open_plain(path: Path) -> sqlite3.Connection:
    plain = sqlite3.connect(path, isolation_level=None)
    plain.executescript(
        """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS written AS SELECT 0 AS value;
        CREATE VIRTUAL TABLE IF NOT EXISTS plain USING fts5(
            title, byline, text, content='', tokenize='unicode61 remove_diacritics 2'
        );
        """
    )
    return plain


def fill_plain(plain: sqlite3.Connection, texts: list[Text]) -> float:
    """Write articles into the plain table; return the CPU seconds of it."""
    if not texts:
        return 0.0
    rows = [(text.number, in_pairs(text.title), text.byline, in_pairs(text.text)) for text in texts]
    begun = time.process_time()
    plain.execute("BEGIN")
    plain.executemany("INSERT INTO plain (rowid, title, byline, text) VALUES (?, ?, ?, ?)", rows)
    plain.execute("UPDATE written SET value = ?", (texts[-1].number,))
    plain.execute("COMMIT")
    return time.process_time() - begun


# ------------------------------------------------------------------------------------------------- asking


def asked(articles: int, times: int, seed: int = 7) -> Iterator[Asked]:
    chance = random.Random(seed)
    library = Library()

    def word(ranks: tuple[int, int], language: str = "") -> str:
        language = language or chance.choice(("en", "en", "en", "de", "fr", "es", "ru"))
        while True:
            found = library.words[language][chance.randrange(*ranks)]
            if found in library.single:
                return found

    def two(ranks: tuple[int, int]) -> tuple[str, str]:
        return word(ranks, "en"), word(ranks, "en")

    for _ in range(times):
        day = START.toordinal() + chance.randrange(max(1, articles // PER_DAY - 30))
        since = START.replace(year=1).fromordinal(day).replace(tzinfo=START.tzinfo)
        week = Period(since, since.fromordinal(day + 7).replace(tzinfo=START.tzinfo))
        rare, mid, common = word(RARE), word(MID), word(COMMON)
        one, other = two(COMMON)
        feed = Filter(Facet.FEED, f"site{int(FEEDS * chance.random() ** 2)}.example")
        yield Asked("rare", _query(_exact(rare)), f'"{rare}"')
        yield Asked("mid", _query(_exact(mid)), f'"{mid}"')
        yield Asked("common", _query(_exact(common)), f'"{common}"')
        yield Asked("common_forms", _query(Words(common)))
        yield Asked("two_common", _query(AllOf((_exact(one), _exact(other)))), f'"{one}" AND "{other}"')
        yield Asked("or_common", _query(AnyOf((_exact(one), _exact(other)))), f'"{one}" OR "{other}"')
        yield Asked("phrase", _query(_exact(f"{one} {other}")), f'"{one} {other}"')
        yield Asked("prefix", _query(Words(mid[:4], prefix=True)), f'"{mid[:4]}"*')
        yield Asked("feed", _query(AllOf((_exact(common), feed))))
        yield Asked("week", _query(AllOf((_exact(common), week))))
        yield Asked("newest", Query(_exact(common), Sort.NEW, limit=HITS))
        yield Asked("facets", _query(_exact(common)))


def _query(tree: Node) -> Query:
    return Query(tree, limit=HITS)


def _exact(text: str) -> Words:
    return Words(text, exact=True)


def timed(archive: Archive, each: Asked, clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    if each.kind == "facets":
        archive.index.facets(each.query, FACETS)
    else:
        archive.index.search(each.query)
    return clock() - begun


def times_by_kind(questions: list[Asked], ask: Callable[[Asked], float]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for each in questions:
        times.setdefault(each.kind, []).append(ask(each))
    return times


def time_figures(name: str, times: dict[str, list[float]], *, has_target: bool) -> Iterator[Figure]:
    for kind, of_kind in times.items():
        for share in (50, 95, 99):
            yield Figure(f"{name}.{kind}.p{share}", _quantile(of_kind, share) * 1000, "ms")
    every = [each for of_kind in times.values() for each in of_kind]
    for share, most in ((50, 0), (95, 50), (99, 200)):
        value = _quantile(every, share) * 1000
        yield Figure(f"{name}.all.p{share}", value, "ms", "<=" if most and has_target else "", most)


def _quantile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]


# ---------------------------------------------------------------------------------------------- comparing


def plain_time(conn: sqlite3.Connection, each: Asked) -> float:
    begun = time.perf_counter()
    conn.execute(
        "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 10, 4, 1) LIMIT ?",
        (each.plain, HITS),
    ).fetchall()
    return time.perf_counter() - begun


def has_one_form(archive: Archive, node: Node) -> bool:
    """Whether no word of a query has other forms in the archive."""
    if isinstance(node, AllOf | AnyOf):
        return all(has_one_form(archive, each) for each in node.nodes)
    return not isinstance(node, Words) or all(
        archive.index.count(Query(Words(word))) == archive.index.count(Query(Words(word, exact=True)))
        for word in node.text.split()
    )


def overlap(archive: Archive, conn: sqlite3.Connection, each: Asked, articles: int) -> float | None:
    """Return the share of the first hits that are among the first by exact BM25; None when there are no more."""
    scores: dict[int, float] = dict(
        conn.execute(
            "SELECT rowid, -bm25(plain, 10, 4, 1) AS score FROM plain WHERE plain MATCH ? ORDER BY 2 DESC LIMIT ?",
            (each.plain, 50 * HITS),
        ).fetchall()
    )
    if len(scores) <= HITS or each.query.tree is None or not has_one_form(archive, each.query.tree):
        return None
    worst = sorted(scores.values(), reverse=True)[HITS - 1] * (1 - 1e-6)
    # what was inserted while times were measured is not in the plain table
    ours = [id_ for id_ in archive.index.ids(replace(each.query, limit=3 * HITS)) if id_ <= articles][:HITS]
    return float(sum(scores.get(id_, -1) >= worst for id_ in ours) / HITS)


def like_time(archive: Archive, each: Asked) -> float:
    begun = time.perf_counter()
    archive.db.rows(
        "SELECT id FROM articles WHERE text LIKE :word OR title LIKE :word ORDER BY dated_at DESC LIMIT 10",
        {"word": f"%{each.plain.strip(chr(34))}%"},
    )
    return time.perf_counter() - begun


# ------------------------------------------------------------------------------------------------ writing


def go_on_inserting(path: Path, first: int, stop: Event, written: Queue[float]) -> None:
    library = Library()
    with open_archive(path, writable=True) as archive:
        while not stop.is_set():
            spent = fill(archive, library, first, first + AT_ONCE - 1, AT_ONCE)
            first += AT_ONCE
            written.put(spent / AT_ONCE)
            time.sleep(0.05)


@contextmanager
def inserting(path: Path) -> Iterator[list[float]]:
    """Insert into the archive meanwhile; the CPU seconds an article took are there in the end."""
    spent: list[float] = []
    with open_archive(path, writable=False) as archive:
        first = archive.db.value("SELECT max(id) FROM articles") + 1
    stop = multiprocessing.Event()
    written: Queue[float] = multiprocessing.Queue()
    process = multiprocessing.Process(target=go_on_inserting, args=(path, first, stop, written))
    process.start()
    spent.append(written.get())
    try:
        yield spent
    finally:
        stop.set()
        while process.is_alive() or not written.empty():
            try:
                spent.append(written.get(timeout=0.2))
            except Exception:  # noqa: BLE001  nothing more came: look again whether it has ended
                continue
        process.join()


# --------------------------------------------------------------------------------------------------- main


def language_figures(folder: Path) -> Iterator[Figure]:
    with open_archive(folder / "languages.db", writable=True) as archive:
        library = InLanguages(archive, [shelve(archive, text, language=code) for code, text, *_ in lines()])
        for name, column, op, target in (("found", 2, ">=", 0.95), ("false", 3, "<=", 0.02)):
            asked_for = cases(column)
            share = fmean(is_found(library, case) for case in asked_for)
            yield Figure(f"languages.{name}", share, f"of_{len(asked_for)}", op, target)


def run(folder: Path, articles: int) -> list[Figure]:
    with TemporaryDirectory() as other:
        figures = list(language_figures(Path(other)))
    path, plain = folder / "archive.db", folder / "plain.db"
    with open_archive(path, writable=True) as archive, closing(open_plain(plain)) as conn:
        figures += build(archive, conn, articles)
        articles = _written_plain(conn)
        figures += size_figures(archive, conn, articles)
    for figure in figures:
        print(figure, flush=True)
    questions = list(asked(articles, QUERIES))
    with inserting(path) as spent, open_archive(path, writable=False) as archive:
        for each in questions[:24]:
            timed(archive, each)
        times = times_by_kind(questions, lambda each: timed(archive, each))
        spent_asking = times_by_kind(questions, lambda each: timed(archive, each, time.process_time))
    figures += time_figures("search", times, has_target=True)
    figures += time_figures("search.cpu", spent_asking, has_target=False)
    figures.append(Figure("search.insert", 1 / median(spent), "articles/CPU-s"))
    common = [each for each in questions if each.plain]
    with closing(sqlite3.connect(plain)) as conn, open_archive(path, writable=False) as archive:
        figures += time_figures(
            "plain", times_by_kind(common, lambda each: plain_time(conn, each)), has_target=False
        )
        shares: dict[str, list[float]] = {}
        for each in common:
            share = overlap(archive, conn, each, articles)
            if share is not None:
                shares.setdefault(each.kind, []).append(share)
        figures += [Figure(f"overlap10.{kind}", fmean(of_kind), "share") for kind, of_kind in shares.items()]
        every = [share for of_kind in shares.values() for share in of_kind]
        figures.append(Figure("overlap10.all", fmean(every), "share", ">=", 0.9))
        if articles <= QUICK:
            words = [each for each in common if each.kind in {"rare", "common"}][:10]
            figures += time_figures(
                "like", times_by_kind(words, lambda each: like_time(archive, each)), has_target=False
            )
    return figures


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} articles")
    parser.add_argument("--articles", type=int, default=FULL)
    parser.add_argument("--folder", type=Path, help="where the archive is made, and kept")
    args = parser.parse_args()
    articles = QUICK if args.quick else args.articles
    if args.folder:
        args.folder.mkdir(parents=True, exist_ok=True)
        return report(run(args.folder, articles), args.json)
    with TemporaryDirectory() as folder:
        return report(run(Path(folder), articles), args.json)


if __name__ == "__main__":
    sys.exit(main())

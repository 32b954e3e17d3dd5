"""Ways of copying an archive while a service writes to it: seconds, bytes, and whether the copy is one state.

    python -m benchmarks.backups [--quick] [--json FILE]

A writer in a process of its own commits all the time. `VACUUM INTO` is what `aggregator backup` does; SQLite's backup
interface is taken in one step and in steps of 200 pages.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from tests.kept import fill

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0  # seconds; a way that begins anew at every write may never end
# The service's connection: every commit changes a row of feeds, and now and then an article.
_WRITER = """
import sys, time
from pathlib import Path
from aggregator.archive import open_archive
with open_archive(Path(sys.argv[1]), writable=True) as archive:
    print("ready", flush=True)
    for turn in range(10**9):
        with archive.transaction():
            archive.db.execute("UPDATE feeds SET failures = ?", (turn,))
            archive.db.execute("UPDATE articles SET score = ? WHERE id = ?", (turn % 7 / 7, turn % 99 + 1))
        time.sleep(0.01)
"""


class TooLongError(Exception):
    pass


def _vacuum(source: sqlite3.Connection, target: Path) -> None:
    source.execute("VACUUM INTO ?", (str(target),))


def _interface(pages: int) -> Callable[[sqlite3.Connection, Path], None]:
    def copy(source: sqlite3.Connection, target: Path) -> None:
        end = time.monotonic() + PATIENCE

        def watch(*_: int) -> None:
            if time.monotonic() > end:
                raise TooLongError

        with closing(sqlite3.connect(target)) as made:
            source.backup(made, pages=pages, progress=watch, sleep=0.001)

    return copy


WAYS = {"vacuum_into": _vacuum, "one_step": _interface(-1), "steps_of_200": _interface(200)}


_PADDING = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
    INSERT INTO pages (article_id, url, final_url, status, headers, body, body_bytes, fetched_at)
    SELECT 1 + n % 99, '', '', 200, '{}', randomblob(50000), 50000, '2026-03-01T00:00:00Z' FROM numbers
"""


def judge(megabytes: int) -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="aggregator-backups-") as name:
        path = Path(name) / "news.db"
        with open_archive(path, writable=True) as archive:
            fill(archive, 200)
            archive.db.execute(_PADDING, {"count": megabytes * 20})
        figures.append(Figure("backups.archive", path.stat().st_size / 1e6, "MB"))
        words = [sys.executable, "-c", _WRITER, str(path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            writer.stdout.readline()
            for way, copy in WAYS.items():
                figures += _tried(path, Path(name) / f"{way}.db", way, copy)
            writer.kill()
    return figures


def _tried(
    path: Path, target: Path, way: str, copy: Callable[[sqlite3.Connection, Path], None]
) -> list[Figure]:
    began, done = time.monotonic(), True
    with closing(
        sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=30)
    ) as source:
        try:
            copy(source, target)
        except TooLongError:
            done = False
    took = time.monotonic() - began
    whole = False
    if done:
        with closing(sqlite3.connect(target)) as made:
            whole = made.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    bound = {"op": "==", "target": 1.0} if way == "vacuum_into" else {}
    return [
        Figure(f"backups.{way}", took, "s"),
        Figure(f"backups.{way}_size", target.stat().st_size / 1e6, "MB"),
        Figure(f"backups.{way}_whole", whole, "copy", **bound),  # type: ignore[arg-type]  # a name and a number
    ]


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="a small archive")
    wanted = parser.parse_args()
    return report(judge(10 if wanted.quick else 400), wanted.json)


if __name__ == "__main__":
    sys.exit(main())

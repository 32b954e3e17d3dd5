"""A day of fifty thousand articles as an edition: seconds and memory, through the installed command.

    python -m benchmarks.digest [--articles N] [--form NAME]… [--json FILE]

The archive is made here, of words that recur as words do; a fifth of the articles belong to stories of several
sources, a tenth are copies. What is measured is `aggregator digest` in each form, and what grows when the day is five
times as large.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.archive.instants import stamp
from benchmarks.asked import options
from benchmarks.figures import Figure, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

DAY = datetime(2026, 5, 12, tzinfo=UTC)
FEEDS = 400
CATEGORIES = 24
FORMS = ("html", "mail", "epub", "json")
_CONSONANTS, _VOWELS = "bcdfghklmnprstvw", "aeiou"
# A process of its own measures the peak of its only child.
_CHILD = """
import json, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(json.dumps([code, cpu, time.monotonic() - start, used.ru_maxrss / 1024]))
"""
_LEAST = 2000  # articles of the small day


def words(count: int, chance: random.Random) -> list[str]:
    return [
        "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(1, 4)))
        for _ in range(count)
    ]


def text_of(vocabulary: list[str], weights: list[float], chance: random.Random) -> str:
    """Return about 500 words in sentences and paragraphs: 3,000 characters."""
    drawn = iter(chance.choices(vocabulary, cum_weights=weights, k=520))
    sentences = [" ".join(next(drawn) for _ in range(13)).capitalize() + "." for _ in range(40)]
    return "\n\n".join(" ".join(sentences[at : at + 4]) for at in range(0, 40, 4))


def rows(articles: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    vocabulary = words(20_000, chance)
    total, weights = 0.0, []
    for rank in range(1, len(vocabulary) + 1):
        total += 1 / rank
        weights.append(total)
    for number in range(1, articles + 1):
        at = DAY + timedelta(seconds=86_000 * number / articles)
        title = " ".join(chance.choices(vocabulary, k=9)).capitalize()
        url = f"https://site{number % FEEDS}.example/{number}"
        copy_of = number - 7 if number % 10 == 0 and number > 7 else None
        yield (
            number, url, url, title, f"Site {number % FEEDS}", "en", stamp(at), stamp(at), stamp(at), "full",
            text_of(vocabulary, weights, chance), copy_of,
        )  # fmt: skip


def fill(archive: Archive, articles: int) -> None:
    """Put a day into an archive, past the loops: what is measured is reading it."""
    chance = random.Random(7)
    db = archive.db
    with archive.transaction():
        db.execute_many(
            "INSERT INTO feeds (id, url, host, title, category, added_at, next_check_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (n + 1, f"https://site{n}.example/feed", f"site{n}.example", f"Site {n}", f"Category {n % CATEGORIES}",
                 stamp(DAY), stamp(DAY))
                for n in range(FEEDS)
            ],
        )  # fmt: skip
        db.execute_many(
            """
            INSERT INTO articles (id, url, canonical_url, title, site, language, published_at, dated_at, archived_at,
                verdict, text, duplicate_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            list(rows(articles, chance)),
        )
        db.execute(
            """
            INSERT INTO entries (feed_id, guid, link, title, hash, first_seen_at, article_id)
            SELECT (id - 1) % ? + 1, url, url, title, '', archived_at, id FROM articles
            """,
            (FEEDS,),
        )
        db.execute(
            """
            INSERT INTO stories (id, first_at, last_at) SELECT id, dated_at, dated_at FROM articles
            WHERE id % 5 <> 0 OR id % 20 = 0
            """
        )
        db.execute(
            """
            INSERT INTO story_articles (article_id, story_id, source, at, language)
            SELECT id, CASE WHEN id % 5 = 0 THEN max(20, id - id % 20) ELSE id END, site, dated_at, language
            FROM articles WHERE id >= 20
            """
        )


def measured(folder: Path, form: str) -> tuple[float, float, float]:
    """Return the seconds of CPU and by the clock, and the megabytes at most, that the command takes."""
    command = [
        str(Path(sys.executable).with_name("aggregator")),
        "--config",
        str(folder / "config.toml"),
        "digest",
    ]
    words = [*command, "--date", f"{DAY:%Y-%m-%d}", "--format", form, "-o", str(folder / f"day.{form}")]
    done = subprocess.run([sys.executable, "-c", _CHILD, *words], stdout=subprocess.PIPE, check=True)
    code, *found = json.loads(done.stdout)
    if code:
        raise SystemExit(f"{' '.join(words)}: exit {code}")
    cpu, seconds, peak = found
    return cpu, seconds, peak


def a_day(articles: int, forms: tuple[str, ...]) -> dict[str, tuple[float, float, float]]:
    with tempfile.TemporaryDirectory(prefix="aggregator-digest-") as temporary:
        folder = Path(temporary)
        (folder / "config.toml").write_text("", encoding="utf-8")
        started = time.monotonic()
        with open_archive(folder / "aggregator.db", writable=True) as archive:
            fill(archive, articles)
        print(f"{articles} articles filled in {time.monotonic() - started:.1f} s", flush=True)
        found = {form: measured(folder, form) for form in forms}
        for form, (cpu, seconds, peak) in found.items():
            size = (folder / f"day.{form}").stat().st_size
            print(f"{articles:>7} {form:>10} {cpu:6.2f} s of CPU in {seconds:6.2f} s", end=" ")
            print(f"{peak:6.0f} MB {size / 1000:8.0f} kB", flush=True)
        return found


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--form", action="append", help=f"only this one; default: {', '.join(FORMS)}")
    asked = parser.parse_args()
    small = max(_LEAST, asked.articles // 5)
    forms = tuple(asked.form or FORMS)
    few, many = a_day(small, forms[:1]), a_day(asked.articles, forms)
    growth = (many[forms[0]][0] / few[forms[0]][0]) / (asked.articles / small)
    figures = [
        Figure("digest.cpu_seconds", max(cpu for cpu, _, _ in many.values()), "s", "<=", 10),
        Figure("digest.seconds", max(seconds for _, seconds, _ in many.values()), "s"),
        Figure("digest.peak_mb", max(peak for _, _, peak in many.values()), "MB", "<=", 300),
        Figure("digest.growth", growth, "of linear", "<=", 1.2),
    ]
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())

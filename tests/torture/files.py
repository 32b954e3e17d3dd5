"""files: an archive damaged, cut short, empty, another program's, a newer program's. Told in a line, and left alone.

What is damaged is either found (by `doctor`, `verify --pages`, the index) or harmless: nothing that can be read is
different. What stands on pages that were not touched is saved by `salvage`.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import tempfile
from collections import Counter
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from aggregator.archive import SCHEMA_VERSION, open_archive
from aggregator.archive.rawfile import RawFile
from aggregator.archive.rawrows import RowReader
from aggregator.archive.rescue import rescue
from aggregator.archive.salvage import DERIVED
from aggregator.archive.shapes import shape_of
from aggregator.errors import AggregatorError
from aggregator.pipeline.duplicates import sketch_for
from benchmarks.figures import Figure
from tests.kept import fill
from tests.makers import NOW
from tests.torture.ground import PROGRAM

PAGE = 4096
# What the chain and the packing of pages vouch for, by table; of other columns a changed letter can go unseen.
VOUCHED = {
    "articles": "id, canonical_url, title, byline, published_at, archived_at, text",
    "revisions": "article_id, seen_at, replaced_at, title, text, verdict",
    "pages": "id, coding, base_id, body, body_hash",
    "chain": "*",
}
Key = object


def suite(*, quick: bool, seed: int = 0, count: int = 0) -> list[Figure]:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="aggregator-files-") as name:
        folder = Path(name)
        sound = folder / "sound.db"
        with open_archive(sound, writable=True) as archive:
            fill(archive, 150 if quick else 1500)
            archive.db.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [
            *_flips(sound, folder, count or (25 if quick else 200), dice),
            *_salvages(sound, folder, 2 if quick else 10, dice),
            *_refusals(sound, folder),
        ]


# ---------------------------------------------------------------------------------------- one byte at a time


def _flips(sound: Path, folder: Path, flips: int, dice: random.Random) -> list[Figure]:
    content, whole = sound.read_bytes(), _dump(sound)
    found: Counter[str] = Counter()
    for page in dice.sample(range(len(content) // PAGE), min(flips, len(content) // PAGE)):
        damaged = folder / "damaged.db"
        spoilt = bytearray(content)
        spoilt[page * PAGE + dice.randrange(PAGE)] ^= 1 << dice.randrange(8)
        damaged.write_bytes(spoilt)
        verdict = _judged(damaged, whole)
        found[verdict] += 1
        for ending in ("", "-wal", "-shm"):
            damaged.with_name(damaged.name + ending).unlink(missing_ok=True)
    print("files: of", sum(found.values()), "damaged pages:", dict(found))
    return [
        Figure("files.flips", sum(found.values()), "pages"),
        Figure("files.flips_found", found["found"], "pages"),
        Figure("files.flips_harmless", found["harmless"], "pages"),
        Figure("files.flips_unseen_elsewhere", found["unseen elsewhere"], "pages"),
        Figure("files.flips_unseen", found["unseen"], "pages", "==", 0),
    ]


def _judged(damaged: Path, whole: dict[str, str]) -> str:
    try:
        with open_archive(damaged, writable=True) as archive:
            if (
                archive.check()
                or archive.index.check()
                or archive.vitals.broken_references()
                or archive.chain.verify().broken
                or archive.pages.unreadable()
            ):
                return "found"
    except (AggregatorError, sqlite3.DatabaseError, UnicodeDecodeError, ValueError):
        return "found"
    now = _dump(damaged)
    different = {part for part in whole if now.get(part) != whole[part]}
    if not different:
        return "harmless"
    return "unseen" if any(part.startswith("vouched ") for part in different) else "unseen elsewhere"


def _dump(path: Path) -> dict[str, str]:
    """Return a hash of the contents of each table, and of the columns that are vouched for."""
    with closing(sqlite3.connect(path)) as conn:
        conn.text_factory = bytes
        names = [row[1].decode() for row in conn.execute("PRAGMA table_list") if row[2] == b"table"]
        questions = {name: f'SELECT * FROM "{name}"' for name in names}
        questions |= {f"vouched {name}": f"SELECT {columns} FROM {name}" for name, columns in VOUCHED.items()}
        return {name: sha256(repr(conn.execute(sql).fetchall()).encode()).hexdigest()
                for name, sql in questions.items()}  # fmt: skip


# ---------------------------------------------------------------------------------------- salvage


def _salvages(sound: Path, folder: Path, times: int, dice: random.Random) -> list[Figure]:
    """Damage 200 pages at once (a quarter of a smaller file), some times over; once a third is gone, too."""
    stood_on = rows_on_pages(sound)
    content = sound.read_bytes()
    pages = len(content) // PAGE
    worst, adopted = 1.0, 0
    for number in range(times):
        spoilt, touched = bytearray(content), set(dice.sample(range(2, pages + 1), min(200, pages // 4)))
        for page in touched:
            spoilt[(page - 1) * PAGE + dice.randrange(PAGE)] ^= 1 << dice.randrange(8)
        if number == 0:  # a third is gone
            touched |= set(range(pages * 2 // 3 + 1, pages + 1))
            del spoilt[pages * 2 // 3 * PAGE :]
        damaged, new = folder / "damaged.db", folder / f"new-{number}.db"
        damaged.write_bytes(spoilt)
        report = rescue(damaged, new, NOW, sketch_for)
        share = _saved(stood_on, touched, new)
        worst, adopted = min(worst, share), adopted + report.adopted_pages
        if damaged.read_bytes() != spoilt:
            worst = 0.0
            print("files: the damaged file was written to")
    return [
        Figure("files.salvages", times, "times"),
        Figure("files.salvaged_worst", worst, "share", ">=", 0.99),
        Figure("files.adopted", adopted, "pages"),
    ]


def rows_on_pages(path: Path) -> dict[str, dict[Key, tuple[int, ...]]]:
    """Return on which pages each row of each table stands."""
    found: dict[str, dict[Key, tuple[int, ...]]] = {}
    with closing(sqlite3.connect(path)) as conn, RawFile(path) as file:
        names = {
            row[1] for row in conn.execute("PRAGMA table_list") if row[2] == "table" and row[1][0] != "_"
        }
        rows = conn.execute("SELECT name, rootpage, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for name, root, sql in rows:
            shape = shape_of(name, sql, root) if name in names - {"sqlite_stat1"} else None
            if shape is not None:
                tree = RowReader(file).tree(root, indexed=shape.indexed)
                found[name] = {row.rowid or row.values[:2]: row.pages for row in tree}
    return found


def _saved(stood_on: dict[str, dict[Key, tuple[int, ...]]], touched: set[int], new: Path) -> float:
    there = rows_on_pages(new)
    wanted = got = 0
    for table in stood_on.keys() - DERIVED - {"chain"}:  # those are made anew
        untouched = {key for key, pages in stood_on[table].items() if not touched & set(pages)}
        wanted += len(untouched)
        got += len(untouched & there.get(table, {}).keys())
    return got / wanted


# ---------------------------------------------------------------------------------------- refused in a line


def _refusals(sound: Path, folder: Path) -> list[Figure]:
    content = sound.read_bytes()
    foreign, newer = bytearray(content), bytearray(content)
    foreign[68:72] = b"ABCD"
    newer[60:64] = (SCHEMA_VERSION + 1).to_bytes(4)
    bad = {
        "empty": b"", "text": b"Dear Ada,\n" * 900, "zeros": bytes(65536), "foreign": bytes(foreign),
        "newer": bytes(newer), "first page lost": bytes(PAGE) + content[PAGE:], "half": content[: len(content) // 2],
        "half a page": content[:2000],
    }  # fmt: skip
    wrong = [said for name, spoilt in bad.items() for said in _refusal(name, spoilt, folder / "refused")]
    for said in wrong:
        print("files:", said)
    return [Figure("files.refused_wrong", len(wrong), "commands", "==", 0)]


def _refusal(name: str, content: bytes, folder: Path) -> list[str]:
    """Return what is wrong with how commands take a file: one line, no traceback, the file as it was."""
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text("", encoding="utf-8")
    (folder / "feeds.opml").write_text("<opml version='2.0'><body/></opml>", encoding="utf-8")
    path, wrong = folder / "aggregator.db", []
    for words in (
        ("status",),
        ("search", "x"),
        ("doctor",),
        ("poll",),
        ("verify",),
        ("backup", str(folder / "copy")),
    ):
        path.write_bytes(content)
        done = subprocess.run([PROGRAM, *words], cwd=folder, capture_output=True, text=True, check=False)
        said = done.stderr.splitlines() if words != ("doctor",) else []
        lives = name == "empty" and words == ("poll",)  # nothing was in it: it is a new archive now
        partly = name == "half" and done.returncode in {
            0,
            1,
        }  # what was asked for may stand in the other half
        if "Traceback" in done.stderr or len(said) > 1 or (done.returncode != 2 and not lives and not partly):
            wrong.append(f"{name}: {words[0]}: exit {done.returncode}: {done.stderr[-300:]!r}")
        if path.read_bytes() != content and not lives:
            wrong.append(f"{name}: {words[0]}: the file was changed")
        for beside in folder.glob("aggregator.db-*"):
            beside.unlink()
    return wrong

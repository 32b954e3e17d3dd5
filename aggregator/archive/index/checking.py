"""Whether the index agrees with the archive: every text is indexed once, and holds what the rules make of it.

FTS5's own check cannot compare terms with texts; so the rows are compared by their ids, and texts by the checksum
of what the rules make of them and by asking the index for their words. Of many articles a sample is compared, spread
over all of them.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from aggregator.archive.index.state import State
from aggregator.archive.index.weights import written
from aggregator.archive.index.writing import source_of
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive.db import Database
    from aggregator.archive.index.weights import Written

SAMPLE = 500  # texts that are compared, unless all are
_ASKED = 40  # words of a text that the index is asked for


def trouble_with(db: Database, *, every: bool) -> str:
    """Return what is wrong with the index, or ""."""
    return next(_troubles(db, every=every), "")


def _troubles(db: Database, *, every: bool) -> Iterator[str]:
    for sql, said in _COUNTED:
        if count := db.value(sql):
            yield said.format(counted(count, "text"))
    state = State.of(db)
    if state.is_due:
        yield "was made by other rules than this program's"
        return
    try:
        if db.writable:
            db.connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        yield str(error)
    for id_ in _ids(db, every=every):
        yield from _text_troubles(db, id_, state.mean)


def _ids(db: Database, *, every: bool) -> list[int]:
    ids = [row[0] for row in db.rows("SELECT id FROM indexed ORDER BY id")]
    return ids if every else ids[:: max(1, len(ids) // SAMPLE)]


def _text_troubles(db: Database, id_: int, mean: int) -> Iterator[str]:
    source = source_of(db.connection, id_)
    row = db.row("SELECT * FROM indexed WHERE id = ?", (id_,))
    if source is None or row is None:
        yield f"holds a text that the archive does not have ({_named(id_)})"
        return
    new = written(source.title, source.byline, source.text, source.language, source.marks, mean)
    if (row["crc"], row["marks"], row["length"], row["strong"]) != (
        new.crc,
        source.marks,
        new.length,
        new.strong,
    ):
        yield f"does not agree with the text of {_named(id_)}"
    elif tuple(row)[:6] != source[:6]:
        yield f"has another date or another original of {_named(id_)}"
    elif not _is_found(db, id_, new):
        yield f"does not find {_named(id_)} by its words"


def _is_found(db: Database, id_: int, new: Written) -> bool:
    words = list(dict.fromkeys(" ".join(new[:4]).split()))
    asked = " AND ".join(f'"{word}"' for word in words[:: max(1, len(words) // _ASKED)])
    sql = "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?"
    return db.value(sql, (asked, id_)) is not None


def _named(id_: int) -> str:
    return f"article {id_}" if id_ > 0 else f"revision {-id_}"


_COUNTED = (
    ("SELECT count(*) FROM index_queue", "waits for {} that another program wrote"),
    ("SELECT count(*) FROM articles WHERE id NOT IN (SELECT id FROM indexed)", "lacks {} of articles"),
    (
        "SELECT count(*) FROM revisions WHERE -id NOT IN (SELECT id FROM indexed)",
        "lacks {} of earlier states",
    ),
    (
        "SELECT count(*) FROM articles_fts_docsize WHERE id NOT IN (SELECT id FROM indexed)",
        "holds {} that the archive does not have",
    ),
    (
        "SELECT count(*) FROM indexed WHERE id NOT IN (SELECT id FROM articles_fts_docsize)",
        "has lost {}",
    ),
)

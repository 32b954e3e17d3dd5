"""The chain: one link for each state of an article and each revision, so that a silent change of the past shows.

A link holds a digest of what was recorded, and a hash over that and the link before it. It is written in the same
transaction as what it stands for. Whoever changes, adds or removes a row with another program leaves a trace, unless
he makes the whole chain anew; and then its head is another one, which is why a person can note the head down.
The digest covers what an article says and when it came, not what the program thinks of it (verdict, copies, stories).
An archive from before the chain is linked as it is found when it is brought up to date.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.models.upkeep import Break, ChainReport

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from aggregator.archive.db import Database

SCHEMA = (
    """
    CREATE TABLE chain (                          -- a link for each state of an article, and for each revision
        id INTEGER PRIMARY KEY,                   -- without holes
        of TEXT NOT NULL,                         -- 'article' or 'revision'
        row_id INTEGER NOT NULL,
        at TEXT NOT NULL,                         -- when the state was recorded
        digest BLOB NOT NULL,                     -- of what it says
        link BLOB NOT NULL                        -- of this row and the link before it
    ) STRICT
    """,
)
ARTICLE, REVISION = "article", "revision"
START = bytes(16)  # what the first link is linked to
SHOWN = 1000  # breaks that are told one by one
_SIZE = 16  # bytes of each hash: no other text with the same one can be made
_BATCH = 500
_DIGITS = 18  # of a number that SQLite can keep

# The format of the chain: columns and their order never change, or no earlier link could be checked.
_OF_ARTICLE = "canonical_url, title, byline, published_at, archived_at, text"
_OF_REVISION = "article_id, seen_at, replaced_at, title, text, verdict"
_HEAD = "SELECT id, link FROM chain ORDER BY id DESC LIMIT 1"
_APPEND = "INSERT INTO chain (id, of, row_id, at, digest, link) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends; written `NUMBER:HASH`."""

    number: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.link.hex()}"


class Chain:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add_article(self, article_id: int, at: str) -> None:
        """Link the present state of an article; part of the caller's transaction."""
        row = self._db.row(f"SELECT {_OF_ARTICLE} FROM articles WHERE id = ?", (article_id,))
        self._append(ARTICLE, article_id, at, row)

    def add_revision(self, revision_id: int, at: str) -> None:
        """Link a revision; part of the caller's transaction."""
        row = self._db.row(f"SELECT {_OF_REVISION} FROM revisions WHERE id = ?", (revision_id,))
        self._append(REVISION, revision_id, at, row)

    def _append(self, of: str, row_id: int, at: str, row: sqlite3.Row | None) -> None:
        if row is None:
            raise KeyError(row_id)
        head = self.head()
        digest = digest_of(row)
        link = link_of(head.link, of, row_id, at, digest)
        self._db.execute(_APPEND, (head.number + 1, of, row_id, at, digest, link))

    def head(self) -> Head:
        """Return where the chain ends."""
        row = self._db.row(_HEAD)
        return Head(row[0], row[1]) if row is not None else Head(0, START)

    def holds(self, head: str) -> bool:
        """Tell whether the chain still goes through a head that was noted down."""
        number, _, link = head.partition(":")
        if not number.isdecimal() or len(number) > _DIGITS:
            return False
        kept = self._db.value("SELECT link FROM chain WHERE id = ?", (int(number),))
        return kept is not None and kept.hex() == link

    def verify(self) -> ChainReport:
        """Compare every article and every revision with the chain, and each link with the one before it."""
        with self._db.reading():
            return _Check(self._db).report()


class _Check:
    """One walk along the chain and over what it stands for."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._newest = {ARTICLE: _Newest(), REVISION: _Newest()}
        self._breaks: list[Break] = []
        self._found = 0

    def report(self) -> ChainReport:
        links, head = self._walk()
        counts = {of: self._compare(of, sql) for of, sql in _ROWS.items()}
        return ChainReport(
            links=links,
            articles=counts[ARTICLE],
            revisions=counts[REVISION],
            head=str(head),
            broken=self._found,
            breaks=tuple(self._breaks),
        )

    def _tell(self, of: str, row_id: int, at: str, said: str) -> None:
        self._found += 1
        if self._found <= SHOWN:
            self._breaks.append(Break(of, row_id, at, said))

    def _walk(self) -> tuple[int, Head]:
        number, before, links = 0, START, 0
        for row in _each(self._db, "SELECT * FROM chain WHERE id > ? ORDER BY id LIMIT ?"):
            links += 1
            if row["id"] != number + 1:
                said = f"links {number + 1} to {row['id'] - 1} of the chain are missing"
                self._tell("chain", number + 1, row["at"], said)
            elif row["link"] != link_of(before, row["of"], row["row_id"], row["at"], row["digest"]):
                self._tell("chain", row["id"], row["at"], "the link does not follow from the one before it")
            number, before = row["id"], row["link"]
            if row["of"] in self._newest:
                self._newest[row["of"]][row["row_id"]] = number
        return links, Head(number, before)

    def _compare(self, of: str, sql: str) -> int:
        newest, count = self._newest[of], 0
        for row in _each(self._db, sql):
            count += 1
            number = newest[row["id"]]
            link = self._db.row("SELECT at, digest FROM chain WHERE id = ?", (number,)) if number else None
            if link is None:
                self._tell(of, row["id"], "", "was not recorded by aggregator: it is not in the chain")
            else:
                newest[row["id"]] = -number  # seen
                if link["digest"] != digest_of(row[1:]):
                    said = f"is not what was recorded at {link['at']}: changed by another program, or damaged"
                    self._tell(of, row["id"], link["at"], said)
        self._tell_missing(of, newest)
        return count

    def _tell_missing(self, of: str, newest: _Newest) -> None:
        for row_id, number in newest.items():
            if number > 0:
                at = self._db.value("SELECT at FROM chain WHERE id = ?", (number,))
                self._tell(of, row_id, at, f"was recorded at {at} and is no longer there")


_ROWS = {
    ARTICLE: f"SELECT id, {_OF_ARTICLE} FROM articles WHERE id > ? ORDER BY id LIMIT ?",
    REVISION: f"SELECT id, {_OF_REVISION} FROM revisions WHERE id > ? ORDER BY id LIMIT ?",
}


def _each(db: Database, sql: str) -> Iterator[sqlite3.Row]:
    """Yield the rows of a table in batches, so that no more than one is held; `sql` takes an id and a limit."""
    last = -(2**63)
    while rows := db.rows(sql, (last, _BATCH)):
        yield from rows
        last = rows[-1]["id"]


class _Newest:
    """The number of the newest link of each row, by the row's id: an array, since there may be millions.

    Ids count up from 1; what a damaged file says may be anything, and what lies far beyond the others is kept apart.
    """

    def __init__(self) -> None:
        self._near = array("q")
        self._far: dict[int, int] = {}

    def __getitem__(self, row_id: int) -> int:
        if row_id in self._far or not 0 <= row_id < len(self._near):
            return self._far.get(row_id, 0)
        return self._near[row_id]

    def __setitem__(self, row_id: int, number: int) -> None:
        there = len(self._near)
        if row_id in self._far or not 0 <= row_id < 2 * there + _BATCH:
            self._far[row_id] = number
            return
        if row_id >= there:
            self._near.frombytes(bytes(8 * (row_id + 1 - there + row_id // 8)))
        self._near[row_id] = number

    def items(self) -> Iterator[tuple[int, int]]:
        yield from enumerate(self._near)
        yield from self._far.items()


def digest_of(values: Iterable[object]) -> bytes:
    """Return the digest of a row: each value with its length, so that no two rows read alike."""
    hashed = blake2b(digest_size=_SIZE)
    for value in values:
        said = b"" if value is None else str(value).encode("utf-8", "surrogatepass")
        hashed.update(b"%d:" % (-1 if value is None else len(said)))
        hashed.update(said)
    return hashed.digest()


def link_of(before: bytes, of: str, row_id: int, at: str, digest: bytes) -> bytes:
    return blake2b(before + f"{of}:{row_id}:{at}:".encode() + digest, digest_size=_SIZE).digest()


def link_all(conn: sqlite3.Connection) -> None:
    """Link everything that an archive from before the chain has, as it is found."""
    conn.executemany(_APPEND, _links_of_all(conn))


def _links_of_all(conn: sqlite3.Connection) -> Iterator[tuple[int, str, int, str, bytes, bytes]]:
    (at,) = conn.execute("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')").fetchone()
    before, number = START, 0
    for of, columns, table in ((ARTICLE, _OF_ARTICLE, "articles"), (REVISION, _OF_REVISION, "revisions")):
        for row_id, *values in conn.execute(f"SELECT id, {columns} FROM {table} ORDER BY id"):
            number += 1
            digest = digest_of(values)
            before = link_of(before, of, row_id, at, digest)
            yield number, of, row_id, at, digest, before

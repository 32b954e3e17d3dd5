"""Writing the index: what has changed is indexed anew before the transaction that changed it ends.

Triggers note what changes, whoever writes (`index_queue`); rows that another program wrote wait there until ours
opens the archive. FTS5 forgets a row only when it is told exactly what it holds, so that is worked out again from
the text as it was; a checksum says whether the rules still give the same. If they do not (the program is newer than
the index), the row stays as it is until the index has been made anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive.index import marks
from aggregator.archive.index.schema import NEXT, SERVING
from aggregator.archive.index.state import State
from aggregator.archive.index.vocabulary import Vocabulary
from aggregator.archive.index.weights import written
from aggregator.archive.instants import instant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from aggregator.archive.db import Database
    from aggregator.archive.index.schema import Generation
    from aggregator.archive.index.weights import Written

AT_ONCE = 500  # articles that are indexed in one transaction when many wait


class Source(NamedTuple):
    """What the archive says of a text that is to be indexed."""

    id: int
    article: int
    family: int
    dated: int
    since: int
    until: int | None
    title: str
    byline: str
    text: str
    language: str
    site: str
    marks: str


class Writer:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._words = {each: Vocabulary(db, each) for each in (SERVING, NEXT)}
        self._sites: set[str] = set()  # names that are known to be written down
        self._is_catching_up = False

    # ------------------------------------------------------------------- called by the database, see `db`

    def before_commit(self) -> None:
        if not self._is_catching_up:
            self._empty_queue(limit=-1)

    def after_rollback(self) -> None:
        self.forget()

    # ---------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        self._sites.clear()
        for words in self._words.values():
            words.forget()

    def catch_up(self) -> None:
        """Index what another program, or an older one, has written; in steps that a kill cannot undo."""
        self._is_catching_up = True
        try:
            while self._db.value("SELECT EXISTS (SELECT 1 FROM index_queue)"):
                with self._db.transaction():
                    self._empty_queue(limit=AT_ONCE)
        finally:
            self._is_catching_up = False

    def _empty_queue(self, limit: int) -> None:
        conn = self._db.connection
        waiting = conn.execute("SELECT * FROM index_queue ORDER BY id LIMIT ?", (limit,)).fetchall()
        if not waiting:
            return
        state = State.of(self._db)
        for row in waiting:
            source = source_of(conn, row["id"])
            self._renew(SERVING, row, source, state.mean)
            if state.reached is not None and row["id"] <= state.reached:
                self._renew(NEXT, row, source, state.next_mean)
        conn.execute("DELETE FROM index_queue WHERE id <= ?", (waiting[-1]["id"],))

    def _renew(self, generation: Generation, before: sqlite3.Row, source: Source | None, mean: int) -> None:
        conn = self._db.connection
        known = conn.execute(
            f"SELECT marks, crc FROM {generation.indexed} WHERE id = ?", (before["id"],)
        ).fetchone()
        if known is not None:
            was = _as_it_was(before, source, known["marks"], mean)
            if was is None or was.crc != known["crc"]:
                self._leave(generation, source, before["id"])
                return
            if source is not None and not _differs(before, source, known["marks"]):
                self._note(generation, source)
                return
            self._remove(generation, before["id"], was)
        if source is not None:
            self.add(generation, source, mean)

    def add(self, generation: Generation, source: Source, mean: int) -> None:
        """Index a text that is not in this generation yet; in the caller's transaction."""
        new = written(source.title, source.byline, source.text, source.language, source.marks, mean)
        self._db.connection.execute(
            f"INSERT INTO {generation.fts} (rowid, text, title, byline, marks) VALUES (?, ?, ?, ?, ?)",
            (source.id, *new[:4]),
        )
        self._db.connection.execute(
            f"INSERT INTO {generation.indexed} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*source[:6], new.length, new.crc, source.marks, new.strong),
        )
        self._words[generation].learn(new.terms, source.language)
        if source.site and source.site not in self._sites:
            self._sites.add(source.site)
            self._db.connection.execute(
                "INSERT OR IGNORE INTO index_sites VALUES (?, ?)",
                (marks.site(source.site), source.site.casefold()),
            )

    def _remove(self, generation: Generation, id_: int, was: Written) -> None:
        self._db.connection.execute(
            f"""
            INSERT INTO {generation.fts} ({generation.fts}, rowid, text, title, byline, marks)
            VALUES ('delete', ?, ?, ?, ?, ?)
            """,
            (id_, *was[:4]),
        )
        self._db.connection.execute(f"DELETE FROM {generation.indexed} WHERE id = ?", (id_,))

    def _note(self, generation: Generation, source: Source) -> None:
        self._db.connection.execute(
            f"UPDATE {generation.indexed} SET family = ?, dated = ?, since = ?, until = ? WHERE id = ?",
            (source.family, source.dated, source.since, source.until, source.id),
        )

    def _leave(self, generation: Generation, source: Source | None, id_: int) -> None:
        """Leave the index as it is where it cannot be told what it holds; what is gone is at least never shown."""
        self._db.connection.execute("INSERT INTO index_state VALUES ('due', 1) ON CONFLICT DO NOTHING")
        if source is None:
            self._db.connection.execute(f"DELETE FROM {generation.indexed} WHERE id = ?", (id_,))


def _as_it_was(before: sqlite3.Row, source: Source | None, filters: str, mean: int) -> Written | None:
    """Return what was indexed: the text as it is, but for the parts that have changed since."""
    was: list[str] = []
    for name in ("title", "byline", "text", "language"):
        part = before[name] if before[name] is not None else getattr(source, name, None)
        if part is None:
            return None
        was.append(part)
    title, byline, text, language = was
    return written(title, byline, text, language, filters, mean)


def _differs(before: sqlite3.Row, source: Source, filters: str) -> bool:
    return filters != source.marks or any(
        before[name] is not None and before[name] != getattr(source, name)
        for name in ("title", "byline", "text", "language")
    )


# ------------------------------------------------------------------------------------- what is to be indexed

_FACTS = """
    SELECT a.id, a.url, a.title, a.byline, a.site, a.language, a.dated_at, a.verdict, a.gone_at, a.section, a.tags,
        coalesce(a.duplicate_of, a.id) AS family, unixepoch(a.dated_at) AS dated,
        unixepoch(coalesce(a.changed_at, a.archived_at)) AS since,
        EXISTS (SELECT 1 FROM revisions WHERE article_id = a.id) AS revised, {text} AS text
    FROM articles a WHERE a.id = ?
"""


def source_of(conn: sqlite3.Connection, id_: int) -> Source | None:
    """Return what is to be indexed under this id, an article's or minus a revision's; None if it is no more."""
    if id_ > 0:
        row = conn.execute(_FACTS.format(text="a.text"), (id_,)).fetchone()
        return _source(conn, row) if row is not None else None
    past = conn.execute(
        """
        SELECT article_id, title, text, unixepoch(seen_at) AS since, unixepoch(replaced_at) AS until
        FROM revisions WHERE id = ?
        """,
        (-id_,),
    ).fetchone()
    if past is None:
        return None
    row = conn.execute(_FACTS.format(text="''"), (past["article_id"],)).fetchone()
    return _source(conn, row)._replace(
        id=id_, title=past["title"], byline="", text=past["text"], since=past["since"], until=past["until"]
    )


def _source(conn: sqlite3.Connection, row: sqlite3.Row) -> Source:
    announced = conn.execute(
        "SELECT feed_id, categories FROM entries WHERE article_id = ?", (row["id"],)
    ).fetchall()
    categories = {row["section"], *json.loads(row["tags"])}
    for each in announced:
        if each["categories"] != "[]":
            categories.update(json.loads(each["categories"]))
    names = {name.strip() for name in categories if name.strip()}
    filters = marks.marks_of(
        article_id=row["id"],
        feeds=[each["feed_id"] for each in announced],
        url=row["url"],
        site_name=row["site"],
        categories=names,
        language_code=row["language"],
        verdict_name=row["verdict"],
        states=_states(row),
        dated_at=instant(row["dated_at"]),
    )
    return Source(
        id=row["id"],
        article=row["id"],
        family=row["family"],
        dated=row["dated"],
        since=row["since"],
        until=None,
        title=row["title"],
        byline=row["byline"],
        text=row["text"],
        language=row["language"],
        site=row["site"].strip(),
        marks=filters,
    )


def _states(row: sqlite3.Row) -> Iterable[str]:
    yield "copy" if row["family"] != row["id"] else "original"
    if row["revised"]:
        yield "revised"
    if row["gone_at"]:
        yield "gone"

"""Links between articles: which are copies of one text, which are related, and which a person took apart.

`articles.duplicate_of` is what counts for hiding: it names the article that is shown for the family, and is never the
id of one that is hidden. The rows here are the evidence, which leads from the later text to the earlier, and the memory
of what was undone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.archive.articles import IS_FROM_PAGE
from aggregator.archive.instants import instant, instant_or_none, stamp
from aggregator.domains import publisher_of
from aggregator.models import ABRIDGED, Family, Link, Relative, Tier

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.models import Kinship

SCHEMA = (
    """
    CREATE TABLE links (                          -- what an article is to another, and the evidence
        article_id INTEGER NOT NULL REFERENCES articles (id),  -- of a copy: the copy
        other_id INTEGER NOT NULL REFERENCES articles (id),
        tier TEXT NOT NULL CHECK (tier IN ('copy', 'related')),
        similarity REAL NOT NULL,                 -- 0 to 1: shared, of what stands in either (Jaccard)
        containment REAL NOT NULL,                -- 0 to 1: shared, of the shorter text
        added INTEGER NOT NULL,                   -- words that only the article has
        removed INTEGER NOT NULL,                 -- words that only the other one has
        decided_at TEXT NOT NULL,
        undone_at TEXT,                           -- a person took them apart, for good; null otherwise
        PRIMARY KEY (article_id, other_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX links_of_other ON links (other_id)",
    "CREATE INDEX links_undone ON links (article_id, other_id) WHERE undone_at IS NOT NULL",
    "ALTER TABLE articles ADD COLUMN agency TEXT NOT NULL DEFAULT ''",  # that the text says it is from
    # 1: compared with others, 0: not yet, it is from an older program; 2: a bug keeps it from that
    "ALTER TABLE articles ADD COLUMN compared INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX articles_uncompared ON articles (id) WHERE compared = 0",
)
SHOWN = 200  # members of a family that are shown
MOST_MOVED = 500  # articles whose original changes at once; a larger family keeps the one that it has


class LinkShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def shown_for(self, article_ids: Iterable[int]) -> dict[int, int]:
        """Return what is shown for these articles: article → the one that stands for its family, perhaps itself."""
        rows = self._db.rows(
            "SELECT id, coalesce(duplicate_of, id) FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(article_ids)),),
        )
        return {row[0]: row[1] for row in rows}

    def apart(self, originals: Iterable[int]) -> set[frozenset[int]]:
        """Return the pairs of these families that have members which a person took apart."""
        rows = self._db.rows(
            """
            SELECT coalesce(a.duplicate_of, a.id), coalesce(b.duplicate_of, b.id) FROM links l
            JOIN articles a ON a.id = l.article_id JOIN articles b ON b.id = l.other_id
            WHERE l.undone_at IS NOT NULL
            """
        )
        asked = set(originals)
        return {frozenset(row) for row in rows if asked.issuperset(row)}

    def copies(self, original_id: int) -> int:
        return int(self._db.value("SELECT count(*) FROM articles WHERE duplicate_of = ?", (original_id,)))

    def record(self, kinship: Kinship) -> None:
        """Record what was decided, in one transaction: the evidence, and who is whose copy from now on."""
        with self._db.transaction():
            self._db.execute_many(_KEEP, [_columns(link) for link in kinship.links])
            for join in kinship.joins:
                shown = self.shown_for(join)  # an earlier join may have hidden one of them
                article_id, original_id = (shown[id_] for id_ in join)
                if self.copies(article_id) > MOST_MOVED:  # a family too large to move
                    article_id, original_id = original_id, article_id
                if article_id != original_id:
                    self._join(article_id, original_id)

    def _join(self, article_id: int, original_id: int) -> None:
        """Make an article and its copies the copies of another one, which is an original."""
        self._db.execute(
            "UPDATE articles SET duplicate_of = :original WHERE id = :article OR duplicate_of = :article",
            {"original": original_id, "article": article_id},
        )

    def release(self, article_id: int) -> int | None:
        """Take an article out of its family; if it was shown for it, the best of the others is from now on.

        Return what is shown for those that stay together; None if there was no family.
        """
        with self._db.transaction():
            shown = self._db.value("SELECT duplicate_of FROM articles WHERE id = ?", (article_id,))
            if shown is not None:
                self._db.execute("UPDATE articles SET duplicate_of = NULL WHERE id = ?", (article_id,))
                return int(shown)
            heir: int | None = self._db.value(_HEIR, (article_id, ABRIDGED))
            if heir is not None:
                self._join(article_id, heir)
                self._db.execute(
                    "UPDATE articles SET duplicate_of = NULL WHERE id IN (?, ?)", (heir, article_id)
                )
            return heir

    def forget(self, article_id: int) -> None:
        """Drop the evidence about a text that an article has no more; what a person undid stays."""
        self._db.execute(
            "DELETE FROM links WHERE (article_id = ?1 OR other_id = ?1) AND undone_at IS NULL", (article_id,)
        )

    def unlink(self, article_id: int, other_id: int | None, now: datetime) -> list[int]:
        """Take an article out of its family, or apart from one other, and remember it for good.

        Return the articles that it is apart from now; none if they had nothing to do with each other.
        """
        with self._db.transaction():
            family = [id_ for id_ in self.in_family(article_id) if id_ != article_id]
            if other_id is None:
                parted = family
            else:
                parted = [other_id] if other_id in family or self._are_linked(article_id, other_id) else []
            if family and set(parted) & set(family):
                is_shown = other_id is not None and self.shown_for([article_id]) == {article_id: article_id}
                # of a pair the one that is hidden goes
                self.release(other_id if is_shown and other_id is not None else article_id)
            for id_ in parted:
                self._undo(article_id, id_, now)
        return parted

    def in_family(self, article_id: int) -> list[int]:
        """Return the articles with an article's text, itself among them."""
        rows = self._db.rows(
            """
            WITH family AS (SELECT coalesce(duplicate_of, id) AS id FROM articles WHERE id = :id)
            SELECT a.id FROM family f JOIN articles a ON a.id = f.id OR a.duplicate_of = f.id
            """,
            {"id": article_id},
        )
        return [row[0] for row in rows]

    def _are_linked(self, article_id: int, other_id: int) -> bool:
        return self._db.row(f"SELECT 1 FROM links WHERE {_PAIR}", _pair(article_id, other_id)) is not None

    def _undo(self, article_id: int, other_id: int, now: datetime) -> None:
        values = {**_pair(article_id, other_id), "at": stamp(now)}
        if not self._db.changed(f"UPDATE links SET undone_at = :at WHERE {_PAIR}", values):
            self._db.execute(_UNDONE, values)

    def mark_walls(self, article_ids: Sequence[int], reason: str, now: datetime) -> list[int]:
        """Take back that these articles were read: their text is a wall's. Their pages are asked for again.

        The fingerprint stays, by which the wall is known when it is met again. Return the others that were their
        copies, earliest first, and are nobody's from now on.
        """
        ids = json.dumps(list(article_ids))
        with self._db.transaction():
            freed = self._db.rows(_BEHIND, {"ids": ids})
            for sql in _MARK_WALLS:
                self._db.execute(sql, {"ids": ids, "reason": reason, "at": stamp(now)})
        return [row[0] for row in freed]

    def family(self, article_id: int) -> Family:
        """Return who has the same text as an article, and what else it is linked to."""
        shown = self.shown_for([article_id]).get(article_id)
        if shown is None:
            return Family()
        rows = self._db.rows(_MEMBERS, {"id": article_id, "shown": shown, "limit": SHOWN})
        count, sites = self._counts(shown)
        beside = self._db.rows(_BESIDE, {"id": article_id, "limit": SHOWN})
        members = {row["id"] for row in rows}
        return Family(
            members=tuple(_relative(row, is_original=not n) for n, row in enumerate(rows)),
            related=tuple(
                _relative(row)
                for row in beside
                if not row["undone_at"] and row["id"] not in members and row["tier"] == Tier.RELATED
            ),
            apart=tuple(_relative(row) for row in beside if row["undone_at"]),
            members_in_all=count,
            sites=sites,
        )

    def _counts(self, shown: int) -> tuple[int, int]:
        """Return how many articles a family has, and how many publishers."""
        rows = self._db.rows(
            "SELECT canonical_url FROM articles WHERE id = :id OR duplicate_of = :id", {"id": shown}
        )
        return len(rows), len({publisher_of(row[0].removeprefix("entry:")) or row[0] for row in rows})

    def uncompared(self, limit: int) -> list[int]:
        """Return articles of an older program whose text was not compared with others yet, oldest first."""
        rows = self._db.rows("SELECT id FROM articles WHERE compared = 0 ORDER BY id LIMIT ?", (limit,))
        return [row[0] for row in rows]

    def byline(self, article_id: int) -> str:
        return str(self._db.value("SELECT byline FROM articles WHERE id = ?", (article_id,)) or "")

    def mark_struck(self, article_id: int) -> None:
        """Note that a bug of ours kept an article from being compared; `retry_struck` has it tried again."""
        self._db.execute("UPDATE articles SET compared = 2 WHERE id = ?", (article_id,))

    def retry_struck(self) -> None:
        """Let articles be compared that a bug of ours kept from it: the program may be a newer one now."""
        self._db.execute("UPDATE articles SET compared = 0 WHERE compared = 2")

    def mark_compared(self, article_id: int, agency: str | None = None) -> None:
        self._db.execute(
            "UPDATE articles SET compared = 1, agency = coalesce(?, agency) WHERE id = ?",
            (agency, article_id),
        )


_KEEP = """
    INSERT INTO links (article_id, other_id, tier, similarity, containment, added, removed, decided_at)
    VALUES (:article_id, :other_id, :tier, :similarity, :containment, :added, :removed, :decided_at)
    ON CONFLICT DO UPDATE SET tier = excluded.tier, similarity = excluded.similarity,
        containment = excluded.containment, added = excluded.added, removed = excluded.removed,
        decided_at = excluded.decided_at WHERE undone_at IS NULL
"""
_BEHIND = """
    SELECT id FROM articles WHERE duplicate_of IN (SELECT value FROM json_each(:ids))
        AND id NOT IN (SELECT value FROM json_each(:ids)) ORDER BY dated_at, id
"""
_MARK_WALLS = (
    f"""
    UPDATE entries SET next_try_at = :at, recheck = 0, attempts = 0 WHERE article_id IN (
        SELECT id FROM articles
        WHERE id IN (SELECT value FROM json_each(:ids)) AND verdict {IS_FROM_PAGE}
    )
    """,
    """
    UPDATE articles SET duplicate_of = NULL
    WHERE duplicate_of IN (SELECT value FROM json_each(:ids))
    """,
    f"""
    UPDATE articles SET verdict = 'blocked', reason = :reason, score = 0, duplicate_of = NULL
    WHERE id IN (SELECT value FROM json_each(:ids)) AND verdict {IS_FROM_PAGE}
    """,
)
_PAIR = "(article_id = :one AND other_id = :two) OR (article_id = :two AND other_id = :one)"
_UNDONE = """
    INSERT INTO links (article_id, other_id, tier, similarity, containment, added, removed, decided_at, undone_at)
    VALUES (:one, :two, 'copy', 0, 0, 0, 0, :at, :at)
"""
# The best of those that are hidden, as `decide.shown_of` has it.
_HEIR = """
    WITH hidden AS (SELECT id, verdict, dated_at, length(text) AS size FROM articles WHERE duplicate_of = ?1),
        longest AS (SELECT verdict, max(size) AS size FROM hidden GROUP BY verdict)
    SELECT h.id FROM hidden h JOIN longest l USING (verdict)
    ORDER BY verdict <> 'full', h.size < ?2 * l.size, h.dated_at, h.id LIMIT 1
"""
_SHOWN_COLUMNS = """
    a.id, a.title, a.url, a.site, a.dated_at, l.article_id, l.other_id, l.tier, l.similarity, l.containment, l.added,
    l.removed, l.decided_at, l.undone_at
"""
# Of a large family the earliest, with the one that is asked for and the one that is shown.
# The evidence may be about an article that was shown for the family earlier: then it is that row.
_MEMBERS = f"""
    WITH members AS (
        SELECT * FROM articles WHERE id = :shown OR duplicate_of = :shown
        ORDER BY id NOT IN (:id, :shown), dated_at, id LIMIT :limit
    ), evidence AS (
        SELECT m.id AS of, l.*, row_number() OVER (
            PARTITION BY m.id
            ORDER BY :shown NOT IN (l.article_id, l.other_id), l.article_id <> m.id, l.decided_at DESC
        ) AS place
        FROM members m JOIN links l ON l.article_id = m.id OR l.other_id = m.id
        WHERE l.tier = 'copy' AND l.undone_at IS NULL AND m.id <> :shown
    )
    SELECT {_SHOWN_COLUMNS}, a.id = :shown AS is_shown
    FROM members a LEFT JOIN evidence l ON l.of = a.id AND l.place = 1
    ORDER BY a.dated_at, a.id
"""
_BESIDE = f"""
    SELECT {_SHOWN_COLUMNS}, 0 AS is_shown
    FROM links l JOIN articles a ON a.id = iif(l.article_id = :id, l.other_id, l.article_id)
    WHERE l.article_id = :id OR l.other_id = :id
    ORDER BY l.similarity DESC, a.id LIMIT :limit
"""


def _pair(one: int, two: int) -> dict[str, object]:
    return {"one": one, "two": two}


def _columns(link: Link) -> dict[str, object]:
    return {
        "article_id": link.article_id,
        "other_id": link.other_id,
        "tier": link.tier,
        "similarity": round(link.similarity, 4),
        "containment": round(link.containment, 4),
        "added": link.added,
        "removed": link.removed,
        "decided_at": stamp(link.decided_at),
    }


def _relative(row: sqlite3.Row, *, is_original: bool = False) -> Relative:
    return Relative(
        id=row["id"],
        title=row["title"],
        url=row["url"],
        site=row["site"],
        dated_at=instant(row["dated_at"]),
        is_original=is_original,
        is_shown=bool(row["is_shown"]),
        link=_link(row) if row["article_id"] is not None else None,
    )


def _link(row: sqlite3.Row) -> Link:
    return Link(
        article_id=row["article_id"],
        other_id=row["other_id"],
        tier=Tier(row["tier"]),
        similarity=row["similarity"],
        containment=row["containment"],
        added=row["added"],
        removed=row["removed"],
        decided_at=instant(row["decided_at"]),
        undone_at=instant_or_none(row["undone_at"]),
    )

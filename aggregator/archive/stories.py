"""Stories as they are kept: which articles are on the same event.

A story's id stays while it grows, is merged (the younger's id leads to the older) or falls apart (the part with the
oldest article keeps it). Whatever is in the archive, placing an article reads and writes a bounded number of rows,
and nothing is held in memory. What is decided, and why, is told in `aggregator/stories/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive.feeds import NAMED
from aggregator.archive.instants import instant, stamp
from aggregator.archive.storywords import WORDS_SCHEMA, StoryWords
from aggregator.archive.strands import STRANDS_SCHEMA, Strands
from aggregator.models import Story, StoryArticle, Verdict
from aggregator.models.stories import Strand

if TYPE_CHECKING:
    import builtins
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from aggregator.archive.db import Database
    from aggregator.models.stories import Frequencies, Member, Placement, Terms, Vector

SCHEMA = (
    """
    CREATE TABLE stories (                        -- articles on the same event
        id INTEGER PRIMARY KEY,                   -- never used for another story
        first_at TEXT NOT NULL,                   -- of its articles
        last_at TEXT NOT NULL,
        merged_into INTEGER REFERENCES stories (id),  -- proved to be that one; null: stands by itself
        told_until TEXT                           -- articles may join until then; null: not any more
    ) STRICT
    """,
    "CREATE INDEX stories_last ON stories (last_at) WHERE merged_into IS NULL",
    "CREATE INDEX stories_told ON stories (told_until) WHERE told_until IS NOT NULL",
    """
    CREATE TABLE story_articles (
        article_id INTEGER PRIMARY KEY REFERENCES articles (id),
        story_id INTEGER NOT NULL REFERENCES stories (id),
        at TEXT NOT NULL,
        source TEXT NOT NULL,                     -- the site that it counts for
        language TEXT NOT NULL                    -- as its words tell, not as it claims
    ) STRICT
    """,
    "CREATE INDEX story_articles_of ON story_articles (story_id, at)",
    *STRANDS_SCHEMA,
    *WORDS_SCHEMA,
)
# Else each merge would look through all stories that there ever were.
MERGED = ("CREATE INDEX stories_merged ON stories (merged_into) WHERE merged_into IS NOT NULL",)
PRUNED = 8  # stories a time; more than one article can begin
SHOWN = 200  # articles of a story that a list shows


class StoryShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._words = StoryWords(db)
        self._strands = Strands(db)

    def frequencies(self, terms: Terms) -> Frequencies:
        """Return how common the words are in the articles of their language."""
        return self._words.frequencies(terms)

    def learn(self, terms: Terms) -> Frequencies:
        """Count the words of one more article and return how common they were before; in the caller's transaction."""
        return self._words.learn(terms)

    def candidates(self, vector: Vector, at: datetime, window: timedelta) -> builtins.list[Strand]:
        """Return all strands of the stories that an article of this time may belong to, likeliest first."""
        return self._strands.near(vector, at, window)

    def members(self, story_id: int) -> builtins.list[Member]:
        """Return the newest articles of a story with their vectors, copies aside; oldest first."""
        return self._strands.members(story_id)

    def size(self, story_id: int) -> int:
        """Return how many articles a story has, copies aside; 0 when nobody can join it any more."""
        return self._strands.size(story_id)

    # -------------------------------------------------------------------------------------- placing

    def place(
        self,
        article_id: int,
        vector: Vector,
        placement: Placement,
        *,
        at: datetime,
        source: str,
        told_until: datetime,
    ) -> int:
        """Put an article where it belongs and return the story; part of the caller's transaction.

        An article that is in a story already stays there. `told_until`: how long others may join.
        """
        placed = self.story_of(article_id)
        if placed is not None:
            return placed
        story_id = self._begin(at) if placement.story_id is None else placement.story_id
        self._put(story_id, article_id, at, source, vector.language)
        self._db.execute(
            "UPDATE stories SET told_until = max(coalesce(told_until, ''), ?) WHERE id = ?",
            (stamp(told_until), story_id),
        )
        self._strands.keep_vector(story_id, article_id, vector)
        self._strands.add(story_id, Strand(story_id, vector.language, 1, vector.weights, at, at))
        for other in placement.joins:
            story_id = self.merge(story_id, other)
        return story_id

    def place_copy(
        self, article_id: int, original_id: int, *, at: datetime, source: str, language: str
    ) -> int | None:
        """Put a copy beside its original; None if that is in no story. It adds nothing to the story's words."""
        story_id = self.story_of(article_id) or self.story_of(original_id)
        if story_id is not None and self.story_of(article_id) is None:
            self._put(story_id, article_id, at, source, language)
        return story_id

    def _begin(self, at: datetime) -> int:
        return self._db.execute("INSERT INTO stories (first_at, last_at) VALUES (?1, ?1)", (stamp(at),))

    def _put(self, story_id: int, article_id: int, at: datetime, source: str, language: str) -> None:
        self._db.execute(
            "INSERT INTO story_articles (article_id, story_id, at, source, language) VALUES (?, ?, ?, ?, ?)",
            (article_id, story_id, stamp(at), source, language),
        )
        self._db.execute(
            "UPDATE stories SET first_at = min(first_at, ?1), last_at = max(last_at, ?1) WHERE id = ?2",
            (stamp(at), story_id),
        )

    # ------------------------------------------------------------------------- merging and splitting

    def merge(self, one: int, other: int) -> int:
        """Make two stories one and return it: the older, whose id stays; the other's leads there."""
        one, other = self.resolve(one), self.resolve(other)
        if one == other:
            return one
        older, younger = sorted((one, other), key=lambda id_: (self._first_at(id_), id_))
        self._strands.merge(older, younger)
        self._db.execute("UPDATE story_articles SET story_id = ? WHERE story_id = ?", (older, younger))
        self._db.execute("UPDATE stories SET merged_into = ? WHERE merged_into = ?", (older, younger))
        self._db.execute(
            """
            UPDATE stories SET told_until = (SELECT max(told_until) FROM stories WHERE id IN (?1, ?2)) WHERE id = ?1
            """,
            (older, younger),
        )
        self._db.execute(
            "UPDATE stories SET merged_into = ?, told_until = NULL WHERE id = ?", (older, younger)
        )
        self._date_again(older)
        return older

    def _first_at(self, story_id: int) -> str:
        return str(self._db.value("SELECT first_at FROM stories WHERE id = ?", (story_id,)))

    def split(self, story_id: int, parts: Sequence[Sequence[int]]) -> builtins.list[int]:
        """Make each part (article ids) a story of its own and return their ids; the rest keeps the story's."""
        leaving = {member.article_id: member for member in self.members(story_id)}
        told_until = self._db.value("SELECT told_until FROM stories WHERE id = ?", (story_id,))
        made = []
        for part in parts:
            members = [leaving[article_id] for article_id in part]
            made.append(self._begin(members[0].at))
            self._db.execute("UPDATE stories SET told_until = ? WHERE id = ?", (told_until, made[-1]))
            for member in members:
                self._move(member, story_id, made[-1])
            self._date_again(made[-1])
        self._date_again(story_id)
        return made

    def _move(self, member: Member, old: int, new: int) -> None:
        """Move an article and the copies of it."""
        vector = member.vector
        alone = Strand(new, vector.language, 1, vector.weights, member.at, member.at)
        self._strands.add(old, alone, -1)
        self._strands.add(new, alone)
        self._db.execute(
            """
            UPDATE story_articles SET story_id = ?1 WHERE story_id = ?2 AND (
                article_id = ?3 OR article_id IN (SELECT id FROM articles WHERE duplicate_of = ?3))
            """,
            (new, old, member.article_id),
        )
        self._strands.move_vector(old, new, member.article_id)

    def _date_again(self, story_id: int) -> None:
        self._db.execute(
            """
            UPDATE stories SET first_at = coalesce(n.first_at, stories.first_at),
                last_at = coalesce(n.last_at, stories.last_at)
            FROM (SELECT min(at) AS first_at, max(at) AS last_at FROM story_articles WHERE story_id = ?1) n
            WHERE id = ?1
            """,
            (story_id,),
        )

    def remove(self, article_id: int) -> None:
        """Take an article out of its story, so that it can be placed anew; what it taught about words stays."""
        story_id = self.story_of(article_id)
        if story_id is None:
            return
        for member in self.members(story_id):
            if member.article_id == article_id:
                alone = Strand(
                    story_id, member.vector.language, 1, member.vector.weights, member.at, member.at
                )
                self._strands.add(story_id, alone, -1)
        self._strands.drop_vector(story_id, article_id)
        self._db.execute("DELETE FROM story_articles WHERE article_id = ?", (article_id,))
        self._date_again(story_id)

    def prune(self, now: datetime) -> int:
        """Forget how to find a few of the stories that nobody can join any more; return how many there were."""
        rows = self._db.rows(
            "SELECT id FROM stories WHERE told_until <= ? ORDER BY told_until LIMIT ?", (stamp(now), PRUNED)
        )
        for (story_id,) in rows:
            self._strands.forget(story_id)
            self._db.execute("UPDATE stories SET told_until = NULL WHERE id = ?", (story_id,))
        return len(rows)

    # -------------------------------------------------------------------------------------- reading

    def resolve(self, story_id: int) -> int:
        """Return the story that an id stands for today: its own, or what it was merged into."""
        into = self._db.value("SELECT merged_into FROM stories WHERE id = ?", (story_id,))
        return story_id if into is None else int(into)

    def story_of(self, article_id: int) -> int | None:
        found: int | None = self._db.value(
            "SELECT story_id FROM story_articles WHERE article_id = ?", (article_id,)
        )
        return found

    def get(self, story_id: int) -> Story | None:
        """Return a story with its articles; None if there never was one with this id."""
        rows = self._db.rows(f"{_STORIES} WHERE s.id = ? GROUP BY s.id", (self.resolve(story_id),))
        return self._story(rows[0]) if rows else None

    def list(
        self,
        since: datetime,
        before: datetime | None = None,
        *,
        least: int = 1,
        limit: int = 20,
        feed: str = "",
        category: str = "",
    ) -> builtins.list[Story]:
        """Return the stories with an article in the period, most independent sources first.

        A source is a site with an article of its own; copies are counted for nobody. `least`: sources. `feed` is a
        part of the title or address, `category` of the category, of a feed with an article in the story; case ignored.
        """
        rows = self._db.rows(
            f"""
            {_STORIES} WHERE s.merged_into IS NULL AND s.last_at >= :since
                AND EXISTS (SELECT 1 FROM story_articles b WHERE b.story_id = s.id
                    AND b.at >= :since AND (:before IS NULL OR b.at < :before))
                AND {_OF_FEED}
            GROUP BY s.id HAVING sources >= :least
            ORDER BY sources DESC, s.last_at DESC, s.id DESC LIMIT :limit
            """,
            {
                "since": stamp(since),
                "before": stamp(before),
                "least": least,
                "limit": limit,
                "feed": feed.casefold(),
                "category": category.casefold(),
            },
        )
        return [self._story(row) for row in rows]

    def _story(self, row: sqlite3.Row) -> Story:
        articles = self._db.rows(
            """
            SELECT sa.*, a.title, a.url, a.verdict, a.duplicate_of
            FROM story_articles sa JOIN articles a ON a.id = sa.article_id
            WHERE sa.story_id = ? ORDER BY sa.at, sa.article_id LIMIT ?
            """,
            (row["id"], SHOWN),
        )
        return Story(
            row["id"],
            instant(row["first_at"]),
            instant(row["last_at"]),
            row["sources"],
            tuple(map(_story_article, articles)),
        )


# Of `sa`, without a look at the articles: that a row is no copy stands behind its text.
SOURCES = """
    count(DISTINCT iif(sa.article_id IN (SELECT id FROM articles WHERE duplicate_of IS NOT NULL), NULL, sa.source))
"""
_STORIES = f"""
    SELECT s.id, s.first_at, s.last_at, {SOURCES} AS sources
    FROM stories s JOIN story_articles sa ON sa.story_id = s.id
"""
_OF_FEED = f"""
    (:feed || :category = '' OR EXISTS (
        SELECT 1 FROM story_articles b JOIN entries e ON e.article_id = b.article_id
        WHERE b.story_id = s.id AND e.feed_id IN (
            SELECT f.id FROM feeds f WHERE instr(fold(f.category), :category) AND {NAMED})
    ))
"""


def _story_article(row: sqlite3.Row) -> StoryArticle:
    return StoryArticle(
        id=row["article_id"],
        title=row["title"],
        url=row["url"],
        source=row["source"],
        at=instant(row["at"]),
        language=row["language"],
        verdict=Verdict(row["verdict"]),
        copy_of=row["duplicate_of"],
    )

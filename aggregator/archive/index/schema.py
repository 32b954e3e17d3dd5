"""What the index is made of.

`articles_fts` holds terms and no text: what `aggregator.terms` makes of title, byline and text, and marks. Its rows
are articles, by their id, and earlier texts, by minus the id of the revision. Beside it: what a hit is ranked by
(`indexed`), which forms belong together (`index_words`), and what has changed since (`index_queue`), which triggers
fill, whoever writes, and which is emptied before each transaction of ours ends.

A generation is one set of these tables; a second one, `_next`, is filled while the first one serves.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.terms import RULES

DROPPED = (  # the index of schema 1
    "DROP TRIGGER articles_ai",
    "DROP TRIGGER articles_ad",
    "DROP TRIGGER articles_au",
    "DROP TABLE articles_fts",
)


@dataclass(frozen=True, slots=True)
class Generation:
    suffix: str = ""

    @property
    def fts(self) -> str:
        return f"articles_fts{self.suffix}"

    @property
    def indexed(self) -> str:
        return f"indexed{self.suffix}"

    @property
    def words(self) -> str:
        return f"index_words{self.suffix}"

    @property
    def tables(self) -> tuple[str, str, str]:
        return self.fts, self.indexed, self.words


SERVING = Generation()
NEXT = Generation("_next")
PAST = Generation("_past")


def generation_schema(generation: Generation, number: int) -> tuple[str, ...]:
    """Return the statements that make a generation's tables; its number keeps the names of indexes apart."""
    return (
        # `text` comes first: in other columns each entry of the index costs two bytes more. sqlite-utils looks
        # for the double quotes. Marks of private use are letters to the tokenizer ("Co").
        f"""
        CREATE VIRTUAL TABLE {generation.fts} USING fts5(
            text, title, byline, marks,
            content="articles", content_rowid="id",
            tokenize="unicode61 remove_diacritics 2 categories 'L* M* N* Co'"
        )
        """,
        f"INSERT INTO {generation.fts} ({generation.fts}, rank) VALUES ('rank', 'bm25(1.0, 10.0, 4.0, 0.0)')",
        f"""
        CREATE TABLE {generation.indexed} (
            id INTEGER PRIMARY KEY,           -- of the article; of an earlier text: minus the revision's
            article INTEGER NOT NULL,
            family INTEGER NOT NULL,          -- the original's id: copies are one hit
            dated INTEGER NOT NULL,           -- the article's date, Unix seconds
            since INTEGER NOT NULL,           -- from when on this text stood, Unix seconds
            until INTEGER,                    -- until when; null: it stands
            length INTEGER NOT NULL,          -- terms
            crc INTEGER NOT NULL,             -- CRC-32 of all that the index holds of it
            marks TEXT NOT NULL,              -- what it is filtered by, as the index holds it
            strong BLOB NOT NULL              -- terms that stand in it more than once: hash, 2 bytes; weight, 1 byte
        ) STRICT
        """,
        f"CREATE INDEX indexed_dated_{number} ON {generation.indexed} (dated)",
        f"""
        CREATE TABLE {generation.words} (     -- which forms a word is found by
            key TEXT NOT NULL,
            form TEXT NOT NULL,
            PRIMARY KEY (key, form)
        ) STRICT, WITHOUT ROWID
        """,
    )


_QUEUED = "INSERT INTO index_queue (id) SELECT {id} WHERE true ON CONFLICT DO NOTHING;"
_QUEUED_WITH_TEXT = """
    INSERT INTO index_queue (id, title, byline, text, language)
    VALUES (old.id, old.title, old.byline, old.text, old.language)
    ON CONFLICT DO UPDATE SET title = coalesce(title, old.title), byline = coalesce(byline, old.byline),
        text = coalesce(text, old.text), language = coalesce(language, old.language);
"""
# What the index knows of an article besides its words.
_FACTS = ("url", "site", "verdict", "duplicate_of", "gone_at", "section", "tags", "dated_at", "changed_at")

SCHEMA = (
    # so that everything of the index can be read as a table: FTS5 takes its columns from there
    "ALTER TABLE articles ADD COLUMN marks TEXT NOT NULL GENERATED ALWAYS AS ('') VIRTUAL",
    *generation_schema(SERVING, 1),
    """
    CREATE TABLE index_queue (                -- what must be indexed anew; empty after each transaction of ours
        id INTEGER PRIMARY KEY,
        title TEXT, byline TEXT, text TEXT, language TEXT  -- as they were indexed; null: as they are
    ) STRICT
    """,
    """
    CREATE TABLE index_state (                -- rules, mean (length in terms), generation; reached, while one is filled
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE index_sites (                -- names of sites: a filter may ask for a part of one
        mark TEXT PRIMARY KEY,
        name TEXT NOT NULL                    -- in small letters
    ) STRICT, WITHOUT ROWID
    """,
    f"CREATE TRIGGER index_ai AFTER INSERT ON articles BEGIN {_QUEUED.format(id='new.id')} END",
    f"CREATE TRIGGER index_ad AFTER DELETE ON articles BEGIN {_QUEUED_WITH_TEXT} END",
    f"""
    CREATE TRIGGER index_au AFTER UPDATE OF title, byline, text, language ON articles
    WHEN (old.title, old.byline, old.text, old.language) IS NOT (new.title, new.byline, new.text, new.language)
    BEGIN {_QUEUED_WITH_TEXT} END
    """,
    f"""
    CREATE TRIGGER index_afu AFTER UPDATE OF {", ".join(_FACTS)} ON articles
    WHEN ({", ".join(f"old.{name}" for name in _FACTS)}) IS NOT ({", ".join(f"new.{name}" for name in _FACTS)})
    BEGIN {_QUEUED.format(id="new.id")} END
    """,
    f"""
    CREATE TRIGGER index_ei AFTER INSERT ON entries WHEN new.article_id IS NOT NULL
    BEGIN {_QUEUED.format(id="new.article_id")} END
    """,
    """
    CREATE TRIGGER index_eu AFTER UPDATE OF article_id, categories, feed_id ON entries
    WHEN (old.article_id, old.categories, old.feed_id) IS NOT (new.article_id, new.categories, new.feed_id)
    BEGIN
        INSERT INTO index_queue (id) SELECT new.article_id WHERE new.article_id IS NOT NULL ON CONFLICT DO NOTHING;
        INSERT INTO index_queue (id) SELECT old.article_id WHERE old.article_id IS NOT NULL ON CONFLICT DO NOTHING;
    END
    """,
    f"""
    CREATE TRIGGER index_ed AFTER DELETE ON entries WHEN old.article_id IS NOT NULL
    BEGIN {_QUEUED.format(id="old.article_id")} END
    """,
    f"""
    CREATE TRIGGER index_ri AFTER INSERT ON revisions BEGIN
        {_QUEUED.format(id="-new.id")} {_QUEUED.format(id="new.article_id")}
    END
    """,
    """
    CREATE TRIGGER index_rd AFTER DELETE ON revisions BEGIN
        INSERT INTO index_queue (id, title, byline, text, language)
        SELECT -old.id, old.title, '', old.text, language FROM articles WHERE id = old.article_id
        ON CONFLICT DO NOTHING;
        INSERT INTO index_queue (id) VALUES (old.article_id) ON CONFLICT DO NOTHING;
    END
    """,
    f"INSERT INTO index_state VALUES ('rules', {RULES})",
    "INSERT INTO index_queue (id) SELECT id FROM articles UNION ALL SELECT -id FROM revisions",
)

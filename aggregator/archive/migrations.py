"""The schema and its history: forward-only, named steps, each in its transaction.

A step that has landed is never edited; a change of the schema is a new step. `PRAGMA user_version` counts the
steps, so that opening a file costs one pragma and this file (and sqlite-utils) is imported only when a step is
due. Names follow sqlite-utils' habits, so that `sqlite-utils search` and Datasette work on the file as it is:
`content="articles"` stands in double quotes because sqlite-utils looks for it that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Database as UtilsDatabase
from sqlite_utils.migrations import Migrations

from aggregator.archive import chain, editions, entries, feeds, links, sketches, stories, watches
from aggregator.archive.index import schema as index

if TYPE_CHECKING:
    import sqlite3

steps = Migrations("aggregator")


def migrate(conn: sqlite3.Connection) -> None:
    """Bring the file up to this program's schema. The caller holds the archive's lock."""
    steps.apply(UtilsDatabase(conn, execute_plugins=False))


def _run(db: UtilsDatabase, version: int, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {version}")


@steps()
def m001_the_archive(db: UtilsDatabase) -> None:
    """Create feeds, visits, entries, articles with their index, addresses, revisions and pages."""
    _run(db, 1, *_FEEDS, *_ENTRIES, *_ARTICLES, *_INDEX)


@steps()
def m002_how_it_was_read(db: UtilsDatabase) -> None:
    """Keep how articles were read, what kind of edit replaced them, when to look again; the memory of sites."""
    _run(db, 2, *_READINGS, *_SITES, *_LOOKS, *_KEPT_PAGES)


@steps()
def m003_the_same_story_once(db: UtilsDatabase) -> None:
    """Keep sketches of texts, which articles are copies of others or related to them, and stories."""
    _run(db, 3, *sketches.SCHEMA, *links.SCHEMA, *stories.SCHEMA)


@steps()
def m004_found_in_every_language(db: UtilsDatabase) -> None:
    """Index terms instead of text, with what articles are filtered and ranked by; earlier texts as well."""
    _run(db, 4, *index.DROPPED, *index.SCHEMA)


@steps()
def m005_saved_searches(db: UtilsDatabase) -> None:
    """Keep what saved searches have found, and what is still to be told of it."""
    _run(db, 5, *watches.SCHEMA)


@steps()
def m006_editions(db: UtilsDatabase) -> None:
    """Keep which editions of digests were made, and what of them is still to be sent."""
    _run(db, 6, *editions.EDITIONS_SCHEMA)


@steps()
def m007_nothing_changes_unseen(db: UtilsDatabase) -> None:
    """Link every article and revision to the one before it, those that are there as they are found."""
    for statement in chain.SCHEMA:
        db.execute(statement)
    chain.link_all(db.conn)
    _run(db, 7)


@steps()
def m008_entries_as_they_stood(db: UtilsDatabase) -> None:
    """Keep prints of the entries of each feed's last document, the order of its entries, and where stories went."""
    _run(db, 8, *feeds.PRINTS, *entries.IN_ORDER, *stories.MERGED)


_FEEDS = (
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL UNIQUE,
        host TEXT NOT NULL,                       -- the key of the host budget
        title TEXT NOT NULL DEFAULT '',           -- the subscription's; '' if it gives none
        own_title TEXT NOT NULL DEFAULT '',       -- the feed's
        category TEXT NOT NULL DEFAULT '',        -- folders joined by '/'
        site_url TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'gone', 'moved')),
        etag TEXT NOT NULL DEFAULT '',            -- validators, exactly as the server sent them
        last_modified TEXT NOT NULL DEFAULT '',
        validators_of TEXT NOT NULL DEFAULT '',   -- the address that gave them
        whole_at TEXT,                            -- last visit that asked without validators; null: none yet
        lied INTEGER NOT NULL DEFAULT 0,          -- 1: validators once stood for a document that had changed
        body_hash TEXT NOT NULL DEFAULT '',       -- of the last body that was read
        added_at TEXT NOT NULL,
        next_check_at TEXT NOT NULL,
        leased_until TEXT,                        -- null: nobody is visiting it
        failures INTEGER NOT NULL DEFAULT 0,      -- visits in a row that failed
        gone_at TEXT,                             -- first 410 of an unbroken row; null otherwise
        move_to TEXT,                             -- permanent redirect, not yet believed; null: none
        move_times INTEGER NOT NULL DEFAULT 0,    -- visits in a row that were answered so
        move_since TEXT,
        move_ours INTEGER NOT NULL DEFAULT 0,     -- 1: the document there had entries that we knew
        former_urls TEXT NOT NULL DEFAULT '[]',   -- JSON list of text
        older_url TEXT NOT NULL DEFAULT '',       -- page of older entries (RFC 5005); '' if none is named
        gaps INTEGER NOT NULL DEFAULT 0,          -- visits that did not overlap with what we had
        gap_url TEXT NOT NULL DEFAULT '',         -- page of older entries still to be read because of a gap
        asks TEXT NOT NULL DEFAULT '{}',          -- JSON: ttl, skipHours… of the document
        cadence TEXT NOT NULL DEFAULT '',         -- what was learnt of its rhythm; '' before the first entry
        weight REAL NOT NULL DEFAULT 0,           -- its share in the budget of requests
        last_outcome TEXT NOT NULL DEFAULT '',
        last_error TEXT NOT NULL DEFAULT '',
        last_visit_at TEXT,                       -- null: never visited
        last_new_at TEXT                          -- null: no entry yet
    ) STRICT
    """,
    "CREATE INDEX feeds_due ON feeds (next_check_at) WHERE state = 'active'",
    "CREATE INDEX feeds_leased ON feeds (leased_until) WHERE leased_until IS NOT NULL",
    """
    CREATE TABLE holds (                          -- hosts that asked to be left alone
        host TEXT PRIMARY KEY,
        until TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE visits (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL REFERENCES feeds (id),
        at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,                           -- null: no answer
        bytes INTEGER NOT NULL,
        elapsed_ms INTEGER NOT NULL,
        seen INTEGER NOT NULL,                    -- entries in the document
        new INTEGER NOT NULL,                     -- of which new
        gap INTEGER NOT NULL DEFAULT 0,           -- 1: nothing in the document was known
        error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX visits_of_feed ON visits (feed_id, at)",
)

_ENTRIES = (
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL REFERENCES feeds (id),
        guid TEXT NOT NULL,
        link TEXT NOT NULL DEFAULT '',            -- as the feed gives it
        link_key TEXT NOT NULL DEFAULT '',        -- its canonical form
        host TEXT NOT NULL DEFAULT '',            -- the key of the host budget
        title TEXT NOT NULL DEFAULT '',
        author TEXT NOT NULL DEFAULT '',
        published_at TEXT,
        updated_at TEXT,
        summary_html TEXT NOT NULL DEFAULT '',
        content_html TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        categories TEXT NOT NULL DEFAULT '[]',    -- JSON list of text
        enclosures TEXT NOT NULL DEFAULT '[]',    -- JSON list of {url, type, length}
        hash TEXT NOT NULL,                       -- of what the feed said
        first_seen_at TEXT NOT NULL,
        changed_at TEXT,                          -- null: the feed has not changed its words
        next_try_at TEXT,                         -- null: nothing left to do
        leased_until TEXT,                        -- null: nobody is working on it
        attempts INTEGER NOT NULL DEFAULT 0,      -- pages asked for
        last_error TEXT NOT NULL DEFAULT '',
        article_id INTEGER REFERENCES articles (id),  -- null: not archived yet
        UNIQUE (feed_id, guid)
    ) STRICT
    """,
    "CREATE INDEX entries_due ON entries (next_try_at) WHERE next_try_at IS NOT NULL",
    "CREATE INDEX entries_leased ON entries (leased_until) WHERE leased_until IS NOT NULL",
    "CREATE INDEX entries_by_link ON entries (link_key)",
    "CREATE INDEX entries_of_article ON entries (article_id)",
    "CREATE INDEX entries_seen ON entries (first_seen_at)",
)

_ARTICLES = (
    """
    CREATE TABLE articles (
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL,                        -- where it can be read
        canonical_url TEXT NOT NULL UNIQUE,       -- its identity
        title TEXT NOT NULL DEFAULT '',
        byline TEXT NOT NULL DEFAULT '',
        site TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        published_at TEXT,                        -- as claimed; may lie in the future
        published_from TEXT NOT NULL DEFAULT '',  -- 'feed' or 'page'
        dated_at TEXT NOT NULL,                   -- when it sorts: published, but never after it was first seen
        archived_at TEXT NOT NULL,
        changed_at TEXT,                          -- null: the text is the first we had
        verdict TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT '',
        fingerprint TEXT NOT NULL DEFAULT '',     -- '' when the text is too short to say anything
        duplicate_of INTEGER REFERENCES articles (id)
    ) STRICT
    """,
    "CREATE INDEX articles_dated ON articles (dated_at)",
    "CREATE INDEX articles_archived ON articles (archived_at)",
    "CREATE INDEX articles_same_text ON articles (fingerprint) WHERE fingerprint <> ''",
    "CREATE INDEX articles_copies ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL",
    """
    CREATE TABLE addresses (                      -- every canonical address that led to an article
        canonical_url TEXT PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles (id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX addresses_of_article ON addresses (article_id)",
    """
    CREATE TABLE revisions (                      -- what an article said before
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles (id),
        seen_at TEXT NOT NULL,                    -- when we first had this text
        replaced_at TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        verdict TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX revisions_of_article ON revisions (article_id, seen_at)",
    """
    CREATE TABLE pages (                          -- the bytes behind an article
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles (id),
        url TEXT NOT NULL,
        final_url TEXT NOT NULL,
        status INTEGER NOT NULL,
        headers TEXT NOT NULL,                    -- JSON object, names in lower case
        body BLOB NOT NULL,                       -- zlib
        body_bytes INTEGER NOT NULL,              -- before compression
        fetched_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX pages_of_article ON pages (article_id, fetched_at)",
)

_INDEX = (
    """
    CREATE VIRTUAL TABLE articles_fts USING fts5(
        title, byline, text,
        content="articles", content_rowid="id",
        tokenize="unicode61 remove_diacritics 2"
    )
    """,
    """
    CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
        INSERT INTO articles_fts (rowid, title, byline, text) VALUES (new.id, new.title, new.byline, new.text);
    END
    """,
    """
    CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
        INSERT INTO articles_fts (articles_fts, rowid, title, byline, text)
        VALUES ('delete', old.id, old.title, old.byline, old.text);
    END
    """,
    # only where indexed text changes: an UPDATE of anything else must not index the text again
    """
    CREATE TRIGGER articles_au AFTER UPDATE OF title, byline, text ON articles BEGIN
        INSERT INTO articles_fts (articles_fts, rowid, title, byline, text)
        VALUES ('delete', old.id, old.title, old.byline, old.text);
        INSERT INTO articles_fts (rowid, title, byline, text) VALUES (new.id, new.title, new.byline, new.text);
    END
    """,
)

_READINGS = (
    "ALTER TABLE articles ADD COLUMN modified_at TEXT",  # as claimed; null: nobody claims a change
    "ALTER TABLE articles ADD COLUMN gone_at TEXT",  # when its page was found to be gone; null: it is there
    "ALTER TABLE articles ADD COLUMN score REAL NOT NULL DEFAULT 0",  # 0 to 1: how sure the verdict is
    "ALTER TABLE articles ADD COLUMN image TEXT NOT NULL DEFAULT ''",  # address of the lead image
    "ALTER TABLE articles ADD COLUMN section TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE articles ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",  # JSON list of text
    # version of the rules that read it; 0: before they were counted, or the feed's words alone
    "ALTER TABLE articles ADD COLUMN extractor INTEGER NOT NULL DEFAULT 0",
    # what replaced the text: headline, correction, substance, removal or reread
    "ALTER TABLE revisions ADD COLUMN kind TEXT NOT NULL DEFAULT 'substance'",
    """
    CREATE TABLE readings (                       -- how an article was read; apart, since few questions need it
        article_id INTEGER PRIMARY KEY REFERENCES articles (id),
        markdown TEXT NOT NULL DEFAULT '',        -- '' when it adds nothing to the text
        claims TEXT NOT NULL DEFAULT '[]',        -- JSON list of [field, source, value]
        dropped TEXT NOT NULL DEFAULT '[]'        -- JSON list of [rule, text]
    ) STRICT
    """,
)

_SITES = (
    """
    CREATE TABLE sites (                          -- what the pages of a host have taught
        host TEXT PRIMARY KEY,
        memory TEXT NOT NULL,                     -- JSON object, bounded
        pages INTEGER NOT NULL,                   -- read so far
        changed_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)

_LOOKS = (
    # 1: an article is there and nothing was wrong with its page; it is looked at again
    "ALTER TABLE entries ADD COLUMN recheck INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE entries ADD COLUMN checks INTEGER NOT NULL DEFAULT 0",  # such looks so far
    "ALTER TABLE entries ADD COLUMN looked_at TEXT",  # the last of them; null: none yet
    "ALTER TABLE entries ADD COLUMN missing INTEGER NOT NULL DEFAULT 0",  # looks in a row that found no page
    "DROP INDEX entries_due",
    "CREATE INDEX entries_due ON entries (recheck, next_try_at) WHERE next_try_at IS NOT NULL",
    "CREATE INDEX entries_looked ON entries (looked_at) WHERE looked_at IS NOT NULL",
)

_KEPT_PAGES = (
    # of the body: 'zlib'; or 'zstd', with all headers in its first line as JSON, and in `headers` the validators alone
    "ALTER TABLE pages ADD COLUMN coding TEXT NOT NULL DEFAULT 'zlib'",
    # the page whose bytes are the dictionary of this one's; null: it stands by itself
    "ALTER TABLE pages ADD COLUMN base_id INTEGER REFERENCES pages (id)",
    "ALTER TABLE pages ADD COLUMN host TEXT NOT NULL DEFAULT ''",  # of the final address; '' before schema 2
    "ALTER TABLE pages ADD COLUMN body_hash INTEGER",  # blake2b, 8 bytes; null before schema 2
    "CREATE INDEX pages_bases ON pages (host, id) WHERE base_id IS NULL",
    "CREATE INDEX pages_on_base ON pages (base_id) WHERE base_id IS NOT NULL",
    "CREATE INDEX pages_same_body ON pages (body_hash) WHERE base_id IS NULL AND body_hash IS NOT NULL",
    # without its base a page could never be read again, so a base stays as it is for ever
    """
    CREATE TRIGGER pages_bu BEFORE UPDATE OF id, coding, base_id, body ON pages
    WHEN EXISTS (SELECT 1 FROM pages WHERE base_id = old.id) BEGIN
        SELECT RAISE(ABORT, 'other pages need this page to be read');
    END
    """,
    """
    CREATE TRIGGER pages_bd BEFORE DELETE ON pages
    WHEN EXISTS (SELECT 1 FROM pages WHERE base_id = old.id) BEGIN
        SELECT RAISE(ABORT, 'other pages need this page to be read');
    END
    """,
)

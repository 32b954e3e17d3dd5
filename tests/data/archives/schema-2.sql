-- An archive as schema 2 wrote it. Never edited: every later program must be able to read it.
PRAGMA application_id = 1095190354;
PRAGMA user_version = 2;
BEGIN;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
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
    ) STRICT;
CREATE TABLE holds (                          -- hosts that asked to be left alone
        host TEXT PRIMARY KEY,
        until TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
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
    ) STRICT;
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
        article_id INTEGER REFERENCES articles (id), recheck INTEGER NOT NULL DEFAULT 0, checks INTEGER NOT NULL DEFAULT 0, looked_at TEXT, missing INTEGER NOT NULL DEFAULT 0,  -- null: not archived yet
        UNIQUE (feed_id, guid)
    ) STRICT;
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
    , modified_at TEXT, gone_at TEXT, score REAL NOT NULL DEFAULT 0, image TEXT NOT NULL DEFAULT '', section TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]', extractor INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE addresses (                      -- every canonical address that led to an article
        canonical_url TEXT PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles (id)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE revisions (                      -- what an article said before
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles (id),
        seen_at TEXT NOT NULL,                    -- when we first had this text
        replaced_at TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        verdict TEXT NOT NULL
    , kind TEXT NOT NULL DEFAULT 'substance') STRICT;
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
    , coding TEXT NOT NULL DEFAULT 'zlib', base_id INTEGER REFERENCES pages (id), host TEXT NOT NULL DEFAULT '', body_hash INTEGER) STRICT;
CREATE VIRTUAL TABLE articles_fts USING fts5(
        title, byline, text,
        content="articles", content_rowid="id",
        tokenize="unicode61 remove_diacritics 2"
    );
CREATE TABLE readings (                       -- how an article was read; apart, since few questions need it
        article_id INTEGER PRIMARY KEY REFERENCES articles (id),
        markdown TEXT NOT NULL DEFAULT '',        -- '' when it adds nothing to the text
        claims TEXT NOT NULL DEFAULT '[]',        -- JSON list of [field, source, value]
        dropped TEXT NOT NULL DEFAULT '[]'        -- JSON list of [rule, text]
    ) STRICT;
CREATE TABLE sites (                          -- what the pages of a host have taught
        host TEXT PRIMARY KEY,
        memory TEXT NOT NULL,                     -- JSON object, bounded
        pages INTEGER NOT NULL,                   -- read so far
        changed_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX feeds_due ON feeds (next_check_at) WHERE state = 'active';
CREATE INDEX feeds_leased ON feeds (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX visits_of_feed ON visits (feed_id, at);
CREATE INDEX entries_leased ON entries (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX entries_by_link ON entries (link_key);
CREATE INDEX entries_of_article ON entries (article_id);
CREATE INDEX entries_seen ON entries (first_seen_at);
CREATE INDEX articles_dated ON articles (dated_at);
CREATE INDEX articles_archived ON articles (archived_at);
CREATE INDEX articles_same_text ON articles (fingerprint) WHERE fingerprint <> '';
CREATE INDEX articles_copies ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX addresses_of_article ON addresses (article_id);
CREATE INDEX revisions_of_article ON revisions (article_id, seen_at);
CREATE INDEX pages_of_article ON pages (article_id, fetched_at);
CREATE INDEX entries_due ON entries (recheck, next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX entries_looked ON entries (looked_at) WHERE looked_at IS NOT NULL;
CREATE INDEX pages_bases ON pages (host, id) WHERE base_id IS NULL;
CREATE INDEX pages_on_base ON pages (base_id) WHERE base_id IS NOT NULL;
CREATE INDEX pages_same_body ON pages (body_hash) WHERE base_id IS NULL AND body_hash IS NOT NULL;
CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
        INSERT INTO articles_fts (rowid, title, byline, text) VALUES (new.id, new.title, new.byline, new.text);
    END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
        INSERT INTO articles_fts (articles_fts, rowid, title, byline, text)
        VALUES ('delete', old.id, old.title, old.byline, old.text);
    END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, byline, text ON articles BEGIN
        INSERT INTO articles_fts (articles_fts, rowid, title, byline, text)
        VALUES ('delete', old.id, old.title, old.byline, old.text);
        INSERT INTO articles_fts (rowid, title, byline, text) VALUES (new.id, new.title, new.byline, new.text);
    END;
CREATE TRIGGER pages_bu BEFORE UPDATE OF id, coding, base_id, body ON pages
    WHEN EXISTS (SELECT 1 FROM pages WHERE base_id = old.id) BEGIN
        SELECT RAISE(ABORT, 'other pages need this page to be read');
    END;
CREATE TRIGGER pages_bd BEFORE DELETE ON pages
    WHEN EXISTS (SELECT 1 FROM pages WHERE base_id = old.id) BEGIN
        SELECT RAISE(ABORT, 'other pages need this page to be read');
    END;
INSERT INTO "readings" (article_id, markdown, claims, dropped)
    VALUES (1, '# The bell', '[]', '[]');
INSERT INTO "pages" (id, article_id, url, final_url, status, headers, body, body_bytes, fetched_at, coding, base_id, host, body_hash)
    VALUES (1, 1, 'https://a.example/1', 'https://a.example/1', 200, '{"etag": "\"x\""}', X'78dab3c928c9cdb1b329b00bc94855484acdc9b1d12fb0b3d1078b02008a410971', 28, '2026-03-01T12:00:00Z', 'zlib', NULL, 'a.example', 7237212299318959443);
INSERT INTO "_sqlite_migrations" (id, migration_set, name, applied_at)
    VALUES (1, 'aggregator', 'm001_the_archive', '2026-11-28 19:55:24.802511+00:00');
INSERT INTO "_sqlite_migrations" (id, migration_set, name, applied_at)
    VALUES (2, 'aggregator', 'm002_how_it_was_read', '2026-11-28 19:55:24.874299+00:00');
INSERT INTO "feeds" (id, url, host, title, own_title, category, site_url, state, etag, last_modified, validators_of, whole_at, lied, body_hash, added_at, next_check_at, leased_until, failures, gone_at, move_to, move_times, move_since, move_ours, former_urls, older_url, gaps, gap_url, asks, cadence, weight, last_outcome, last_error, last_visit_at, last_new_at)
    VALUES (1, 'https://a.example/feed', 'a.example', '', '', '', '', 'active', '', '', '', NULL, 0, '', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', NULL, 0, NULL, NULL, 0, NULL, 0, '[]', '', 0, '', '{}', '', 0.0, '', '', NULL, NULL);
INSERT INTO "holds" (host, until)
    VALUES ('b.example', '2026-03-01T12:00:00Z');
INSERT INTO "visits" (id, feed_id, at, outcome, status, bytes, elapsed_ms, seen, new, gap, error)
    VALUES (1, 1, '2026-03-01T12:00:00Z', 'new', NULL, 7, 3, 1, 1, 0, '');
INSERT INTO "articles" (id, url, canonical_url, title, byline, site, language, published_at, published_from, dated_at, archived_at, changed_at, verdict, reason, text, fingerprint, duplicate_of, modified_at, gone_at, score, image, section, tags, extractor)
    VALUES (1, 'https://a.example/1', 'https://a.example/1', 'The bell', '', '', '', NULL, '', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', NULL, 'full', '', 'The harbour of Nordhaven was closed for nine days while divers looked for the lost bell of the old church. The harbour of Nordhaven was closed for nine days while divers looked for the lost bell of the old church. The harbour of Nordhaven was closed for nine days while divers looked for the lost bell of the old church. The harbour of Nordhaven was closed for nine days while divers looked for the lost bell of the old church. ', 'f', NULL, NULL, '2026-03-01T12:00:00Z', 0.5, 'https://a.example/i.jpg', '', '["bells"]', 3);
INSERT INTO "entries" (id, feed_id, guid, link, link_key, host, title, author, published_at, updated_at, summary_html, content_html, language, categories, enclosures, hash, first_seen_at, changed_at, next_try_at, leased_until, attempts, last_error, article_id, recheck, checks, looked_at, missing)
    VALUES (1, 1, '1', 'https://a.example/1', 'https://a.example/1', 'a.example', 'The bell', '', NULL, NULL, '', '', '', '[]', '[]', 'h', '2026-03-01T12:00:00Z', NULL, '2026-03-01T12:00:00Z', NULL, 2, '', 1, 1, 4, '2026-03-01T12:00:00Z', 1);
INSERT INTO "addresses" (canonical_url, article_id)
    VALUES ('https://a.example/1', 1);
INSERT INTO "revisions" (id, article_id, seen_at, replaced_at, title, text, verdict, kind)
    VALUES (1, 1, '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', 'Bell', 'Before.', 'partial', 'headline');
COMMIT;

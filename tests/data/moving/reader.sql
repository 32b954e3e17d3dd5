-- what reader 3.26 wrote of feed.xml, as `sqlite3 .dump` shows it; BASE stands for the server's address
PRAGMA application_id = 1919246692;
PRAGMA user_version = 44;
BEGIN TRANSACTION;
CREATE TABLE entries (

    id TEXT NOT NULL,
    feed TEXT NOT NULL,
    title TEXT,
    link TEXT,
    updated TIMESTAMP,

    author TEXT,
    published TIMESTAMP,
    summary TEXT,
    content TEXT,
    enclosures TEXT,
    source TEXT,
    original_feed TEXT,
    data_hash BLOB,
    data_hash_changed INTEGER,

    read INTEGER,
    read_modified TIMESTAMP,
    important INTEGER,
    important_modified TIMESTAMP,
    added_by TEXT NOT NULL,
    last_updated TIMESTAMP NOT NULL,
    first_updated TIMESTAMP NOT NULL,
    first_updated_epoch TIMESTAMP NOT NULL,
    feed_order INTEGER NOT NULL,
    recent_sort TIMESTAMP NOT NULL,
    sequence BLOB,

    PRIMARY KEY (id, feed),
    FOREIGN KEY (feed) REFERENCES feeds(url)
        ON UPDATE CASCADE
        ON DELETE CASCADE
);
INSERT INTO "entries" VALUES('BASE/6','BASE/feed','The guid is the link','BASE/6',NULL,NULL,'2026-02-02 15:00:00','Harbour fees rise in spring.',NULL,NULL,NULL,NULL,X'0089CEB8D89F034DDDF6B9301868AC8E',0,0,NULL,NULL,NULL,'feed','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.252421',5,'2026-02-02 15:00:00',NULL);
INSERT INTO "entries" VALUES('note-5','BASE/feed','A shared page, too','BASE/notes',NULL,NULL,'2026-02-02 14:00:00','Second note, on the price of herring.',NULL,NULL,NULL,NULL,X'0012759DA1B80E22BA9DF095FD0E656C',0,1,'2026-11-28 19:06:44.316552',NULL,NULL,'feed','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.252421',4,'2026-02-02 14:00:00',NULL);
INSERT INTO "entries" VALUES('größe-4','BASE/feed','A shared page','BASE/notes',NULL,NULL,'2026-02-02 13:00:00','First note on the fish market.',NULL,NULL,NULL,NULL,X'001BD8F2ADCB13A4F159B8BF40240D8C',0,0,NULL,NULL,NULL,'feed','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.252421',3,'2026-02-02 13:00:00',NULL);
INSERT INTO "entries" VALUES('BASE/3','BASE/feed','No guid','BASE/3',NULL,NULL,'2026-02-02 12:00:00','The ferry is late again, and nobody knows why.',NULL,NULL,NULL,NULL,X'00266FC5DE353FFC1E3128A49E362FF0',0,0,NULL,NULL,NULL,'feed','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.252421',2,'2026-02-02 12:00:00',NULL);
INSERT INTO "entries" VALUES('BASE/2','BASE/feed','A relative guid','BASE/2?utm_source=rss',NULL,NULL,'2026-02-02 11:00:00','The lighthouse keeper counts the ships.',NULL,NULL,NULL,NULL,X'006856532F28EC44338884AA4F24D007',0,0,NULL,NULL,NULL,'feed','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.252421',1,'2026-02-02 11:00:00',NULL);
INSERT INTO "entries" VALUES('tag:quay,2026:1','BASE/feed','The bell &amp; the quay','BASE/1',NULL,'[{"name": "Ada Penn", "href": null, "email": null}]','2026-02-02 10:00:00','Divers looked for the lost bell.','[{"value": "<p>Divers looked for the lost bell of the old church below the quay for nine days.</p>", "type": "text/html", "language": null}]','[{"href": "BASE/a.mp3", "type": "audio/mpeg", "length": 12}]',NULL,NULL,X'0068DBD646142EA612DD725DEF1DBAC3',0,0,NULL,NULL,NULL,'feed','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.252421',0,'2026-02-02 10:00:00',NULL);
CREATE TABLE entry_tags (
    id TEXT NOT NULL,
    feed TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,

    PRIMARY KEY (id, feed, key),
    FOREIGN KEY (id, feed) REFERENCES entries(id, feed)
        ON UPDATE CASCADE
        ON DELETE CASCADE
);
CREATE TABLE feed_tags (
    feed TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,

    PRIMARY KEY (feed, key),
    FOREIGN KEY (feed) REFERENCES feeds(url)
        ON UPDATE CASCADE
        ON DELETE CASCADE
);
CREATE TABLE feeds (

    url TEXT PRIMARY KEY NOT NULL,
    title TEXT,
    link TEXT,
    updated TIMESTAMP,

    author TEXT,
    subtitle TEXT,
    version TEXT,
    user_title TEXT,
    caching_info TEXT,
    data_hash BLOB,

    stale INTEGER NOT NULL DEFAULT 0,
    updates_enabled INTEGER NOT NULL DEFAULT 1,
    update_after TIMESTAMP,
    last_retrieved TIMESTAMP,
    last_updated TIMESTAMP,
    added TIMESTAMP NOT NULL,
    last_exception TEXT

);
INSERT INTO "feeds" VALUES('BASE/feed','Harbour & Quay','BASE/',NULL,NULL,NULL,'rss20','My harbour',NULL,X'00421E017085DE3F5486CB5AA5DE4B27',0,1,'2026-11-28 20:00:00','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.286491','2026-11-28 19:06:44.223761',NULL);
CREATE TABLE global_tags (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX entries_by_recent ON entries (
    recent_sort DESC,
    coalesce(published, updated, first_updated) DESC,
    feed DESC,
    last_updated DESC,
    - feed_order DESC,
    id DESC
);
CREATE INDEX entries_by_feed ON entries (feed);
CREATE INDEX feed_tags_by_key ON feed_tags(key);
CREATE INDEX entry_tags_by_key ON entry_tags(key);
COMMIT;

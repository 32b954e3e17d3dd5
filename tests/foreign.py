"""What other programs keep of `data/moving/feed.xml`, each as its own source says that it does.

reader's file is a dump of what reader wrote; newsboat, FreshRSS and Miniflux are no Python programs, so their rules are
written down here: `RssParser::get_guid`, `Entry::toGReader` and `rss/adapter.go`.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

from lxml import etree

DATA = Path(__file__).parent / "data" / "moving"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


@dataclass(frozen=True)
class Item:
    guid: str
    link: str
    title: str  # as it stands in the document
    body: str
    date: str

    @property
    def seconds(self) -> int:
        return int(parsedate_to_datetime(self.date).timestamp())


def feed(base: str) -> bytes:
    return (DATA / "feed.xml").read_text("utf-8").replace("BASE", base).encode()


def items(base: str) -> list[Item]:
    root = etree.fromstring(feed(base))
    return [
        Item(
            guid=item.findtext("guid") or "",
            link=urljoin(base, item.findtext("link") or ""),
            title=item.findtext("title") or "",
            body=item.findtext(CONTENT) or item.findtext("description") or "",
            date=item.findtext("pubDate") or "",
        )
        for item in root.iter("item")
    ]


NEWSBOAT = """
    CREATE TABLE rss_feed (rssurl VARCHAR(1024) PRIMARY KEY NOT NULL, url VARCHAR(1024) NOT NULL,
        title VARCHAR(1024) NOT NULL, lastmodified INTEGER(11) NOT NULL DEFAULT 0,
        is_rtl INTEGER(1) NOT NULL DEFAULT 0, etag VARCHAR(128) NOT NULL DEFAULT "");
    CREATE TABLE rss_item (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, guid VARCHAR(64) NOT NULL,
        title VARCHAR(1024) NOT NULL, author VARCHAR(1024) NOT NULL, url VARCHAR(1024) NOT NULL,
        feedurl VARCHAR(1024) NOT NULL, pubDate INTEGER NOT NULL, content VARCHAR(65535) NOT NULL,
        unread INTEGER(1) NOT NULL, enclosure_url VARCHAR(1024), enclosure_type VARCHAR(1024),
        enqueued INTEGER(1) NOT NULL DEFAULT 0, flags VARCHAR(52), deleted INTEGER(1) NOT NULL DEFAULT 0,
        base VARCHAR(128) NOT NULL DEFAULT "", content_mime_type VARCHAR(255) NOT NULL DEFAULT "");
    CREATE TABLE metadata (db_schema_version_major INTEGER NOT NULL, db_schema_version_minor INTEGER NOT NULL);
"""


def newsboat(path: Path, base: str, url: str, *, more: int = 0) -> Path:
    """Write a cache.db; `more` further entries are no longer in the feed."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(NEWSBOAT)
        db.execute("INSERT INTO rss_feed (rssurl, url, title) VALUES (?, ?, 'Harbour & Quay')", (url, base))
        old = [
            Item(
                f"old-{n}",
                f"{base}/old/{n}",
                f"Old {n}",
                f"<p>Once, {n}.</p>",
                "Sat, 01 Feb 2020 00:00:00 GMT",
            )
            for n in range(more)
        ]
        for item in [*items(base), *old]:
            guid = item.guid or item.link + item.date  # RssParser::get_guid
            db.execute(
                "INSERT INTO rss_item (guid, title, author, url, feedurl, pubDate, content, unread)"
                " VALUES (?, ?, '', ?, ?, ?, ?, 1)",
                (guid, item.title, item.link, url, item.seconds, item.body),
            )
        db.execute(
            "INSERT INTO rss_item (guid, title, author, url, feedurl, pubDate, content, unread, deleted)"
            " VALUES ('gone', 'Thrown away', '', 'https://site.example/gone', ?, 1, '', 0, 1)",
            (url,),
        )
    return path


def reader(path: Path, base: str, url: str) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            (DATA / "reader.sql").read_text("utf-8").replace("BASE/feed", url).replace("BASE", base)
        )
    return path


def freshrss(path: Path, base: str, url: str) -> Path:
    """Write an export of articles (Entry::toGReader in mode 'freshrss')."""
    exported = [
        {
            "id": f"tag:google.com,2005:reader/item/{n:016x}",
            "crawlTimeMsec": f"{item.seconds + 60}000",
            "timestampUsec": f"{item.seconds + 60}000000",
            "published": item.seconds,
            "title": item.title.replace("&amp;", "&amp;"),
            "canonical": [{"href": item.link}],
            "alternate": [{"href": item.link, "type": "text/html"}],
            "categories": ["user/-/state/com.google/reading-list", "user/-/label/Keep", "Sea"],
            "origin": {"streamId": "feed/7", "htmlUrl": base, "title": "Harbour &amp; Quay", "feedUrl": url},
            "content": {"content": item.body},
            # SimplePie gives the link where there is no guid, and `safe_ascii` drops what is not ASCII
            "guid": (item.guid or item.link).encode("ascii", "ignore").decode(),
        }
        for n, item in enumerate(items(base))
    ]
    document = {
        "id": "user/-/state/org.freshrss/starred",
        "title": "Starred",
        "author": "me",
        "items": exported,
    }
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path


def miniflux(path: Path, base: str, url: str) -> Path:
    """Write an answer of /v1/entries (rss/adapter.go): the hash is all that is left of a guid."""
    feed = {
        "id": 42, "title": "Harbour & Quay", "feed_url": url, "site_url": base,
        "category": {"id": 2, "title": "Sea"}, "disabled": False,
    }  # fmt: skip
    entries = [
        {
            "id": n, "feed_id": 42, "status": "unread", "title": item.title.replace("&amp;", "&"), "url": item.link,
            "hash": sha256((item.guid or item.link).encode()).hexdigest(),
            "published_at": datetime.fromtimestamp(item.seconds, UTC).isoformat(),
            "created_at": datetime.fromtimestamp(item.seconds + 60, UTC).isoformat(),
            "content": item.body, "author": "Ada Penn", "starred": False, "reading_time": 1,
            "enclosures": None, "tags": ["Sea"], "feed": feed,
        }
        for n, item in enumerate(items(base))
    ]  # fmt: skip
    path.write_text(json.dumps({"total": len(entries), "entries": entries}, ensure_ascii=False), "utf-8")
    return path


WRITERS = {"newsboat": newsboat, "reader": reader, "FreshRSS": freshrss, "Miniflux": miniflux}

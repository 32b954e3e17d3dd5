"""Articles put straight into an archive: for tests of the index, which do not care where an article came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive.instants import stamp
from tests.makers import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive


def shelve(
    archive: Archive,
    text: str,
    *,
    title: str = "",
    byline: str = "",
    language: str = "en",
    site: str = "Site",
    host: str = "a.example",
    verdict: str = "full",
    dated_at: datetime = NOW,
    duplicate_of: int | None = None,
    feeds: tuple[int, ...] = (),
) -> int:
    """Record an article, announced by these feeds; return its id."""
    with archive.transaction():
        number = (archive.db.value("SELECT max(id) FROM articles") or 0) + 1
        url = f"https://{host}/{number}"
        id_ = archive.db.execute(
            """
            INSERT INTO articles (url, canonical_url, title, byline, site, language, dated_at, archived_at, verdict,
                text, duplicate_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (url, url, title, byline, site, language, stamp(dated_at), stamp(dated_at), verdict, text, duplicate_of),
        )  # fmt: skip
        for feed in feeds:
            archive.db.execute(
                "INSERT OR IGNORE INTO feeds (id, url, host, title, category, added_at, next_check_at)"
                " VALUES (?1, ?2, '', 'Feed ' || ?1, 'News/Feed' || ?1, ?3, ?3)",
                (feed, f"https://feed{feed}.example/", stamp(NOW)),
            )
            archive.db.execute(
                "INSERT INTO entries (feed_id, guid, hash, first_seen_at, article_id) VALUES (?, ?, '', ?, ?)",
                (feed, str(number), stamp(NOW), id_),
            )
    return id_

"""Pages: status, headers and bytes behind an article, as they came, packed: to be read again, or written as WARC.

Identical bytes are kept once. A page may be packed against an earlier one of its site (`packing`); that one, its
base, can then neither be changed nor deleted: triggers of the schema see to it, whoever writes to the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.archive.instants import instant, stamp
from aggregator.errors import PageError
from aggregator.models import Page
from aggregator.urls import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from aggregator.archive.db import Database
    from aggregator.archive.packing import Base

TRIED = 3  # bases: a site has few templates, and they change now and then
VALIDATORS = ("etag", "last-modified")  # asked for without the page


class PageShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, page: Page, article_id: int) -> None:
        """Keep a page of an article, unless its newest one has the same bytes: what was taken back is newest again."""
        from aggregator.archive.packing import BASE_LIMITS, digest, pack  # noqa: PLC0415  most commands need no zstd

        body_hash, host = digest(page.body), host_of(page.final_url)
        with self._db.transaction():
            if self._is_newest(article_id, body_hash):
                return
            packed = pack(_whole(page), self._bases(host, body_hash, BASE_LIMITS))
            self._db.execute(
                _INSERT,
                {
                    "article": article_id,
                    "url": page.url,
                    "final_url": page.final_url,
                    "status": page.status,
                    "headers": _as_line(
                        {name: page.headers[name] for name in VALIDATORS if name in page.headers}
                    ),
                    "body": packed.body,
                    "bytes": len(page.body),
                    "at": stamp(page.fetched_at),
                    "coding": packed.coding,
                    "base": packed.base_id,
                    "host": host,
                    "hash": body_hash,
                },
            )

    def newest(self, article_id: int) -> Page | None:
        """Return the newest page kept for an article.

        Raises:
            PageError: its bytes cannot be read.

        """
        row = self._db.row(
            f"{_PAGES} WHERE p.article_id = ? ORDER BY p.fetched_at DESC, p.id DESC LIMIT 1", (article_id,)
        )
        return self._page(row) if row is not None else None

    def get(self, page_id: int) -> Page:
        """Return a page by its own id.

        Raises:
            PageError: its bytes cannot be read.
            KeyError: there is no such page.

        """
        row = self._db.row(f"{_PAGES} WHERE p.id = ?", (page_id,))
        if row is None:
            raise KeyError(page_id)
        return self._page(row)

    def ids_of(self, article_id: int) -> list[int]:
        """Return the ids of the pages kept for an article, oldest first."""
        rows = self._db.rows(
            "SELECT id FROM pages WHERE article_id = ? ORDER BY fetched_at, id", (article_id,)
        )
        return [row["id"] for row in rows]

    def kept_of(self, article_ids: Iterable[int]) -> list[int]:
        """Return those of the articles that have a page, in the same order."""
        rows = self._db.rows(
            """
            SELECT value AS id FROM json_each(?)
            WHERE EXISTS (SELECT 1 FROM pages WHERE article_id = value) ORDER BY key
            """,
            (json.dumps(list(article_ids)),),
        )
        return [row["id"] for row in rows]

    def sizes(self, article_id: int) -> tuple[int, int, int]:
        """Return how many pages are kept for an article, their bytes, and the bytes that they take here."""
        row = self._db.row(
            "SELECT count(*), total(body_bytes), total(length(body)) FROM pages WHERE article_id = ?",
            (article_id,),
        )
        return (int(row[0]), int(row[1]), int(row[2])) if row is not None else (0, 0, 0)

    def unreadable(self) -> list[str]:
        """Unpack every page; return what is wrong with those that cannot be read."""
        found, last = [], 0
        while ids := self._db.rows("SELECT id FROM pages WHERE id > ? ORDER BY id LIMIT 500", (last,)):
            for row in ids:
                last = row["id"]
                try:
                    self.get(last)
                except KeyError:  # pruned meanwhile
                    continue
                except PageError as error:
                    found.append(str(error))
        return found

    def _is_newest(self, article_id: int, body_hash: int) -> bool:
        return bool(
            self._db.value(
                """
                SELECT body_hash = ? FROM pages WHERE article_id = ? ORDER BY fetched_at DESC, id DESC LIMIT 1
                """,
                (body_hash, article_id),
            )
        )

    def _bases(self, host: str, body_hash: int, limits: tuple[int, int]) -> Iterator[Base]:
        """Yield what a page may be packed against: its very bytes, then the newest bases of its host."""
        from aggregator.archive.packing import Base, UnreadableError, unpack  # noqa: PLC0415  as above

        for row in self._db.rows(
            _BASES, {"host": host, "hash": body_hash, "most": TRIED, "least": limits[0], "limit": limits[1]}
        ):
            try:
                yield Base(row["id"], unpack(row["coding"], row["body"]))
            except UnreadableError:  # nothing more shall depend on it
                continue

    def _page(self, row: sqlite3.Row) -> Page:
        from aggregator.archive.packing import ZLIB, UnreadableError, digest, unpack  # noqa: PLC0415  as above

        try:
            base = unpack(row["base_coding"], row["base_body"]) if row["base_id"] is not None else None
            whole = unpack(row["coding"], row["body"], base)
        except UnreadableError as error:
            raise PageError(_told(row, str(error))) from error
        head, body = (row["headers"], whole) if row["coding"] == ZLIB else whole.split(b"\n", 1)
        if row["body_hash"] not in (None, digest(body)):
            raise PageError(_told(row, "they are not the bytes that came"))
        return Page(
            url=row["url"],
            final_url=row["final_url"],
            status=row["status"],
            headers=json.loads(head),
            body=body,
            fetched_at=instant(row["fetched_at"]),
        )


def _whole(page: Page) -> bytes:
    """Return a page as it is packed: its headers on a line, then its body. Headers of one site are alike, too."""
    return _as_line(page.headers).encode("ascii") + b"\n" + page.body


def _as_line(headers: Mapping[str, str]) -> str:
    return json.dumps(dict(headers), separators=(",", ":"))


def _told(row: sqlite3.Row, reason: str) -> str:
    return (
        f"page {row['id']} of article {row['article_id']} ({row['final_url']}): its kept bytes cannot be read"
        f" ({reason}); its text is not harmed, a backup of the archive may have the page"
    )


_INSERT = """
    INSERT INTO pages (
        article_id, url, final_url, status, headers, body, body_bytes, fetched_at, coding, base_id, host, body_hash
    ) VALUES (
        :article, :url, :final_url, :status, :headers, :body, :bytes, :at, :coding, :base, :host, :hash
    )
"""
_PAGES = """
    SELECT p.*, b.coding AS base_coding, b.body AS base_body
    FROM pages p LEFT JOIN pages b ON b.id = p.base_id
"""
_BASES = """
    SELECT id, coding, body FROM (
        SELECT * FROM (
            SELECT 0 AS rank, id, coding, body FROM pages
            WHERE body_hash = :hash AND base_id IS NULL AND body_bytes >= :least LIMIT 1
        )
        UNION ALL
        SELECT * FROM (
            SELECT 1 AS rank, id, coding, body FROM pages
            WHERE host = :host AND host <> '' AND base_id IS NULL AND body_bytes BETWEEN :least AND :limit
            ORDER BY id DESC LIMIT :most
        )
    ) ORDER BY rank, id DESC
"""

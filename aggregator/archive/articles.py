"""Articles: one text each, wherever announced; its addresses, its pages, its earlier revisions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.archive.chain import Chain
from aggregator.archive.instants import instant, instant_or_none, stamp
from aggregator.archive.pages import PageShelf
from aggregator.models import (
    FROM_PAGE,
    Article,
    ArticleDetails,
    Change,
    Claim,
    Dropped,
    KnownArticle,
    Revision,
    Sighting,
    Verdict,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from aggregator.archive.db import Database
    from aggregator.models import Archived, ArticleText

_KNOWN = "id, canonical_url, site, title, verdict, text, fingerprint, duplicate_of, dated_at, language"
IS_FROM_PAGE = "IN ({})".format(", ".join(f"'{verdict}'" for verdict in FROM_PAGE))  # behind a verdict
MOST_TWINS = 50  # a text that more articles have is a template
# SQLite takes the partial index only when it is told that the condition holds.
_WITH_FINGERPRINT = f"""
    SELECT {_KNOWN} FROM articles WHERE fingerprint = ? AND fingerprint <> ''
        AND verdict IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?
"""
COLUMNS = """
    a.id, a.url, a.title, a.byline, a.site, a.language, a.published_at, a.published_from, a.dated_at,
    a.archived_at, a.verdict, a.reason, a.duplicate_of, a.modified_at, a.gone_at, a.score, a.image, a.section,
    a.tags, a.agency
"""


class ArticleShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._pages = PageShelf(db)
        self._chain = Chain(db)

    def at(self, canonical_urls: Iterable[str]) -> KnownArticle | None:
        """Return the article that one of these canonical addresses leads to."""
        row = self._db.row(
            f"""
            SELECT {_KNOWN} FROM articles WHERE id = (
                SELECT min(article_id) FROM addresses
                WHERE canonical_url IN (SELECT value FROM json_each(?))
            )
            """,
            (json.dumps(list(canonical_urls)),),
        )
        return _known(row) if row is not None else None

    def known(self, article_id: int) -> KnownArticle:
        row = self._db.row(f"SELECT {_KNOWN} FROM articles WHERE id = ?", (article_id,))
        if row is None:
            raise KeyError(article_id)
        claims = self.details(article_id).claims
        announced = next((c.value for c in claims if (c.field, c.source) == ("title", "feed")), "")
        return replace(_known(row), announced=announced)

    def with_fingerprint(
        self, fingerprint: str, limit: int = MOST_TWINS, verdicts: Iterable[Verdict] = Verdict
    ) -> list[KnownArticle]:
        """Return the articles with such verdicts whose text has this fingerprint, first come first."""
        if not fingerprint:
            return []
        rows = self._db.rows(_WITH_FINGERPRINT, (fingerprint, json.dumps(list(verdicts)), limit))
        return [_known(row) for row in rows]

    def some(self, article_ids: Sequence[int]) -> list[KnownArticle]:
        """Return these articles in their order; without what is not there."""
        rows = self._db.rows(
            f"SELECT {_KNOWN} FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(article_ids)),),
        )
        known = {row["id"]: _known(row) for row in rows}
        return [known[id_] for id_ in article_ids if id_ in known]

    def record(self, archived: Archived) -> int:
        """Record what became of an entry, in one transaction; return the id of its article."""
        with self._db.transaction():
            article_id = self._write(archived)
            self._db.execute_many(
                "INSERT INTO addresses (canonical_url, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(url, article_id) for url in archived.addresses if url],
            )
            if archived.page is not None:
                self._pages.keep(archived.page, article_id)
            if archived.gone is not None:
                self._db.execute(
                    "UPDATE articles SET gone_at = iif(?, coalesce(gone_at, ?), NULL) WHERE id = ?",
                    (archived.gone, stamp(archived.at), article_id),
                )
            self._settle(archived, article_id)
        return article_id

    def rewrite(self, archived: Archived) -> None:
        """Record another reading of an article; its entry, its page and its addresses stay as they are."""
        with self._db.transaction():
            self._write(archived)

    def _write(self, archived: Archived) -> int:
        if archived.says is None:
            if archived.article_id is None:
                raise ValueError("neither an article nor the id of one")
            return archived.article_id
        says, at = _columns(archived.says), str(stamp(archived.at))
        if archived.article_id is None:
            article_id = self._db.execute(_INSERT, {**says, "at": at})
        else:
            article_id = archived.article_id
            change = {**says, "at": at, "id": article_id, "kind": archived.keeps_revision}
            if archived.keeps_revision:
                self._chain.add_revision(self._db.execute(_KEEP_REVISION, change), at)
            self._db.execute(_UPDATE, change)
        self._chain.add_article(article_id, at)
        self._db.execute(_KEEP_READING, _reading_columns(archived.says, article_id))
        return article_id

    def _settle(self, archived: Archived, article_id: int) -> None:
        entry = archived.entry
        self._db.execute(
            """
            UPDATE entries SET article_id = :article, leased_until = NULL, last_error = :error,
                checks = checks + :looked, looked_at = iif(:looked, :at, looked_at), missing = :missing,
                -- if the feed changed its words while we were at it, the entry stays due
                attempts = iif(hash = :hash, attempts + :asked, attempts),
                next_try_at = iif(hash = :hash, :next_at, next_try_at),
                recheck = iif(hash = :hash, :recheck, recheck)
            WHERE id = :id
            """,
            {
                "article": article_id,
                "error": archived.error,
                "hash": entry.hash,
                "asked": archived.asked and not entry.recheck,
                "looked": entry.recheck,
                "at": stamp(archived.at),
                "missing": archived.missing,
                "next_at": stamp(archived.retry_at or archived.recheck_at),
                "recheck": archived.retry_at is None and archived.recheck_at is not None,
                "id": entry.id,
            },
        )
        if entry.link_key and not entry.shares_link:
            self._db.execute(
                _SETTLE_OTHERS, {"article": article_id, "link": entry.link_key, "feed": entry.feed_id}
            )

    def get(self, article_id: int) -> Article | None:
        row = self._db.row(f"SELECT {COLUMNS}, a.text FROM articles a WHERE a.id = ?", (article_id,))
        return self.with_sightings([row])[0] if row is not None else None

    def revisions(self, article_id: int) -> list[Revision]:
        """Return the article's earlier states, oldest first."""
        rows = self._db.rows("SELECT * FROM revisions WHERE article_id = ? ORDER BY id", (article_id,))
        return [_revision(row) for row in rows]

    def details(self, article_id: int) -> ArticleDetails:
        """Return how an article was read; nothing is known of what an older program read."""
        row = self._db.row(
            """
            SELECT a.extractor, r.markdown, r.claims, r.dropped
            FROM articles a JOIN readings r ON r.article_id = a.id WHERE a.id = ?
            """,
            (article_id,),
        )
        if row is None:
            return ArticleDetails()
        return ArticleDetails(
            markdown=row["markdown"],
            claims=tuple(Claim(*claim) for claim in json.loads(row["claims"])),
            dropped=tuple(Dropped(*block) for block in json.loads(row["dropped"])),
            extractor=row["extractor"],
        )

    def with_sightings(self, rows: Sequence[sqlite3.Row]) -> list[Article]:
        """Make articles of rows that have `COLUMNS` (and perhaps the text), each with its sightings."""
        sightings: dict[int, list[Sighting]] = {row["id"]: [] for row in rows}
        for row in self._db.rows(_SIGHTINGS, (json.dumps(list(sightings)),)):
            sightings[row["article_id"]].append(
                Sighting(
                    feed_url=row["feed_url"],
                    feed_title=row["feed_title"],
                    category=row["category"],
                    guid=row["guid"],
                    link=row["link"],
                    title=row["title"],
                    first_seen_at=instant(row["first_seen_at"]),
                )
            )
        return [_article(row, tuple(sightings[row["id"]])) for row in rows]


_SAYS = (
    "url canonical_url title byline site language published_at published_from dated_at verdict reason text"
    " fingerprint duplicate_of modified_at score image section tags extractor agency"
).split()
_INSERT = f"""
    INSERT INTO articles (archived_at, {", ".join(_SAYS)}) VALUES (:at, {", ".join(":" + name for name in _SAYS)})
"""
# The identity and the date it sorts by stay what they were when the article was first archived; whose copy it is, is
# for `links` to say.
_STAYS = ("canonical_url", "dated_at", "duplicate_of")
_UPDATE = f"""
    UPDATE articles SET changed_at = iif(text = :text AND title = :title, changed_at, :at),
        {", ".join(f"{name} = :{name}" for name in _SAYS if name not in _STAYS)}
    WHERE id = :id
"""
_KEEP_REVISION = """
    INSERT INTO revisions (article_id, seen_at, replaced_at, title, text, verdict, kind)
    SELECT id, coalesce(changed_at, archived_at), :at, title, text, verdict, :kind FROM articles WHERE id = :id
"""
# Whoever else announced the same address has its article now, if it was read. The plus keeps SQLite from going through
# all entries of a feed; entries of one feed that share a link are not named by it, and keep the feed's own words.
_SETTLE_OTHERS = f"""
    UPDATE entries SET article_id = :article, next_try_at = NULL, leased_until = NULL, last_error = ''
    WHERE link_key = :link AND article_id IS NULL AND feed_id <> :feed
        AND (SELECT verdict FROM articles WHERE id = :article) {IS_FROM_PAGE}
        AND NOT EXISTS (
            SELECT 1 FROM entries AS its
            WHERE its.link_key = :link AND +its.feed_id = entries.feed_id AND its.id <> entries.id
        )
"""
_KEEP_READING = """
    INSERT INTO readings (article_id, markdown, claims, dropped) VALUES (:article_id, :markdown, :claims, :dropped)
    ON CONFLICT (article_id) DO UPDATE SET markdown = excluded.markdown, claims = excluded.claims,
        dropped = excluded.dropped
"""
_SIGHTINGS = """
    SELECT e.article_id, f.url AS feed_url, coalesce(nullif(f.title, ''), f.own_title) AS feed_title, f.category,
        e.guid, e.link, e.title, e.first_seen_at
    FROM entries e JOIN feeds f ON f.id = e.feed_id
    WHERE e.article_id IN (SELECT value FROM json_each(?)) ORDER BY e.article_id, e.first_seen_at, e.id
"""


def _columns(says: ArticleText) -> dict[str, object]:
    return {
        "url": says.url,
        "canonical_url": says.canonical_url,
        "title": says.title,
        "byline": says.byline,
        "site": says.site,
        "language": says.language,
        "published_at": stamp(says.published_at),
        "published_from": says.published_from,
        "dated_at": stamp(says.dated_at),
        "verdict": says.verdict,
        "reason": says.reason,
        "text": says.text,
        "fingerprint": says.fingerprint,
        "duplicate_of": says.duplicate_of,
        "modified_at": stamp(says.modified_at),
        "score": says.score,
        "image": says.image,
        "section": says.section,
        "tags": json.dumps(says.tags, ensure_ascii=False),
        "extractor": says.extractor,
        "agency": says.agency,
    }


def _reading_columns(says: ArticleText, article_id: int) -> dict[str, object]:
    return {
        "article_id": article_id,
        "markdown": says.markdown,
        "claims": json.dumps(
            [(claim.field, claim.source, claim.value) for claim in says.claims], ensure_ascii=False
        ),
        "dropped": json.dumps([(block.rule, block.text) for block in says.dropped], ensure_ascii=False),
    }


def _revision(row: sqlite3.Row) -> Revision:
    return Revision(
        id=row["id"],
        article_id=row["article_id"],
        seen_at=instant(row["seen_at"]),
        replaced_at=instant(row["replaced_at"]),
        kind=Change(row["kind"]),
        title=row["title"],
        text=row["text"],
        verdict=Verdict(row["verdict"]),
    )


def _known(row: sqlite3.Row) -> KnownArticle:
    return KnownArticle(
        id=row["id"],
        canonical_url=row["canonical_url"],
        site=row["site"],
        title=row["title"],
        verdict=Verdict(row["verdict"]),
        text=row["text"],
        fingerprint=row["fingerprint"],
        duplicate_of=row["duplicate_of"],
        dated_at=instant(row["dated_at"]),
        language=row["language"],
    )


def _article(row: sqlite3.Row, sightings: tuple[Sighting, ...]) -> Article:
    return Article(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        byline=row["byline"],
        site=row["site"],
        language=row["language"],
        published_at=instant_or_none(row["published_at"]),
        published_from=row["published_from"],
        dated_at=instant(row["dated_at"]),
        archived_at=instant(row["archived_at"]),
        verdict=Verdict(row["verdict"]),
        reason=row["reason"],
        duplicate_of=row["duplicate_of"],
        text=row["text"] if "text" in row.keys() else "",  # noqa: SIM118  a Row iterates over its values
        sightings=sightings,
        modified_at=instant_or_none(row["modified_at"]),
        gone_at=instant_or_none(row["gone_at"]),
        score=row["score"],
        image=row["image"],
        section=row["section"],
        tags=tuple(json.loads(row["tags"])),
        agency=row["agency"],
    )

"""The program's own path of a text, from its words to what it is recorded as: a real archive, the real pipeline.

Only what recognising costs is timed: the shingles, the fingerprint, the look for walls, the sketch and the comparison
with what is there, reads and writes of the archive included. In between, as in the service and not timed, it is decided
what becomes of the entry, and the article is stored. The end of a transaction is timed whole, though pages of texts
are written with those of sketches and links. The full-text index would be written there as well, and has a benchmark of
its own: here it is set aside, and what it has to take up waits in its queue, as what another program writes does.
"""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from aggregator.archive import open_archive
from aggregator.decide import PageLook, decide_article
from aggregator.dedupe import shingles_of
from aggregator.models import ExtractedText, ParsedEntry, PendingEntry, Verdict
from aggregator.pipeline.duplicates import link_article
from aggregator.pipeline.walls import see_through_wall

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """One text that is published: `day` after the start, on `site`; "": on one of its own."""

    id: int  # 0, 1, 2 … in the order in which they are taken
    text: str
    title: str = ""
    site: str = ""
    day: float = 0.0


class Matcher:
    """An archive in a file that takes texts, and the processor time that recognising them took."""

    def __init__(self, path: Path) -> None:
        self._archive = open_archive(path, writable=True)
        self._archive.db.companion = None  # the full-text index
        self.seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def take(self, texts: list[Text]) -> None:
        """Archive the texts and find what each is to those before it; one transaction."""
        with self._archive.db.transaction(durable=False):
            for text in texts:
                self._take(text)
            started = time.process_time()
        self.seconds += time.process_time() - started

    def _take(self, text: Text) -> None:
        now = START + timedelta(days=text.day)
        look = _look(text, now)
        started = time.process_time()
        shingles = array("I", shingles_of(text.text).hashes)  # as workers make them
        look = replace(look, extracted=replace(look.extracted, shingles=shingles))
        look = see_through_wall(self._archive, look, None, now)
        self.seconds += time.process_time() - started
        article_id = self._archive.articles.record(decide_article(look, None, now))
        started = time.process_time()
        link_article(self._archive, article_id, look.extracted, now)
        self.seconds += time.process_time() - started
        if article_id != text.id + 1:
            raise ValueError(f"text {text.id} came out of turn")

    def originals(self) -> dict[int, int]:
        """Return the texts that are hidden: copy → the text that is shown for it."""
        rows = self._archive.db.rows("SELECT id, duplicate_of FROM articles WHERE duplicate_of IS NOT NULL")
        return {row[0] - 1: row[1] - 1 for row in rows}

    def related(self) -> list[tuple[int, int]]:
        rows = self._archive.db.rows("SELECT article_id, other_id FROM links WHERE tier = 'related'")
        return [(row[0] - 1, row[1] - 1) for row in rows]

    def copies(self) -> int:
        """Return how many articles are hidden."""
        return int(self._archive.db.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL"))

    def index_bytes(self) -> int:
        """Return what the index takes up in the file, half-empty pages and all."""
        return int(self._archive.db.value("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'sketches%'"))


def _look(text: Text, now: datetime) -> PageLook:
    """Return what reading the text's page brings, but for its shingles."""
    site = text.site or f"site-{text.id}.example"
    url = f"https://{site}/{text.id}"
    said = ParsedEntry(guid=url, link=url, title=text.title, published_at=now)
    entry = PendingEntry(
        0, 0, f"https://{site}/feed", site, said, url, "", shares_link=False, attempts=0, first_seen_at=now
    )
    extracted = ExtractedText(
        text.text, Verdict.FULL, title=text.title, site=site, published_at=now, published_from="page"
    )
    return PageLook(entry, None, extracted, arrived_at=url)

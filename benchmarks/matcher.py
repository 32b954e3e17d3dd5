"""The program's own path of a text, from its words to what it is recorded as: a real archive, the real pipeline.

Only what recognising costs is timed: the sketch, the fingerprint, the look for walls and the comparison with what is
there, reads and writes of the archive included. Recording and indexing the article itself happens in between, as in
the service, and is not timed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from aggregator.archive import open_archive
from aggregator.decide import PageLook, decide_article
from aggregator.dedupe import shingles_of, sketch_of
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
        self.seconds += time.process_time() - started  # what is written at the end is mostly rows of sketches

    def _take(self, text: Text) -> None:
        now = START + timedelta(days=text.day)
        started = time.process_time()
        look = see_through_wall(self._archive, _look(text, now), None, now)
        archived = decide_article(look, None, now)
        self.seconds += time.process_time() - started
        with self._archive.attempt():  # the end of it writes what the search index has gathered
            article_id = self._archive.articles.record(archived)
        started = time.process_time()
        link_article(self._archive, article_id, look.extracted.sketch, now)
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
    """Return what reading the text's page brings, its sketch made as workers make it."""
    site = text.site or f"site-{text.id}.example"
    url = f"https://{site}/{text.id}"
    said = ParsedEntry(guid=url, link=url, title=text.title, published_at=now)
    entry = PendingEntry(
        0, 0, f"https://{site}/feed", site, said, url, "", shares_link=False, attempts=0, first_seen_at=now
    )
    extracted = ExtractedText(
        text.text, Verdict.FULL, title=text.title, site=site, published_at=now, published_from="page",
        sketch=sketch_of(shingles_of(text.text)),
    )  # fmt: skip
    return PageLook(entry, None, extracted, arrived_at=url)

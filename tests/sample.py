"""A small archive made from our own web, which is still being served: what the docs' commands and examples run on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.models import Change, Edition, Kinship, Link, Shown, ShownAs, Tier
from tests.makers import LEASE, NOW, archived, article_text
from tests.newsroom import Newsroom, own
from tests.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive


@contextmanager
def sample(folder: Path) -> Iterator[Program]:
    """Yield the program in a folder where every step of the newsroom has been polled and archived."""
    with Newsroom(own.manifest()) as newsroom:
        program = Program(folder)
        program.follow(newsroom, own.STEPS)
        with open_archive(folder / "aggregator.db", writable=True) as archive:
            _correct(archive, article_id := _copied(archive))
            _relate(archive, article_id)
            _show_in_edition(archive, article_id)
        yield program


def edited(program: Program) -> int:
    """Return the id of the article that its publisher has corrected once, and that others have copied."""
    with open_archive(program.folder / "aggregator.db", writable=False) as archive:
        return _copied(archive)


def _copied(archive: Archive) -> int:
    return int(
        archive.db.value(
            """
            SELECT first.id FROM articles copy JOIN articles first ON first.id = copy.duplicate_of
            WHERE first.verdict = 'full' ORDER BY first.title, first.id LIMIT 1
            """
        )
    )


def _relate(archive: Archive, article_id: int) -> None:
    """Let another article have come in that is much like this one, and no copy."""
    other = int(archive.db.value("SELECT max(id) FROM articles"))
    link = Link(other, article_id, Tier.RELATED, 0.5, 0.7, added=40, removed=30, decided_at=NOW)
    archive.links.record(Kinship((link,)))


def _show_in_edition(archive: Archive, article_id: int) -> None:
    """Let a digest, which is not configured any more, have had an edition with the article in it."""
    shown = (Shown(article_id, ShownAs.STORY),)
    archive.editions.record(
        Edition("former", 1, NOW, NOW - timedelta(days=1), NOW, "Digest", article_id, 1, shown=shown), (), NOW
    )


def _correct(archive: Archive, article_id: int) -> None:
    """Let an article's publisher have changed a word, as a look for edits would have found."""
    article = archive.articles.get(article_id)
    assert article is not None
    archive.db.execute(
        "UPDATE entries SET next_try_at = '2000-01-01T00:00:00Z' WHERE article_id = ?", (article_id,)
    )
    entry = archive.entries.claim(NOW, limit=1, lease=LEASE)[0]
    first, _, rest = article.text.partition(" ")
    says = article_text(article.url, title=article.title, text=f"{first}, corrected, {rest}")
    archive.articles.record(
        archived(
            entry,
            replace(says, dated_at=article.dated_at),
            article_id=article_id,
            at=article.archived_at,
            keeps_revision=Change.CORRECTION,
        )
    )

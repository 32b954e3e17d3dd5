"""A small archive made from our own web, which is still being served: what the docs' commands and examples run on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.models import Change
from tests.makers import LEASE, NOW, archived, article_text
from tests.newsroom import Newsroom, own
from tests.test_cli import SETTINGS, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive


@contextmanager
def sample(folder: Path) -> Iterator[Program]:
    """Yield the program in a folder where every step of the newsroom has been polled and archived."""
    with Newsroom(own.manifest()) as newsroom:
        program = Program(folder)
        program.configure(SETTINGS, newsroom.opml())
        for step in range(own.STEPS):
            newsroom.step = step
            program.run("poll", "--force")
            program.run("archive")
        with open_archive(folder / "aggregator.db", writable=True) as archive:
            _correct(archive, _copied(archive))
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

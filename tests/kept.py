"""An archive of pages that an older program has read, and the installed program beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.models import Page
from tests.makers import LEASE, NOW, archived, article_text, plan, said, visit
from tests.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.archive import Archive

FEED = "https://a.example/feed"


def story(about: str) -> str:
    return "\n\n".join(
        f"In paragraph {n} the divers of Nordhaven tell how they looked for the {about}, what they found below the"
        f" quay, and why the harbour master, who had waited {n} hours in the rain, did not believe a word of it."
        for n in ("one", "two", "three", "four", "five")
    )


def kept(folder: Path, pages: int) -> Program:
    """Return the program beside an archive of so many pages that an older one has read."""
    program = Program(folder, "[service]\nworkers = 2\n")
    with open_archive(program.path, writable=True) as archive:
        fill(archive, pages)
    return program


def fill(archive: Archive, pages: int) -> None:
    """Archive pages as an older program did: with the words of the menu above each text."""
    archive.feeds.apply_plan(plan(FEED), NOW)
    feed = archive.feeds.claim(NOW, limit=1, lease=LEASE)[0]
    with archive.transaction():
        archive.visits.record([visit(feed, *(said(f"n{number}") for number in range(pages)))])
        while claimed := archive.entries.claim(NOW, limit=500, lease=LEASE):
            for entry in claimed:
                text = story(entry.parsed.guid)
                html = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
                html = f"<title>A title</title><body><nav>Home</nav><article><h1>A title</h1>{html}</article></body>"
                url = entry.parsed.link
                page = Page(url, url, 200, {"content-type": "text/html"}, html.encode(), NOW)
                archive.articles.record(archived(entry, article_text(url, text=f"Home\n\n{text}"), page=page))

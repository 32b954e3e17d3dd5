"""An archive of pages that an older program has read, and the installed program beside it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.models import Page
from tests.makers import LEASE, NOW, archived, article_text, plan, said, visit

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


class Program:
    """The installed program beside an archive of so many pages that an older one has read."""

    def __init__(self, folder: Path, pages: int) -> None:
        self.path = folder / "aggregator.db"
        (folder / "config.toml").write_text("[service]\nworkers = 2\n", encoding="utf-8")
        with open_archive(self.path, writable=True) as archive:
            fill(archive, pages)
        self.folder = folder
        self.environ = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "aggregator", *words],
            cwd=self.folder, env=self.environ, text=True, encoding="utf-8", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        with self.start(*words) as running:
            out, err = running.communicate(timeout=300)
        assert "Traceback" not in err, err
        return running.returncode, out, err

    def count(self, condition: str) -> int:
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as shell:
            found: int = shell.execute(f"SELECT count(*) FROM {condition}").fetchone()[0]
        shell.close()
        return found


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

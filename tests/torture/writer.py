"""A writer for suite powercut: works on an archive as the loops do, and says what may be counted on."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import back_up, open_archive
from aggregator.models import Change, Page
from tests.makers import LEASE, NOW, archived, article_text, plan, said, visit
from tests.torture.growing import story

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.archive import Archive

    CountOn = Callable[..., None]

FEED = "https://a.example/feed"
EACH = 4  # entries a round


def main() -> None:
    folder, rounds, checkpoint, synchronous = (
        Path(sys.argv[1]),
        int(sys.argv[2]),
        int(sys.argv[3]),
        sys.argv[4],
    )
    acks = os.open(folder / "acks", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def count_on(*what: str) -> None:
        os.write(acks, (" ".join(what) + " ").encode())

    archive = open_archive(folder / "aggregator.db", writable=True)
    archive.feeds.apply_plan(plan(FEED), NOW)
    for turn in range(rounds):
        if turn % 7 == 0:  # a restart: the log is folded into the file and removed
            archive.close()
            archive = open_archive(folder / "aggregator.db", writable=True)
            archive.db.connection.execute(f"PRAGMA wal_autocheckpoint = {checkpoint}")
        _round(archive, turn, count_on, synchronous)
        if turn % 20 == 11:
            back_up(folder / "aggregator.db", folder / "backup.db")
            count_on("b")
        if turn % 20 == 15:
            archive.pruning.apply(NOW - timedelta(days=1), NOW - timedelta(days=1))
            archive.pruning.shrink()
    archive.close()


def _round(archive: Archive, turn: int, count_on: CountOn, synchronous: str) -> None:
    now = NOW + timedelta(hours=turn)
    archive.feeds.make_due(now)
    (feed,) = archive.feeds.claim(now, limit=1, lease=LEASE)
    archive.feeds.mark_asked(feed.id, now, now)
    # the archive waits for the disk from here on, so that it need not say so again
    with archive.transaction():
        archive.db.connection.execute("SELECT 1")
    archive.db.connection.execute(f"PRAGMA synchronous = {synchronous}")
    new = [f"n{turn * EACH + number}" for number in range(EACH)]
    archive.visits.record([visit(feed, *(said(guid) for guid in new), at=now)])
    count_on(*(f"e{guid}" for guid in new))
    for entry in archive.entries.claim(now, limit=99, lease=LEASE):
        number = int(entry.parsed.guid[1:])
        text = "\n\n".join(story(0, number))
        url = entry.parsed.link
        page = Page(url, url, 200, {"content-type": "text/html"}, f"<p>{text}</p>".encode() * 3, now)
        says = article_text(url, title=f"Number {number}", text=text)
        archive.articles.record(archived(entry, says, page=page, at=now))
        count_on(f"a{entry.parsed.guid}")
    if turn % 3 == 2:
        _edit(archive, turn, count_on)


def _edit(archive: Archive, turn: int, count_on: CountOn) -> None:
    past = archive.rereads.past(turn)
    assert past is not None
    says = article_text(past.url, title="Corrected", text="\n\n".join(story(1, turn)))
    archive.articles.record(
        archived(
            past.entry, says, article_id=turn, keeps_revision=Change.SUBSTANCE, at=NOW + timedelta(hours=turn)
        )
    )
    (newest,) = archive.db.rows("SELECT max(id) FROM revisions")
    count_on(f"r{newest[0]}")


if __name__ == "__main__":
    main()

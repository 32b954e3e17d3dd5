"""Archives for tests of asking: articles are named, the rest is filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.makers import LEASE, NOW, archived, article_text, plan, said, visit

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive

FEED = "https://a.example/feed"


def put(
    archive: Archive, name: str, title: str = "A title", text: str = "", *, at: datetime = NOW, feed: str = FEED,
    **facts: object,
) -> int:  # fmt: skip
    """Archive one article, announced by `feed` at `at`; return its id."""
    if feed not in {known.url for known in archive.feeds.all()}:
        archive.feeds.apply_plan(plan(feed), at)
    home = next(known for known in archive.feeds.all() if known.url == feed)
    archive.visits.record([visit(home, said(name, title=title), at=at)])
    claimed = archive.entries.claim(at, limit=100, lease=LEASE)
    entry = next(entry for entry in claimed if entry.parsed.guid == name)
    says = article_text(entry.parsed.link, title=title, text=text or f"Of {title}.", dated_at=at)
    return archive.articles.record(archived(entry, replace(says, **facts), at=at))  # type: ignore[arg-type]

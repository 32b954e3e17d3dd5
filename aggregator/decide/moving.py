"""What becomes of an entry that another program kept: an article of the words that it kept, dated as it was.

An article made here was kept since the other program had it: `archived_at` says so, and no digest of today takes ten
years of history for news. Our own text is never replaced by what was kept elsewhere, by the rule that holds everywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.decide.articles import PageLook, decide_article, is_read, sighted_again

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.models import Archived, KnownArticle


def decide_moved(
    look: PageLook,
    current: KnownArticle | None,
    now: datetime,
    kept_at: datetime | None,
    ask_at: datetime | None,
) -> Archived:
    """Return what becomes of a look that had no page.

    `current` is the article at the entry's address, `kept_at` when the other program had it first, `ask_at` when its
    page is to be asked for; None: never.
    """
    if current is not None and is_read(current):
        return sighted_again(look.entry, current, now)
    archived = decide_article(look, current, now)
    if archived.article_id is None and kept_at is not None:
        archived = replace(archived, at=min(kept_at, now))
    return replace(archived, retry_at=ask_at)

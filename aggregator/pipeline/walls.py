"""Pages that show one text instead of many articles: seen through, and taken back where they were believed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.decide import addresses_of_look, fingerprint_of_look, is_wall_look, seen_as
from aggregator.dedupe import is_one_site
from aggregator.pipeline.duplicates import part_from_walls
from aggregator.reading import behind_wall
from aggregator.urls import site_of

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.decide import PageLook
    from aggregator.models import KnownArticle

REASON = "a wall: many addresses of the site show the same text"
log = logging.getLogger("aggregator")


def see_through_wall(
    archive: Archive, look: PageLook, current: KnownArticle | None, now: datetime, *, marks: bool = True
) -> PageLook:
    """Return the look as it is, or as one at a wall if its text stands under many headlines of its site.

    The articles that were taken for full with that text are asked for again, if `marks`; part of the caller's
    transaction.
    """
    fingerprint = fingerprint_of_look(look) if look.arrived_at else ""
    twins = archive.articles.with_fingerprint(fingerprint)
    if not twins:
        return look
    site = look.extracted.site or site_of(look.arrived_at)
    article = seen_as(look, fingerprint, site, addresses_of_look(look)[0], current.id if current else 0)
    if not is_wall_look(look, article, twins):
        return look
    if marks:
        part_from_walls(archive, [twin for twin in twins if is_one_site(article, twin)], REASON, now)
        log.warning("wall site=%s articles=%d", site, len(twins))
    walled = behind_wall(look.entry.parsed, REASON)
    return replace(look, extracted=walled.extracted, wants_retry=True, arrived_at="", page=walled.page)

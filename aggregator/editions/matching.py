"""The one place in which a digest asks the search: which articles a query finds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.query import parse_query

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive


def matching(archive: Archive, typed: str, now: datetime) -> frozenset[int]:  # noqa: ARG001 - for words such as "today"
    """Return the ids of all articles that a query finds."""
    return frozenset(archive.index.ids(replace(parse_query(typed), limit=-1)))

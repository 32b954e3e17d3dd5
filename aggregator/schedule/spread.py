"""Asking for very many old pages without a rush: the pages of a host one after another, and room for the news between.

A host's whole past can be tens of thousands of pages. They are asked for far below what the host budget allows, so that
what is announced today need not wait behind them, and the publisher hardly notices.
"""

from __future__ import annotations

from datetime import datetime, timedelta

BETWEEN = timedelta(seconds=30)  # two old pages of one host: at most 2,880 a day
LATEST = timedelta(days=30)  # what would come later comes then, at the pace of the host budget


class Spread:
    """Deals out moments, host by host."""

    def __init__(self, now: datetime) -> None:
        """Begin at `now`."""
        self._now = now
        self._given: dict[str, int] = {}

    def next(self, host: str) -> datetime:
        """Return when the next old page of this host may be asked for."""
        before = self._given.get(host, 0)
        self._given[host] = before + 1
        return self._now + min(before * BETWEEN, LATEST)

"""The memory of sites: what the pages of a host have taught about where text stands in its markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aggregator.archive.instants import stamp
from aggregator.models import SiteMemory

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive.db import Database

MOST_BYTES = 128 * 1024  # of one host's memory; `extract.learn` keeps well below, or what it says is not kept
MOST_READ = 24  # hosts whose memory is held as it was read, 0.2 MB each: their pages come one after another


class SiteShelf:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._read: dict[str, tuple[str, SiteMemory]] = {}  # host → as it is kept, and what that says

    def memory(self, host: str) -> SiteMemory:
        """Return what is known of a host's pages; an empty memory if that is nothing."""
        return self._memory_in(self._db, host)

    def committed(self, host: str) -> SiteMemory:
        """Return what was known when the last transaction ended: a thread that asks waits for none that is under way.

        Else those that read pages would stand still, and the workers with them, while articles are recorded.
        """
        return self._memory_in(self._db.beside(), host)

    def _memory_in(self, db: Database, host: str) -> SiteMemory:
        row = db.row("SELECT memory FROM sites WHERE host = ?", (host,))
        return self._meant(host, row["memory"]) if row is not None else SiteMemory(host)

    def _meant(self, host: str, text: str) -> SiteMemory:
        """Return what a memory says; reading it takes ten times as long as seeing that it is the one of before."""
        known = self._read.get(host)
        if known is not None and known[0] == text:
            return known[1]
        memory = _memory(host, text)
        self._hold(host, text, memory)
        return memory

    def _hold(self, host: str, text: str, memory: SiteMemory) -> None:
        """Hold a memory as it was read. Any thread may come by: what another one drops is read again."""
        self._read.pop(host, None)
        self._read[host] = text, memory
        for oldest in list(self._read)[:-MOST_READ]:
            self._read.pop(oldest, None)

    def keep(self, memory: SiteMemory, at: datetime) -> None:
        """Keep a host's memory in the place of the one before. `extract.learn` makes it, where pages are recorded."""
        text = _text(memory)
        if not memory.host or len(text) > MOST_BYTES:
            return
        self._db.execute(
            """
            INSERT INTO sites (host, memory, pages, changed_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (host) DO UPDATE SET memory = excluded.memory, pages = excluded.pages,
                changed_at = excluded.changed_at
            """,
            (memory.host, text, memory.pages, stamp(at)),
        )
        self._hold(memory.host, text, memory)


class _Kept(msgspec.Struct):
    pages: int
    templated: int
    blocks: dict[str, tuple[int, int]]
    lines: dict[str, int]


_KEPT = msgspec.json.Decoder(_Kept)


def _text(memory: SiteMemory) -> str:
    kept = _Kept(memory.pages, memory.templated, dict(memory.blocks), dict(memory.lines))
    return msgspec.json.encode(kept).decode()


def _memory(host: str, text: str) -> SiteMemory:
    """Read a memory; one that makes no sense (another hand was in the file) is none."""
    try:
        kept = _KEPT.decode(text)
    except msgspec.DecodeError:
        return SiteMemory(host)
    return SiteMemory(host, pages=kept.pages, blocks=kept.blocks, lines=kept.lines, templated=kept.templated)

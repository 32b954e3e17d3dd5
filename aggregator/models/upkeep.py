"""Records of the archive's upkeep: what was found, saved, removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the archive is not what was recorded."""

    of: str  # 'article', 'revision' or 'chain'
    row_id: int
    at: str  # when it was recorded; "" if it never was
    said: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How an archive compares with its chain."""

    links: int
    articles: int
    revisions: int
    head: str  # number and hash of the last link, to be noted down
    broken: int = 0
    breaks: tuple[Break, ...] = ()  # the first of them


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a verified copy of the archive holds."""

    bytes: int
    articles: int
    entries: int
    head: str  # of its chain


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of one table of a damaged file."""

    table: str
    rows: int  # in the new archive
    unreadable: int = 0  # rows of which a part is lost
    left_out: int = 0  # readable, but they fit nothing that could be saved


@dataclass(frozen=True, slots=True)
class SalvageReport:
    tables: tuple[Salvaged, ...]
    pages: int  # of the damaged file
    damaged_pages: int  # of which could not be used
    adopted_pages: int = 0  # found although nothing led to them any more
    stand_ins: Mapping[str, int] = field(default_factory=dict)  # lost rows that others need, by table
    changed: tuple[Break, ...] = ()  # articles and revisions whose text is not what was recorded


@dataclass(frozen=True, slots=True)
class PruneTier:
    """What a prune would remove, or has removed."""

    name: str  # 'pages' or 'visits'
    rows: int
    bytes: int  # about
    kept: int  # rows of the same age that stay, because something needs them


@dataclass(frozen=True, slots=True)
class Growth:
    """How fast the archive grows, from its last days."""

    days: float  # that were looked at
    articles: int
    bytes_per_day: float


@dataclass(frozen=True, slots=True)
class SetAside:
    """What bugs of ours have struck, and is tried again."""

    entries: int
    feeds: int
    articles: int  # of an older program, which cannot be compared with others
    example: str  # an address, or the id of an article; "" when there is nothing
    reason: str


@dataclass(frozen=True, slots=True)
class Leases:
    """Claims of workers: those that are under way, and those that nobody can hold any more."""

    held: int
    expired: int
    absurd: int  # further ahead than any lease

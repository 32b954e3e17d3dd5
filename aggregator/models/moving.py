"""What other programs kept, and what became of it here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.models.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One entry as another program kept it. Nothing is cleaned yet: text may be markup, links may be anything."""

    feed_url: str  # "" if the program does not say; then `site_url` may tell
    guid: str = (
        ""  # as the feed gave it; "sha256:" and hex digits where only its hash was kept; "": not known
    )
    link: str = ""
    title: str = ""
    author: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    kept_at: datetime | None = None  # when that program had it first; None: it does not say
    summary: str = ""
    content: str = ""
    is_text: bool = False  # summary and content are plain text, no HTML
    language: str = ""
    categories: tuple[str, ...] = ()
    enclosures: tuple[tuple[object, object, object], ...] = ()  # address, type, bytes
    site_url: str = ""


@dataclass(frozen=True, slots=True)
class Keepsake:
    """All that one file of another program holds."""

    program: str  # "newsboat", "reader" …
    subscriptions: tuple[Subscription, ...] = ()
    entries: Iterable[KeptEntry] = ()  # those of one feed together; may be read from the file bit by bit
    count: int = 0  # how many entries there are
    left_out: tuple[str, ...] = ()  # what cannot be taken over, one line a kind


@dataclass(frozen=True, slots=True)
class MovedIn:
    """What became of some entries that another program kept."""

    new: int = 0
    known: int = 0  # were here already
    asked: int = 0  # of those, whose pages are asked for from now on
    unreadable: int = 0  # cleaning them was given up
    homeless: int = 0  # nobody says of which feed they are
    paused: int = 0  # feeds that are not followed, and are here for their entries only

    def __add__(self, other: MovedIn) -> MovedIn:
        return MovedIn(
            self.new + other.new,
            self.known + other.known,
            self.asked + other.asked,
            self.unreadable + other.unreadable,
            self.homeless + other.homeless,
            self.paused + other.paused,
        )

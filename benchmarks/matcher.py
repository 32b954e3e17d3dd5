"""The path of a text from its words to its tier, as in the archive: sketch, index, a closer look at the best few.

Every text is compared to what came before it, once, and to the original of a family rather than to each copy.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from aggregator.archive.db import Database
from aggregator.archive.sketches import SCHEMA, SketchShelf
from aggregator.dedupe import Tier, are_on_subject, likeness, shingles_of, sketch_of, tier_of

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.dedupe import Shingles

LOOKS = 4  # families that are looked at closely
REMEMBERED = 128  # texts as they are compared: copies come close upon each other


@dataclass(frozen=True, slots=True)
class Text:
    id: int
    text: str
    title: str = ""
    site: str = ""
    day: float = 0.0


@dataclass(slots=True)
class Matcher:
    """An index in a file, what was found so far, and the processor time that it took."""

    path: Path
    original: dict[int, int] = field(default_factory=dict)  # copy → original
    related: list[tuple[int, int]] = field(default_factory=list)
    seconds: float = 0.0
    looks: int = 0
    texts: dict[int, Text] = field(default_factory=dict)
    _recent: OrderedDict[int, Shingles] = field(default_factory=OrderedDict)
    _db: Database = field(init=False)
    _shelf: SketchShelf = field(init=False)

    def __post_init__(self) -> None:
        self._db = Database(self.path, writable=True)
        for statement in SCHEMA:
            self._db.execute(statement)
        self._shelf = SketchShelf(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def take(self, texts: list[Text]) -> None:
        """Find what each text is to those before it, and make it findable; one transaction."""
        started = time.process_time()
        with self._db.transaction(durable=False):
            for text in texts:
                self._take(text)
        self.seconds += time.process_time() - started

    def _take(self, text: Text) -> None:
        shingles = shingles_of(text.text)
        sketch = sketch_of(shingles)
        found = self._shelf.candidates(sketch)
        families = dict.fromkeys(self.original.get(one.article_id, one.article_id) for one in found)
        for other in [family for family in families if family in self.texts][:LOOKS]:
            tier = self._tier(text, shingles, other)
            if tier is Tier.COPY:
                self.original[text.id] = other
                break
            if tier is Tier.RELATED:
                self.related.append((other, text.id))
        self._shelf.add(text.id, sketch)
        self.texts[text.id] = text
        self._remember(text.id, shingles)

    def _tier(self, text: Text, shingles: Shingles, other_id: int) -> Tier | None:
        self.looks += 1
        other = self.texts[other_id]
        known = self._recent.get(other_id) or shingles_of(other.text)
        self._remember(other_id, known)
        shorter = min(known, shingles, key=lambda one: len(one.distinct))
        return tier_of(
            likeness(known, shingles),
            text.day - other.day,
            one_site=bool(text.site) and text.site == other.site,
            on_subject=are_on_subject(other.title, text.title, shorter),
        )

    def _remember(self, text_id: int, shingles: Shingles) -> None:
        self._recent[text_id] = shingles
        self._recent.move_to_end(text_id)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)

    def forget(self, before: int) -> None:
        """Let go of texts that were taken before this one; in the archive they lie in the file."""
        while self.texts and (first := next(iter(self.texts))) < before:
            del self.texts[first]

    def index_bytes(self) -> int:
        """Return what the index takes up in the file, half-empty pages and all."""
        return int(self._db.value("SELECT sum(pgsize) FROM dbstat WHERE name = 'sketches'"))

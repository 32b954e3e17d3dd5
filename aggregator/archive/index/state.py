"""What the archive remembers of its index: by which rules it was made, and how far a new one has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aggregator.archive.index.weights import MEAN_LENGTH
from aggregator.terms import RULES

if TYPE_CHECKING:
    from aggregator.archive.db import Database


@dataclass(frozen=True, slots=True)
class State:
    rules: int = RULES
    mean: int = MEAN_LENGTH  # terms of an article, as the levels were worked out with
    generation: int = 1
    reached: int | None = None  # up to which id the next generation is filled; None: there is none
    next_mean: int = MEAN_LENGTH
    last: int = 0  # the id after which it is complete
    due: bool = False  # an article could not be indexed anew
    past: bool = False  # the tables of the generation before are still there

    @classmethod
    def of(cls, db: Database) -> Self:
        rows = db.connection.execute("SELECT name, value FROM index_state").fetchall()
        return cls(**{row[0]: row[1] for row in rows})

    @property
    def is_idle(self) -> bool:
        return self.reached is None and not self.past

    @property
    def is_due(self) -> bool:
        return self.rules != RULES or bool(self.due)


def remember(db: Database, **facts: int | None) -> None:
    """Set what is remembered; None forgets it."""
    with db.transaction():
        for name, value in facts.items():
            if value is None:
                db.connection.execute("DELETE FROM index_state WHERE name = ?", (name,))
            else:
                db.connection.execute(
                    "INSERT INTO index_state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    (name, value),
                )

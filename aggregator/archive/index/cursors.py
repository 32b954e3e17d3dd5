"""Cursors: where a page of hits ended, and what of the archive its list was made of.

What was archived after the first page is left out of the next ones, so that nothing moves while somebody reads.
"""

from __future__ import annotations

from dataclasses import dataclass

_PARTS = 6  # of a cursor at least


@dataclass(frozen=True, slots=True)
class Cursor:
    low: int  # ids of the index that were there at the first page
    high: int
    mean: int  # terms of a text
    shown: int  # hits so far
    key: tuple[float, ...]  # the place of the last one

    def __str__(self) -> str:
        return "_".join(f"{part:g}" if isinstance(part, float) else str(int(part)) for part in self._parts())

    def _parts(self) -> tuple[float, ...]:
        return (self.low, self.high, self.mean, self.shown, *self.key)


def read_cursor(text: str) -> Cursor | None:
    """Return the cursor that was written so; None for one that no hit has given."""
    try:
        parts = [float(part) if "." in part else int(part) for part in text.split("_")]
    except ValueError:
        return None
    if len(parts) < _PARTS:
        return None
    low, high, mean, shown = (int(part) for part in parts[:4])
    return Cursor(low, high, max(1, mean), shown, tuple(parts[4:]))

"""How the archive writes an instant: as text that reads well in any SQLite tool, and sorts as time does."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(instant: datetime | None) -> str | None:
    """Write an instant as the archive keeps it: UTC, whole seconds, so that text order is time order."""
    if instant is None:
        return None
    if instant.tzinfo is not UTC:  # nearly all are; this is done five times for each visit
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def instant(stamped: str) -> datetime:
    """Read an instant as the archive keeps it."""
    return datetime.fromisoformat(stamped)


def instant_or_none(stamped: str | None) -> datetime | None:
    return instant(stamped) if stamped else None

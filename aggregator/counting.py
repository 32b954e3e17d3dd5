"""How many there are of what, in words; and what a megabyte is, in settings, messages and limits alike."""

from __future__ import annotations

MB = 1_000_000  # bytes


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return "1 article", "1,204 articles"; `plural` where an s does not make one."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"

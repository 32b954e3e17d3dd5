"""The numbers by which a person names an article or a story, and what is said to one who typed something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from typing import Any

_LARGEST = 2**63 - 1  # SQLite's


class Id(click.IntRange):
    """A number from 1 that a command of ours shows."""

    name = "id"

    def __init__(self, shown_by: str) -> None:
        super().__init__(1, _LARGEST)
        self._shown_by = shown_by

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; tell where ids are shown if it is none."""
        text = str(value)
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST)) else 0
        if not 1 <= number <= _LARGEST:
            self.fail(f"{text!r} is not an id; `aggregator {self._shown_by}` shows the ids", param, ctx)
        return number


ARTICLE_ID, STORY_ID = Id("search"), Id("stories")

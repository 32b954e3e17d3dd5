"""What a benchmark says in the end: named figures, each beside its target, for people and for machines."""

from __future__ import annotations

import json
import operator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MEETS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Figure:
    name: str  # "what.measured", no spaces
    value: float
    unit: str
    op: str = ""  # ">=", "<=", …; "" for a figure without a target
    target: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.op or _MEETS[self.op](self.value, self.target)

    def __str__(self) -> str:
        line = f"figure {self.name} {self.value:.6g} {self.unit}"
        if not self.op:
            return line
        return f"{line} target {self.op} {self.target:.6g} {'ok' if self.ok else 'short'}"


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of both; 0 where nothing was right."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def report(figures: Iterable[Figure], json_file: Path | None = None) -> int:
    """Print the figures, write them to `json_file` if given, and return the exit code: 1 when one is short."""
    figures = list(figures)
    for figure in figures:
        print(figure)
    if json_file is not None:
        rows = [{**asdict(figure), "ok": figure.ok} for figure in figures]
        json_file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if all(figure.ok for figure in figures) else 1

"""The record of what a newsroom was asked, and the questions that tests put to it.

Rules of this file: one record a request, in the order of arrival; written by the server's thread alone and
read from any. It stands before the answer is on its way, so a client that has the answer can look it up.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Instants are of the monotonic clock, in seconds."""

    url: str  # true, in the manifest's spelling if it is there
    host: str  # true name
    path: str  # with the query, as it was sent
    headers: Mapping[str, str]  # names in lower case
    started: float
    method: str = "GET"
    step: int = 0
    status: int | None = None  # None: not answered (yet)
    ended: float | None = None  # None: still open
    bytes: int = 0  # of the answer, with its head

    @property
    def conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


class Ledger:
    def __init__(self) -> None:
        self._rows: dict[int, Asked] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def opened(self, row: Asked) -> int:
        number = next(self._numbers)
        with self._lock:
            self._rows[number] = row
        return number

    def closed(self, number: int, at: float, status: int | None, size: int) -> None:
        with self._lock:
            if number in self._rows:  # else it was forgotten meanwhile
                self._rows[number] = replace(self._rows[number], ended=at, status=status, bytes=size)

    def rows(self) -> tuple[Asked, ...]:
        with self._lock:
            return tuple(self._rows.values())

    def forget(self) -> None:
        with self._lock:
            self._rows = {}


def most_at_once(rows: Iterable[Asked]) -> int:
    """Return how many of these requests were open at the same instant at most."""
    edges: list[tuple[float, int]] = []
    for row in rows:
        edges.append((row.started, 1))
        if row.ended is not None:
            edges.append((row.ended, -1))
    return max(itertools.accumulate(change for _, change in sorted(edges)), default=0)

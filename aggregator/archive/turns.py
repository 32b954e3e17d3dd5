"""Whose turn it is: so many of each host and so many in all, while candidates are looked at in their order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Turns:
    """Fills up in one pass; candidates of a host that has enough are passed over."""

    def __init__(self, per_host: int, limit: int, busy: Mapping[str, int]) -> None:
        """Take how many of each host are under way already."""
        self.taken: list[int] = []
        self._per_host = per_host
        self._limit = limit
        self._of_host = Counter(busy)

    @property
    def are_over(self) -> bool:
        return len(self.taken) >= self._limit

    def has_one(self, host: str) -> bool:
        """Tell whether one more of a host may be taken; what has no host is nobody's burden."""
        return not host or self._of_host[host] < self._per_host

    def take(self, host: str, id_: int) -> None:
        self._of_host[host] += 1
        self.taken.append(id_)

"""Whose turn it is: so many of each host and so many in all, while candidates are looked at in their order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of each host at once, with those that are leased already: one that has many feeds or pages does not fill a batch and
# hold back the rest, and what is taken of it is done well within its lease.
PER_HOST = 8


class Turns:
    """Fills up in one pass; candidates of a host that has enough are passed over."""

    def __init__(self, limit: int, busy: Mapping[str, int]) -> None:
        """Take how many of each host are under way already."""
        self.taken: list[int] = []
        self._limit = limit
        self._of_host = Counter(busy)

    @property
    def are_over(self) -> bool:
        return len(self.taken) >= self._limit

    def has_one(self, host: str) -> bool:
        """Tell whether one more of a host may be taken; what has no host is nobody's burden."""
        return not host or self._of_host[host] < PER_HOST

    def take(self, host: str, id_: int) -> None:
        self._of_host[host] += 1
        self.taken.append(id_)

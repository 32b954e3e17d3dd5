"""Is the network away, or only this feed? When nobody answers, no feed is blamed.

Pure: looks go in as they come, and come out when it is known whom to blame. A look that reached nobody is held
back until somebody else answers (then it was the feed) or the round ends. Then it was the network if since the last
answer at least `DISTINCT` hosts that used to answer could not be reached; unless a feed was excused before and
others have answered since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.models import Failure, FailureKind, Outcome
from aggregator.urls import host_of

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.models import Feed, Response

DISTINCT = 5
_NOBODY = frozenset((FailureKind.DNS, FailureKind.CONNECT, FailureKind.TIMEOUT))
_NOT_ASKED = frozenset((FailureKind.HELD, FailureKind.BAD_URL, FailureKind.FORBIDDEN_ADDRESS))


def reached_nobody(answer: Response | Failure) -> bool:
    return isinstance(answer, Failure) and answer.kind in _NOBODY


@dataclass
class Outage:
    """What is known of the network; lives as long as the program."""

    last_answer_at: datetime | None = None
    # since the last answer: hosts that used to answer and could not be reached, feeds that were blamed for it
    _silent: set[str] = field(default_factory=set)
    _blamed: set[int] = field(default_factory=set)

    def note(self, feed: Feed, answer: Response | Failure, at: datetime) -> None:
        if reached_nobody(answer):
            if not feed.failures:
                self._silent.add(host_of(feed.url))
        elif not (isinstance(answer, Failure) and answer.kind in _NOT_ASKED):
            self.last_answer_at = at
            self._silent.clear()
            self._blamed.clear()

    @property
    def is_proven_up(self) -> bool:
        """Tell whether the last that was heard of the network is an answer."""
        return self.last_answer_at is not None and not self._silent

    def blame(self, feed: Feed) -> None:
        self._blamed.add(feed.id)

    def take_wrongly_blamed(self) -> list[int]:
        """Return, once, the feeds that were blamed before it was seen that the network is away."""
        if len(self._silent) < DISTINCT:
            return []
        blamed, self._blamed = sorted(self._blamed), set()
        return blamed

    def excuses(self, feed: Feed) -> bool:
        """Tell whether a feed that could not be reached is to be excused."""
        if len(self._silent) < DISTINCT:
            return False
        excused_at = feed.last_visit_at if feed.last_outcome == Outcome.OFFLINE else None
        return excused_at is None or self.last_answer_at is None or self.last_answer_at <= excused_at

"""A scene: one publisher, one clock, one archive; and what no scene may show, whatever it plays.

The standing rules: a request says who asks and brings nothing else along (no cookie, no referrer, no credentials);
a validator goes back only to the address that gave it, byte for byte; the same feed is never asked twice within its
minimum interval.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks.publisher import Asked, Exchange, Publisher
from benchmarks.reader import Reader
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)  # a Monday
INTERVAL = timedelta(minutes=60)
AGENT = re.compile(r"^\S+/\S+ \(\+https?://[^ ]+\)$")
UNWANTED = ("cookie", "referer", "authorization", "proxy-authorization")
# The figures of the suite, each a count of breaches.
KINDS = """
    unconditional_extra early validators_wrong headers_wrong parallel_beyond_budget spacing_short moves_wrong
    states_wrong blamed missed
""".split()


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that was broken, with the evidence in one line."""

    kind: str  # one of `KINDS`: the figure in which it counts
    evidence: str


class Scene:
    """`with Scene() as scene: scene.publisher.serve(…); with scene.reader() as reader: …`."""

    def __init__(self) -> None:
        self.clock = Clock(START)
        self.publisher = Publisher(self.clock)
        self.may_be_shared: set[str] = set()  # places that several feeds lead to
        self.holds = False  # for answerings that may keep their answer back

    def __enter__(self) -> Self:
        self._open = ExitStack()
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="aggregator-scene-")))
        self._open.enter_context(self.publisher)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def reader(self, **wanted: Any) -> Reader:
        return Reader(self.folder, self.clock, **wanted)

    def standing_breaches(self) -> Iterator[Breach]:
        log = self.publisher.log
        yield from wrong_headers(log)
        yield from strange_validators(log)
        for place in sorted({each.asked.place for each in log} - self.may_be_shared):
            if place.endswith(".xml"):
                yield from early(self.publisher.to(place), INTERVAL, "the minimum interval")


def wrong_headers(log: Iterable[Exchange]) -> Iterator[Breach]:
    for asked in (each.asked for each in log):
        agent = asked.headers.get("user-agent", "")
        if not AGENT.match(agent):
            yield Breach("headers_wrong", f"{shown(asked)}: User-Agent {agent!r}")
        if "gzip" not in asked.headers.get("accept-encoding", ""):
            yield Breach("headers_wrong", f"{shown(asked)}: offers no gzip")
        for name in UNWANTED:
            if name in asked.headers:
                yield Breach("headers_wrong", f"{shown(asked)}: brings {name}")


def strange_validators(log: Iterable[Exchange]) -> Iterator[Breach]:
    """Yield a breach for every validator that this address never gave."""
    given: dict[str, set[str]] = {}
    for each in log:
        asked = each.asked
        ours = given.setdefault(asked.place, set())
        for sent in (asked.etag, asked.since):
            if sent and sent not in ours:
                elsewhere = any(sent in theirs for theirs in given.values())
                whose = "given by another address" if elsewhere else "given by nobody"
                yield Breach("validators_wrong", f"{shown(asked)}: {sent[:60]!r} was {whose}")
        ours |= {each.said.headers.get(name, "") for name in ("ETag", "Last-Modified")}


def early(asked: list[Asked], first: timedelta, why: str, later: timedelta | None = None) -> Iterator[Breach]:
    """Yield a breach for every request that came too soon: `first` after the first, `later` after the others."""
    for number, (before, after) in enumerate(pairwise(asked)):
        bound = first if later is None or number == 0 else later
        if after.at - before.at < bound:
            gap = after.at - before.at
            yield Breach("early", f"{shown(after)}: {gap} after the last, {why} says {bound}")


def shown(asked: Asked) -> str:
    return f"{asked.place} at {asked.at:%a %d %H:%M:%S}"

"""What the two loops need from the world: all of it comes in here, as an argument."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from aggregator.errors import ParseError, ProgramChangedError
from aggregator.models import Access, Crash
from aggregator.outage import Outage
from aggregator.schedule import Rechecks, scale_for
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import Failure, Request, Response
    from aggregator.schedule import Rhythm

log = logging.getLogger("aggregator")
NO_RECHECKS = Rechecks()
_NO_ACCESS = Access()  # nothing that the user has set
T = TypeVar("T")
R = TypeVar("R")

CAPACITY = 256  # under way at once, on one host `archive.turns.PER_HOST`: each is done well within its lease
LEASE = timedelta(minutes=15)


class Fetch(Protocol):
    def __call__(self, request: Request) -> Response | Failure: ...


class Work(Protocol):
    """Run a pure function in a worker process."""

    def __call__(self, func: Callable[..., Any], *args: Any) -> Any: ...


class Crew(Protocol):
    """Run a function on many items at once, one at a time for each host, fetching more items as there is room."""

    def keep_busy(
        self,
        func: Callable[[T], R],
        more: Callable[[int], Sequence[T]],
        key: Callable[[T], str],
        capacity: int,
    ) -> Iterator[list[R]]: ...


class Budget(Protocol):
    """Knows which hosts want to be left alone, and for how many seconds."""

    def holds(self) -> dict[str, float]: ...

    def restore(self, holds: Mapping[str, float]) -> None: ...


class NoBudget:
    """For a web that needs no manners."""

    def holds(self) -> dict[str, float]:
        return {}

    def restore(self, holds: Mapping[str, float]) -> None:
        pass


class Pricing:
    """Keeps the price of a request such that all feeds together keep within the user's budget."""

    FRESH_FOR = timedelta(minutes=15)

    def __init__(self, requests_per_day: float = 0.0) -> None:
        """Take the budget, requests a feed and day in the mean; 0: every feed at the same interval."""
        self._budget = requests_per_day
        self._priced: tuple[datetime, float] | None = None

    def at(self, rhythm: Rhythm, archive: Archive, now: datetime) -> Rhythm:
        """Return the rhythm with the price of the moment."""
        if not self._budget:
            return rhythm
        if self._priced is None or not timedelta(0) <= now - self._priced[0] < self.FRESH_FOR:
            price = scale_for(archive.feeds.weights(), self._budget, rhythm.interval, rhythm.longest)
            self._priced = (now, price)
        return replace(rhythm, price=self._priced[1])


@dataclass(frozen=True, slots=True)
class Tools:
    """The means by which the loops touch the world."""

    archive: Archive
    fetch: Fetch
    work: Work
    crew: Crew
    clock: Callable[[], datetime]
    rhythm: Rhythm
    outage: Outage = field(default_factory=Outage)
    budget: Budget = field(default_factory=NoBudget)
    pricing: Pricing = field(default_factory=Pricing)
    rechecks: Rechecks = NO_RECHECKS  # whose pages are looked at again
    accesses: Mapping[str, Access] = field(default_factory=dict)  # by the feed's address in the settings

    def access_to(self, url: str, former_urls: Sequence[str] = ()) -> Access:
        """Return how a feed is asked, by its address or one that it had.

        A feed that has moved to another host is asked there without what was told us for the first; only the proxy
        stays, as it does on a redirect.
        """
        known = next((known for known in (url, *former_urls) if known in self.accesses), "")
        if not known:
            return _NO_ACCESS
        access = self.accesses[known]
        return access if host_of(known) == host_of(url) else Access(proxy=access.proxy)


def tell(level: int, event: str, *, trace: BaseException | None = None, **context: object) -> None:
    """Log one event with what is known of it; what is not ("" or None) is left out."""
    if not log.isEnabledFor(level):
        return
    known = {name: value for name, value in context.items() if value not in {"", None}}
    keys = [f"{name}={'%r' if name == 'error' else '%s'}" for name in known]
    log.log(level, " ".join([event, *keys]), *known.values(), exc_info=trace)


def keep_holds(tools: Tools) -> None:
    """Remember which hosts want to be left alone; a restart does not change their mind."""
    if holds := tools.budget.holds():
        tools.archive.holds.keep(holds, tools.clock())


def run(work: Work, func: Callable[..., Any], *args: Any, of: str) -> Any:
    """Have a document read; a bug of ours in reading it is seen in the log, and costs this document only.

    `of` is how the log calls the document: an address, or what there is instead.
    """
    try:
        return work(func, *args)
    except (ParseError, ProgramChangedError):
        raise
    except Exception as error:  # noqa: BLE001  else one document would keep all others from being read, for ever
        tell(logging.ERROR, "a bug while reading a document", trace=error, of=of)
        return Crash(f"a bug of ours: {error!r}")

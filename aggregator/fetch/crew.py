"""Threads that work through many items without ever waiting for a host while another one could be asked.

Items of one key (a host) run one after the other in their order; keys whose turn has come run side by side,
but of one registered domain no more than its budget lets through, so that a platform of a thousand blogs never
fills all the threads. Items of a host on hold run at once: they are refused without delay, and nobody waits.
The threads are daemons: a download that hangs never keeps the interpreter from ending.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aggregator.domains import registered_domain
from aggregator.fetch.budget import PER_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.fetch.budget import HostBudget

T = TypeVar("T")
R = TypeVar("R")

_LOOK_AGAIN_S = 60.0  # at a host that pauses for longer: that may have changed
_CROWDED_S = 0.1  # look again so soon at a host whose domain has as many items under way as it may
# so often, and so long each time, is waited for company of a result: recording ten costs little more than recording one
_GATHERINGS, _GATHER_S = 5, 0.02
_AHEAD = 4  # results for each thread that may wait for the consumer: a page can be 10 MiB


class Crew:
    """Up to `threads` threads for each `keep_busy`. `stop` is for ever, and may come from anywhere."""

    def __init__(self, threads: int, budget: HostBudget | None = None) -> None:
        self._threads = threads
        self._ready_in = budget.ready_in if budget else _always_ready
        self._stopped = threading.Event()
        self._shifts: set[_Shift[Any, Any]] = set()

    def keep_busy(
        self,
        func: Callable[[T], R],
        more: Callable[[int], Sequence[T]],
        key: Callable[[T], str],
        capacity: int,
    ) -> Iterator[list[R]]:
        """Yield the results of `func` in batches: each time all that have come since the last, at least one.

        `more(room)` is called here, in the consumer's thread, whenever half of `capacity` is free, and says what
        to do next; the work ends when it has nothing and nothing is under way. So one slow host never keeps the
        others waiting for the end of a batch. Threads pause while the consumer is behind. An exception in `func`
        is raised here, and nothing further is begun. After `stop`, what has come is yielded and the iteration
        ends; what still runs is neither waited for nor yielded.
        """
        shift = _Shift(func, more, key, self._ready_in, self._threads, capacity)
        self._shifts.add(shift)
        try:
            if not self._stopped.is_set():
                yield from shift.batches()
        finally:
            shift.stop()
            self._shifts.discard(shift)

    def stop(self) -> None:
        """Begin nothing more, in this or any later `keep_busy`."""
        self._stopped.set()
        for shift in list(self._shifts):
            shift.stop()


def _always_ready(_host: str) -> float:
    return 0.0


class _Shift(Generic[T, R]):
    """One `keep_busy`: the items that wait, by key; when each idle key is worth a look; results not yet seen."""

    def __init__(
        self,
        func: Callable[[T], R],
        more: Callable[[int], Sequence[T]],
        key: Callable[[T], str],
        ready_in: Callable[[str], float],
        threads: int,
        capacity: int,
    ) -> None:
        self._func = func
        self._more = more
        self._key = key
        self._ready_in = ready_in
        self._threads = threads
        self._capacity = capacity
        self._at_work = 0  # threads
        self._waiting: dict[str, deque[T]] = {}  # with the keys of items that are under way
        self._left = 0  # results that the consumer has not seen
        self._order = itertools.count()
        self._idle: list[tuple[float, int, str]] = []  # a heap of keys that can be taken
        self._running: Counter[str] = Counter()  # items under way, by domain
        self._results: list[R] = []
        self._error: BaseException | None = None
        self._stopped = False
        self._changed = threading.Condition()  # its lock is re-entrant: a signal may call `stop` inside it

    def _add(self, items: Sequence[T]) -> None:
        with self._changed:
            for item in items:
                name = self._key(item)
                if name not in self._waiting:
                    self._waiting[name] = deque()
                    heapq.heappush(self._idle, (time.monotonic(), next(self._order), name))
                self._waiting[name].append(item)
            self._left += len(items)
            missing = min(self._threads, len(self._waiting)) - self._at_work
            self._at_work += max(missing, 0)
            self._changed.notify_all()
        for _ in range(missing):
            threading.Thread(target=self._run, name="crew", daemon=True).start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def batches(self) -> Iterator[list[R]]:
        while True:
            if self._left <= self._capacity // 2 and not self._stopped:
                self._add(self._more(self._capacity - self._left))
            if not (self._left and (batch := self._next_batch())):
                return
            yield batch

    def _next_batch(self) -> list[R]:
        """Return what has come, or [] when nothing will."""
        with self._changed:
            while not (self._results or self._error or self._stopped):
                self._changed.wait()
            if self._error and not self._results:
                raise self._error
        for _ in range(_GATHERINGS):
            if self._is_alone():
                time.sleep(_GATHER_S)
        with self._changed:
            batch, self._results = self._results, []
            self._left -= len(batch)
            self._changed.notify_all()
            return batch

    def _is_alone(self) -> bool:
        """Tell whether few results have come, and more are on their way."""
        return len(self._results) < min(self._left, self._threads) and not (self._stopped or self._error)

    def _run(self) -> None:
        while (name := self._next_key()) is not None:
            try:
                result = self._func(self._waiting[name].popleft())
            except BaseException as e:  # noqa: BLE001  # it is raised again in the consumer's thread
                self._fail(e)
            else:
                self._finish(name, result)

    def _next_key(self) -> str | None:
        """Wait for a key whose turn has come and take it; None when there is nothing more to begin."""
        with self._changed:
            while self._waiting and not self._stopped:
                if (wait := self._until_next()) == 0:
                    name = heapq.heappop(self._idle)[2]
                    self._running[registered_domain(name)] += 1
                    return name
                self._changed.wait(wait)
            self._at_work -= 1
        return None

    def _until_next(self) -> float | None:
        """Return 0 if the first idle key can run, else the seconds to wait; None: until something changes."""
        while self._idle and len(self._results) < _AHEAD * self._threads:
            look_at, _, name = self._idle[0]
            now = time.monotonic()
            if look_at > now:
                return look_at - now
            if (pause := self._pause(name)) <= 0:
                return 0
            heapq.heapreplace(self._idle, (now + min(pause, _LOOK_AGAIN_S), next(self._order), name))
        return None

    def _pause(self, name: str) -> float:
        crowded = self._running[registered_domain(name)] >= PER_DOMAIN
        return max(self._ready_in(name), _CROWDED_S if crowded else 0.0)

    def _finish(self, name: str, result: R) -> None:
        domain = registered_domain(name)
        with self._changed:
            self._running[domain] -= 1
            if not self._running[domain]:
                del self._running[domain]
            self._results.append(result)
            if self._waiting[name]:
                look_at = time.monotonic() + min(self._ready_in(name), _LOOK_AGAIN_S)
                heapq.heappush(self._idle, (look_at, next(self._order), name))
            else:
                del self._waiting[name]
            self._changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._error = self._error or error
            self.stop()

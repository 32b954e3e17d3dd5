"""A bug that one feed, entry or article brings to light is seen, and keeps no other from being recorded.

Many are recorded in one transaction. When a bug takes that back, each is recorded in its own, and what the bug strikes
then is set aside, with its trace in the log. What is no bug (a full disk, a lock) ends the batch: it would strike the
next one as well.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from aggregator.errors import is_bug
from aggregator.pipeline.tools import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aggregator.archive import Archive

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Struck(Generic[T]):
    """What could not be looked at because of a bug."""

    item: T
    error: Exception


def guarded(look: Callable[[T], R]) -> Callable[[T], R | Struck[T]]:
    """Return a look that brings a bug back as what it struck, for a crew that ends at the first exception."""

    def guarded_look(item: T) -> R | Struck[T]:
        try:
            return look(item)
        except Exception as error:
            if not is_bug(error):
                raise
            return Struck(item, error)

    return guarded_look


def record_all(
    archive: Archive,
    items: Sequence[T],
    record: Callable[[Sequence[T]], list[R]],
    set_aside: Callable[[T, Exception], list[R]],
) -> list[R]:
    """Record items in one transaction and return what `record` returns; in one each if a bug takes that back.

    `set_aside` is called for what a bug strikes even then. Both run in a transaction, and `record` may be called again
    with what it was given before.
    """
    if not items:
        return []
    try:
        with archive.transaction():
            return record(items)
    except Exception as error:
        if not is_bug(error):
            raise
        batch_error = error
    results: list[R] = []
    is_found = False
    for item in items:
        try:
            with archive.transaction():
                results += record([item])
        except Exception as error:
            if not is_bug(error):
                raise
            is_found = True
            with archive.transaction():
                results += set_aside(item, error)
    if not is_found:  # it takes several of them together
        tell_bug("recording a batch; each was recorded by itself", batch_error)
    return results


def tell_bug(event: str, error: BaseException, **context: object) -> None:
    """Log what a bug has struck, with its trace; once for each time that it strikes."""
    tell(logging.ERROR, f"a bug while {event}", trace=error, **context)

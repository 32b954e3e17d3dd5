"""A digest made smaller until it fits: for letters, which mail programs cut when they are long.

What matters least goes first: the lines in brief, then the stories at the end of their sections. What is left out is
counted, so that no form pretends to be whole.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.models import Changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.models import Digest, Section

_STEPS = 12  # halvings: after them a section has no entry left


def fitting(digest: Digest, fits: Callable[[Digest], bool]) -> Digest:
    """Return the digest, or the largest of its shorter versions that fits; the shortest, if none does."""
    if fits(digest):
        return digest
    versions = list(_smaller(digest))
    return versions[min(bisect_left(versions, True, key=fits), len(versions) - 1)]


def _smaller(digest: Digest) -> Iterator[Digest]:
    most = max((len(s.brief) for s in digest.sections), default=0)
    for _ in range(_STEPS):
        most //= 2
        yield _with_brief(digest, most)
    bare = _with_brief(digest, 0)
    most = max((len(s.entries) for s in digest.sections), default=0)
    for most_told in range(most - 1, 0, -1):
        yield _with_entries(bare, most_told)
    yield replace(_with_entries(bare, 1), changes=Changes())
    sections = _with_entries(bare, 1).sections
    for count in range(len(sections) - 1, 0, -1):
        gone = sum(_stories(section) for section in sections[count:])
        kept = replace(bare, sections=_with_entries(bare, 1).sections[:count], changes=Changes())
        yield replace(kept, left_out=bare.left_out + gone)


def _with_brief(digest: Digest, most: int) -> Digest:
    return replace(
        digest,
        sections=tuple(
            replace(s, brief=s.brief[:most], left_out=s.left_out + max(0, len(s.brief) - most))
            for s in digest.sections
        ),
    )


def _with_entries(digest: Digest, most: int) -> Digest:
    return replace(
        digest,
        sections=tuple(
            replace(s, entries=s.entries[:most], left_out=s.left_out + max(0, len(s.entries) - most))
            for s in digest.sections
        ),
    )


def _stories(section: Section) -> int:
    return len(section.entries) + len(section.brief) + section.left_out

"""Files as a whole: is there room for another one, is it there whole, is it on the disk."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from aggregator.counting import MB
from aggregator.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SPARE = 16 * MB  # left free beside a copy: whoever asks for one goes on writing
_BESIDE = ("-wal", "-shm", ".lock")  # files that SQLite and we keep beside an archive


def to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def room_for(target: Path, size: int, what: str) -> None:
    """Make sure that so many bytes fit beside a file.

    Raises:
        ArchiveError: they do not, or there is no such folder.

    """
    try:
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise ArchiveError(f"{target.parent}: {error.strerror or error}; make the folder first") from error
    if free < size + SPARE:
        needed = (size + SPARE) // MB + 1
        raise ArchiveError(f"{what} needs {needed} MB of free disk at {target.parent}; nothing was changed")


@contextmanager
def half_made(target: Path, before: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Give a place beside the target; what was made there gets the target's name when the block ends well.

    `before` is called just before that.
    """
    half = target.with_name(f".{target.name}.part")
    try:
        _remove(half)
        yield half
        to_disk(half)
        before()
        half.replace(target)
        to_disk(target.parent)
    except OSError as error:
        raise ArchiveError(
            f"{target}: {(error.strerror or str(error)).lower()}; nothing was changed"
        ) from error
    finally:
        with suppress(OSError):  # where it cannot be removed it was never made
            _remove(half)


def _remove(half: Path) -> None:
    for ending in ("", *_BESIDE):
        half.with_name(half.name + ending).unlink(missing_ok=True)

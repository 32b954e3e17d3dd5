"""Files as a whole: is there room for another one, is it on the disk."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from aggregator.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

MB = 1024 * 1024
SPARE = 16 * MB  # left free beside a copy


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

"""The end of a file that others read as it grows: each text once, wherever an earlier try was cut off."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aggregator.deliver.files import flush_folder
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def append_once(path: Path, text: str, offset: int | None, note: Callable[[int], None]) -> None:
    """Put `text` at the end of a file, once: also when this was begun before and cut off at any instruction.

    `offset` is where an earlier try was going to begin, None if there was none; `note` records where this one does,
    durably, before anything is written. A part of the text that stands there is written over. Whoever else appends
    to the file between two tries is left alone: the text then comes behind.

    Raises:
        AggregatorError: the file cannot be written.

    """
    content = text.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            there = b"" if offset is None else os.pread(descriptor, len(content), offset)
            if there == content:
                return
            torn = (
                offset is not None and content.startswith(there) and offset + len(there) == _size(descriptor)
            )
            if offset is None or not torn:
                offset = _size(descriptor)
                note(offset)
            os.ftruncate(descriptor, offset)
            _write_all(descriptor, content, offset)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not offset:
            flush_folder(path.parent)
    except OSError as error:
        raise AggregatorError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def _size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size


def _write_all(descriptor: int, content: bytes, offset: int) -> None:
    written = 0
    while written < len(content):
        written += os.pwrite(descriptor, content[written:], offset + written)

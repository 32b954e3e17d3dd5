"""Where reports go: the end of a file, the standard input of a command. Mail is a seam that another room fills.

An edge: it knows texts, paths and programs, not searches. What comes from outside is never part of a command, only
of what the command reads.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

COMMAND_SECONDS = 60.0
_SAID = 200  # bytes of what a failing command said that are repeated


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
            _flush_folder(path.parent)
    except OSError as error:
        raise AggregatorError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def _flush_folder(folder: Path) -> None:
    """Make the name of a new file last through a power cut; some file systems cannot."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size


def _write_all(descriptor: int, content: bytes, offset: int) -> None:
    written = 0
    while written < len(content):
        written += os.pwrite(descriptor, content[written:], offset + written)


def run_command(command: Sequence[str], text: str, folder: Path, *, seconds: float = COMMAND_SECONDS) -> None:
    """Run a program, without a shell, with `text` on its standard input; whatever it started ends with it.

    Raises:
        AggregatorError: it cannot be started, took too long, or ended with another code than 0.

    """
    try:
        running = subprocess.Popen(  # noqa: S603  the user's own words, and no shell
            list(command), cwd=folder, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AggregatorError(f"{command[0]}: cannot be started: {reason}") from error
    with running:
        try:
            _, said = running.communicate(text.encode(), timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise AggregatorError(f"{command[0]}: took longer than {seconds:.0f} s and was ended") from error
        finally:
            with suppress(ProcessLookupError, PermissionError):  # it has ended by itself, and all it started
                os.killpg(running.pid, signal.SIGKILL)
    if running.returncode:
        told = said[:_SAID].decode("utf-8", "replace").strip().partition("\n")[0]
        raise AggregatorError(
            f"{command[0]}: ended with code {running.returncode}" + (f": {told}" if told else "")
        )

"""Files and streams.

A file appears whole or not at all, and a reader that has the
old one open keeps it: written beside its place, flushed to the disk, then renamed (POSIX rename is atomic).
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, TextIO

_MODE: Final = 0o644  # a digest is there to be read; the umask takes away what it must not give
_CURES: Final = {
    errno.EACCES: "permission denied; choose a folder that you may write to",
    errno.EPERM: "permission denied; choose a folder that you may write to",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EISDIR: "this is a folder; name a file in it",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.EEXIST: "a part of the path is a file, not a folder; choose another path",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_file(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all; missing folders are made.

    A link is followed to what it names; a device or a pipe cannot be replaced and is written to as it is.
    Raises `AggregatorError` if it cannot be done.
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:  # half a character, such as a shell passes on from another encoding
        told = text[error.start : error.end]
        raise AggregatorError(f"cannot write {path}: {told!r} is not text; type it in UTF-8") from error
    write_bytes(path, content)


def write_bytes(path: Path, content: bytes, *, mode: int = _MODE) -> None:
    """Write `content` to `path` as `write_file` writes text; a new file gets `mode`, less what the umask takes."""
    with open_file(path, mode=mode) as file:
        file.write(content)


@contextmanager
def open_file(path: Path, *, mode: int = _MODE) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes: the file appears when the block ends, and not at all if it raises.

    As `write_file` otherwise; an `OSError` inside the block counts as one of writing.
    """
    with told_plainly(path):
        target = Path(os.path.realpath(path))  # not Path.resolve: it raises RuntimeError on a loop of links
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            yield from _replacing(target, mode)


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn what the system says into one line that names the place and the cure."""
    try:
        yield
    except OSError as error:
        raise AggregatorError(f"cannot write {path}: {_cure(error)}") from error


def write_stream(stream: TextIO, text: str) -> None:
    """Write `text` to an open stream and flush it; what its encoding lacks becomes a character reference.

    A reader that closes its end early (`| head`) is no failure of ours: `BrokenPipeError` passes through.
    """
    try:
        stream.write(_sayable(text, stream.encoding or "utf-8"))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AggregatorError(
            f"cannot write to {getattr(stream, 'name', 'the output')}: {_cure(error)}"
        ) from error


def _replacing(target: Path, mode: int) -> Iterator[BinaryIO]:
    """Put a new file in the place of `target`; leave nothing behind if that fails, or if we are killed meanwhile."""
    beside = target.with_name(f".aggregator-{secrets.token_hex(8)}.tmp")
    descriptor = _without_name(target.parent, mode)
    has_name = descriptor is None
    if descriptor is None:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if target.exists():  # what was private stays private
                os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(descriptor)
            if has_name or not _name(descriptor, target, beside):
                beside.replace(target)
    except BaseException:  # an interrupt from the keyboard must not leave half a file either
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    flush_folder(target.parent)


def _without_name(folder: Path, mode: int) -> int | None:
    """Open a file that vanishes with us unless it is named (open(2), O_TMPFILE); None where that cannot be done."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    with contextlib.suppress(OSError):  # not on every file system; a real trouble shows at the next try
        return os.open(folder, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, mode)
    return None


def _name(descriptor: int, target: Path, beside: Path) -> bool:
    """Name a file without one; tell whether it is at its place: where another is, it is put beside it first."""
    ours = f"/proc/self/fd/{descriptor}"
    try:
        os.link(ours, target, src_dir_fd=descriptor)  # with a folder's descriptor links are followed
    except FileExistsError:
        os.link(ours, beside, src_dir_fd=descriptor)
        return False
    return True


def flush_folder(folder: Path) -> None:
    """Make the new name last through a power cut; some file systems cannot, and then the old one would."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sayable(text: str, encoding: str) -> str:
    return text.encode(encoding, "xmlcharrefreplace").decode(encoding)


def _cure(error: OSError) -> str:
    return _CURES.get(error.errno or 0, (error.strerror or str(error)).lower())

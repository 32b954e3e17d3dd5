"""The program's own files, and whether those on disk are still those that were loaded.

A program that is upgraded while it runs goes on as it was, for it has loaded all of itself. Its workers load theirs
when they are started, and would be another program, whose records have other fields: so both sides compare.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path(__file__).parent


def stamp(folder: Path = _FOLDER) -> str:
    """Return what tells the files of a program from others: names, sizes and when they were written."""
    told = "\n".join(sorted(_files(folder, "")))
    return hashlib.sha1(told.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


@cache
def stamp_at_start() -> str:
    """Return the stamp of the files as they were when it was first asked for, which is when a program begins."""
    return stamp()


def _files(folder: Path, within: str) -> Iterator[str]:
    """Yield a line for each file; they are named from the program's folder, whatever way leads there."""
    with os.scandir(folder) as found:
        for each in found:
            if each.is_dir(follow_symlinks=False):
                if each.name != "__pycache__":
                    yield from _files(Path(each.path), f"{within}{each.name}/")
            elif each.name.endswith((".py", ".j2")):
                about = each.stat()
                yield f"{within}{each.name} {about.st_size} {about.st_mtime_ns}"

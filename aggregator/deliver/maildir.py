"""A letter into a Maildir (https://cr.yp.to/proto/maildir.html): whole in `tmp`, on disk, then renamed into `new`.

The name follows from the letter, so that it is found again: a letter that is there, read or unread, is not put there
a second time. Only when its reader has moved it away in between is there nothing to tell that it was delivered.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aggregator.deliver.files import flush_folder, told_plainly, write_bytes
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_FOLDERS = ("tmp", "new", "cur")


def put_in_maildir(folder: Path, letter: bytes, message_id: str, at: datetime) -> None:
    """Put a letter into a Maildir, once; `message_id` and `at` tell it from others. Missing folders are made.

    Raises:
        AggregatorError: it cannot be done; nothing is left behind.

    """
    name = f"{int(at.timestamp())}.{hashlib.sha256(message_id.encode()).hexdigest()[:24]}.aggregator"
    with told_plainly(folder):
        folder = folder.resolve()
        if folder.exists() and any(folder.iterdir()) and not all((folder / one).is_dir() for one in _FOLDERS):
            raise AggregatorError(
                f"cannot write {folder}: it is not a Maildir; name a new folder or one with tmp, new, cur"
            )
        for one in _FOLDERS:
            (folder / one).mkdir(mode=0o700, parents=True, exist_ok=True)
        is_there = _is_there(folder, name)
        if not is_there:
            (folder / "tmp" / name).unlink(missing_ok=True)
    if not is_there:
        write_bytes(folder / "tmp" / name, letter, mode=0o600)
        with told_plainly(folder):
            (folder / "tmp" / name).rename(folder / "new" / name)
    for place in (folder / "new", folder):  # else a power cut could take back what is recorded as sent
        flush_folder(place)


def _is_there(folder: Path, name: str) -> bool:
    """Tell whether a letter is there; once it was seen, flags stand behind its name."""
    return (folder / "new" / name).exists() or any((folder / "cur").glob(f"{name}:*"))

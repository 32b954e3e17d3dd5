"""What other programs kept, opened: a database or an export, told apart by how it begins."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from aggregator.archive.foreign import is_sqlite, open_foreign
from aggregator.counting import MB
from aggregator.errors import ConfigError, UsageError
from aggregator.moving import keepsake_of_newsboat, keepsake_of_reader, read_export

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.models import Keepsake

LARGEST_EXPORT = 512 * MB  # of JSON, which is read whole and takes a multiple of that


@contextmanager
def open_keepsake(path: Path) -> Iterator[Keepsake]:
    """Open what another program kept, whichever it was.

    Raises:
        ConfigError, UsageError: it is missing, damaged or of a program that we do not know.

    """
    makers = {"newsboat": keepsake_of_newsboat, "reader": keepsake_of_reader}
    with _opened(path) as file:
        is_database = is_sqlite(file.read(16))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if not is_database and size > LARGEST_EXPORT:
            raise UsageError(f"{path}: is larger than {LARGEST_EXPORT // MB} MB; export it in parts")
        text = b"" if is_database else file.read()
    if not is_database:
        yield read_export(text, str(path))
        return
    with open_foreign(path) as foreign:
        yield makers[foreign.program](foreign.feeds(), foreign.entries(), foreign.count())


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; check its name and permissions") from error

"""A salvage as a whole: a new archive beside the damaged one, which appears when it is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.archive.backup import verified
from aggregator.archive.files import half_made, room_for
from aggregator.archive.salvage import salvage
from aggregator.errors import ArchiveError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from aggregator.archive.salvage import Sketcher
    from aggregator.models.upkeep import SalvageReport


def rescue(damaged: Path, new: Path, now: datetime, sketch: Sketcher) -> SalvageReport:
    """Save everything readable of a damaged archive into a new one, and report; `sketch`: see `salvage`.

    Raises:
        ArchiveError: the new one cannot be written or is there already; nothing of ours is in the damaged one.

    """
    if new.exists():
        raise ArchiveError(f"{new}: already exists; name a file that does not")
    if not damaged.is_file():
        raise ArchiveError(f"{damaged}: there is no such file; name the damaged archive")
    with half_made(new) as half:
        room_for(half, damaged.stat().st_size, f"saving what is in {damaged}")
        with open_archive(half, writable=True) as archive:
            report = salvage(damaged, archive, now, sketch)
            if archive.index.check():
                archive.index.rebuild()
        verified(half, f"what was saved of {damaged}")
    return report

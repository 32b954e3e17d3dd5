"""What editions are made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.config import DigestSettings
    from aggregator.deliver import MailServer


@dataclass(frozen=True, slots=True)
class Press:
    archive: Archive
    clock: Callable[[], datetime]  # UTC
    zone: tzinfo  # this machine's
    folder: Path  # relative paths start here
    digests: Mapping[str, DigestSettings]  # by name
    read: Callable[[Path], str]  # a template's text; raises ConfigError
    server: Callable[[], MailServer]  # raises ConfigError when none is set
    sender: str = ""  # whose letters they are

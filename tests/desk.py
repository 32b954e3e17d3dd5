"""What lies on a desk where the docs' commands are typed: programs to call, and what other programs keep of feeds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests import foreign

if TYPE_CHECKING:
    from pathlib import Path

AGGREGATOR = f'exec "{sys.executable}" -P -m aggregator "$@"'  # -P: never one that lies in the folder
AGREES = "exit 0"
NO_SYSTEMD = 'echo "Failed to connect to bus: No medium found" >&2; exit 1'  # what it says where none runs


def put_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)


def put_other_programs(folder: Path, home: Path, base: str) -> None:
    """Lay out what other programs keep, where the page on moving in says that it is."""
    for place in (home / ".newsboat", home / ".config/reader"):
        place.mkdir(parents=True, exist_ok=True)
    (home / ".newsboat/urls").write_text(f'{base}/feed "Sea" "~The quay"\n', "utf-8")
    foreign.newsboat(home / ".newsboat/cache.db", base, f"{base}/feed")
    foreign.reader(home / ".config/reader/db.sqlite", base, f"{base}/feed")
    foreign.miniflux(folder / "entries.json", base, f"{base}/feed")
    for name in ("starred.json", "feed.json"):
        foreign.freshrss(folder / name, base, f"{base}/feed")
    for name in ("FreshRSS.opml", "miniflux.opml"):
        opml = (
            f'<opml version="2.0"><body><outline type="rss" text="Quay" xmlUrl="{base}/feed"/></body></opml>'
        )
        (folder / name).write_text(opml, "utf-8")

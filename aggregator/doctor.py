"""doctor: looks at everything that the program rests on, and says for each how it is and what would cure it."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.app import find_config, load_config, local_now, now, open_archive, read_subscriptions
from aggregator.errors import AggregatorError, ArchiveLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.config import Config

LITTLE_DISK = 500e6  # bytes; below this an import of a few hundred feeds may not fit


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    said: str
    cure: str = ""


def examine(config_name: str | None) -> list[Finding]:
    """Return every finding; one that fails does not hide the others."""
    findings = [_machine()]
    try:
        path = find_config(config_name)
        config = load_config(path)
    except AggregatorError as error:
        return [*findings, Finding("configuration", ok=False, said=str(error))]
    findings.append(Finding("configuration", ok=True, said=str(path)))
    findings.append(_subscriptions(config))
    findings.append(_disk(config.archive_path))
    findings.extend(_archive(config))
    return findings


def _machine() -> Finding:
    python = ".".join(str(part) for part in sys.version_info[:3])
    has_fts5 = (
        sqlite3.connect(":memory:").execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0]
    )
    said = f"Python {python}, SQLite {sqlite3.sqlite_version}"
    if not has_fts5:
        return Finding(
            "machine", ok=False, said=f"{said} without FTS5", cure="use a Python whose SQLite has FTS5"
        )
    return Finding("machine", ok=True, said=said)


def _subscriptions(config: Config) -> Finding:
    try:
        listed = read_subscriptions(config)
    except AggregatorError as error:
        return Finding("subscriptions", ok=False, said=str(error))
    said = f"{len(listed.subscriptions)} feeds in {config.opml_path}"
    if listed.problems:
        return Finding(
            "subscriptions", ok=False, said=f"{said}; {listed.problems[0]}", cure="mend or remove the line"
        )
    return Finding("subscriptions", ok=True, said=said)


def _disk(archive: Path) -> Finding:
    folder = next(parent for parent in archive.parents if parent.exists())
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk",
        ok=free > LITTLE_DISK,
        said=f"{free / 1e9:.1f} GB free at {folder}",
        cure="" if free > LITTLE_DISK else "make room, or move [archive] path to a larger disk",
    )


def _archive(config: Config) -> Iterator[Finding]:
    if not config.archive_path.exists():
        yield Finding(
            "archive", ok=True, said=f"{config.archive_path}: not there yet; the first poll makes it"
        )
        return
    try:
        with open_archive(config, writable=False) as archive:
            yield from _contents(archive)
    except AggregatorError as error:
        yield Finding("archive", ok=False, said=str(error))
        return
    yield _index(config)


def _contents(archive: Archive) -> Iterator[Finding]:
    trouble = archive.check()
    counts = archive.status(now())
    said = f"{sum(counts.articles.values())} articles, {counts.archive_bytes / 1e6:.1f} MB"
    yield Finding("archive", ok=not trouble, said=trouble or said, cure="restore a backup" if trouble else "")
    ahead = counts.next_check_at is not None and counts.next_check_at > now() + timedelta(days=40)
    yield Finding(
        "clock",
        ok=not ahead,
        said=f"it is {local_now():%Y-%m-%d %H:%M %Z}",
        cure="dates in the archive lie far ahead: the clock was wrong once; the next poll mends them"
        if ahead
        else "",
    )
    active = counts.feeds.get("active", 0)
    yield Finding(
        "feeds",
        ok=not active or counts.failing < active,
        said=f"{active} active, {counts.failing} failing",
        cure="is this machine online? `aggregator feeds check` shows each"
        if counts.failing == active > 0
        else "",
    )


def _index(config: Config) -> Finding:
    """Compare the index with the articles; SQLite counts that as writing, so a running service comes first."""
    try:
        with open_archive(config, writable=True) as archive:
            trouble = archive.index.check()
    except ArchiveLockedError:
        return Finding("index", ok=True, said="not checked, the service is running")
    except AggregatorError as error:
        return Finding("index", ok=False, said=str(error))
    cure = "`aggregator reindex` makes it anew"
    return Finding(
        "index", ok=not trouble, said=trouble or "agrees with the articles", cure=cure if trouble else ""
    )

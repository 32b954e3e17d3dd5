"""doctor: looks at everything that the program rests on, and says for each how it is and what would cure it.

Each look is a function that yields findings; one that fails does not hide the others. Nothing is mended here.
"""

from __future__ import annotations

import os
import pyexpat
import shutil
import sqlite3
import stat
import sys
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module, metadata
from typing import TYPE_CHECKING

from aggregator.app import (
    archive_is_in_use,
    find_config,
    load_config,
    local_now,
    now,
    open_archive,
    read_subscriptions,
)
from aggregator.config.base import SECRET
from aggregator.counting import MB, counted
from aggregator.errors import SET_ASIDE, AggregatorError, ArchiveLockedError
from aggregator.times import LATEST_PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.config import Config
    from aggregator.models.upkeep import Growth

GB = 1000 * MB
LITTLE_DISK = 500 * MB  # below this an import of a few hundred feeds may not fit
LITTLE_TIME = 30.0  # days until the disk is full
LONG_LOG = 64 * MB  # SQLite's log stays below 10 MB unless a reader never ends
BUILT = 2024  # no clock of today is before that year
TURNED_AHEAD = timedelta(hours=26)  # what was recorded later than that was recorded by a clock that was wrong
ROOMY = 0o077  # what others may do with a file
# Fixed in this version: two connections that checkpoint at once could lose a part of the log. Only one of ours writes.
WAL_RESET = (3, 51, 3)
ENTITIES = (2, 7, 0)  # the first expat that a chain of entities does not bring down
LIBRARIES = "feedparser lxml requests urllib3 trafilatura APScheduler sqlite-utils click certifi".split()


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    said: str
    cure: str = ""


def examine(config_name: str | None) -> list[Finding]:
    """Return every finding; one that fails does not hide the others."""
    findings = [*_machine(), _libraries()]
    try:
        path = find_config(config_name)
        config = load_config(path)
    except AggregatorError as error:
        return [*findings, Finding("configuration", ok=False, said=str(error))]
    findings.append(_configuration(path))
    findings.append(_subscriptions(config))
    findings.extend(_permissions(config))
    findings.extend(_archive(config))
    findings.append(_leftovers(config.archive_path))
    return findings


# ------------------------------------------------------------------------------------------- the machine


def _machine() -> Iterator[Finding]:
    python = ".".join(str(part) for part in sys.version_info[:3])
    said = f"Python {python}, SQLite {sqlite3.sqlite_version}, {pyexpat.EXPAT_VERSION.replace('_', ' ')}"
    if not _has_fts5():
        cure = "use a Python whose SQLite has FTS5"
        yield Finding("machine", ok=False, said=f"{said}, without FTS5", cure=cure)
        return
    notes = []
    if sqlite3.sqlite_version_info < WAL_RESET:
        notes.append("SQLite before 3.51.3: let no other program write to the archive while the service runs")
    if pyexpat.version_info < ENTITIES:
        notes.append("expat before 2.7: a hostile feed may end the worker that reads it, and nothing else")
    yield Finding("machine", ok=True, said="; ".join([said, *notes]))


def _has_fts5() -> bool:
    conn = sqlite3.connect(":memory:")
    try:
        return bool(conn.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0])
    finally:
        conn.close()


def _libraries() -> Finding:
    """Say which versions are installed, and import what is most often installed wrongly."""
    try:
        said = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
        import_module("aggregator.extract")  # with all that it stands on
    except (metadata.PackageNotFoundError, ImportError) as error:
        cure = "install it anew from its folder: pip install --force-reinstall ."
        return Finding("libraries", ok=False, said=f"{error}", cure=cure)
    return Finding("libraries", ok=True, said=said)


# ------------------------------------------------------------------------------------------- what you wrote


def _configuration(path: Path) -> Finding:
    """Passwords in a file that everyone can read are no secrets."""
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    parts = [written.get("fetch", {}), written.get("mail", {}), *written.get("feed", [])]
    has_secrets = any(part.get(name) for part in parts for name in SECRET)
    mode = stat.S_IMODE(path.stat().st_mode)
    if has_secrets and mode & ROOMY:
        said = f"{path} has passwords, and others may read it"
        return Finding("configuration", ok=False, said=said, cure=f"chmod 600 {path}")
    return Finding("configuration", ok=True, said=str(path))


def _subscriptions(config: Config) -> Finding:
    try:
        listed = read_subscriptions(config)
    except AggregatorError as error:
        return Finding(
            "subscriptions", ok=False, said=str(error), cure="mend the list, or take one that is whole"
        )
    said = f"{counted(len(listed.subscriptions), 'feed')} in {config.opml_path}"
    if listed.problems:
        return Finding(
            "subscriptions", ok=False, said=f"{said}; {listed.problems[0]}", cure="mend or remove the line"
        )
    return Finding("subscriptions", ok=True, said=said)


def _permissions(config: Config) -> Iterator[Finding]:
    """May we write where the archive is: the file itself, and the files that SQLite puts beside it."""
    path = config.archive_path
    folder = _folder_of(path)
    wrong = [str(place) for place in (folder, path) if place.exists() and not os.access(place, os.W_OK)]
    if wrong:
        cure = f"run as the owner, or: chown -R $USER {wrong[0]}"
        yield Finding("permissions", ok=False, said=f"{' and '.join(wrong)} cannot be written", cure=cure)
    elif path.exists() and path.stat().st_mode & stat.S_IWOTH:
        cure = f"chmod o-w {path}"
        yield Finding("permissions", ok=False, said=f"everyone may write to {path}", cure=cure)
    else:
        yield Finding("permissions", ok=True, said=f"{folder} can be written")


# ------------------------------------------------------------------------------------------- the archive


def _archive(config: Config) -> Iterator[Finding]:
    path = config.archive_path
    if not path.exists():
        yield Finding("archive", ok=True, said=f"{path}: not there yet; the first poll makes it")
        yield _disk(path, None)
        yield _clock(None)
        return
    try:
        with open_archive(config, writable=False) as archive:
            yield from _contents(archive, path)
    except AggregatorError as error:
        yield Finding(
            "archive", ok=False, said=str(error), cure="see docs/reliability.md, “When something is wrong”"
        )
        yield _disk(path, None)
        return
    yield _index(config)


def _contents(archive: Archive, path: Path) -> Iterator[Finding]:
    trouble = archive.check() or archive.vitals.broken_references()
    counts = archive.status(now())
    said = f"{counted(sum(counts.articles.values()), 'article')}, {counts.archive_bytes / MB:.1f} MB"
    cure = (
        "`aggregator restore` a backup, or `aggregator salvage` this file into a new one" if trouble else ""
    )
    yield Finding("archive", ok=not trouble, said=trouble or said, cure=cure)
    yield _chain(archive)
    yield _disk(path, archive.vitals.growth(now()))
    yield _clock(archive)
    yield _log(archive)
    yield _leases(archive, in_use=archive_is_in_use(path))
    yield _bugs(archive)
    active = counts.feeds.get("active", 0)
    all_fail = counts.failing == active > 0
    cure = "is this machine online? `aggregator feeds check` shows each" if all_fail else ""
    yield Finding("feeds", ok=not all_fail, said=f"{active} active, {counts.failing} failing", cure=cure)


def _chain(archive: Archive) -> Finding:
    report = archive.chain.verify()
    if report.broken:
        first = report.breaks[0]
        said = f"{counted(report.broken, 'record')} not as recorded, such as {first.of} {first.row_id}"
        cure = "`aggregator verify` lists them; a backup has what was recorded"
        return Finding("records", ok=False, said=said, cure=cure)
    return Finding("records", ok=True, said=f"{report.links} as they were recorded")


def _disk(path: Path, growth: Growth | None) -> Finding:
    folder = _folder_of(path)
    free = shutil.disk_usage(folder).free
    said = f"{free / GB:.1f} GB free at {folder}"
    ok = free > LITTLE_DISK
    if growth is not None and growth.bytes_per_day > 0:
        days = free / growth.bytes_per_day
        ok = ok and days > LITTLE_TIME
        lasts = f"{days:.0f} days" if days < 2 * 365 else f"{days / 365:.0f} years"
        said += f"; {growth.bytes_per_day / MB:.1f} MB a day come in, so it lasts about {lasts}"
    cure = (
        ""
        if ok
        else "free some space, `aggregator prune --pages 1y`, or move [archive] path to a larger disk"
    )
    return Finding("disk", ok=ok, said=said, cure=cure)


def _clock(archive: Archive | None) -> Finding:
    here = local_now()
    said = f"it is {here:%Y-%m-%d %H:%M %Z}"
    if here.year < BUILT:
        return Finding("clock", ok=False, said=said, cure="set the clock: timedatectl set-ntp true")
    if archive is None:
        return Finding("clock", ok=True, said=said)
    newest, planned = archive.vitals.newest_at(), archive.status(now()).next_check_at
    if newest is not None and newest > now() + TURNED_AHEAD:
        said += f", but something was recorded at {newest:%Y-%m-%d %H:%M} UTC"
        cure = "is the clock right now? timedatectl set-ntp true; if it is, it was wrong then"
        return Finding("clock", ok=False, said=said, cure=cure)
    if planned is not None and planned > now() + LATEST_PLAN:
        cure = "dates in the archive lie far ahead: the clock was wrong once; the next poll mends them"
        return Finding("clock", ok=False, said=said, cure=cure)
    return Finding("clock", ok=True, said=said)


def _log(archive: Archive) -> Finding:
    size = archive.vitals.log_bytes()
    cure = "some program has had the archive open for a long time; end it, and the log is folded in"
    return Finding("log", ok=size < LONG_LOG, said=f"{size / MB:.1f} MB wait to be folded into the archive",
                   cure="" if size < LONG_LOG else cure)  # fmt: skip


def _leases(archive: Archive, *, in_use: bool) -> Finding:
    leases = archive.vitals.leases(now())
    said = f"{leases.held} under way, {leases.expired} expired" + (", a process is at work" if in_use else "")
    if leases.absurd:
        said += f", {leases.absurd} that last unreasonably long"
        return Finding(
            "leases", ok=False, said=said, cure="`aggregator run` or `poll` frees them when it starts"
        )
    return Finding("leases", ok=True, said=said)


def _bugs(archive: Archive) -> Finding:
    found = archive.vitals.set_aside()
    if not found.example:
        return Finding("bugs", ok=True, said="nothing is set aside")
    kinds = {"entry": found.entries, "feed": found.feeds, "article": found.articles}
    struck = ", ".join(counted(number, kind) for kind, number in kinds.items() if number)
    said = f"{struck} set aside, such as {found.example}: {found.reason.removeprefix(SET_ASIDE)}"
    cure = "they are tried again, articles at the next start; install a newer version, or report the trace in the log"
    return Finding("bugs", ok=False, said=said, cure=cure)


def _index(config: Config) -> Finding:
    """Compare the index with the articles; SQLite counts that as writing, so a running service comes first."""
    try:
        with open_archive(config, writable=True) as archive:
            trouble = archive.index.check()
    except ArchiveLockedError:
        return Finding("index", ok=True, said="not checked, the service is running")
    except AggregatorError as error:
        return Finding("index", ok=False, said=str(error))
    cure = "`aggregator reindex` makes it anew from the articles"
    return Finding(
        "index", ok=not trouble, said=trouble or "agrees with the articles", cure=cure if trouble else ""
    )


def _leftovers(path: Path) -> Finding:
    """Look for what killed programs left half done, and for the copy that an upgrade has made."""
    folder = _folder_of(path)
    halves = (f".{path.stem}*.part*", f"{path.stem}*.part")  # those without a dot are of an older program
    found = [file.name for pattern in halves for file in sorted(folder.glob(pattern))]
    if found:
        cure = f"nothing needs them: rm {folder / found[0]}"
        return Finding("leftovers", ok=False, said=f"half-made files: {', '.join(found)}", cure=cure)
    former = sorted(folder.glob(f"{path.stem}.before-schema-*{path.suffix}"))
    if former:
        said = f"{former[-1].name} is the archive before an upgrade; delete it when all is well"
        return Finding("leftovers", ok=True, said=said)
    return Finding("leftovers", ok=True, said="none")


def _folder_of(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.exists())

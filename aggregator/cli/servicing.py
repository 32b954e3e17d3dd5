"""service: the program as a service of the user's own, under systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import TROUBLE
from aggregator.cli.terminal import note, out
from aggregator.errors import AggregatorError, UsageError
from aggregator.units import NAME, user_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_WORK = frozenset(("active", "activating", "reloading"))  # as systemd says it
_OTHERWISE = "docs/reliability.md says how to run it under launchd, Docker or another service manager"


@click.group()
def service() -> None:
    """Run aggregator as a systemd service of your own: it starts when you log in and is restarted when it fails.

    \b
    aggregator service install          writes the unit, starts it
    aggregator service status           is it running, and is it well
    journalctl --user -u aggregator -f  its log
    """


@service.command()
@click.option("--no-start", is_flag=True, help="Only write the unit.")
@pass_session
def install(session: Session, no_start: bool) -> int:
    """Write a systemd unit for this configuration, start it now and at every login."""
    from aggregator.app import archive_is_in_use
    from aggregator.deliver import write_file

    path = session.config_path.absolute()
    archive = session.config.archive_path  # settings that cannot be read are told now, not in a log
    if not no_start and archive_is_in_use(archive) and not _is_active():
        raise UsageError(f"{archive}: a process is working on it already; stop that one first, with Ctrl-C")
    unit = _unit_path()
    command = (str(Path(sys.executable).absolute()), "-m", "aggregator", "--config", str(path), "run")
    write_file(unit, user_unit(command, path.parent))
    out(f"wrote {unit}")
    if no_start:
        return 0
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", NAME)
    out("started, now and at every login; to let it run while you are logged out: loginctl enable-linger")
    return 0


@service.command()
def uninstall() -> int:
    """Stop the service and remove its unit. The archive and the settings stay."""
    unit = _unit_path()
    if not unit.exists():
        note(f"{unit}: is not there; nothing to remove")
        return 0
    if shutil.which("systemctl"):
        _systemctl("disable", "--now", NAME, may_fail=True)
    unit.unlink()
    if shutil.which("systemctl"):
        _systemctl("daemon-reload", may_fail=True)
    out(f"removed {unit}; the archive stays")
    return 0


@service.command()
@pass_session
def status(session: Session) -> int:
    """Tell whether a service works on the archive. Exit 2 when none does."""
    from aggregator.app import archive_is_in_use

    path = session.config.archive_path
    unit = _unit_path()
    out(f"unit     {unit if unit.exists() else 'none; `aggregator service install` writes one'}")
    if unit.exists() and shutil.which("systemctl"):
        out(f"systemd  {_systemctl('is-active', NAME, may_fail=True) or 'does not answer'}")
    running = archive_is_in_use(path)
    out(f"archive  {path}: {'a process is working on it' if running else 'nobody is working on it'}")
    return 0 if running else TROUBLE


def _unit_path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "systemd" / "user" / NAME


def _is_active() -> bool:
    """Tell whether the unit is what works on the archive; also while it starts, or reads its settings again."""
    is_there = shutil.which("systemctl")
    return bool(is_there) and _systemctl("is-active", NAME, may_fail=True) in _AT_WORK


def _systemctl(*words: str, may_fail: bool = False) -> str:
    """Run `systemctl --user` and return what it says."""
    program = shutil.which("systemctl")
    if program is None:
        raise AggregatorError(f"not started: there is no systemd here; {_OTHERWISE}")
    done = _run([program, "--user", *words])
    if done.returncode and not may_fail:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise AggregatorError(f"not started: systemctl --user {' '.join(words)}: {said[-1]}; {_OTHERWISE}")
    return done.stdout.strip()


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)  # noqa: S603  our own words

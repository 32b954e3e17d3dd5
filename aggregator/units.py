"""The text of a systemd unit (systemd.service(5), systemd.exec(5)) for a user's own service. Pure.

What a user's manager cannot enforce without privileges is left out; `deploy/aggregator.service` has it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "aggregator.service"


def user_unit(command: tuple[str, ...], folder: Path) -> str:
    """Return the unit that runs a command from a folder."""
    return _UNIT.format(command=" ".join(map(_quoted, command)), folder=_plain(str(folder)))


def _quoted(word: str) -> str:
    """Quote a word for ExecStart: specifiers, variables and quotes mean themselves."""
    escaped = _plain(word).replace("$", "$$").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(word: str) -> str:
    return word.replace("%", "%%")


_UNIT = """\
# Written by `aggregator service install`; `aggregator service uninstall` removes it.
[Unit]
Description=aggregator: feeds, their full texts, one searchable archive
Documentation=man:systemd.service(5)
After=network.target
StartLimitIntervalSec=10min
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory={folder}
Restart=on-failure
RestartSec=10
TimeoutStartSec=5min
TimeoutStopSec=15
WatchdogSec=2min
MemoryMax=3G
TasksMax=256
Nice=5
IOSchedulingClass=idle
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""

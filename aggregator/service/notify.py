"""What systemd is told, and what it asks for (sd_notify(3), sd_watchdog_enabled(3)): a few datagrams, no library."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

_USUAL = 30.0  # seconds between two looks at our own health where nobody watches


def notify(*lines: str) -> None:
    """Tell the service manager something, if there is one; it is never waited for."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    place = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        line.sendto("\n".join(lines).encode(), place)


def watch_interval() -> float:
    """Return the seconds between two signs of life: half of what the watchdog waits for."""
    wanted, of = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or (of and of != str(os.getpid())):
        return _USUAL
    return max(int(wanted) / 2e6, 0.1)

"""The ground on which a suite stands: a folder with an installation, its service as a process, what it acknowledged.

A record is acknowledged when the service logs it, which it does after the transaction that made it.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from aggregator.archive import open_archive

if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping

PROGRAM = Path(sys.executable).with_name("aggregator")
SETTINGS = """
[fetch]
allow_networks = ["127.0.0.0/8"]
host_spacing = 0.0
robots = false
deadline = {deadline}

[archive]
recheck = "off"

[service]
tick = 1
workers = 2
log_format = "json"
{more}
"""
LONG_AGO = "2020-01-01T00:00:00Z"
START_LIMIT = 60.0  # seconds; a machine that is shared takes its time


def as_installed() -> dict[str, str]:
    """Return our environment, as an installer leaves the program: modules are not compiled anew at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass
class Acknowledged:
    """What the service said that it had recorded."""

    articles: set[str] = field(default_factory=set)  # addresses
    entries: Counter[str] = field(default_factory=Counter)  # by feed
    events: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)  # what should never be

    def read(self, line: str) -> None:
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            if line.strip():
                self.bugs.append(line.strip())
            return
        self.events[said["event"]] += 1
        if said["event"] == "visit" and said["outcome"] != "failed":
            self.entries[said["feed"]] += said["new"]
        elif said["event"] == "article":
            self.articles.add(said["url"])
        if "trace" in said:
            self.bugs.append(said["trace"])
        elif said["level"] == "error":
            self.errors.append(str(said.get("error", said["event"])))


class Ground:
    """A folder with config.toml, feeds.opml and the archive, and the program run on it."""

    def __init__(self, folder: Path, opml: str, more: str = "", deadline: float = 5) -> None:
        self.folder = folder
        self.acknowledged = Acknowledged()
        folder.mkdir(parents=True, exist_ok=True)
        self.write(more, deadline)
        (folder / "feeds.opml").write_text(opml, encoding="utf-8")

    def write(self, more: str = "", deadline: float = 5) -> None:
        (self.folder / "config.toml").write_text(
            SETTINGS.format(more=more, deadline=deadline), encoding="utf-8"
        )

    @property
    def archive(self) -> Path:
        return self.folder / "aggregator.db"

    def run(self, *words: str, environ: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        done = subprocess.run(
            [PROGRAM, "--config", self.folder / "config.toml", *words],
            env={**as_installed(), **(environ or {})}, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def start(self, environ: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Running:
        return Running(self, environ or {}, prefix)

    # ---------------------------------------------------------------------------------------- while nobody runs

    def make_due(self) -> None:
        """Let time pass: every feed may be asked again."""
        self.change(f"UPDATE feeds SET next_check_at = '{LONG_AGO}'")

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.archive, timeout=30)) as conn, conn:
            conn.execute(sql)

    def ask(self, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True, timeout=30)) as conn:
            return conn.execute(sql, params).fetchall()

    def trouble(self, *, whole: bool = True) -> list[str]:
        """Return what is wrong with the archive; `whole`: with every link of its chain, too."""
        found = []
        with open_archive(self.archive, writable=True) as archive:
            found.append(archive.check())
            found.append(archive.index.check())
            found.append(archive.vitals.broken_references())
            found += [broken.said for broken in (archive.chain.verify().breaks if whole else ())]
        return [one for one in found if one]


class Running:
    """The service as a process, from its start to its end; `ready` tells how long the start took."""

    def __init__(self, ground: Ground, environ: Mapping[str, str], prefix: tuple[str, ...]) -> None:
        self._ground = ground
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._place = ground.folder / f"notify-{os.getpid()}"
        self._place.unlink(missing_ok=True)
        self._line.bind(str(self._place))
        self.told: list[str] = []
        self.start_cpu = 0.0  # seconds, when it is ready
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, str(PROGRAM), "--config", str(ground.folder / "config.toml"), "run"],
            env={**as_installed(), "NOTIFY_SOCKET": str(self._place), **environ},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._ground.acknowledged.read(line)

    def ready(self, limit: float = START_LIMIT) -> float | None:
        """Wait until the service is ready and return the seconds that it took; None if it ended before."""
        while (left := self.began + limit - time.monotonic()) > 0:
            self._line.settimeout(min(left, 0.05))
            with suppress(TimeoutError):
                self.told += self._line.recv(4096).decode().splitlines()
                if "READY=1" in self.told:
                    took = time.monotonic() - self.began
                    self.start_cpu = self.cpu()
                    return took
            if self.process.poll() is not None:
                return None
        return None

    def cpu(self) -> float:
        """Return the CPU seconds of the process until now, its own and the system's for it."""
        with suppress(FileNotFoundError, ProcessLookupError):
            times = (
                Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            )
            return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def wait(self, limit: float = 60) -> int:
        code = self.process.wait(limit)
        self._reader.join()
        if self.process.stderr:
            self.process.stderr.close()
        self._line.close()
        self._place.unlink(missing_ok=True)
        return code

    def until(self, condition: Any, limit: float = 60) -> bool:
        """Wait until something holds; tell whether it did before the limit and the end of the process."""
        end = time.monotonic() + limit
        while time.monotonic() < end and self.process.poll() is None:
            if condition():
                return True
            time.sleep(0.05)
        return bool(condition())

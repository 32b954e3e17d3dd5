"""docs/first-day.md, typed from its first line to its last: `python -m tests.firstday --write` puts the answers in.

Each `$ command` of a `console` block is typed by bash, in one home and where the one before it left off; what stands
below it is what the program says. A comment above a block says what it is beside that:

    <!-- runs until: TEXT -->     the command goes on running; this is its log as far as the line with TEXT
    <!-- goes on until: TEXT -->  what it has logged since
    <!-- ended -->                Ctrl-C, and the rest

A line `…` in an answer leaves out what stood between the lines before and behind it. The web is our own, on loopback;
what is never the same twice (times, durations, sizes, folders) is written as `_SAME` says.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests import archives, desk
from tests.newsroom import Newsroom, own
from tests.newsroom.opml import opml
from tests.screen import plain, seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "first-day.md"
REPOSITORY = "https://example.org/aggregator.git"
HOME = "/home/ada"
PATIENCE = 60.0  # seconds
CUT = "…"
BLOCK = re.compile(
    r"(?:^<!-- (?P<says>[^\n]+) -->\n\n?)?^```console\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE
)
_TYPED = 'cd "$1" && eval "$2"; code=$?; pwd > "$3"; exit $code'
_LOCAL = re.compile(r"https?://127\.77\.\d+\.\d+:\d+[^\s<>\"',)]*")
_SAME = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "2026-05-04T07:00:00"),
    (re.compile(r" bytes=\d+ ms=\d+"), " bytes=2311 ms=40"),
    (re.compile(r"\b\d+\.\d s$", re.MULTILINE), "0.4 s"),
    (re.compile(r"\b\d+\.\d MB"), "0.4 MB"),
    (re.compile(r"\bin \d+ (?:min|h)\b"), "in 58 min"),
    (re.compile(r"\b\d+ min ago"), "just now"),
    (re.compile(r"\b(\d+ (?:Feb|Mar)) 20\d\d\b"), r"\1"),  # the year is told when it is another
    (re.compile(r"\b\d+ (?:Jan|Febr|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*(?= · 1 min)"), "1 May"),
)  # fmt: skip


@dataclass
class Walk:
    """A newcomer: a home, a folder to be in, and a first terminal in which something may run."""

    folder: Path
    newsroom: Newsroom
    at: Path = field(init=False)
    running: subprocess.Popen[bytes] | None = None
    read: int = 0  # bytes of the first terminal that were told

    def __post_init__(self) -> None:
        self.home = self.at = self.folder / "home"
        self.home.mkdir()
        (self.folder / "backups").mkdir()
        desk.put_program(self.folder / "bin", "aggregator", desk.AGGREGATOR)
        desk.put_program(self.folder / "bin", "systemctl", desk.NO_SYSTEMD)
        desk.put_program(self.folder / "bin", "browser", desk.AGREES)
        self.environ = {**_usual(), **self._ours()}
        _put_repository(self.folder / "repository")

    def _ours(self) -> dict[str, str]:
        """Return what makes this machine a newcomer's, and the web ours; the host's own programs stay in reach."""
        programs = self.folder / "bin"
        return {
            "HOME": str(self.home),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "BROWSER": str(programs / "browser"),
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.folder / 'repository'}.insteadOf",
            "GIT_CONFIG_VALUE_0": REPOSITORY,
            "AGGREGATOR_FETCH_ALLOW_NETWORKS": '["127.0.0.0/8"]',
            "AGGREGATOR_FETCH_DEADLINE": "2",  # our web does not answer TLS
            "AGGREGATOR_SERVICE_TICK": "1",
        }

    def type(self, command: str) -> list[str]:
        """Return what a command answers, line by line."""
        with tempfile.TemporaryFile() as err:
            drawn = seen(self._bash(command), self.folder, self.environ, err)
            said = plain(drawn) + _rest_of(err, 0).decode()
        self.at = Path((self.folder / "at").read_text("utf-8").strip())
        self._furnish()
        return self._same(said)

    def start(self, command: str, until: str) -> list[str]:
        """Let a command run in the first terminal; return what it says first."""
        self.log = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115  `interrupt` closes it
        self.running = subprocess.Popen(
            self._bash(command), cwd=self.folder, env=self.environ, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self.read = 0
        return self.goes_on(until)

    def goes_on(self, until: str) -> list[str]:
        """Return what was logged since, as soon as it has `until` in it."""
        end = time.monotonic() + PATIENCE
        line = re.compile(rb".*" + re.escape(until.encode()) + rb"[^\n]*\n", re.DOTALL)
        while not (match := line.match(said := _rest_of(self.log, self.read))):
            if time.monotonic() > end:
                raise TimeoutError(f"{until!r} was never logged: {said.decode()}")
            time.sleep(0.05)
        self.read += match.end()
        return self._same(match.group().decode())

    def interrupt(self) -> list[str]:
        """Press Ctrl-C in the first terminal; return the rest of what it says."""
        if self.running is None:
            return []
        os.killpg(self.running.pid, signal.SIGINT)
        self.running.wait(PATIENCE)
        self.running = None
        with self.log:
            return self._same(_rest_of(self.log, self.read).decode())

    def _bash(self, command: str) -> Sequence[str]:
        gazette = self.newsroom.local(own.GAZETTE_FEED).split("/")[2]
        meant = command.replace("www.harbour-gazette.example", gazette)
        meant = re.sub(r"(?<=\s)/backups(?=/)", str(self.folder / "backups"), meant)
        return ("bash", "-c", _TYPED, "-", str(self.at), meant, str(self.folder / "at"))

    def _furnish(self) -> None:
        """Give a fresh clone our web and what setting up takes minutes for; lay out what is told later."""
        clone = self.home / "aggregator"
        if not (clone / "Makefile").exists() or (clone / ".venv").exists():
            return
        desk.put_program(clone / ".venv/bin", "aggregator", desk.AGGREGATOR)
        (clone / ".venv/bin/python").symlink_to(sys.executable)
        (clone / ".venv/installed").touch()
        feeds = [feed for feed in self.newsroom.manifest.feeds if feed.url == own.NORDLICHT_FEED]
        (clone / "feeds.opml").write_bytes(opml(feeds, self.newsroom.local, self.newsroom.local))
        desk.put_other_programs(clone, self.home, "https://quay.example")
        _put_old_archive(self.home / "old")

    def _same(self, said: str) -> list[str]:
        """Return an answer as it is whenever and wherever this is done."""
        said = _LOCAL.sub(lambda match: self.newsroom.true(match.group()), said)
        python = str(Path(sys.executable).absolute())
        for ours, theirs in (
            (python, f"{HOME}/aggregator/.venv/bin/python"),
            (f"{self.folder}/backups", "/backups"),
            (str(self.home), HOME),
        ):
            said = said.replace(ours, theirs)
        for varies, same in _SAME:
            said = varies.sub(same, said)
        return [line.rstrip() for line in said.rstrip().splitlines()]


def _usual() -> dict[str, str]:
    mine = ("AGGREGATOR_", "XDG_", "GIT_", "MAKE")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def _rest_of(file: IO[bytes], start: int) -> bytes:
    return os.pread(file.fileno(), 1_000_000, start)


def _put_repository(folder: Path) -> None:
    """Copy our own as it is now, whatever is done to its branches meanwhile."""
    for words in (
        ("clone", "-q", "--bare", str(ROOT), str(folder)),
        ("--git-dir", str(folder), "branch", "newest", "HEAD"),
        ("--git-dir", str(folder), "symbolic-ref", "HEAD", "refs/heads/newest"),
    ):
        subprocess.run(["git", *words], check=True, env=_usual())


def _put_old_archive(folder: Path) -> None:
    """Write a folder as an older version left it."""
    folder.mkdir()
    (folder / "config.toml").write_text('[archive]\npath = "aggregator.db"\n', "utf-8")
    (folder / "feeds.opml").write_text('<opml version="2.0"><body/></opml>', "utf-8")
    with closing(sqlite3.connect(folder / "aggregator.db")) as db:
        db.executescript((archives.FOLDER / "schema-3.sql").read_text("utf-8"))


# ------------------------------------------------------------------------------------------------ the document


def retyped(document: str, walk: Walk) -> str:
    """Return the document with what is answered now."""
    return BLOCK.sub(lambda match: _block(match, walk), document)


def _block(match: re.Match[str], walk: Walk) -> str:
    says, lines = match["says"] or "", match["lines"].splitlines()
    start = match.start("lines") - match.start()
    head = match.group()[:start]
    kind, _, text = says.partition(": ")
    if kind == "goes on until":
        answered = _cut(walk.goes_on(text), lines)
    elif kind == "ended":
        answered = ["^C", *walk.interrupt()]
    else:
        answered = []
        for command, before in commands(lines):
            said = walk.start(command, text) if kind == "runs until" else walk.type(command)
            answered += [f"$ {command}", *_cut(said, before)]
    return head + "".join(f"{line}\n" for line in answered) + "```"


def commands(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return each command of a block with what stands below it."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif found:
            found[-1][1].append(line)
    return found


def _cut(said: list[str], before: Sequence[str]) -> list[str]:
    """Leave out as much as was left out before: between the first and the last lines that were kept."""
    if CUT not in before:
        return said
    first = before.index(CUT)
    last = len(before) - first - 1
    return [*said[:first], CUT, *(said[-last:] if last else [])]


@contextmanager
def walk_in(folder: Path) -> Iterator[Walk]:
    """Yield a newcomer in a folder; the news are three days old, and of one day."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with Newsroom(own.manifest(midnight - timedelta(days=2, hours=2))) as newsroom:
        walk = Walk(folder, newsroom)
        try:
            yield walk
        finally:
            walk.interrupt()


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        with walk_in(folder) as walk:
            now = retyped(PAGE.read_text("utf-8"), walk)
    finally:
        shutil.rmtree(folder)
    if "--write" in sys.argv:
        PAGE.write_text(now, "utf-8")
    else:
        sys.stdout.write(now)


if __name__ == "__main__":
    main()

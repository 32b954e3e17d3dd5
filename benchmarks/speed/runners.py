"""Who is measured: aggregator through its installed command, and peers as their users would start them.

A runner prepares a fresh folder from a list of addresses, and names the command that polls all feeds once. A peer that
no registry has is added with a command of one's own (`--peer`).
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.speed.worksets import write_opml

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONFIG = """\
[subscriptions]
opml = "feeds.opml"
[archive]
path = "archive.db"
[fetch]
allow_networks = ["127.0.0.0/8"]
robots = false
host_spacing = {spacing}
deadline = {deadline}
threads = {threads}
[service]
workers = {workers}
log_level = "error"
"""


class Runner(Protocol):
    @property
    def name(self) -> str: ...

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        """Make `folder`, which is empty, ready for a first poll."""

    def poll(self, folder: Path, *, first: bool) -> list[str]:
        """Return the command that visits every feed once, due or not."""

    def database(self, folder: Path) -> Sequence[Path]:
        """Return the files in which it keeps what it has read."""


@dataclass(frozen=True, slots=True)
class Aggregator:
    """The command that is installed beside the interpreter that runs the benchmark."""

    name: str = "aggregator"
    command: str = str(Path(sys.executable).with_name("aggregator"))
    workers: int = 0
    threads: int = 16
    spacing: float = 1.0
    deadline: float = 30.0

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        settings = _CONFIG.format(
            workers=self.workers, threads=self.threads, spacing=self.spacing, deadline=self.deadline
        )
        (folder / "config.toml").write_text(settings, encoding="utf-8")
        write_opml(folder / "feeds.opml", list(urls))

    def poll(self, folder: Path, *, first: bool) -> list[str]:  # noqa: ARG002  forced, it is never too early
        return [self.command, "--config", str(folder / "config.toml"), "poll", "--force"]

    def archive(self, folder: Path) -> list[str]:
        return [self.command, "--config", str(folder / "config.toml"), "archive"]

    def database(self, folder: Path) -> Sequence[Path]:
        return sorted(folder.glob("archive.db*"))


_READER = """
import sys
from reader import make_reader
with make_reader("reader.sqlite") as reader:
    for url in open("urls"):
        reader.add_feed(url.strip(), exist_ok=True)
    reader.update_feeds(workers=10, scheduled=False)
    if len(sys.argv) > 1:
        reader.enable_search()
        reader.update_search()
    print(reader.get_entry_counts().total, "entries")
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """lemon24/reader from its own virtual environment (`pip install reader sgmllib3k`): the same libraries as ours."""

    python: str
    search: bool = False

    @property
    def name(self) -> str:
        return "reader+search" if self.search else "reader"

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
        (folder / "poll.py").write_text(_READER, encoding="utf-8")

    def poll(self, folder: Path, *, first: bool) -> list[str]:  # noqa: ARG002
        return [self.python, str(folder / "poll.py"), *(["search"] if self.search else [])]

    def database(self, folder: Path) -> Sequence[Path]:
        return sorted(folder.glob("reader.sqlite*"))


@dataclass(frozen=True, slots=True)
class Newsboat:
    name: str = "newsboat"

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        (folder / "urls").write_text("\n".join(urls) + "\n", encoding="utf-8")
        (folder / "config").write_text("reload-threads 8\nmax-items 0\n", encoding="utf-8")

    def poll(self, folder: Path, *, first: bool) -> list[str]:  # noqa: ARG002
        files = ["-u", str(folder / "urls"), "-c", str(folder / "cache.db"), "-C", str(folder / "config")]
        return ["newsboat", *files, "-x", "reload"]

    def database(self, folder: Path) -> Sequence[Path]:
        return [folder / "cache.db"]


_SFEED = """\
sfeedpath="{folder}/feeds"
maxjobs=8
fetch() {{
    etag="{folder}/etags/$(basename "$3")"
    curl -s -L -f --max-time 15 --etag-save "$etag" --etag-compare "$etag" "$2"
}}
feeds() {{
{feeds}
}}
"""


@dataclass(frozen=True, slots=True)
class Sfeed:
    """sfeed with curl and its ETags, as its own manual shows."""

    name: str = "sfeed"

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        (folder / "etags").mkdir()
        lines = "\n".join(f'feed "f{n}" "{url}"' for n, url in enumerate(urls))
        (folder / "sfeedrc").write_text(_SFEED.format(folder=folder, feeds=lines), encoding="utf-8")

    def poll(self, folder: Path, *, first: bool) -> list[str]:  # noqa: ARG002
        return ["sfeed_update", str(folder / "sfeedrc")]

    def database(self, folder: Path) -> Sequence[Path]:
        return sorted((folder / "feeds").glob("*"))


_FEEDPARSER = """
import io, sys, urllib.request
import feedparser
entries = 0
for url in open("urls"):
    with urllib.request.urlopen(url.strip()) as answer:
        body = answer.read()
    parsed = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/rss+xml"})
    entries += len(parsed.entries)
print(entries, "entries")
"""


@dataclass(frozen=True, slots=True)
class Feedparser:
    """feedparser alone with its defaults: nothing is kept, nothing is asked conditionally."""

    name: str = "feedparser"

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
        (folder / "poll.py").write_text(_FEEDPARSER, encoding="utf-8")

    def poll(self, folder: Path, *, first: bool) -> list[str]:  # noqa: ARG002
        return [sys.executable, str(folder / "poll.py")]

    def database(self, folder: Path) -> Sequence[Path]:  # noqa: ARG002
        return []


@dataclass(frozen=True, slots=True)
class Peer:
    """Any program, by commands in which {folder}, {opml} and {urls} stand for paths."""

    name: str
    first: str
    again: str

    def prepare(self, folder: Path, urls: Sequence[str]) -> None:
        (folder / "urls").write_text("\n".join(urls) + "\n", encoding="utf-8")
        write_opml(folder / "feeds.opml", list(urls))

    def poll(self, folder: Path, *, first: bool) -> list[str]:
        line = (self.first if first else self.again).format(
            folder=folder, opml=folder / "feeds.opml", urls=folder / "urls"
        )
        return ["/bin/sh", "-c", line]

    def database(self, folder: Path) -> Sequence[Path]:
        ours = {"urls", "feeds.opml", "output.txt"}
        return [path for path in folder.rglob("*") if path.is_file() and path.name not in ours]


def runners(names: Sequence[str], peer_python: str, peers: Sequence[str]) -> list[Runner]:
    """Return the runners that are named; a peer of one's own is "name=first command[||command for later polls]".

    Raises SystemExit with a line that says what is missing.
    """
    known: dict[str, Runner] = {
        "aggregator": Aggregator(),
        "reader": Reader(peer_python),
        "reader+search": Reader(peer_python, search=True),
        "newsboat": Newsboat(),
        "sfeed": Sfeed(),
        "feedparser": Feedparser(),
    }
    for text in peers:
        name, _, line = text.partition("=")
        first, _, again = line.partition("||")
        known[name] = Peer(name, first, again or first)
    if unknown := set(names) - set(known):
        raise SystemExit(f"unknown runner {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in names:
        _refuse_if_missing(known[name])
    return [known[name] for name in names]


def _refuse_if_missing(runner: Runner) -> None:
    program = runner.poll(Path(), first=True)[0]
    if shutil.which(program) is None:
        cures = {"newsboat": "apt-get install newsboat", "sfeed_update": "apt-get install sfeed"}
        cure = cures.get(program, "--peer-python names the interpreter of a virtual environment with it")
        raise SystemExit(f"{runner.name}: there is no {program}; {cure}")

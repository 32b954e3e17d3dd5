"""The installed program, run as a person runs it: in a folder of its own, with nothing set from outside."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.newsroom import Newsroom

EMPTY_OPML = '<opml version="2.0"><head><title>mine</title></head><body/></opml>'
SETTINGS = '[fetch]\nallow_networks = ["127.0.0.0/8"]\nhost_spacing = 0.0\ndeadline = 5\n'
_HANGS = 300  # seconds after which a command is ended; the longest of them reads a thousand pages


class Program:
    """The program in a folder; `config` is written there if it is given."""

    def __init__(self, folder: Path, config: str | None = None) -> None:
        self.folder = folder
        self.path = folder / "aggregator.db"  # of its archive, unless it is configured elsewhere
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AGGREGATOR_") and name != "FORCE_COLOR"
        }
        if config is not None:
            (folder / "config.toml").write_text(config, encoding="utf-8")

    def configure(self, text: str, opml: str | bytes = EMPTY_OPML) -> None:
        (self.folder / "config.toml").write_text(text, encoding="utf-8")
        (self.folder / "feeds.opml").write_bytes(opml if isinstance(opml, bytes) else opml.encode())

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "aggregator", *words],
            cwd=self.folder, env=self.environ, text=True, encoding="utf-8", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        with self.start(*words) as running:
            out, err = running.communicate(timeout=_HANGS)
        assert "Traceback" not in err, err
        return running.returncode, out, err

    def ask(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert code in {0, 1, 3}, err
        return json.loads(out)

    def follow(self, newsroom: Newsroom, steps: int) -> None:
        """Poll and archive every step of a newsroom."""
        self.configure(SETTINGS, newsroom.opml())
        for step in range(steps):
            newsroom.step = step
            assert self.run("poll", "--force")[0] in {0, 3}
            assert self.run("archive")[0] == 0

    def count(self, condition: str) -> int:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as shell:
            found: int = shell.execute(f"SELECT count(*) FROM {condition}").fetchone()[0]
        return found

"""Draw the pictures of README.md from what the program really answers: `python -m tests.pictures` (needs Chromium).

A terminal picture is a search typed on a pseudo-terminal beside an archive of our own web; the page is the digest of
`tests/digest_sample.py`.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from aggregator.digest import render
from tests.browser import Browser
from tests.digest_sample import sample_digest
from tests.sample import edited, sample
from tests.screen import COLUMNS, seen

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "terminal.svg").write_text(terminal_picture(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        page = Path(folder) / "day.html"
        page.write_bytes(render(sample_digest(), "html"))
        browser.open(page, width=1100, height=900)
        browser.picture(FOLDER / "digest.png")


def terminal_picture() -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    with tempfile.TemporaryDirectory() as folder, sample(Path(folder)) as program:
        for words in (("search", "visitors", "--limit", "3"), ("history", str(edited(program)))):
            console.print(Text.from_ansi(f"\x1b[1m$ aggregator {' '.join(words)}\x1b[0m"))
            command = (sys.executable, "-m", "aggregator", *words)
            console.print(Text.from_ansi(seen(command, program.folder, os.environ)))
    drawn = console.export_svg(title="aggregator", unique_id="terminal")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # nothing is loaded from elsewhere


if __name__ == "__main__":
    main()

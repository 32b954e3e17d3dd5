"""What README.md and docs/ tell a person to type is typed here, on a small archive, line by line.

Every code block marked `sh` is run, in the order of its page, by bash, beside an archive and with a home of its own.
A block that cannot be run (a service, apt, another program) says so in a comment above it: `<!-- not run: why -->`.
Addresses and numbers that a page invents stand for something real here (`Desk.stand_ins`); a line passes unless it is
wrong: exit 0, or 1 and 3 where nothing was found or a feed failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import foreign
from tests.desk import AGGREGATOR, AGREES, put_other_programs, put_program
from tests.program import Program
from tests.sample import edited
from tests.servers import Server, answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FINE = {0, 1, 3}
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\s*$")
_NOT_RUN = re.compile(r"^\s*<!-- not run: (?P<why>.+?) -->\s*$")
PAGE = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>Quay</body></html>'


@dataclass(frozen=True)
class Line:
    page: str
    number: int  # in the file
    text: str


def lines_of(text: str, page: str) -> list[Line]:
    """Return what a page tells to type; a line that ends in a backslash goes on."""
    found: list[Line] = []
    kind, above = "", ""
    runs = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and not kind:
            kind, runs = fence["kind"] or "text", fence["kind"] == "sh" and not _NOT_RUN.match(above)
        elif fence:
            kind, runs = "", False
        elif runs and found and found[-1].number == number - 1 and found[-1].text.endswith("\\"):
            found[-1] = Line(page, number, f"{found[-1].text[:-1].rstrip()} {line.strip()}")
        elif runs and line.strip() and not line.strip().startswith("#"):
            found.append(Line(page, number, line.strip()))
        above = line if line.strip() else above
    return found


def told() -> list[tuple[str, list[Line]]]:
    return [(page.name, lines) for page in PAGES if (lines := lines_of(page.read_text("utf-8"), page.name))]


@dataclass(frozen=True)
class Desk:
    """Where the lines are typed: the archive's folder, a home, and what invented words stand for."""

    folder: Path
    environ: dict[str, str]
    stand_ins: Sequence[tuple[str, str]]

    def type(self, line: Line) -> tuple[int, str]:
        text = line.text
        for invented, real in self.stand_ins:
            text = re.sub(invented, real, text)
        done = subprocess.run(
            ["bash", "-uo", "pipefail", "-c", text], cwd=self.folder, env=self.environ, check=False, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.returncode, f"{text}\n{done.stdout}"


@pytest.fixture
def desk(sampled: Program, tmp_path: Path) -> Iterator[Desk]:
    folder, home = tmp_path / "work", tmp_path / "home"
    shutil.copytree(sampled.folder, folder)
    put_program(tmp_path / "bin", "aggregator", AGGREGATOR)
    for name in ("systemctl", "browser"):
        put_program(tmp_path / "bin", name, AGREES)
    (tmp_path / "backups").mkdir()
    with (folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write('\n[[digest]]\nname = "morning"\nat = "0 7 * * *"\noutput = "morning.html"\n')
    with Server() as server:
        base = server.url("")
        server.answers = {
            "/": answer(body=PAGE.encode(), Content_Type="text/html"),
            "/feed": answer(body=foreign.feed(base), Content_Type="application/rss+xml"),
        }
        put_other_programs(folder, home, base)
        article = edited(Program(folder))
        address = str(Program(folder).ask("show", str(article))["url"])
        yield Desk(
            folder,
            {
                **sampled.environ,
                "HOME": str(home),
                "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
                "BROWSER": str(tmp_path / "bin/browser"),
            },
            (
                (r"\b4711\b", str(article)),
                (r"https://example\.org/a/story", address),
                (r"\b41288:3f…", str(Program(folder).ask("verify")["chain"]["head"])),
                (r"(?<=\s)/backups(?=/)", str(tmp_path / "backups")),
                (r"(?<![\w/.@-])(?:https?://)?example\.org(?:/feed\.xml)?(?![\w/])", base),
            ),
        )


@pytest.mark.parametrize(("page", "lines"), told(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_a_page_tells_to_type_can_be_typed(page: str, lines: list[Line], desk: Desk) -> None:
    """Every line in its order; each that is wrong is told, with what it answered."""
    wrong = []
    for line in lines:
        code, answered = desk.type(line)
        if code not in FINE or "Traceback" in answered:
            wrong.append(f"{page}, line {line.number}: exit {code}\n{answered}")
    assert not wrong, "\n".join(wrong)


def test_there_is_something_to_type() -> None:
    """Neither a changed mark nor a moved page empties this test."""
    pages = dict(told())
    assert {"README.md", "moving.md"} <= set(pages)
    assert sum(map(len, pages.values())) >= 15


def test_lines_are_found() -> None:
    text = (
        "```sh\naggregator one   # why\n# a comment\n\naggregator two \\\n  --more\n```\n"
        "```toml\nx = 1\n```\n<!-- not run: a service -->\n\n```sh\nsystemctl start x\n```\n  ```sh\n  three\n  ```\n"
    )
    assert [(line.number, line.text) for line in lines_of(text, "a page")] == [
        (2, "aggregator one   # why"),
        (6, "aggregator two --more"),
        (17, "three"),
    ]


def test_a_wrong_line_is_told(desk: Desk) -> None:
    """An option that is no more, a command that never was: exit 2 and 127 are wrong."""
    assert desk.type(Line("a page", 1, "aggregator search --no-such-option x"))[0] == 2
    assert desk.type(Line("a page", 2, "agregator search x"))[0] == 127

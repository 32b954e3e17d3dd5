"""What is published: a wheel with the program and nothing else, and the licences of what it brings along."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from aggregator import __version__
from tests import licences

ROOT = Path(__file__).parent.parent
SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*|Public Domain|BSD")


def built(target: str, folder: Path) -> Path:
    """Build with the backend of pyproject.toml, which the test extra brings along; without a network."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return next(folder.iterdir())


@pytest.mark.slow
def test_the_wheel_holds_the_program_and_nothing_else(tmp_path: Path) -> None:
    """Every module and template, the default files, the manual page; no test, no corpus, no archive."""
    with zipfile.ZipFile(built("wheel", tmp_path)) as wheel:
        names = set(wheel.namelist())
        metadata = Parser().parsestr(wheel.read(f"aggregator-{__version__}.dist-info/METADATA").decode())
        entry_points = wheel.read(f"aggregator-{__version__}.dist-info/entry_points.txt").decode()
    package = {name for name in names if name.startswith("aggregator/")}
    about = {name for name in names if name.startswith(f"aggregator-{__version__}.dist-info/")}
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "aggregator").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package == ours | {"aggregator/defaults/config.toml", "aggregator/defaults/feeds.opml"}
    assert {Path(name).suffix for name in package} <= {
        ".py",
        ".typed",
        ".toml",
        ".opml",
        ".html",
        ".css",
        ".md",
        ".txt",
        ".j2",
        ".xml",
    }
    assert names - package - about == {f"aggregator-{__version__}.data/data/share/man/man1/aggregator.1"}
    assert any(name.endswith("licenses/LICENSE") for name in about)
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "aggregator = aggregator.cli:main" in entry_points
    wanted = metadata.get_all("Requires-Dist") or []
    assert [one for one in wanted if "@" in one or "://" in one] == []
    assert [one for one in wanted if "extra ==" not in one and not re.search(r">=\d", one)] == []


@pytest.mark.slow
def test_the_source_holds_all_that_the_tests_need(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {
        "Makefile",
        "constraints.txt",
        "config.toml",
        "feeds.opml",
        "tests/test_packaging.py",
        "docs/aggregator.1",
    } <= names
    assert [
        name for name in names if name.endswith((".db", ".pyc")) or "corpus/" in name or ".venv" in name
    ] == []


def test_the_list_of_licences_is_that_of_what_is_installed() -> None:
    """`python -m tests.licences --write` writes it again."""
    if sys.version_info >= (3, 14):
        pytest.skip("the list is that of Python 3.11 to 3.13, which need one package more")
    assert licences.FILE.read_text("utf-8") == licences.rendered()


def test_every_licence_is_known_and_none_reaches_our_own_code() -> None:
    """Nothing without a licence, nothing whose licence only lets it be used in programs under the same."""
    rows = re.findall(r"^\| (\S+) \| (.*?) \|", licences.FILE.read_text("utf-8"), re.MULTILINE)[2:]
    assert len(rows) > 20
    assert [name for name, licence in rows if not SPDX.fullmatch(licence)] == []
    bound = [name for name, licence in rows if re.fullmatch(r"(?:A?GPL)[-\w.]*", licence)]
    assert bound == []

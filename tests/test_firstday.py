"""docs/first-day.md says what happens, and nothing that README.md and the guide do not say."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.firstday import BLOCK, PAGE, ROOT, commands, retyped, walk_in
from tests.test_docs import PAGES

if TYPE_CHECKING:
    from pathlib import Path

TOLD_IN = [page for page in PAGES if page.name in {"README.md", "guide.md", "moving.md"}]
ANY_SHELL = {"cd", "cat", "ls"}  # what a person brings along


def typed() -> list[str]:
    return [
        command
        for block in BLOCK.finditer(PAGE.read_text("utf-8"))
        for command, _ in commands(block["lines"].splitlines())
    ]


def shape(command: str) -> frozenset[str]:
    """Return the names of a command: its program, its own, its options; not what it is about."""
    words = shlex.split(command.partition("  #")[0])
    names = [word for word in words[: 1 + _depth(words)] if re.fullmatch(r"[a-z-]+", word)]
    return frozenset([*names, *(word for word in words if word.startswith("-"))])


def _depth(words: list[str]) -> int:
    return 2 if words[1:2] and words[1] in {"feeds", "service"} else 1


@pytest.mark.slow
def test_the_page_says_what_happens(tmp_path: Path) -> None:
    """Every command of it, in a fresh clone, by the program itself; `python -m tests.firstday --write` mends it."""
    if not (ROOT / ".git").exists():
        pytest.skip("no clone of the repository to clone")
    with walk_in(tmp_path) as walk:
        assert retyped(PAGE.read_text("utf-8"), walk).splitlines() == PAGE.read_text("utf-8").splitlines()


def test_no_step_is_missing_from_the_readme_and_the_guide() -> None:
    """Whoever reads those can do all of it."""
    pages = "\n".join(page.read_text("utf-8") for page in TOLD_IN)
    told = [shape(line) for line in pages.splitlines() if re.match(r"(aggregator|make|git) \w", line)]
    inline = [shape(code) for code in re.findall(r"`((?:aggregator|make|git) [^`]+)`", pages)]
    told += [shape(part) for line in pages.splitlines() if " && " in line for part in line.split(" && ")]
    missing = [
        command
        for command in typed()
        if command.split()[0] not in ANY_SHELL and not any(shape(command) <= one for one in told + inline)
    ]
    assert missing == []
    assert len(typed()) > 25


def test_what_is_not_told_is_missed() -> None:
    """The check looks at commands and options."""
    assert shape("aggregator search clock --open 1") == {"aggregator", "search", "--open"}
    assert shape("aggregator feeds add example.org --category X  # why") == {
        "aggregator", "feeds", "add", "--category",
    }  # fmt: skip
    assert not shape("aggregator search clock --limit 1") <= shape("aggregator search clock")

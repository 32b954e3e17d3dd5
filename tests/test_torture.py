"""A quick slice of what `python -m tests.torture` does to the installed program."""

from __future__ import annotations

import re
import shutil
import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.torture import (
    chaos,
    clock,
    content,
    disk,
    files,
    fuzz,
    kills,
    load,
    powercut,
    readers,
    rows,
    soak,
    stops,
)
from tests.torture.__main__ import SUITES

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.figures import Figure

SLICES: dict[str, Callable[[], list[Figure]]] = {
    "kills": partial(kills.suite, quick=True, count=5),
    "powercut": partial(powercut.suite, quick=True),
    "disk": partial(disk.suite, quick=True, count=1),
    "files": partial(files.suite, quick=True),
    "stops": partial(stops.suite, quick=True),
    "clock": partial(clock.suite, quick=True),
    "readers": partial(readers.suite, quick=True),
    "content": partial(content.served, patience=150),
    "content files": content.named_files_stay_closed,
    "content bombs": content.bombs,
    "fuzz": partial(fuzz.suite, quick=True, count=150),
    "soak": partial(soak.suite, quick=True, count=12),
    "load": partial(load.suite, quick=True),
    "chaos": partial(chaos.suite, quick=True),
}
# durations are for a machine of one's own; here they say nothing, nor does the memory of the largest child, which may
# be another test's browser
TIMES = (
    "content.service_memory",
    "content.29_all",
    "kills.start",
    "load.",
    "readers.another_service_ends",
    "stops.sigterm",
    "stops.second",
    "soak.day",
    "soak.overdue",
    "soak.memory",
    "fuzz.slowest",
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and a C compiler")
@pytest.mark.parametrize("name", SLICES)
def test_nothing_falls_short(name: str) -> None:
    """Whatever is done to it, it holds."""
    short = [str(one) for one in SLICES[name]() if not one.ok and not one.name.startswith(TIMES)]
    assert short == []


def test_every_suite_has_its_slice() -> None:
    """But for `network` and `rows`, which are ordinary tests, counted."""
    assert set(SUITES) == {name.partition(" ")[0] for name in SLICES} | {"network", "rows"}


def test_every_row_is_held_by_something_that_is_there() -> None:
    """No row of the table rests on a test, a suite or a benchmark that was renamed or taken away."""
    assert [row.number for row in rows.ALL] == list(range(1, 64))
    for row in rows.ALL:
        assert row.tests or row.suites or row.benchmarks, row
        assert set(row.suites.split()) <= set(SUITES), row
        for module in row.benchmarks.split():
            assert find_spec(f"benchmarks.{module}"), row
        for one in row.tests.split():
            file, _, name = one.partition(":")
            text = (rows.ROOT / f"test_{file}.py").read_text(encoding="utf-8")
            assert re.search(rf"^def test_{name.partition('[')[0]}", text, re.MULTILINE), one


def test_every_row_stands_in_the_documentation() -> None:
    """By its number, in the table of docs/reliability.md."""
    said = (rows.ROOT.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", said, re.MULTILINE)] == list(range(1, 64))

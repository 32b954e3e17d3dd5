"""A quick slice of what `python -m tests.torture` does to the installed program."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.torture import clock, content, disk, files, fuzz, kills, powercut, readers, soak, stops
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
    "fuzz": partial(fuzz.suite, quick=True, count=150),
    "soak": partial(soak.suite, quick=True, count=12),
}
# durations are for a machine of one's own; here they say nothing, nor does the memory of the largest child, which may
# be another test's browser
TIMES = (
    "content.service_memory",
    "kills.start",
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
    """But for `network`, which is ordinary tests, counted."""
    assert set(SUITES) == {*SLICES, "network"}

"""`python -m tests.torture`: run suites and print their figures; exit 1 when one falls short."""

from __future__ import annotations

import argparse
import inspect
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Figure, report

SUITES = (
    "kills",
    "powercut",
    "disk",
    "files",
    "stops",
    "clock",
    "readers",
    "network",
    "content",
    "fuzz",
    "soak",
    "load",
    "chaos",
    "rows",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE", help=f"some of {', '.join(SUITES)}; default: all"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a slice of each, two minutes in all (default)")
    size.add_argument("--full", action="store_true", help="everything; hours, on a machine of its own")
    parser.add_argument(
        "--count",
        type=int,
        default=0,
        metavar="N",
        help="so many kills, states, mutated feeds or feeds of the soak, instead of the usual number",
    )
    parser.add_argument(
        "--minutes", type=float, default=1e7, help="end kills and fuzz after that, with what is done"
    )
    parser.add_argument(
        "--only", default="", metavar="PART", help="one part of a suite: pages of fuzz, reloads of stops …"
    )
    parser.add_argument("--seed", type=int, default=0, help="for everything that is left to chance")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    if unknown := set(wanted.suites) - set(SUITES):
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in wanted.suites or SUITES:
        began = time.monotonic()
        print(f"suite {name}", flush=True)
        play = import_module(f"tests.torture.{name}").suite
        given = {
            "quick": not wanted.full,
            "seed": wanted.seed,
            "count": wanted.count,
            "seconds": 60 * wanted.minutes,
            "only": wanted.only,
        }
        found = play(
            **{key: value for key, value in given.items() if key in inspect.signature(play).parameters}
        )
        print(f"suite {name}: {time.monotonic() - began:.0f} s", flush=True)
        figures += found
    return report(figures, wanted.json)


if __name__ == "__main__":
    sys.exit(main())

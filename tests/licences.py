"""docs/licences.md: the licences of everything that an installation brings along, from what is installed.

    python -m tests.licences --write

Only names and licences: versions change, and addresses are the index's business. `test_packaging.py` compares.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FILE = Path(__file__).parent.parent / "docs" / "licences.md"
_CLASS = "License :: "
_FAMILIES = {  # what classifiers and free texts are called in SPDX
    "MIT License": "MIT",
    "The MIT License": "MIT",
    "BSD License": "BSD",
    "BSD 3-Clause License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_LONGEST = 80  # characters; what is longer is the text of a licence, not its name
_HEAD = """\
# Licences

aggregator itself: Apache-2.0. What an installation brings along, as each package says of itself (written by
`python -m tests.licences --write`):

| package | licence | asked for by |
|---|---|---|
"""


def needed(root: str = "aggregator") -> dict[str, set[str]]:
    """Return every package that an installation without extras brings along, with those that ask for it."""
    asked: dict[str, set[str]] = {}
    left = [(root, frozenset[str]())]
    seen = set()
    while left:
        name, extras = left.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for requirement in map(Requirement, distribution(name).requires or ()):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""})):
                child = canonicalize_name(requirement.name)
                asked.setdefault(child, set()).add(name)
                left.append((child, frozenset(requirement.extras)))
    return asked


def licence_of(package: Distribution) -> str:
    """Return a package's licence in SPDX's words where it can be told; "" if it says nothing."""
    told = package.metadata
    classified = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or () if c.startswith(_CLASS)]
    free = next(iter(told.get_all("License") or ()), "").strip().partition("\n")[0]
    names = [told["License-Expression"]] if "License-Expression" in told else classified or [free]
    names = [re.sub(r"\s+", " ", _FAMILIES.get(name, name)) for name in names if name]
    precise = _FAMILIES.get(free, free)
    if names == ["BSD"] and precise.startswith("BSD-"):
        names = [precise]
    return " OR ".join(dict.fromkeys(names))[:_LONGEST]


def rendered() -> str:
    rows = []
    for name, parents in sorted(needed().items()):
        package = distribution(name)
        rows.append(
            f"| {package.metadata['Name']} | {licence_of(package)} | {', '.join(sorted(parents))} |\n"
        )
    return _HEAD + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the file instead of showing it")
    if parser.parse_args().write:
        FILE.write_text(rendered(), encoding="utf-8")
    else:
        sys.stdout.write(rendered())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

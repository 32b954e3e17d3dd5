"""The figures of many runs as one table, of docs/figures.md.

    python -m benchmarks run table FOLDER > docs/figures.md

FOLDER has a file NAME.json for each benchmark or suite, as `--json` writes them. Figures without a target are left out:
they explain the others where they are measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.__main__ import benchmarks
from benchmarks.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD = """\
# Figures

Every figure that has a target, in one table, as each benchmark and suite gave it when it was last run: not all on one
machine, nor after every change. The other documents say what they mean and how to measure them again. `python -m
benchmarks list` tells what each benchmark does, docs/reliability.md what each suite (`torture …`) does.
A figure that is short of its target is named at the end.
"""


def figures_in(path: Path) -> list[Figure]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Figure(**{name: value for name, value in row.items() if name != "ok"}) for row in rows]


def table(found: dict[str, Sequence[Figure]]) -> Iterator[str]:
    """Yield the lines of the document."""
    yield _HEAD
    yield "| measured by | figure | value | target |"
    yield "|---|---|---|---|"
    for name, figures in found.items():
        for figure in figures:
            if figure.op:
                yield f"| {name} | {figure.name} | {_value(figure)} | {figure.op} {figure.target:g} |"
    short = [figure for figures in found.values() for figure in figures if not figure.ok]
    met = sum(bool(figure.op) for figures in found.values() for figure in figures) - len(short)
    yield f"\n{met} targets are met, {len(short)} are not" + (":" if short else ".")
    for figure in short:
        yield f"- {figure.name}: {_value(figure)}, wanted {figure.op} {figure.target:g}"


def _value(figure: Figure) -> str:
    value = f"{figure.value:.4g} {figure.unit}"
    return value if figure.ok else f"**{value}**"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    order = [*benchmarks(), *sorted(path.stem for path in folder.glob("torture *.json"))]
    found: dict[str, Sequence[Figure]] = {}
    for name in order:
        if (path := folder / f"{name}.json").exists():
            found[name] = figures_in(path)
    print("\n".join(table(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

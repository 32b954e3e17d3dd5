"""Write the reference and the manual page, or name what has no description."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.reference import commands, fields, render, settings, tables
from tests.sample import sample

DOCS = Path(__file__).parent.parent.parent / "docs"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reference")
    parser.add_argument("--write", action="store_true", help="write docs/reference.md and docs/aggregator.1")
    parser.add_argument("--missing", action="store_true", help="name what has no description")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sample(Path(folder)) as program:
        seen = fields.outputs(program)
    nameless = [*commands.missing(), *settings.missing(), *tables.missing(), *fields.nameless(seen)]
    if asked.missing:
        sys.stdout.writelines(f"{line}\n" for line in nameless)
        return 1 if nameless else 0
    if asked.write:
        (DOCS / "reference.md").write_text(render.reference(seen), encoding="utf-8")
        (DOCS / "aggregator.1").write_text(render.manual(), encoding="utf-8")
    else:
        sys.stdout.write(render.reference(seen))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

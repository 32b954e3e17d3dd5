"""`python -m benchmarks list` tells what can be measured; `python -m benchmarks run NAME …` measures it."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path

_HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Return what can be run: modules and folders that have a `main`, with the first line of what they say."""
    found = {}
    for path in sorted([*_HERE.glob("*.py"), *_HERE.glob("*/__main__.py"), *_HERE.glob("*/*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(_HERE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__main__")
        runs = any(isinstance(node, ast.If) and "__main__" in ast.dump(node.test) for node in tree.body)
        if runs and name not in {"__main__", "speed.server"}:
            found[name] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def main() -> int:
    known = benchmarks()
    match sys.argv[1:]:
        case ["list"]:
            for name, what in known.items():
                print(f"{name:20} {what}")
            return 0
        case ["run", name, *rest] if name in known:
            sys.argv = [f"benchmarks {name}", *rest]
            runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
            return 0
        case ["run", name, *_]:
            print(f"there is no benchmark {name!r}; `python -m benchmarks list` names them", file=sys.stderr)
        case _:
            print("python -m benchmarks list | run NAME [--help | options]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

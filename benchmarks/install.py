"""What an installation takes: the wheel in an empty environment, the main job through it, and start-up and disk.

    python -m benchmarks.install [--python NAME]... [--no-extras] [--json FILE]

Needs an index to install from. The environment gets the wheel and what it asks for, as pip of that Python finds it, and
no extra; then the installed program polls a feed from a local server, archives, searches and writes a digest. Each
extra is installed into an environment of its own. Start-up is told as a ratio to an empty Python in the same run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, report
from tests.servers import Server, answer

ROOT = Path(__file__).parent.parent
RUNS = 7
MB = 1024 * 1024
PAGE = "<html><title>The bell</title><article><h1>The bell</h1>{}</article></html>".format(
    "".join(
        f"<p>In hour {n} the divers of Nordhaven found the lost bell below the old quay, they said.</p>"
        for n in range(20)
    )
)
FEED = (
    '<rss version="2.0"><channel><title>Quay</title><item><guid>1</guid><link>{base}/1</link><title>The bell</title>'
    "<description>A bell.</description></item></channel></rss>"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--python", action="append", help="an interpreter to install for; default: this one")
    parser.add_argument("--no-extras", action="store_true", help="without the environments of the extras")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures: list[Figure] = []
    for python in asked.python or [sys.executable]:
        with TemporaryDirectory() as folder:
            figures += of_python(Path(python), Path(folder), [] if asked.no_extras else extras())
    return report(figures, asked.json)


def of_python(python: Path, folder: Path, wanted: list[str]) -> list[Figure]:
    """Return the figures of one interpreter, with those of the extras that are wanted."""
    wheel = build(folder / "dist")
    home = folder / "empty"
    run(python, "-m", "venv", home)
    empty = size(home)
    run(home / "bin/pip", "install", "--quiet", wheel)
    name = version_of(home)
    found = [
        Figure(f"install.wheel[{name}]", wheel.stat().st_size / MB, "MB", "<=", 2.0),
        Figure(f"install.disk[{name}]", (size(home) - empty) / MB, "MB"),
        Figure(
            f"install.main_job[{name}]",
            main_job(home / "bin/aggregator", folder / "work"),
            "articles",
            "==",
            1,
        ),
        Figure(
            f"install.man_page[{name}]", (home / "share/man/man1/aggregator.1").is_file(), "files", "==", 1
        ),
    ]
    bare = median(home / "bin/python", "-c", "pass")
    for words in (("--version",), ("--help",), ("search", "bell"), ("status",)):
        took = median(home / "bin/aggregator", *words, cwd=folder / "work")
        found.append(Figure(f"install.start[{' '.join(words)}][{name}]", took / bare, "bare-pythons"))
    return found + [with_extra(python, folder / extra, wheel, extra, name) for extra in wanted]


def with_extra(python: Path, home: Path, wheel: Path, extra: str, name: str) -> Figure:
    """Install with one extra into an environment of its own, by a new pip: 23.0 trips over lxml's extra names."""
    run(python, "-m", "venv", home)
    run(home / "bin/pip", "install", "--quiet", "--upgrade", "pip")
    words = [str(home / "bin/pip"), "install", "--quiet", f"{wheel}[{extra}]"]
    installed = subprocess.run(words, check=False, capture_output=True).returncode == 0
    starts = installed and bool(run(home / "bin/aggregator", "--version"))
    return Figure(f"install.extra[{extra}][{name}]", starts, "starts", "==", 1)


def build(folder: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


def extras() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return list(project.get("optional-dependencies", {}))


def main_job(program: Path, work: Path) -> int:
    """Poll, archive, search and write a digest with the installed program; return how many articles were found."""
    work.mkdir()
    with Server() as server:
        base = server.url("")
        server.answers = {
            "/feed": answer(body=FEED.format(base=base).encode(), Content_Type="application/rss+xml"),
            "/1": answer(body=PAGE.encode(), Content_Type="text/html"),
        }
        (work / "config.toml").write_text('[fetch]\nallow_networks = ["127.0.0.0/8"]\nhost_spacing = 0.0\n')
        (work / "feeds.opml").write_text(
            f'<opml version="2.0"><body><outline type="rss" xmlUrl="{base}/feed"/></body></opml>'
        )
        for words in (("poll",), ("archive",), ("digest", "-o", "today.html")):
            run(program, *words, cwd=work)
    assert "divers of Nordhaven" in (work / "today.html").read_text("utf-8")
    found = run(program, "search", "lost bell", "--json", cwd=work)
    return found.count('"verdict": "full"')


def median(*words: object, cwd: Path | None = None) -> float:
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run(*words, cwd=cwd)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def run(*words: object, cwd: Path | None = None) -> str:
    """Run a program without what the caller's environment says of Python and of us; return what it prints."""
    environ = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AGGREGATOR_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        [str(w) for w in words], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def size(folder: Path) -> int:
    """Return the bytes of a folder's files, without compiled ones: those come with use."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.suffix != ".pyc")


def version_of(home: Path) -> str:
    return run(home / "bin/python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()


if __name__ == "__main__":
    raise SystemExit(main())

"""The house stays as `docs/design.md` draws it: arrows go down only, and each library has one room."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent / "aggregator"

# Floors from the ground up; a room may import from lower floors only, never from its own.
FLOORS = (
    {
        "answers",
        "charsets",
        "checks",
        "counting",
        "cron",
        "dates",
        "domains",
        "errors",
        "headers",
        "installed",
        "languages",
        "lazily",
        "letters",
        "models",
        "markup",
        "terms",
        "times",
        "units",
        "urls",
    },
    {
        "config",
        "opml",
        "schedule",
        "parse",
        "extract",
        "dedupe",
        "stories",
        "discover",
        "health",
        "outage",
        "query",
        "revision",
        "export",
        "parquet",
        "digest",
        "fetch",
        "archive",
        "deliver",
        "warc",
        "workers",
    },
    {"decide", "moving", "reading"},
    {"pipeline", "editions", "keepsakes"},
    {"app"},
    {"doctor", "service"},
    {"cli"},
    {"__main__"},
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms} | {"__init__": -1}
# Ground that stands on ground.
ALLOWED_ON_ONE_FLOOR = {("models", "lazily"), ("domains", "urls"), ("times", "errors"), ("letters", "checks")}

# The rooms within `extract`, from its ground up; what stands above them all is its door.
FLOORS_OF_EXTRACT = ("letters", "tree", "text", "facts", "verdict", "site")

ONE_ROOM = {
    "requests": "fetch",
    "urllib3": "fetch",
    "sqlite_utils": "archive",
    "feedparser": "parse",
    "trafilatura": "extract",
    "htmldate": "extract",
    "dateparser": "extract",
    "apscheduler": "service",
    "click": "cli",
    "rich": "cli",
    "markdown_it": "cli",
    "jinja2": "digest",
    "msgspec": "config schedule archive",
    "multiprocessing": "workers",
    "markupsafe": "digest",
    "certifi": "fetch",
    "prometheus_client": "service",
    "protego": "fetch",
    "tld": "domains",
    "warcio": "warc",
    "pyarrow": "parquet",
    "backports": "archive",
    "Stemmer": "terms",
    "icu4py": "terms",
}
EDGES = {"installed", "parquet", "fetch", "archive", "deliver", "warc", "workers"}  # what touches the world
PURE = (FLOORS[0] | FLOORS[1] | FLOORS[2]) - EDGES
WORLDLY = {
    "time",
    "random",
    "socket",
    "subprocess",
    "threading",
    "logging",
    "tempfile",
    "shutil",
    "secrets",
    "sqlite3",
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        yield room, path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "aggregator":
                found.update(f"aggregator.{alias.name}" for alias in node.names)
    return found


def test_every_module_has_its_floor() -> None:
    """A new room is put on a floor when it is built."""
    assert {room for room, _ in modules()} <= set(LEVEL)


@pytest.mark.parametrize(("room", "path"), list(modules()), ids=lambda value: str(value).rpartition("/")[2])
def test_arrows_go_down_only(room: str, path: Path) -> None:
    """No module imports from its own floor or one above, not even for types."""
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "aggregator" or len(parts) == 1 or parts[1] == room or parts[1] == "__version__":
            continue
        down = LEVEL[parts[1]] < LEVEL[room] or (room, parts[1]) in ALLOWED_ON_ONE_FLOOR
        assert down, f"{room} imports {name}"


def test_arrows_go_down_within_extract() -> None:
    """Its rooms are floors: what is read of a page, then what is made of that."""
    door = len(FLOORS_OF_EXTRACT)
    level = {room: number for number, room in enumerate(FLOORS_OF_EXTRACT)}
    for path in sorted((ROOT / "extract").rglob("*.py")):
        room = path.relative_to(ROOT / "extract").parts[0].removesuffix(".py")
        for name in imports(path):
            parts = name.split(".")
            if parts[:2] == ["aggregator", "extract"] and len(parts) > 2 and parts[2] != room:
                assert level.get(parts[2], door) <= level.get(room, door), f"{path.name} imports {name}"


@pytest.mark.parametrize(("library", "homes"), ONE_ROOM.items())
def test_each_library_has_its_room(library: str, homes: str) -> None:
    """A third-party name appears in a single room, behind our words; one that writes records as text in three."""
    users = {room for room, path in modules() if any(name.split(".")[0] == library for name in imports(path))}
    assert users <= set(homes.split())


def test_pure_rooms_do_not_touch_the_world() -> None:
    """No clock, chance, network, disk or log in a pure room."""
    for room, path in modules():
        if room in PURE:
            assert not WORLDLY & {name.split(".")[0] for name in imports(path)}, path.name
            assert ".now(" not in path.read_text(encoding="utf-8"), path.name


def test_the_pipeline_makes_nothing() -> None:
    """It takes archive, fetcher, clock and pools as arguments; their makers it knows as types at most."""
    for path in sorted((ROOT / "pipeline").glob("*.py")):
        top = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ImportFrom)]
        makers = {"aggregator.archive", "aggregator.fetch", "aggregator.workers"}
        assert not [node.module for node in top if node.module in makers], path.name


def test_modules_stay_small() -> None:
    """350 lines at most; then a folder of the same name, or a simpler idea."""
    long = {
        path.name: count
        for _, path in modules()
        if (count := len(path.read_text("utf-8").splitlines())) > 350
    }
    assert not long


def test_functions_stay_small() -> None:
    """40 lines at most; a longer one is a list of named steps waiting to be written."""
    long = [
        f"{path.name}:{node.name}"
        for _, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or node.lineno) - node.lineno >= 40
    ]
    assert not long

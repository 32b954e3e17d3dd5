"""The library between a program and its disk (`shim.c`): built when first needed, spoken to by variables."""

from __future__ import annotations

import functools
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = struct.Struct("=cIIQQ")  # kind, length of path, of the other path, offset, length of data


@functools.cache
def library() -> Path:
    """Build the shim and return it; it needs a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("these suites need a C compiler (cc) to build tests/torture/shim.c")
    built = Path(tempfile.mkdtemp(prefix="aggregator-shim-")) / "shim.so"
    source = Path(__file__).with_name("shim.c")
    words = [compiler, "-O1", "-shared", "-fPIC", "-Wall", "-o", str(built), str(source), "-ldl", "-lpthread"]
    subprocess.run(words, check=True)
    return built


def below(folder: Path, **settings: object) -> dict[str, str]:
    """Return the variables with which a program's changes below a folder go through the shim."""
    given = {f"SHIM_{name.upper()}": str(value) for name, value in settings.items()}
    return {"LD_PRELOAD": str(library()), "SHIM_DIR": f"{folder.resolve()}/", **given}


@dataclass(frozen=True, slots=True)
class Op:
    """One change, as it was recorded."""

    kind: str  # w: write, s: sync, t: truncate, u: unlink, r: rename
    path: str
    other: str
    offset: int
    data: bytes


def recorded(log: Path) -> Iterator[Op]:
    content = log.read_bytes()
    at = 0
    while at < len(content):
        kind, path, other, offset, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        names = content[at : at + path + other].decode()
        at += path + other
        yield Op(kind.decode(), names[:path], names[path:], offset, content[at : at + length])
        at += length

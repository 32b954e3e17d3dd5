"""powercut: everything that was written before a cut and not waited for (fsync) may be lost, reordered or torn.

A writer works on an archive through the shim, which records every change of a file in order, and says after each
transaction that it may be counted on. Then the power is cut at thousands of moments: what was synced is there; of what
was not, any part, in sectors of 512 bytes. From each state the archive must open, be whole, and have all that
was acknowledged. Names in a folder last from the folder's own sync on; until then any first part of their changes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from aggregator.errors import AggregatorError
from benchmarks.figures import Figure
from tests.torture import shim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.torture.shim import Op

SECTOR = 512
CHECKPOINT_PAGES = 60  # instead of 1000, so that many are cut


def suite(*, quick: bool, seed: int = 0, count: int = 0) -> list[Figure]:
    states = count or (120 if quick else 2000)
    with tempfile.TemporaryDirectory(prefix="aggregator-powercut-") as name:
        folder = Path(name)
        ops = _recorded(folder, "FULL", rounds=12 if quick else 60)
        figures = _cut(ops, folder / "work", folder / "state", states, random.Random(seed))
        return figures + [
            figure
            for weaker in ("NORMAL", "OFF")
            for figure in _control(folder / weaker, weaker, states // 10)
        ]


def _control(folder: Path, synchronous: str, states: int) -> list[Figure]:
    """Do the same to a weaker setting, which must fail: else the cuts prove nothing."""
    folder.mkdir()
    ops = _recorded(folder, synchronous, rounds=12)
    with redirect_stdout(StringIO()):
        lost, corrupt = _cut(ops, folder / "work", folder / "state", states, random.Random(1))[3:1:-1]
    if synchronous == "NORMAL":  # loses, and never harms
        return [Figure("powercut.control_normal_lost", lost.value, "states", ">=", 1),
                Figure("powercut.control_normal_corrupt", corrupt.value, "states", "==", 0)]  # fmt: skip
    return [Figure("powercut.control_off_wrong", corrupt.value + lost.value, "states", ">=", 1)]


def _recorded(folder: Path, synchronous: str, rounds: int) -> list[Op]:
    work, log = folder / "work", folder / "log"
    work.mkdir()
    environ = {**os.environ, **shim.below(work, log=log)}
    words = [sys.executable, "-m", "tests.torture.writer", str(work), str(rounds), str(CHECKPOINT_PAGES),
             synchronous]  # fmt: skip
    subprocess.run(words, env=environ, check=True)
    return list(shim.recorded(log))


@dataclass
class _File:
    """One file: what would surely be left of it, and what was changed since it was last synced."""

    lasting: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        for op in self.pending:
            _apply(self.lasting, op)
        self.pending.clear()

    def after_cut(self, dice: random.Random) -> bytearray:
        left = bytearray(self.lasting)
        share = dice.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for op in self.pending:
            if dice.random() >= share:
                continue
            if op.kind == "w" and dice.random() < 0.3:
                _apply_torn(left, op, dice)
            else:
                _apply(left, op)
        return left


def _apply(content: bytearray, op: Op) -> None:
    if op.kind == "t":
        del content[op.offset :]
        content.extend(bytes(op.offset - len(content)))
        return
    end = op.offset + len(op.data)
    content.extend(bytes(max(0, end - len(content))))
    content[op.offset : end] = op.data


def _apply_torn(content: bytearray, op: Op, dice: random.Random) -> None:
    """Write some sectors of a write and not the others."""
    for start in range(0, len(op.data), SECTOR):
        if dice.random() < 0.5:
            part = op.data[start : start + SECTOR]
            end = op.offset + start + len(part)
            content.extend(bytes(max(0, end - len(content))))
            content[op.offset + start : end] = part


class _Disk:
    """The files of one folder; names and contents last apart from each other."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve())
        self._named: dict[str, _File] = {}  # names as they are now
        self._lasting: dict[str, _File] = {}  # as the folder was last synced
        self._moves: list[Op] = []  # changes of names since then; a file that appears is an 'm'
        self.acknowledged: list[str] = []

    def play(self, op: Op) -> None:
        name = op.path.removeprefix(self._folder).strip("/")
        if name == "acks":
            self.acknowledged += op.data.decode().split() if op.kind == "w" else []
        elif op.kind == "s" and not name:
            self._lasting, self._moves = dict(self._named), []
        elif op.kind == "u":
            self._named.pop(name, None)
            self._moves.append(op)
        elif op.kind == "r":
            other = op.other.removeprefix(self._folder).strip("/")
            self._named[other] = self._named.pop(name)
            self._moves.append(op)
        else:
            self._change(name, op)

    def _change(self, name: str, op: Op) -> None:
        if name not in self._named:
            self._named[name] = _File()
            self._moves.append(type(op)("m", op.path, "", 0, b""))
        if op.kind == "s":
            self._named[name].sync()
        else:
            self._named[name].pending.append(op)

    def after_cut(self, dice: random.Random) -> dict[str, bytearray]:
        names = dict(self._lasting)
        for op in self._moves[: dice.randint(0, len(self._moves))]:
            name = op.path.removeprefix(self._folder).strip("/")
            if op.kind == "m":
                names[name] = self._file_that_was(name) or _File()
            elif op.kind == "u":
                names.pop(name, None)
            elif op.kind == "r" and name in names:
                names[op.other.removeprefix(self._folder).strip("/")] = names.pop(name)
        return {name: file.after_cut(dice) for name, file in names.items()}

    def _file_that_was(self, name: str) -> _File | None:
        return self._named.get(name)


def _cut(ops: list[Op], work: Path, state: Path, states: int, dice: random.Random) -> list[Figure]:
    moments = Counter(dice.randrange(1, len(ops) + 1) for _ in range(states))
    disk, found = _Disk(work), Counter[str]()
    for number, op in enumerate(ops, 1):
        disk.play(op)
        for _ in range(moments[number]):
            wrong = _look(disk.after_cut(dice), disk.acknowledged, state)
            for kind, said in wrong:
                found[kind] += 1
                if found[kind] <= 5:
                    print(f"powercut after change {number}: {kind}: {said}")
    print(f"powercut: {len(ops)} changes, {len(disk.acknowledged)} acknowledgements")
    return [
        Figure("powercut.states", states, "states", ">=", states),
        Figure("powercut.acknowledged", len(disk.acknowledged), "records", ">=", 1),
        Figure("powercut.corrupt", found["corrupt"], "states", "==", 0),
        Figure("powercut.lost", found["lost"], "states", "==", 0),
        Figure("powercut.backups_wrong", found["backup"], "states", "==", 0),
    ]


def _look(files: dict[str, bytearray], acknowledged: list[str], state: Path) -> list[tuple[str, str]]:
    """Put a state on the disk, start from it, and return what is wrong."""
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    for name, content in files.items():
        (state / name).write_bytes(content)
    wrong = []
    if "b" in acknowledged and (said := _open(state / "backup.db", [])):
        wrong.append(("backup", said))
    kept = [one for one in acknowledged if one != "b"]
    said = _open(state / "aggregator.db", kept)
    if said:
        wrong.append(("lost" if said.startswith("lost") else "corrupt", said))
    return wrong


def _open(path: Path, acknowledged: Iterable[str]) -> str:
    try:
        with open_archive(path, writable=True) as archive:
            if trouble := archive.check() or archive.index.check() or archive.vitals.broken_references():
                return trouble
            if breaks := archive.chain.verify().breaks:
                return breaks[0].said
            there = {f"e{row[0]}" for row in archive.db.rows("SELECT guid FROM entries")}
            there |= {f"a{row[0]}" for row in archive.db.rows(_WITH_ARTICLE)}
            there |= {f"r{row[0]}" for row in archive.db.rows("SELECT id FROM revisions")}
    except AggregatorError as error:
        return str(error)
    lost = sorted(set(acknowledged) - there)
    return f"lost {len(lost)}: {' '.join(lost[:5])}" if lost else ""


_WITH_ARTICLE = "SELECT e.guid FROM entries e JOIN articles a ON a.id = e.article_id"

"""Tables of the archive: columns from the schema itself, descriptions from its comments."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import open_archive
from tests.reference.words import PACKAGE, meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive

_TABLE = re.compile(r"CREATE (?:VIRTUAL )?TABLE \"?(\w+)\"?[^\n]*?(?:--\s*(.*))?\n")
_COLUMN = re.compile(r"^\s*(\w+)\s+[^\n]*?--\s*(.*)$", re.MULTILINE)
_ADDED = re.compile(
    r'(?:^[ \t]*#\s*(?P<above>[^\n]*)\n)?^[ \t]*"ALTER TABLE (?P<table>\w+) ADD COLUMN (?P<column>\w+)[^\n]*?"'
    r",?[ \t]*(?:#\s*(?P<behind>[^\n]*))?$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    is_key: bool
    says: str  # "" when nobody does


@dataclass(frozen=True)
class Table:
    name: str
    says: str
    columns: tuple[Column, ...]


def tables() -> list[Table]:
    """Return the tables of a new archive but for those in which SQLite keeps the index."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_archive(Path(folder) / "new.db", writable=True) as archive,
    ):
        rows = archive.db.rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
            " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY rowid"
        )
        indexes = {row["name"] for row in rows if row["sql"].lstrip().startswith("CREATE VIRTUAL")}
        plain = [row for row in rows if not any(row["name"].startswith(f"{name}_") for name in indexes)]
        return [_table(archive, row["name"], row["sql"]) for row in plain]


def _table(archive: Archive, name: str, sql: str) -> Table:
    head = _TABLE.match(sql + "\n")
    told = dict(_COLUMN.findall(sql)) | _added().get(name, {})
    columns = archive.db.rows(f"PRAGMA table_info({name})")
    return Table(
        name=name,
        says=(head[2] if head else "") or meaning(name, "tables"),
        columns=tuple(
            Column(
                row["name"], row["type"], bool(row["pk"]),
                told.get(row["name"]) or meaning(row["name"], f"table {name}"),
            )
            for row in columns
        ),
    )  # fmt: skip


def _added() -> dict[str, dict[str, str]]:
    """Return the comments beside the statements that add columns, which SQLite does not keep."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((PACKAGE / "archive").glob("*.py")):
        for added in _ADDED.finditer(path.read_text("utf-8")):
            found.setdefault(added["table"], {})[added["column"]] = added["behind"] or added["above"] or ""
    return found


def missing() -> Iterator[str]:
    for table in tables():
        if not table.says:
            yield f"table {table.name}: nothing says what one row is"
        yield from (
            f"table {table.name}, column {c.name}: has no comment" for c in table.columns if not c.says
        )

"""Archives as text, kept for ever: `python -m tests.archives news.db > tests/data/archives/schema-N.sql`.

What a schema step leaves behind is written down when the step lands, and never edited: `test_migrations.py` brings
every one of them up to date.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "data" / "archives"


def statements(path: Path) -> Iterator[str]:
    """Yield the statements that make the archive anew; the index fills itself by its triggers."""
    with closing(sqlite3.connect(path)) as conn:
        owner, version = (
            conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        yield f"-- An archive as schema {version} wrote it. Never edited: every later program must be able to read it."
        yield from (f"PRAGMA application_id = {owner};", f"PRAGMA user_version = {version};", "BEGIN;")
        kinds = {
            row[1]: row[2] for row in conn.execute("PRAGMA table_list") if not row[1].startswith("sqlite_")
        }
        rows = conn.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql <> '' ORDER BY rowid"
        ).fetchall()
        for wanted in ("table", "index", "trigger"):
            for kind, _, table, sql in rows:
                if kind == wanted and kinds.get(table) in {"table", "virtual"}:
                    yield "\n".join(line.rstrip() for line in sql.strip().splitlines()) + ";"
        for table in (name for name, kind in kinds.items() if kind == "table"):
            yield from _rows(conn, table)
        yield "COMMIT;"


def _rows(conn: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = [row[1] for row in conn.execute(f'PRAGMA table_info("{table}")')]
    for row in conn.execute(f'SELECT * FROM "{table}"'):
        yield f'INSERT INTO "{table}" ({", ".join(columns)})\n    VALUES ({", ".join(map(_literal, row))});'


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    return repr(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


if __name__ == "__main__":
    print("\n".join(statements(Path(sys.argv[1]))))

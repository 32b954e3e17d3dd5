"""The door to SQLite: how the archive file is opened, locked, read and written.

Rules of this file: it knows pragmas, transactions and the lock, and no table. Every write starts as a writer
(`BEGIN IMMEDIATE`), because a read that turns into a write fails at once when another process has written in
between, whatever the time-out (SQLITE_BUSY_SNAPSHOT). `synchronous` is FULL: with NORMAL a power cut takes back
transactions that were acknowledged. One connection of a process writes; its threads take turns.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from aggregator.errors import ArchiveError, ArchiveLockedError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

APPLICATION_ID = 0x41474752  # "AGGR": tells our files from other SQLite files
BUSY_SECONDS = 30  # somebody else's sqlite3 shell may hold the file for a moment
Params = Sequence[object] | Mapping[str, object]


class Companion(Protocol):
    """What is kept in step with every transaction."""

    def before_commit(self) -> None: ...

    def after_rollback(self) -> None: ...


class Database:
    """One connection to one archive file, usable from every thread of the process, one at a time."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        """Open the file; a writable one is created when missing.

        Raises:
            ArchiveError: the file is missing (read only), cannot be opened, or is not an archive of ours.

        """
        if path.exists() and not path.is_file():
            raise ArchiveError(f"{path}: is not a file; name one in [archive] path")
        self.path = path
        self.writable = writable
        self.companion: Companion | None = None  # writes along, in the same transaction
        self.turn = threading.RLock()  # whose turn it is to use the connection
        self._durable = True  # as `_prepare` leaves it
        self._beside: Database | None = None
        self._closed = False
        self._opening = threading.Lock()  # of the one beside
        self._lock = _take_lock(path) if writable else None
        try:
            self._conn = _connect(path, writable=writable)
        except BaseException:
            self._let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self.turn, self._opening:
            self._closed = True
            if self._beside is not None:
                self._beside.close()
            self._conn.close()
            self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def beside(self) -> Database:
        """Return another connection, which reads what is committed while this one writes, and waits for nobody."""
        with self._opening:
            if self._closed:
                raise ArchiveError(f"{self.path}: was closed")
            if self._beside is None:
                self._beside = Database(self.path, writable=False)
                self._beside.by_itself("PRAGMA cache_size = -1000")  # KiB; this one has the large cache
            return self._beside

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for statements that make their own terms: migrations, the index, salvage."""
        return self._conn

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Make everything inside one transaction; inside another one, be part of that.

        One that is not durable survives the end of the process, but perhaps not a power cut; it never harms the
        file (`synchronous=NORMAL`).
        """
        with self.turn:
            if self._conn.in_transaction:
                yield
                return
            with _told_plainly(self.path):
                self._sync_if(durable)
                yield from self._begun()

    def _sync_if(self, durable: bool) -> None:
        """Let transactions wait for the disk, or not; asked often, said only when it changes."""
        if self._durable != durable:
            self._conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable

    def _begun(self) -> Iterator[None]:
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            if self.companion is not None:
                self.companion.before_commit()
            self._conn.execute("COMMIT")
        except BaseException:
            if self._conn.in_transaction:  # a full disk has rolled back already
                self._conn.execute("ROLLBACK")
            if self.companion is not None:
                self.companion.after_rollback()
            raise

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Make everything inside one step of a transaction: when it raises, the step is taken back and no more.

        A full disk is told as such in here, too: it must not pass for a bug of the step.
        """
        with _told_plainly(self.path), self.transaction():
            self._conn.execute("SAVEPOINT attempt")
            try:
                yield
            except BaseException:
                if self._conn.in_transaction:  # a full disk has rolled back already
                    self._conn.execute("ROLLBACK TO attempt")
                    self._conn.execute("RELEASE attempt")
                raise
            self._conn.execute("RELEASE attempt")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the archive in everything that is read inside, whatever others write meanwhile."""
        with self.turn, _told_plainly(self.path):
            if self._conn.in_transaction:
                yield
                return
            self._conn.execute("BEGIN")
            try:
                yield
            finally:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")

    def execute(self, sql: str, params: Params = ()) -> int:
        """Run one writing statement; return the row id of the last insert."""
        with self.transaction():
            return self._conn.execute(sql, params).lastrowid or 0

    def changed(self, sql: str, params: Params = ()) -> bool:
        """Run one writing statement; tell whether it changed any row."""
        with self.transaction():
            return self._conn.execute(sql, params).rowcount > 0

    def execute_many(self, sql: str, rows: Sequence[Params]) -> None:
        if not rows:
            return
        with self.transaction():
            self._conn.executemany(sql, rows)

    def by_itself(self, sql: str) -> None:
        """Run a statement that is no part of any transaction."""
        with self.turn, _told_plainly(self.path):
            self._conn.execute(sql)

    def rows(self, sql: str, params: Params = ()) -> list[sqlite3.Row]:
        with self.turn, _told_plainly(self.path):
            return self._conn.execute(sql, params).fetchall()

    def stepping(self, sql: str, params: Params = ()) -> Generator[sqlite3.Row, None, None]:
        """Yield rows one at a time, for as long as the caller wants more; only inside a transaction."""
        cursor = self._conn.execute(sql, params)
        try:
            yield from cursor
        finally:
            cursor.close()

    def row(self, sql: str, params: Params = ()) -> sqlite3.Row | None:
        with self.turn, _told_plainly(self.path):
            found: sqlite3.Row | None = self._conn.execute(sql, params).fetchone()
            return found

    def value(self, sql: str, params: Params = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = self.row(sql, params)
        return row[0] if row is not None else None


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    if not writable and not path.exists():
        raise ArchiveError(f"{path}: there is no archive yet; `aggregator poll` or `aggregator run` makes it")
    with _told_plainly(path):
        try:
            return _opened(path, "mode=rwc" if writable else "mode=ro", writable=writable)
        except sqlite3.OperationalError:
            if writable or path.with_name(path.name + "-wal").exists():
                raise
            # a read-only folder has no room for the files beside a WAL database; nobody writes there either
            return _opened(path, "mode=ro&immutable=1", writable=False)


def _opened(path: Path, how: str, *, writable: bool) -> sqlite3.Connection:
    conn = sqlite3.connect(
        uri_of(path, how),
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions are ours to begin
        check_same_thread=False,  # `turn` lets the threads in one by one
    )
    try:
        _prepare(conn, path, writable=writable)
    except BaseException:
        conn.close()
        raise
    return conn


def _prepare(conn: sqlite3.Connection, path: Path, *, writable: bool) -> None:
    conn.row_factory = sqlite3.Row
    conn.create_function("fold", 1, str.casefold, deterministic=True)  # lower() of SQLite knows ASCII only
    conn.execute("PRAGMA foreign_keys = ON")
    owner = conn.execute("PRAGMA application_id").fetchone()[0]
    tables = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if writable and not tables:  # before anything else, so that a half-made file is known as ours
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    elif owner != APPLICATION_ID:
        raise ArchiveError(f"{path}: is not an archive of aggregator; name another file in [archive] path")
    if writable:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA cache_size = -16000")  # KiB
    else:  # a search looks again and again at the same pages of the index
        conn.execute("PRAGMA cache_size = -32000")


def uri_of(path: Path, how: str) -> str:
    """Return a file's name with how it is to be opened, as SQLite reads it (https://www.sqlite.org/uri.html)."""
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{quoted}?{how}"


def _take_lock(path: Path) -> int:
    """Lock the archive for this process; the kernel lets go when the process ends, however it ends."""
    path = path.resolve()  # through whatever link it is opened
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveError(f"{lock_path}: {error.strerror}; the archive's folder must be writable") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise ArchiveLockedError(
            f"{path}: another aggregator is working on this archive; stop it, or wait if it is not a service"
        ) from error
    return lock


def is_locked(path: Path) -> bool:
    """Tell whether some process works on the archive, without disturbing it."""
    path = path.resolve()
    try:
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # nobody ever did
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other aggregator from writing to the archive, without opening it.

    Raises:
        ArchiveLockedError: another process works on it.

    """
    lock = _take_lock(path)
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    """Turn SQLite's ways of failing into one line that names the file and the cure."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError):
        raise  # a bug of ours: to be seen
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_ERROR:
            if str(error).startswith("no such table: "):  # somebody has taken it out
                raise ArchiveError(
                    f"{path}: {error}; restore a backup, `aggregator doctor` tells more"
                ) from error
            raise  # wrong SQL is a bug of ours as well
        raise ArchiveError(f"{path}: {_CURES.get(code, str(error))}") from error


_CURES = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and start again, nothing recorded is lost",
    sqlite3.SQLITE_READONLY: "cannot be written; check the file's permissions",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that the folder exists and may be written",
    sqlite3.SQLITE_BUSY: "another program keeps the archive locked; close it and try again",
    sqlite3.SQLITE_LOCKED: "another program keeps the archive locked; close it and try again",
    sqlite3.SQLITE_IOERR: "the disk does not answer properly; check it before going on",
    sqlite3.SQLITE_CORRUPT: "is damaged; `aggregator restore` a backup, or `aggregator salvage` what can be read",
    sqlite3.SQLITE_NOTADB: "is not an SQLite file; name another file in [archive] path",
}

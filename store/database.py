"""The SQLite file: one connection that writes, a few that read.

Every write is one `BEGIN IMMEDIATE .. COMMIT` on the writer, so two threads never meet in a deferred upgrade
("database is locked"), and the writer alone checkpoints the WAL. Readers are pooled, see the last commit, and cannot
write. A thread that reads inside its own write sees what it has written so far.

Where several processes share the file, a lock beside it lets one at a time write or checkpoint: some versions of SQLite
up to 3.51.2 can damage the WAL when two connections do.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Self

from store.errors import Unreadable, full_disk_named
from store.folder import Seat
from store.ids import new_id
from store.locking import ProcessLock

if TYPE_CHECKING:  # sqlite-utils waits until a database is opened
    from store.sqlite import Database as SqliteDatabase

_IDLE_READERS = 8
_BUSY_TIMEOUT_MS = 10_000


class Database:
    """A migrated database file. Made by `open`, or `open_reader`; safe to use from any thread."""

    def __init__(
        self,
        path: Path,
        writer: SqliteDatabase | None,
        others: ProcessLock | None = None,
        seat: Seat | None = None,
    ) -> None:
        self.path = path
        self._writer = writer
        self._write_lock = threading.RLock()
        self._writing_thread: int | None = None
        self._depth = 0
        self._pool_lock = threading.Lock()
        self._idle_readers: list[sqlite3.Connection] = []
        self._closed = False
        self._others = others
        self.seat = seat or Seat(new_id("seat"), path.parent, is_shared=False)

    @classmethod
    def open(cls, path: Path, seat: Seat | None = None) -> Self:
        """Opens or creates the file and brings its schema up to date. `seat`: without one, nobody shares the file.

        Raises StorageFull; Unreadable when the file is not a database, damaged, or cannot be opened.
        """
        from store.migrations import migrations  # noqa: PLC0415
        from store.sqlite import Database as SqliteDatabase  # noqa: PLC0415

        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with full_disk_named(), ExitStack() as opened:
                others = ProcessLock(path.with_name(f"{path.name}.writer")) if seat and seat.is_shared else None
                if others is not None:
                    opened.callback(others.close)
                writer = SqliteDatabase(opened.enter_context(closing(_connect(path))), execute_plugins=False)
                with nullcontext() if others is None else others.held():
                    writer.execute("PRAGMA journal_mode = WAL")
                    writer.execute("PRAGMA synchronous = FULL")
                    writer.execute("PRAGMA foreign_keys = ON")
                    migrations.apply(writer)
                opened.pop_all()
        except sqlite3.DatabaseError as error:
            raise Unreadable(str(error)) from error
        return cls(path, writer, others, seat)

    @classmethod
    def open_reader(cls, path: Path) -> Self:
        """Opens a file that another process writes: for reading only.

        Raises Unreadable when there is none, or its schema is not the one that this program knows.
        """
        from store.migrations import known_names  # noqa: PLC0415

        if not path.is_file():
            raise Unreadable(f"there is no {path.name} in {path.parent}")
        made = cls(path, None)
        try:
            with made.read() as reader:
                applied = {row[0] for row in reader.execute("SELECT name FROM _sqlite_migrations").fetchall()}
        except sqlite3.DatabaseError as error:
            made.close()
            raise Unreadable(str(error)) from error
        if applied != known_names():
            made.close()
            raise Unreadable("it was made by another version of Folio; start this one on it first")
        return made

    @contextmanager
    def write(self) -> Iterator[SqliteDatabase]:
        """One transaction: all of the block, or nothing.

        Nested use joins the outer one; an inner block that fails is undone alone. Raises StorageFull.
        """
        if self._writer is None:
            raise sqlite3.ProgrammingError("the database was opened for reading only")
        with self._write_lock, full_disk_named(), self._alone(outermost=self._depth == 0):
            outermost = self._depth == 0
            level = f"level_{self._depth}"
            connection = self._writer.conn
            connection.execute("BEGIN IMMEDIATE" if outermost else f"SAVEPOINT {level}")
            self._depth += 1
            self._writing_thread = threading.get_ident()
            try:
                yield self._writer
                connection.execute("COMMIT" if outermost else f"RELEASE {level}")
            except BaseException:
                if connection.in_transaction:  # a full disk rolls back by itself
                    connection.execute("ROLLBACK" if outermost else f"ROLLBACK TO {level}")
                    if not outermost:
                        connection.execute(f"RELEASE {level}")
                raise
            finally:
                self._depth -= 1
                if outermost:
                    self._writing_thread = None

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries; rows know their columns' names. Keep it no longer than the query needs."""
        if self._writer is not None and self._writing_thread == threading.get_ident():
            yield self._writer.conn
            return
        reader = self._take_reader()
        try:
            yield reader
        finally:
            self._give_back(reader)

    def close(self) -> None:
        """Closes all connections, the writer last so that it checkpoints. Calling it twice is fine."""
        with self._pool_lock:
            self._closed = True
            readers, self._idle_readers = self._idle_readers, []
        for reader in readers:
            reader.close()
        with self._write_lock, self._alone(outermost=self._writer is not None):
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        if self._others is not None:
            self._others.close()
            self._others = None

    def _alone(self, *, outermost: bool) -> AbstractContextManager[None]:
        """While no other process writes."""
        return self._others.held() if outermost and self._others is not None else nullcontext()

    def _take_reader(self) -> sqlite3.Connection:
        with self._pool_lock:
            if self._closed:
                raise sqlite3.ProgrammingError("the database is closed")
            if self._idle_readers:
                return self._idle_readers.pop()
        reader = _connect(self.path)
        reader.execute("PRAGMA query_only = ON")
        return reader

    def _give_back(self, reader: sqlite3.Connection) -> None:
        with self._pool_lock:
            if not self._closed and len(self._idle_readers) < _IDLE_READERS:
                self._idle_readers.append(reader)
                return
        reader.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    return connection


def sqlite_version() -> str:
    """The SQLite this Python is linked to, as "3.40.1"."""
    return sqlite3.sqlite_version

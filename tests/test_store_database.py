from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store import meta
from store.database import Database
from store.errors import StorageFull, Unreadable


def _count(database: Database) -> int:
    with database.read() as reader:
        return int(reader.execute("SELECT count(*) FROM meta").fetchone()[0])


def _fail_midway(database: Database, key: str) -> None:
    with database.write():
        meta.set(database, key, "1")
        raise RuntimeError("midway")


def _set_together(database: Database, **values: str) -> None:
    with database.write():
        for key, value in values.items():
            meta.set(database, key, value)


def test_a_new_file_is_migrated_durable_and_checks_references(database: Database) -> None:
    with database.write() as writer:
        settings = {
            name: writer.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    with database.read() as reader:
        strict = dict(
            reader.execute(
                "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            ).fetchall()
        )

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    ours = {name: value for name, value in strict.items() if not name.startswith(("sqlite_", "_sqlite_"))}
    assert set(ours) == {
        "users", "conversations", "messages", "turns", "events", "files", "documents", "pages", "passages", "tasks",
        "outbox", "meta", "reactions", "accounts", "account_names", "sessions", "api_tokens", "evaluation_runs",
        "evaluation_rows", "shares", "page_times",
    }  # fmt: skip
    assert all(ours.values())
    with pytest.raises(sqlite3.IntegrityError), database.write() as writer:
        writer.execute(
            "INSERT INTO conversations(id, owner, title, created_at, updated_at) VALUES ('c', 'nobody', '', '', '')"
        )


def test_opening_again_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folio.db"
    first = Database.open(path)
    meta.set(first, "index", "g1")
    meta.set(first, "index", "g2")
    first.close()
    first.close()

    second = Database.open(path)
    assert meta.get(second, "index") == "g2"
    assert meta.get(second, "other") is None
    second.close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "folio.db"
    path.write_bytes(b"holiday pictures" * 100)
    with pytest.raises(Unreadable, match="not a database"):
        Database.open(path)
    assert path.read_bytes() == b"holiday pictures" * 100


def test_a_failing_block_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError, match="midway"):
        _fail_midway(database, "a")
    assert _count(database) == 0


def test_a_nested_block_joins_the_outer_one_and_fails_alone(database: Database) -> None:
    with database.write():
        meta.set(database, "outer", "1")
        with pytest.raises(RuntimeError, match="midway"):
            _fail_midway(database, "inner")
        meta.set(database, "later", "1")
    assert meta.get(database, "outer") == meta.get(database, "later") == "1"
    assert meta.get(database, "inner") is None


def test_a_thread_reads_its_own_write_and_others_only_what_is_committed(database: Database) -> None:
    with ThreadPoolExecutor(1) as other, database.write():
        meta.set(database, "a", "1")
        assert _count(database) == 1
        assert other.submit(_count, database).result() == 0
    assert _count(database) == 1


def test_readers_cannot_write(database: Database) -> None:
    with database.read() as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO meta VALUES ('a', '1')")


def test_reading_and_then_writing_from_many_threads_loses_nothing(database: Database) -> None:
    meta.set(database, "counter", "0")
    together = threading.Barrier(8)

    def count_up() -> None:
        together.wait()
        for _ in range(50):
            with database.write():
                meta.set(database, "counter", str(int(meta.get(database, "counter") or 0) + 1))

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(count_up) for _ in range(8)]:
            done.result()
    assert meta.get(database, "counter") == "400"


def test_more_readers_at_once_than_the_pool_keeps(database: Database) -> None:
    together = threading.Barrier(20)

    def read_together() -> int:
        with database.read() as reader:
            together.wait(timeout=60)
            return int(reader.execute("SELECT 7").fetchone()[0])

    with ThreadPoolExecutor(20) as threads:
        assert sum(done.result() for done in [threads.submit(read_together) for _ in range(20)]) == 140


def test_a_full_disk_has_its_own_name_and_the_database_goes_on(database: Database) -> None:
    with database.write() as writer:
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        _set_together(database, small="1", big="x" * 1_000_000)
    assert _count(database) == 0

    with database.write() as writer:
        writer.execute("PRAGMA max_page_count = 1000000")
    meta.set(database, "big", "x" * 1_000_000)
    assert _count(database) == 1


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    closed = Database.open(tmp_path / "folio.db")
    closed.close()
    with pytest.raises(sqlite3.ProgrammingError), closed.read():
        pass
    with pytest.raises(sqlite3.ProgrammingError), closed.write():
        pass

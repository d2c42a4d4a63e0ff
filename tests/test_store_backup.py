"""A data folder in one file and back, also while it is being written."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from store import conversations, documents, files, messages, meta
from store.backup import back_up, restore
from store.database import Database
from store.documents import Document
from store.errors import Conflict, NotFound, Unreadable
from tests.talks import ANN, check_search_index, exchange


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def live(folder: Path) -> Iterator[Database]:
    """The database of `folder`, open all the while."""
    with closing(Database.open(folder / "folio.db")) as database:
        yield database


def _document(database: Database, folder: Path, content: bytes, name: str = "a.txt") -> Document:
    sha256, size, _ = files.put(folder, io.BytesIO(content), 10_000_000)
    made = documents.create(database, owner=ANN, name=name, media_type="text/plain", sha256=sha256, bytes=size)
    documents.update(database, made.id, searchable=True, indexed_in="g1", dense_in="m1")
    return made


def test_everything_comes_back(live: Database, folder: Path, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(3_000_000)
    document = _document(live, folder, content)
    turn = exchange(live, "One?", "walrus")
    meta.set(live, "secret", "s")
    box = tmp_path / "folio.zip"
    manifest = back_up(folder, box)
    assert (manifest.files, manifest.bytes) == (1, 3_000_000)
    assert stat.S_IMODE(box.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    target = tmp_path / "new"
    target.mkdir()
    assert restore(target, box) == (manifest, None)
    assert sorted(path.name for path in target.iterdir()) == ["files", "folio.db"]
    with closing(Database.open(target / "folio.db")) as database:
        assert messages.get(database, ANN, turn.message_id) == messages.get(live, ANN, turn.message_id)
        assert meta.get(database, "secret") == "s"
        check_search_index(database)
        restored = documents.get(database, ANN, document.id)
        assert (restored.indexed_in, restored.dense_in) == (None, None)  # the index is made again
    assert files.path_of(target, document.sha256).read_bytes() == content


def test_what_was_in_the_folder_is_kept_aside(live: Database, folder: Path, tmp_path: Path) -> None:
    turn = exchange(live)
    back_up(folder, tmp_path / "box.zip")
    target = tmp_path / "used"
    with closing(Database.open(target / "folio.db")) as database:
        other = exchange(database, "Mine?")
    (target / "index").mkdir()
    _, former = restore(target, tmp_path / "box.zip")
    assert former is not None
    assert not (target / "index").exists()
    with closing(Database.open(target / "folio.db")) as database:
        assert [c.id for c in conversations.list_page(database, ANN)] == [turn.conversation_id]
    with closing(Database.open(former / "folio.db")) as database:
        assert [c.id for c in conversations.list_page(database, ANN)] == [other.conversation_id]


def test_a_backup_while_others_write_is_one_moment(live: Database, folder: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with live.write():
                meta.set(live, "a", str(number))
                meta.set(live, "b", str(number))
                exchange(live, f"Q{number}?", "walrus " * 50)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(folder, tmp_path / f"{number}.zip")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        target = tmp_path / f"restored-{number}"
        target.mkdir()
        restore(target, tmp_path / f"{number}.zip")
        with closing(Database.open(target / "folio.db")) as database:
            assert meta.get(database, "a") == meta.get(database, "b")
            check_search_index(database)


def test_bytes_that_are_gone_leave_no_document_behind(live: Database, folder: Path, tmp_path: Path) -> None:
    gone, kept = _document(live, folder, b"gone"), _document(live, folder, b"kept", "b.txt")
    files.path_of(folder, gone.sha256).unlink()
    assert back_up(folder, tmp_path / "box.zip").files == 1
    target = tmp_path / "new"
    target.mkdir()
    restore(target, tmp_path / "box.zip")
    with closing(Database.open(target / "folio.db")) as database:
        assert [each.id for each in documents.list_readable(database, ANN)] == [kept.id]


def test_what_cannot_be_backed_up_is_said(live: Database, folder: Path, tmp_path: Path) -> None:
    exchange(live)
    box = tmp_path / "box.zip"
    back_up(folder, box)
    with pytest.raises(Conflict):
        back_up(folder, box)
    with pytest.raises(NotFound):
        back_up(folder, tmp_path / "nowhere" / "box.zip")
    with pytest.raises(Unreadable, match=r"no folio\.db"):
        back_up(tmp_path / "empty", tmp_path / "other.zip")
    assert not (tmp_path / "other.zip").exists()


def _rewritten(source: Path, target: Path, changed: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed.pop(name, old.read(name)))
        for name, content in changed.items():
            new.writestr(name, content)
    return target


@pytest.mark.parametrize("damage", ["no zip", "cut", "bytes", "newer", "outside", "database", "manifest"])
def test_a_damaged_backup_changes_nothing(live: Database, folder: Path, tmp_path: Path, damage: str) -> None:
    document = _document(live, folder, b"content")
    box, bad = tmp_path / "box.zip", tmp_path / "bad.zip"
    back_up(folder, box)
    with zipfile.ZipFile(box) as whole:
        manifest = json.loads(whole.read("manifest.json"))
    match damage:
        case "no zip":
            bad.write_bytes(b"holiday pictures")
        case "cut":
            bad.write_bytes(box.read_bytes()[:-30])
        case "bytes":
            _rewritten(box, bad, {f"files/{document.sha256}": b"other"})
        case "newer":
            manifest["schema"].append("9999_later")
            _rewritten(box, bad, {"manifest.json": json.dumps(manifest).encode()})
        case "outside":
            manifest["files"] = 2
            _rewritten(box, bad, {"manifest.json": json.dumps(manifest).encode(), "files/../../evil": b"x"})
        case "database":
            _rewritten(box, bad, {"folio.db": b"SQLite format 3\0" + b"x" * 5_000})
        case _:
            _rewritten(box, bad, {"manifest.json": b"[1]"})
    target = tmp_path / "used"
    with closing(Database.open(target / "folio.db")) as database:
        mine = exchange(database, "Mine?")
    with pytest.raises(Unreadable):
        restore(target, bad)
    assert not (tmp_path / "evil").exists()
    assert sorted(path.name for path in target.iterdir()) == ["folio.db"]
    with closing(Database.open(target / "folio.db")) as database:
        assert messages.get(database, ANN, mine.message_id).text == "First."


def test_a_reader_sees_what_another_writes_and_cannot_write(live: Database, folder: Path, tmp_path: Path) -> None:
    with closing(Database.open_reader(folder / "folio.db")) as reader:
        turn = exchange(live)
        assert messages.get(reader, ANN, turn.message_id).text == "First."
        with pytest.raises(sqlite3.ProgrammingError):
            meta.set(reader, "a", "b")
        with reader.read() as connection, pytest.raises(sqlite3.OperationalError):
            connection.execute("DELETE FROM meta")
    with pytest.raises(Unreadable):
        Database.open_reader(tmp_path / "none.db")
    with live.write() as writer:
        writer.execute("DELETE FROM _sqlite_migrations WHERE name = '0002_conversations'")
    with pytest.raises(Unreadable, match="another version"):
        Database.open_reader(folder / "folio.db")

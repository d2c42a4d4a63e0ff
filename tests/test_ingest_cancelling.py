"""Cancel and retry on a whole App: cancel ends a task in every stage at once and leaves nothing; retry goes on."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.errors import SearchError
from rag.ingest.sandbox import Limits, Sandbox
from rag.ingest.worker import Ingestion
from rag.search.generations import Generations
from rag.settings import load_settings
from store import documents, files, outbox, tasks
from store.database import Database
from store.documents import Document
from store.tasks import Task
from tests.conftest import LIMIT_S, wait_until
from tests.doubles_search import HashingEmbedder, counts
from tests.ingesting import USER, Room, pdf_stream

AT_ONCE_S = 2.0  # of work, most of it to look whether it is gone: a busy machine makes the clock run


@pytest.fixture(scope="module")
def parsers() -> Iterator[Sandbox]:
    """Parser processes for all tests of this module."""
    with Sandbox(2, Limits(memory_mb=512, timeout_s=30)) as sandbox:
        yield sandbox


@pytest.fixture
def room(database: Database, tmp_path: Path, parsers: Sandbox) -> Room:
    return Room(database, tmp_path, parsers)


@dataclass
class Works:
    """A real index and real parsers, with an embedding model that can be held up."""

    db: Database
    folder: Path
    embedder: HashingEmbedder
    index: Generations
    ingestion: Ingestion

    def is_gone(self, task: Task, sha256: str) -> bool:
        with self.db.read() as reader:
            rows = sum(
                reader.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", (task.document_id,)).fetchone()[0]
                for table, column in (("documents", "id"), ("pages", "document_id"), ("passages", "document_id"))
            )
        kept = files.path_of(self.folder, sha256).exists()
        return not rows and not kept and not outbox.pending(self.db) and task.document_id not in counts(self.index)


@pytest.fixture
def works(database: Database, tmp_path: Path, parsers: Sandbox) -> Iterator[Works]:
    embedder = HashingEmbedder()
    settings = load_settings(data=tmp_path, workers=2)
    index = Generations(
        database, settings, embedder, on_purged=lambda hashes: files.remove_all(database, tmp_path, hashes, fresh_s=0.0)
    )
    with closing(index):
        index.start()
        ingestion = Ingestion(
            database, settings, index, sandbox=parsers, on_left=index.document_searchable, on_gone=index.notify
        )
        with closing(ingestion):
            ingestion.start()
            yield Works(database, tmp_path, embedder, index, ingestion)
            embedder.go_on.set()


@pytest.mark.parametrize("stage", ["pending", "extracting", "chunking", "vectorizing"])
def test_a_cancelled_task_leaves_nothing(works: Works, stage: str) -> None:
    works.embedder.go_on.clear()  # dense vectors wait
    task = works.ingestion.admit(USER, pdf_stream(400 if stage == "extracting" else 40), "a.pdf")
    sha256 = documents.load(works.db, task.document_id).sha256
    if stage == "vectorizing":
        wait_until(lambda: tasks.load(works.db, task.id).searchable)
        assert works.embedder.embedded == 0
    elif stage != "pending":
        wait_until(lambda: tasks.load(works.db, task.id).status != "pending")
    asked_at = time.process_time()
    assert works.ingestion.cancel(USER, task.id).status == "cancelled"
    assert documents.list_readable(works.db, USER) == []
    wait_until(lambda: works.is_gone(task, sha256))
    assert time.process_time() - asked_at < AT_ONCE_S
    works.embedder.go_on.set()
    again = works.ingestion.admit(USER, pdf_stream(3), "b.pdf")
    wait_until(lambda: tasks.load(works.db, again.id).is_finished)
    assert tasks.load(works.db, again.id).status == "completed"
    assert tasks.load(works.db, task.id).status == "cancelled"
    wait_until(lambda: works.is_gone(task, sha256))  # what was under way is told to go once more


def test_bytes_that_another_document_uses_stay(works: Works) -> None:
    other = works.ingestion.admit("u_two", pdf_stream(), "mine.pdf")
    wait_until(lambda: tasks.load(works.db, other.id).is_finished)
    works.embedder.go_on.clear()
    task = works.ingestion.admit(USER, pdf_stream(), "a.pdf")
    works.ingestion.cancel(USER, task.id)
    wait_until(lambda: not outbox.pending(works.db))
    sha256 = documents.load(works.db, other.document_id).sha256
    assert files.path_of(works.folder, sha256).exists()
    assert counts(works.index) == {other.document_id: 3}


def test_calling_off_a_new_version_brings_the_old_one_back_into_search(works: Works) -> None:
    old = works.ingestion.admit(USER, pdf_stream(), "a.pdf")
    wait_until(lambda: tasks.load(works.db, old.id).is_finished)
    works.embedder.go_on.clear()
    new = works.ingestion.admit(USER, pdf_stream(5, "Other words {}."), "a.pdf")
    wait_until(lambda: counts(works.index) == {new.document_id: 5})
    works.ingestion.cancel(USER, new.id)
    wait_until(lambda: counts(works.index) == {old.document_id: 3})
    assert [found.id for found in documents.list_readable(works.db, USER)] == [old.document_id]


def test_counts_are_read_back(works: Works) -> None:
    task = works.ingestion.admit(USER, pdf_stream(7), "a.pdf")
    wait_until(lambda: tasks.load(works.db, task.id).is_finished)
    made = tasks.load(works.db, task.id).counts
    with works.index.borrow() as index:
        assert (made["keyword_points"], made["dense_points"]) == (index.count(), index.count(dense=True)) == (7, 7)


def test_a_retry_goes_on_from_the_stage_that_failed(room: Room) -> None:
    def before_keyword(document: Document) -> None:
        raise SearchError("index_unavailable", "The index is gone.")

    room.points.before_keyword = before_keyword
    with room.open() as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "a.pdf")
        failed = room.ended(task)
        assert (failed.status, failed.chunking_progress, documents.load(room.db, task.document_id).status) == (
            "failed", 100, "failed",
        )  # fmt: skip
        files.path_of(room.folder, documents.load(room.db, task.document_id).sha256).unlink()  # it is not read again
        with room.db.write() as writer:  # and the pages are cut again where the passages are not there
            writer.execute("DELETE FROM passages")
        room.points.before_keyword = lambda document: None
        tasks.retry(room.db, USER, task.id)
        ingestion.notify()
        ended = room.ended(task)
    assert (ended.status, ended.attempt, ended.error, ended.completed_at is not None) == ("completed", 1, None, True)
    assert ended.counts == {**failed.counts, "keyword_points": 3, "dense_points": 3}
    assert len(documents.passages(room.db, task.document_id)) == 3


def test_the_same_bytes_again_go_on_too(room: Room) -> None:
    def before_keyword(document: Document) -> None:
        raise SearchError("index_unavailable", "The index is gone.")

    room.points.before_keyword = before_keyword
    with room.open() as ingestion:
        failed = room.ended(ingestion.admit(USER, pdf_stream(), "a.pdf"))
        room.points.before_keyword = lambda document: None
        ended = room.ended(ingestion.admit(USER, pdf_stream(), "a.pdf"))
    assert (ended.id != failed.id, ended.document_id == failed.document_id) == (True, True)
    assert ended.counts == {**failed.counts, "keyword_points": 3, "dense_points": 3}


def test_what_was_there_at_a_crash_is_tried_alone(room: Room) -> None:
    """Otherwise a file that ends the program would take along whoever is read beside it, three times."""
    together, most = set[str](), 0
    lock = threading.Lock()

    def before_keyword(document: Document) -> None:
        nonlocal most
        with lock:
            together.add(document.id)
            most = max(most, len(together) if document.id in suspects else 0)
        time.sleep(0.01)
        with lock:
            together.discard(document.id)

    with room.open(start=False) as ingestion:
        first = [ingestion.admit(USER, io.BytesIO(f"Suspect number {n}.".encode()), f"{n}.txt") for n in range(2)]
        suspects = {task.document_id for task in first}
        for task in first:
            claimed = tasks.claim(room.db)
            assert claimed is not None
            assert claimed.id == task.id
        others = [ingestion.admit(USER, io.BytesIO(f"Words of {n}.".encode()), f"o{n}.txt") for n in range(6)]
    room.points.before_keyword = before_keyword
    with room.open():
        assert {room.ended(task).status for task in (*first, *others)} == {"completed"}
    assert most == 1
    assert [tasks.load(room.db, task.id).attempt for task in (*first, others[0])] == [2, 2, 1]


def test_one_users_many_files_do_not_keep_anothers_waiting_for_dense_vectors(room: Room) -> None:
    order: list[str] = []
    go_on = threading.Event()

    def before_dense(document_id: str, stop: threading.Event) -> None:
        assert go_on.wait(LIMIT_S)
        order.append(documents.load(room.db, document_id).owner)

    room.points.before_dense = before_dense
    with room.open() as ingestion:
        many = [ingestion.admit(USER, io.BytesIO(f"File {n}.".encode()), f"{n}.txt") for n in range(20)]
        wait_until(lambda: all(tasks.load(room.db, task.id).searchable for task in many))
        one = ingestion.admit("u_two", io.BytesIO(b"Only one."), "one.txt")
        wait_until(lambda: tasks.load(room.db, one.id).searchable)
        go_on.set()
        assert room.ended(one).status == "completed"
        assert {room.ended(task).status for task in many} == {"completed"}
    assert order.index("u_two") <= 2

"""What cuts a task off, and how it then ends: a crash, the program's end, a cancel, a deletion."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.ingest.dense import LATER
from rag.ingest.sandbox import Limits, Sandbox
from store import documents, files, outbox, tasks
from store.database import Database
from store.documents import Document
from tests.conftest import LIMIT_S, wait_until
from tests.ingesting import USER, Room, pdf_stream


@pytest.fixture(scope="module")
def parsers() -> Iterator[Sandbox]:
    """Parser processes for all tests of this module."""
    with Sandbox(2, Limits(memory_mb=512, timeout_s=30)) as sandbox:
        yield sandbox


@pytest.fixture
def room(database: Database, tmp_path: Path, parsers: Sandbox) -> Room:
    return Room(database, tmp_path, parsers)


def test_what_a_crash_cut_off_is_done_at_the_next_start(room: Room) -> None:
    with room.open(start=False) as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "a.pdf")
    assert tasks.claim(room.db) is not None  # a process that claimed it and died
    with room.open():
        ended = room.ended(task)
    assert (ended.status, ended.attempt) == ("completed", 2)


def test_a_searchable_document_cut_off_in_its_dense_vectors_is_not_read_again(room: Room) -> None:
    with room.open() as ingestion:
        task = room.ended(ingestion.admit(USER, pdf_stream(), "a.pdf"))
    document = documents.load(room.db, task.document_id)
    cut_off = tasks.create(room.db, document_id=document.id, owner=USER, name="a.pdf")
    files.path_of(room.folder, document.sha256).unlink()
    with room.open():
        ended = room.ended(cut_off)
    assert (ended.status, ended.progress_percentage >= 75) == ("completed", True)


def test_closing_puts_a_task_back_and_the_next_start_finishes_it(room: Room) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def before_keyword(document: Document) -> None:
        reached.set()
        assert go_on.wait(LIMIT_S)

    room.points.before_keyword = before_keyword
    with room.open() as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "a.pdf")
        assert reached.wait(LIMIT_S)
        closing = threading.Thread(target=ingestion.close)
        closing.start()
        wait_until(ingestion._closing.is_set)
        go_on.set()
        closing.join(LIMIT_S)
    put_back = tasks.load(room.db, task.id)
    assert (put_back.status, put_back.attempt, put_back.searchable) == ("pending", 0, False)
    room.points.before_keyword = lambda document: None
    with room.open():
        assert room.ended(task).status == "completed"


def test_closing_completes_what_waits_for_dense_vectors(room: Room) -> None:
    reached = threading.Event()

    def before_dense(document_id: str, stop: threading.Event) -> None:
        reached.set()
        assert stop.wait(LIMIT_S)

    room.points.before_dense = before_dense
    with room.open() as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "a.pdf")
        assert reached.wait(LIMIT_S)
    ended = tasks.load(room.db, task.id)
    assert (ended.status, ended.searchable, ended.warnings) == ("completed", True, (LATER,))


def test_closing_leaves_nothing_of_what_a_task_holds(room: Room) -> None:
    """What is put back is nobody's: no lease, no attempt."""
    with room.open(start=False) as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "a.pdf")
    assert tasks.claim(room.db) is not None
    assert tasks.load(room.db, task.id).lease_until is not None
    tasks.put_back(room.db, task.id)
    put_back = tasks.load(room.db, task.id)
    assert (put_back.status, put_back.attempt, put_back.lease_until) == ("pending", 0, None)


def test_a_document_deleted_meanwhile_has_its_points_deleted_again(room: Room) -> None:
    def before_keyword(document: Document) -> None:
        documents.mark_deleted(room.db, USER, document.id)

    room.points.before_keyword = before_keyword
    with room.open() as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "a.pdf")
        wait_until(lambda: len(outbox.pending(room.db)) == 2, 20)
    assert {errand.payload["document_id"] for errand in outbox.pending(room.db)} == {task.document_id}
    assert tasks.load(room.db, task.id).status == "cancelled"

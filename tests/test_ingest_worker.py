"""From upload to searchable: tasks and their rows, refusals, shares."""

from __future__ import annotations

import errno
import io
import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from rag.errors import DocumentError, RequestError, SearchError
from rag.ingest.dense import LATER, NOT_READY
from rag.ingest.sandbox import Limits, Sandbox
from rag.model import SHARED_OWNER
from store import documents, files, tasks
from store.database import Database
from store.documents import Document
from tests import material
from tests.conftest import LIMIT_S, wait_until
from tests.ingesting import USER, Points, Room, pdf_stream


@pytest.fixture(scope="module")
def parsers() -> Iterator[Sandbox]:
    """Parser processes for all tests of this module."""
    with Sandbox(2, Limits(memory_mb=512, timeout_s=30)) as sandbox:
        yield sandbox


@pytest.fixture
def room(database: Database, tmp_path: Path, parsers: Sandbox) -> Room:
    return Room(database, tmp_path, parsers)


def test_a_pdf_becomes_searchable_and_complete(room: Room) -> None:
    with room.open() as ingestion:
        task = ingestion.admit(USER, pdf_stream(), "../report 📈.pdf")
        assert (task.status, task.upload_progress, task.name) == ("pending", 100, "report 📈.pdf")
        ended = room.ended(task)
    assert (ended.status, ended.searchable, ended.error, ended.progress_percentage) == ("completed", True, None, 100)
    assert ended.counts == {
        "pages": 3, "characters": 66, "ocr_pages": 0, "passages": 3, "keyword_points": 3, "dense_points": 3,
    }  # fmt: skip
    assert ended.warnings == ()
    document = documents.get(room.db, USER, task.document_id)
    assert (document.status, document.searchable, document.title, document.pages) == ("ready", True, "A title", 3)
    assert documents.page(room.db, USER, document.id, 2).text == "This is page number 2."
    passages = documents.passages(room.db, document.id)
    assert [(p.id, p.page, p.text) for p in passages] == [
        (f"{document.id}:{n}", n, f"This is page number {n}.") for n in (1, 2, 3)
    ]
    assert room.points.keyword[document.id] == [passage.text for passage in passages]
    assert files.path_of(room.folder, document.sha256).read_bytes() == pdf_stream().getvalue()  # type: ignore[attr-defined]
    assert room.left == []


def test_what_reads_files_starts_before_the_first_one(database: Database, tmp_path: Path) -> None:
    loaded = threading.Event()
    points = Points()
    points.warm = loaded.set  # type: ignore[method-assign]
    with Sandbox(1) as parsers, Room(database, tmp_path, parsers, points).open() as ingestion:
        ingestion.warm()
        wait_until(lambda: loaded.is_set() and bool(multiprocessing.active_children()))
        parsers.wait_until_up(lambda: False)
    ingestion.warm()  # closed: nothing happens


def test_progress_never_goes_back_and_searchable_comes_before_dense(room: Room) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def before_dense(document_id: str, stop: threading.Event) -> None:
        reached.set()
        assert go_on.wait(LIMIT_S)

    room.points.before_dense = before_dense
    with room.open() as ingestion:
        task = ingestion.admit(USER, pdf_stream(60), "long.pdf")
        assert reached.wait(LIMIT_S)
        waiting = tasks.load(room.db, task.id)
        assert (waiting.status, waiting.searchable, waiting.vectorization_progress) == ("vectorizing", True, 50)
        other = ingestion.admit(USER, pdf_stream(1, "another {}"), "other.pdf")
        wait_until(lambda: tasks.load(room.db, other.id).searchable)
        go_on.set()
        assert [room.ended(each).status for each in (task, other)] == ["completed", "completed"]


def test_without_a_model_a_task_completes_with_a_warning(room: Room) -> None:
    room.points.has_model = False
    with room.open() as ingestion:
        ended = room.ended(ingestion.admit(USER, pdf_stream(), "a.pdf"))
    assert (ended.status, ended.counts["dense_points"], ended.warnings) == ("completed", 0, (NOT_READY,))
    assert room.left == [ended.document_id]


def test_trouble_with_dense_vectors_does_not_fail_the_document(room: Room) -> None:
    def before_dense(document_id: str, stop: threading.Event) -> None:
        raise SearchError("index_unavailable", "The index is gone.")

    room.points.before_dense = before_dense
    with room.open() as ingestion:
        ended = room.ended(ingestion.admit(USER, pdf_stream(), "a.pdf"))
    assert (ended.status, ended.warnings, room.left) == ("completed", (LATER,), [ended.document_id])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (material.encrypted_pdf(), "encrypted_document"),
        (material.damaged_pdf(), "damaged_document"),
        (material.zero_page_pdf(), "empty_document"),
        (material.image_only_pdf(), "no_text"),
        (material.docx_with_entities(), "damaged_document"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_code(room: Room, content: bytes, code: str) -> None:
    with room.open() as ingestion:
        task = ingestion.admit(USER, io.BytesIO(content), "a.pdf")
        ended = room.ended(task)
        again = ingestion.admit(USER, io.BytesIO(content), "a.pdf")
        assert again.id != task.id
        assert again.document_id == task.document_id
        room.ended(again)
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error["error_code"] == code
    assert documents.get(room.db, USER, task.document_id).status == "failed"


def test_what_the_index_refuses_fails_the_task_and_a_bug_is_internal(room: Room) -> None:
    def before_keyword(document: Document) -> None:
        if document.name == "bug.pdf":
            raise LookupError("a bug")
        raise SearchError("index_unavailable", "The index is gone.")

    room.points.before_keyword = before_keyword
    with room.open() as ingestion:
        codes = [
            (room.ended(ingestion.admit(USER, pdf_stream(1, name), name)).error or {})["error_code"]
            for name in ("a.pdf", "bug.pdf")
        ]
    assert codes == ["index_unavailable", "internal_error"]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "empty.pdf", "empty_document"),
        (material.program(), "report.pdf", "unsupported_type"),
        (material.png() + bytes(1_000_000), "large.png", "too_large"),
        (b"a" * 3_000_000, "big.txt", "too_large"),
    ],
)
def test_refused_at_the_door_leaves_nothing(room: Room, content: bytes, name: str, code: str) -> None:
    with room.open(max_document_mb=2, max_image_mb=0.5) as ingestion:
        with pytest.raises(DocumentError) as raised:
            ingestion.admit(USER, io.BytesIO(content), name)
        assert raised.value.code == code
    assert documents.usage(room.db, USER) == (0, 0)
    assert not (room.folder / "files").exists()


def test_the_same_bytes_twice_are_one_document(room: Room) -> None:
    with room.open() as ingestion:
        first = ingestion.admit(USER, pdf_stream(), "a.pdf")
        assert ingestion.admit(USER, pdf_stream(), "b.pdf").id == first.id
        room.ended(first)
        assert ingestion.admit(USER, pdf_stream(), "c.pdf").id == first.id
        other = ingestion.admit("u_two", pdf_stream(), "a.pdf")
        assert other.document_id != first.document_id
        room.ended(other)
    assert documents.usage(room.db, USER)[0] == 1


def test_a_user_has_a_share_and_the_operator_the_whole_disk(room: Room) -> None:
    with room.open(max_files=1) as ingestion:
        first = ingestion.admit(USER, pdf_stream(1), "a.pdf")
        with pytest.raises(RequestError) as raised:
            ingestion.admit(USER, pdf_stream(2), "b.pdf")
        assert ingestion.admit(USER, pdf_stream(1), "again.pdf").id == first.id
        for pages in (1, 2):
            ingestion.admit(SHARED_OWNER, pdf_stream(pages), "c.pdf")
    assert raised.value.code == "storage_full"
    with room.open(max_storage_mb=0.001) as ingestion, pytest.raises(RequestError) as raised:
        ingestion.admit("u_two", pdf_stream(3), "b.pdf")
    assert raised.value.code == "storage_full"


def test_a_full_disk_is_said_and_nothing_is_kept(room: Room) -> None:
    class FullDisk(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    with room.open() as ingestion, pytest.raises(RequestError) as raised:
        ingestion.admit(USER, cast("BinaryIO", FullDisk()), "a.pdf")
    assert raised.value.code == "storage_full"
    assert documents.usage(room.db, USER) == (0, 0)


def test_page_images_are_there_for_pdf_only(room: Room) -> None:
    with room.open(start=False) as ingestion:
        page = ingestion.admit(USER, pdf_stream(), "a.pdf")
        words = ingestion.admit(USER, io.BytesIO(b"only words"), "a.txt")
        image = ingestion.page_png(documents.load(room.db, page.document_id), 1)
        assert image.startswith(b"\x89PNG")
        with pytest.raises(RequestError) as raised:
            ingestion.page_png(documents.load(room.db, words.document_id), 1)
    assert raised.value.code == "not_found"


def test_many_documents_of_several_users_all_end(room: Room) -> None:
    with room.open() as ingestion:
        started = [
            ingestion.admit(f"u_{n % 3}", io.BytesIO(f"Words of file number {n}.".encode()), f"{n}.txt")
            for n in range(30)
        ]
        assert {room.ended(task).status for task in started} == {"completed"}
    assert len(room.points.dense) == 30

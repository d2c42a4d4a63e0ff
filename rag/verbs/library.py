"""What a user does with documents: the verbs behind every door.

A verb names the user first, raises FolioError and nothing else, and may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rag.answer.quotes import boxes_of, find
from rag.coded import coded
from rag.corpus import passages_of
from rag.errors import DocumentError, RequestError
from rag.ingest import formats, kinds
from rag.ingest.processes import Stopped
from rag.ingest.worker import Ingestion
from rag.model import Passage, unpack_words
from rag.records import document_json, task_json
from rag.settings import Settings
from rag.verbs.sample import Sample, read_sample
from store import conversations, documents, files, outline, tasks
from store.database import Database
from store.documents import Document
from store.errors import Conflict, NotFound
from store.folder import check_space
from store.outline import Entry
from store.tasks import Task


class Library:
    """`notify()` wakes what carries deletions over to the index."""

    def __init__(self, db: Database, settings: Settings, ingestion: Ingestion, notify: Callable[[], None]) -> None:
        self._db = db
        self._settings = settings
        self._ingestion = ingestion
        self._notify = notify

    @coded
    def upload(self, user_id: str, stream: BinaryIO, name: str, *, conversation_id: str | None = None) -> Task:
        """Admit a file and start to work on it. The same bytes again: the task of the document that is there.

        Raises DocumentError (unsupported_type, empty_document, too_large, ...), RequestError(storage_full, not_found).
        """
        if conversation_id is not None:
            conversations.get(self._db, user_id, conversation_id)
        check_space(self._settings.data)
        return self._ingestion.admit(user_id, stream, name)

    def expect(self) -> None:
        """Somebody may be about to upload: what reads files starts meanwhile. Returns at once."""
        self._ingestion.warm()

    def media_type(self, stream: BinaryIO, name: str) -> str:
        """What a file is, by its content; the stream is put back to its start. Raises DocumentError as `upload`."""
        try:
            return kinds.media_type(stream, name)
        finally:
            stream.seek(0)

    def accepted(self) -> dict[str, tuple[str, ...]]:
        """The media types that can be uploaded -> the suffixes their files usually have."""
        return formats.accepted()

    @coded
    def transcribe(self, user_id: str, stream: BinaryIO, name: str) -> str:
        """What is said in a short recording (the microphone's); nothing is stored. Waits for it.

        Raises DocumentError: transcription_unavailable, unsupported_type, too_large, damaged_document.
        """
        check_space(self._settings.data)
        try:
            return self._ingestion.transcribe(stream, name)
        except Stopped as error:
            raise DocumentError("transcription_unavailable", "The server is shutting down. Try again.") from error

    @coded
    def retry(self, user_id: str, task_id: str) -> Task:
        """A failed task goes on from the stage that failed. Raises RequestError: not_found, conflict (it has not)."""
        try:
            task = tasks.retry(self._db, user_id, task_id)
        except Conflict as error:
            raise RequestError(
                "conflict",
                "Only a task that failed can be tried again. Nothing is left of a cancelled one: upload it again.",
            ) from error
        self._ingestion.notify()
        return task

    @coded
    def cancel(self, user_id: str, task_id: str) -> Task:
        """End a task; nothing of its document is left. Nothing happens to one that has ended."""
        return self._ingestion.cancel(user_id, task_id)

    @coded
    def task(self, user_id: str, task_id: str) -> Task:
        return tasks.get(self._db, user_id, task_id)

    @coded
    def newest_task(self, user_id: str, document_id: str) -> Task | None:
        """The task that last worked on a document."""
        return tasks.by_document(self._db, user_id, document_id)

    @coded
    def active_tasks(self, user_id: str) -> list[Task]:
        return tasks.active(self._db, user_id)

    @coded
    def is_busy(self, user_id: str) -> bool:
        """Whether there are any `active_tasks`."""
        return tasks.is_any_active(self._db, user_id)

    @coded
    def active_json(self, user_id: str) -> list[dict[str, Any]]:
        """`active_tasks`, each as by `task_json`; the queue is looked at once for all."""
        places, active = tasks.positions(self._db), tasks.active(self._db, user_id)
        return [task_json(task, places.get(task.id, 0)) for task in active]

    def task_json(self, task: Task) -> dict[str, Any]:
        """The contract's *task*, with its place in the queue."""
        return task_json(task, 0 if task.is_finished else tasks.position(self._db, task.id))

    def document_json(self, document: Document) -> dict[str, Any]:
        """The contract's *document*."""
        return document_json(document)

    @coded
    def documents(self, user_id: str) -> list[Document]:
        """What the user may read, newest first."""
        return documents.list_readable(self._db, user_id)

    @coded
    def entries(self, user_id: str) -> list[Entry]:
        """`documents` by their names only."""
        return outline.entries(self._db, user_id)

    @coded
    def with_tasks(self, user_id: str, ids: Sequence[str]) -> list[tuple[Document, Task | None]]:
        """Those of `documents` with these ids, in this order, each with the task that last worked on it."""
        return outline.with_tasks(self._db, user_id, ids)

    @coded
    def has_name(self, user_id: str, name: str) -> bool:
        """Whether one of `documents` is called so."""
        return outline.has_name(self._db, user_id, name)

    @coded
    def document_page(self, user_id: str, limit: int, offset: int) -> tuple[list[Document], int]:
        """(so many of `documents`, from `offset` on, how many there are altogether)."""
        return documents.list_page(self._db, user_id, limit, offset)

    @coded
    def document(self, user_id: str, document_id: str) -> Document:
        return documents.get(self._db, user_id, document_id)

    @coded
    def delete_document(self, user_id: str, document_id: str) -> None:
        """Gone from every list and search at once; its vectors and file follow, also through a crash."""
        documents.mark_deleted(self._db, user_id, document_id)
        self._notify()

    @coded
    def page_image(self, user_id: str, document_id: str, number: int, *, quote: str | None = None) -> bytes:
        """A page of a PDF or an image as PNG, the quote (where it stands) boxed. Raises RequestError(not_found)."""
        document = documents.get(self._db, user_id, document_id)
        page = documents.page(self._db, user_id, document_id, number)
        match = find(quote, page.text) if quote else None
        boxes = boxes_of(match.parts, unpack_words(page.words)) if match and page.words else ()
        return self._ingestion.page_png(document, number, boxes, turned=page.turned)

    @coded
    def document_text(self, user_id: str, document_id: str) -> list[tuple[int, str]]:
        """(page number, text) of every page."""
        documents.get(self._db, user_id, document_id)
        return documents.page_texts(self._db, user_id, document_id)

    @coded
    def document_file(self, user_id: str, document_id: str) -> Path:
        """Where the original lies. For reading only."""
        return files.path_of(self._settings.data, documents.get(self._db, user_id, document_id).sha256)

    @coded
    def passage(self, user_id: str, passage_id: str) -> Passage:
        """Also of a document that was replaced since: old citations lead there."""
        found = passages_of(self._db, user_id, [passage_id], replaced=True)
        if passage_id not in found:
            raise NotFound(passage_id)
        return found[passage_id]

    def sample(self) -> Sample:
        """The document that ships with Folio."""
        return read_sample()

"""From an upload to a queued task: admission, the user's share, the same bytes twice."""

from __future__ import annotations

from typing import BinaryIO

from rag.errors import RequestError
from rag.ingest import admission, kinds
from rag.ingest.admission import Admitted
from rag.model import SHARED_OWNER
from rag.settings import Settings
from store import documents, files, tasks
from store.database import Database
from store.documents import Document
from store.errors import StorageFull, full_disk_named
from store.tasks import Task


class Intake:
    """Takes files in. Safe to use from any thread."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings

    def admit(self, user_id: str, stream: BinaryIO, name: str) -> Task:
        """Store a file and queue its task. The same bytes of the same user give the task that is already there.

        Raises DocumentError as `admission.admit`; RequestError(storage_full) when the user's share or the disk is full.
        """
        settings = self._settings
        limits = dict.fromkeys(kinds.IMAGES, settings.max_image_bytes)
        admitting = admission.admit(
            stream, name, max_bytes=settings.max_document_bytes, directory=settings.data, max_bytes_of=limits
        )
        try:
            with full_disk_named(), admitting as admitted:
                return self._existing(user_id, admitted.sha256) or self._create(user_id, admitted)
        except StorageFull as error:
            raise RequestError("storage_full", "The server's disk is full. The file was not kept.") from error

    def _existing(self, user_id: str, sha256: str) -> Task | None:
        """The newest task for these bytes; a new one when that has failed. None when the user does not have them."""
        with self._db.write():
            document = documents.by_hash(self._db, user_id, sha256)
            if document is None:
                return None
            task = tasks.by_document(self._db, user_id, document.id)
            if task is not None and task.status not in {"failed", "cancelled"}:
                return task
            documents.update(self._db, document.id, status="pending")
            return self._queue(document)

    def _create(self, user_id: str, admitted: Admitted) -> Task:
        self._check_share(user_id, admitted)
        files.put(self._settings.data, admitted.stream, admitted.bytes)
        with self._db.write():
            task = self._existing(user_id, admitted.sha256)
            if task is not None:  # the same upload, twice at once
                return task
            self._check_share(user_id, admitted)
            document = documents.create(
                self._db,
                owner=user_id,
                name=admitted.name,
                media_type=admitted.media_type,
                sha256=admitted.sha256,
                bytes=admitted.bytes,
            )
            return self._queue(document)

    def _queue(self, document: Document) -> Task:
        task = tasks.create(self._db, document_id=document.id, owner=document.owner, name=document.name)
        return tasks.update(self._db, task.id, upload_progress=100)

    def _check_share(self, user_id: str, admitted: Admitted) -> None:
        if user_id == SHARED_OWNER:
            return  # the operator's library may be as large as the disk
        count, size = documents.usage(self._db, user_id)
        if count + 1 > self._settings.max_files:
            raise RequestError("storage_full", f"You have {count} files, as many as you may. Delete some first.")
        if size + admitted.bytes > self._settings.max_storage_bytes:
            limit = f"{self._settings.max_storage_mb:g} MB"
            raise RequestError("storage_full", f"'{admitted.name}' does not fit: your files may take {limit} in all.")

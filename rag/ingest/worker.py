"""Files come in here and become searchable documents.

A task's life: pending -> extracting -> chunking -> vectorizing -> completed | failed | cancelled, each change a row.
    the file cannot be read     failed, with its code; the bytes stay
    cancelled or deleted        its process is killed within a second; nothing more is written for it
    the program ends            it waits again, as if never begun; if its document is searchable already: completed
    the program dies            it waits again at the next start, three times at most
Who comes first wins: a task that has ended is never changed by its worker.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from rag.errors import FolioError, InternalError, RequestError
from rag.ingest import kinds
from rag.ingest.dense import DenseQueue
from rag.ingest.intake import Intake
from rag.ingest.pipeline import Context, Vectorizer, run_task
from rag.ingest.processes import Stopped
from rag.ingest.progress import until_stored
from rag.ingest.recognition import wanted, why_not
from rag.ingest.sandbox import Limits, Sandbox
from rag.model import Box
from rag.settings import Settings
from store import documents, files, outbox, tasks
from store.database import Database
from store.documents import Document
from store.errors import NotFound, StorageFull, StoreError
from store.tasks import Task

log = logging.getLogger(__name__)
IDLE_S = 5.0  # a wake-up that got lost costs no more than this


class Ingestion:
    """Admits files and works on their tasks, `settings.workers` at once. Start it once, close it once.

    A `sandbox` that is given stays open when this is closed. `on_left(document_id)` hears of documents that were
    completed without their dense vectors.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        vectorizer: Vectorizer,
        *,
        sandbox: Sandbox | None = None,
        on_left: Callable[[str], None] | None = None,
    ) -> None:
        limits = Limits(
            settings.parser_memory_mb, settings.parser_timeout_s, settings.max_pages, settings.max_image_pixels
        )
        self._db = db
        self._data_dir = settings.data
        self._intake = Intake(db, settings)
        self._closing = threading.Event()
        self._ocr = wanted(settings.ocr, settings.ocr_languages)
        self._sandbox = sandbox or Sandbox(settings.workers, limits, self._ocr)
        self._owns_sandbox = sandbox is None
        self._context = Context(db, settings.data, self._sandbox, vectorizer, self._closing)
        self._dense = DenseQueue(self._context, on_left or _nobody)
        self._slots = threading.Semaphore(settings.workers)
        self._wake = threading.Event()
        self._workers = ThreadPoolExecutor(settings.workers, thread_name_prefix="ingest")
        self._dispatcher = threading.Thread(target=self._dispatch, name="ingest-dispatch", daemon=True)

    def start(self) -> None:
        """Begin to work; first on what a crash cut off."""
        tasks.requeue_unfinished(self._db)
        self._dense.start()
        self._dispatcher.start()

    def notify(self) -> None:
        """There may be a new task."""
        self._wake.set()

    def close(self) -> None:
        """End in order: parsers are killed, tasks under way wait for the next start. Calling it twice is fine."""
        self._closing.set()
        self._wake.set()
        self._slots.release()
        if self._owns_sandbox:
            self._sandbox.close()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        self._workers.shutdown()
        self._dense.close()

    def warm(self) -> None:
        """Somebody may be about to upload: the parsers can start. Returns at once."""
        self._sandbox.warm()

    def admit(self, user_id: str, stream: BinaryIO, name: str) -> Task:
        """Store a file and queue its task, see `Intake.admit` for what is raised."""
        self.warm()  # the parsers start while the bytes arrive
        task = self._intake.admit(user_id, stream, name)
        self.notify()
        return task

    def page_png(
        self, document: Document, number: int, boxes: Sequence[Box] = (), width_px: int = 1_000, *, turned: int = 0
    ) -> bytes:
        """A page's picture with boxes marked. Raises RequestError(not_found) where there is none, DocumentError."""
        if document.media_type not in {kinds.PDF, *kinds.IMAGES}:
            raise RequestError("not_found", f"'{document.name}' has no page images; only PDF files and images have.")
        path = files.path_of(self._data_dir, document.sha256)
        return self._sandbox.page_png(path, number, boxes, width_px, media_type=document.media_type, turned=turned)

    @property
    def no_ocr(self) -> str:
        """Why pictures of text cannot be read here, as a sentence; empty when they can."""
        return why_not(self._ocr)

    def _dispatch(self) -> None:
        """Claims tasks as workers come free, until closing."""
        while True:
            self._slots.acquire()
            if self._closing.is_set():
                return
            self._wake.clear()
            task = self._claim()
            if task is None:
                self._slots.release()
                self._wake.wait(IDLE_S)
            else:
                self._workers.submit(self._carry, task)

    def _claim(self) -> Task | None:
        try:
            return tasks.claim(self._db)
        except StoreError:
            log.exception("No task could be claimed; trying again in %.0f s", IDLE_S)
            return None

    def _carry(self, task: Task) -> None:
        """The border of a worker: whatever happens, the task's row says it."""
        try:
            error = self._outcome(task)
            until_stored(lambda: self._end(task, error), self._closing)
        except Exception:
            log.exception("How task %s ended could not be written", task.id)
        finally:
            self._slots.release()

    def _outcome(self, task: Task) -> FolioError | None:
        """Runs the task. -> why it failed; None when there is nothing to say about it here."""
        try:
            run_task(task, self._context)
            self._dense.put(task)
        except Stopped:
            self._stopped(task)
        except NotFound:
            self._called_off(task)
        except FolioError as error:
            return error
        except StorageFull:
            return RequestError("storage_full", "The server's disk is full. Free some space, then retry.")
        except Exception:
            log.exception("Task %s failed", task.id)
            return InternalError("internal_error", "Something went wrong on our side. It was logged.")
        return None

    def _end(self, task: Task, error: FolioError | None) -> None:
        if error is None:
            return
        row = {"error_code": error.code, "message": error.message}
        with self._db.write():
            tasks.update(self._db, task.id, status="failed", error=row)
            documents.update(self._db, task.document_id, status="failed")

    def _stopped(self, task: Task) -> None:
        """Somebody ended the task, or the program ends: then it waits again, and this attempt does not count."""
        with self._db.write():
            if tasks.load(self._db, task.id).is_finished:
                self._called_off(task)
            elif self._closing.is_set():
                tasks.update(self._db, task.id, status="cancelled")
                tasks.retry(self._db, task.owner, task.id)

    def _called_off(self, task: Task) -> None:
        """Of a cancelled task's document nothing can be found; a deleted one's points are deleted once more."""
        with self._db.write():
            try:
                documents.load(self._db, task.document_id)
            except NotFound:
                outbox.add(self._db, "delete_points", {"document_id": task.document_id})
            else:
                documents.save_passages(self._db, task.document_id, ())
                documents.save_pages(self._db, task.document_id, ())
                documents.update(self._db, task.document_id, status="failed")


def _nobody(document_id: str) -> None:
    """Nobody asked to hear of it."""

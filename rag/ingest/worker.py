"""Files come in here and become searchable documents.

A task's life: pending -> extracting -> chunking -> vectorizing -> completed | failed | cancelled, each change a row.
    the file cannot be read     failed, with its code; the bytes stay, and what its finished stages made: a retry goes
                                on from there
    cancelled or deleted        its process is killed within a second; nothing of it is left
    the program ends            it waits again, as if never begun; if its document is searchable already: completed
    the program dies            it waits again at the next start, three times at most in one stage; the second and
                                third time it is worked on alone, so that whichever file it was takes no other one along
    its worker vanishes         its lease runs out, and it waits again
Who comes first wins: a task that has ended is never changed by its worker.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from rag.cluster import Cluster
from rag.errors import FolioError, InternalError, RequestError
from rag.ingest import kinds
from rag.ingest.dense import DenseQueue
from rag.ingest.intake import Intake
from rag.ingest.leases import Leases
from rag.ingest.pipeline import Context, Vectorizer, run_task
from rag.ingest.processes import Stopped
from rag.ingest.progress import until_stored
from rag.ingest.recognition import wanted, why_not
from rag.ingest.recordings import Recordings
from rag.ingest.sandbox import Limits, Sandbox
from rag.ingest.transcription import for_settings
from rag.model import Box
from rag.settings import Settings
from store import documents, files, leases, outbox, tasks, undoing
from store.database import Database
from store.documents import Document
from store.errors import NotFound, StorageFull, StoreError
from store.tasks import Task

log = logging.getLogger(__name__)
IDLE_S = 5.0  # a wake-up that got lost costs no more than this
BUSY_S = 0.5  # how soon the program's end is seen while all workers are busy


class Ingestion:
    """Admits files and works on their tasks, `settings.workers` at once. Start it once, close it once.

    A `sandbox` that is given stays open when this is closed. `on_left(document_id)` hears of documents that were
    completed without their dense vectors, `on_gone()` when the points of one are to be deleted.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        vectorizer: Vectorizer,
        *,
        sandbox: Sandbox | None = None,
        on_left: Callable[[str], None] | None = None,
        on_gone: Callable[[], None] | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        limits = Limits(
            settings.parser_memory_mb, settings.parser_timeout_s, settings.max_pages, settings.max_image_pixels
        )
        self._db = db
        self._data_dir = settings.data
        self.recordings = Recordings(settings, for_settings(settings))
        self._intake = Intake(db, settings, self.recordings)
        self._closing = threading.Event()
        self._ocr = wanted(settings.ocr, settings.ocr_languages)
        self._sandbox = sandbox or Sandbox(settings.workers, limits, self._ocr, cluster=cluster)
        self._owns_sandbox = sandbox is None
        self._context = Context(db, settings.data, self._sandbox, vectorizer, self.recordings, self._closing)
        self._on_gone = on_gone or _nothing_follows
        self._leases = Leases(db, self.notify)
        self._dense = DenseQueue(self._context, on_left or _nobody, self._leases.let_go)
        self._places = settings.workers
        self._slots = threading.Semaphore(settings.workers)
        self._wake = threading.Event()
        self._workers = ThreadPoolExecutor(settings.workers, thread_name_prefix="ingest")
        self._dispatcher = threading.Thread(target=self._dispatch, name="ingest-dispatch", daemon=True)

    def start(self) -> None:
        """Begin to work; first on what a crash cut off."""
        leases.requeue_unfinished(self._db)
        self._leases.start()
        self._dense.start()
        self._dispatcher.start()

    def notify(self) -> None:
        """There may be a new task."""
        self._wake.set()

    def close(self) -> None:
        """End in order: parsers are killed, tasks under way wait for the next start. Calling it twice is fine."""
        self._closing.set()
        self._wake.set()
        self._dense.stop()
        if self._owns_sandbox:
            self._sandbox.close()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        self._workers.shutdown()
        self._dense.close()
        self._leases.close()

    def warm(self) -> None:
        """Somebody may be about to upload: all that reading a file needs gets ready. Returns at once."""
        if not self._closing.is_set():
            self._workers.submit(self._is_ready)

    def admit(self, user_id: str, stream: BinaryIO, name: str) -> Task:
        """Store a file and queue its task, see `Intake.admit` for what is raised."""
        self._sandbox.warm()  # the parsers start while the bytes arrive
        task = self._intake.admit(user_id, stream, name)
        self.notify()
        return task

    def cancel(self, user_id: str, task_id: str) -> Task:
        """End a task; nothing of its document is left. Nothing happens to one that has ended. Raises NotFound."""
        task = undoing.cancel(self._db, user_id, task_id)
        self._dense.cancel(task_id)
        self._on_gone()
        return task

    def transcribe(self, stream: BinaryIO, name: str) -> str:
        """What is said in a short recording; nothing is kept. Raises DocumentError, see `Recordings.text`; Stopped."""
        return self.recordings.text(stream, name, self._closing.is_set)

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
        while self._take_place():
            self._wake.clear()
            crashes = self._next_crashes()
            is_alone = bool(crashes) and self._take_all_places()
            task = self._claim() if crashes is not None and self._is_ready() else None
            if task is None:
                self._free_places(is_alone)
                if not self._closing.is_set():
                    self._wake.wait(IDLE_S)
            else:
                self._leases.hold(task.id)
                self._workers.submit(self._carry, task, is_alone)

    def _take_place(self) -> bool:
        """Waits for a free worker. -> False when the program ends."""
        while not self._slots.acquire(timeout=BUSY_S):
            if self._closing.is_set():
                return False
        if self._closing.is_set():
            self._slots.release()
            return False
        return True

    def _take_all_places(self) -> bool:
        """Waits until nobody else works. -> False, with no more places than before, when the program ends."""
        for taken in range(self._places - 1):
            if not self._take_place():
                for _ in range(taken):
                    self._slots.release()
                return False
        return True

    def _free_places(self, is_alone: bool) -> None:
        for _ in range(self._places if is_alone else 1):
            self._slots.release()

    def _next_crashes(self) -> int | None:
        """How often the program has died over the next task, which is then worked on alone; None when nothing waits."""
        try:
            return tasks.next_crashes(self._db)
        except StoreError:
            log.exception("The queue could not be read; trying again in %.0f s", IDLE_S)
            return None

    def _is_ready(self) -> bool:
        """Waits until all is loaded: a program that dies of that has not died of a file. False when it ends."""
        try:
            self._context.vectorizer.warm()
            self._sandbox.wait_until_up(self._closing.is_set)
        except Stopped:
            return False
        except Exception:  # named boundary: then each task says for itself why it fails, and the queue goes on
            log.exception("The parsers did not start")
        return True

    def _claim(self) -> Task | None:
        try:
            return tasks.claim(self._db)
        except StoreError:
            log.exception("No task could be claimed; trying again in %.0f s", IDLE_S)
            return None

    def _carry(self, task: Task, is_alone: bool) -> None:
        """The border of a worker: whatever happens, the task's row says it."""
        is_left_to_dense = False
        try:
            error = self._outcome(task)
            until_stored(lambda: self._end(task, error), self._closing)
            is_left_to_dense = error is None and not tasks.load(self._db, task.id).is_finished
        except NotFound:
            log.info("Task %s is gone with its document", task.id)
        except Exception:  # the border of the task's thread: its place has to become free
            log.exception("How task %s ended could not be written", task.id)
        finally:
            if not is_left_to_dense:
                self._leases.let_go(task.id)
            self._free_places(is_alone)

    def _outcome(self, task: Task) -> FolioError | None:
        """Runs the task. -> why it failed; None when there is nothing to say about it here."""
        try:
            run_task(task, self._context)
            self._dense.put(task)
            if outbox.pending(self._db):  # it has replaced an older version
                self._on_gone()
        except Stopped:
            self._stopped(task)
        except NotFound:
            self._called_off(task)
        except FolioError as error:
            return error
        except StorageFull:
            return RequestError("storage_full", "The server's disk is full. Free some space, then retry.")
        except Exception:  # the border of a task: whatever a file does ends this task and no other
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
            is_called_off = tasks.load(self._db, task.id).is_finished
            if not is_called_off and self._closing.is_set():
                tasks.put_back(self._db, task.id)
        if is_called_off:
            self._called_off(task)

    def _called_off(self, task: Task) -> None:
        """What was written for a document after it had gone goes once more."""
        with self._db.write():
            try:
                documents.load(self._db, task.document_id)
            except NotFound:
                outbox.add(self._db, "delete_points", {"document_id": task.document_id})
        self._on_gone()


def _nobody(document_id: str) -> None:
    """Nobody asked to hear of it."""


def _nothing_follows() -> None:
    """Nobody asked to hear of it."""

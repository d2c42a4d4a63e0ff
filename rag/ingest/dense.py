"""The second half of vectorizing: dense vectors, for one document after the other, in one background thread. Owners
take turns.

They take a hundred times as long as keyword vectors, so they never stand in the way of another document's. A task whose
document is searchable ends `completed` whatever happens here: without a model at once, with a warning that they follow.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rag.errors import FolioError
from rag.ingest.fair import FairQueue
from rag.ingest.pipeline import KEYWORD_SHARE, Context
from rag.ingest.processes import Stopped
from rag.ingest.progress import Progress, until_stored
from store import tasks
from store.errors import NotFound, StoreError
from store.tasks import Task

log = logging.getLogger(__name__)
NOT_READY = (
    "Meaning-based search is not ready yet: this document is found by its words now, and by meaning as soon as the "
    "embedding model is there."
)
LATER = "This document is found by its words; searching it by meaning will follow later."


class DenseQueue:
    """Takes tasks whose document is searchable and completes them.

    `on_left(document_id)` is told about documents that were completed without their dense vectors, `on_ended(task_id)`
    about every task that is done with here.
    """

    def __init__(self, context: Context, on_left: Callable[[str], None], on_ended: Callable[[str], None]) -> None:
        self._context = context
        self._on_left = on_left
        self._on_ended = on_ended
        self._waiting: FairQueue[Task] = FairQueue()
        self._lock = threading.Lock()
        self._task_id = ""  # what is worked on
        self._stop = threading.Event()  # ends that work
        self._thread = threading.Thread(target=self._run, name="dense", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, task: Task) -> None:
        self._waiting.put(task.owner, task)

    def cancel(self, task_id: str) -> None:
        """Ends work on this task within a batch of vectors; nothing when it is not the one being worked on."""
        with self._lock:
            if self._task_id == task_id:
                self._stop.set()

    def stop(self) -> None:
        """Ends the work under way; `context.closing` is set before, so nothing else begins."""
        with self._lock:
            self._stop.set()

    def close(self) -> None:
        """Ends within a batch of vectors; `context.closing` is set before. What is left is completed without them."""
        self.stop()
        self._waiting.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            with self._lock:
                self._task_id, self._stop = task.id, threading.Event()
            try:
                self._carry(task)
            except NotFound:
                log.info("The document of task %s was deleted meanwhile", task.id)
            except Exception:  # the border of this thread: one document's trouble is not the next one's
                log.exception("Task %s could not be completed", task.id)
            finally:
                self._on_ended(task.id)

    def _carry(self, task: Task) -> None:
        if tasks.load(self._context.db, task.id).is_finished:  # called off while it waited
            return
        written, warning = self._written(task)
        counts = {"dense_points": written or 0}
        warnings = (*tasks.load(self._context.db, task.id).warnings, *([warning] if warning else []))
        end = {"status": "completed", "vectorization_progress": 100, "counts": counts, "warnings": warnings}
        until_stored(lambda: tasks.update(self._context.db, task.id, **end), self._context.closing)
        if warning:
            self._on_left(task.document_id)

    def _written(self, task: Task) -> tuple[int | None, str]:
        """(how many dense vectors, what to warn of)."""
        progress = Progress(self._context.db, task.id)

        def on_progress(done: int, total: int) -> None:
            progress.hint("vectorization", KEYWORD_SHARE + (100 - KEYWORD_SHARE) * done / max(1, total))

        closing = self._context.closing
        if closing.is_set():
            return None, LATER
        try:
            written = self._context.vectorizer.write_dense(task.document_id, on_progress, self._stop)
        except Stopped:
            return None, ""
        except (FolioError, StoreError) as error:
            log.warning("Dense vectors of %s are left for later: %s", task.document_id, error)
            return None, LATER
        if closing.is_set():
            return written, LATER
        return written, NOT_READY if written is None else ""

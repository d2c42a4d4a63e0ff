"""The second half of vectorizing: dense vectors, for one document after the other, in one background thread.

They take a hundred times as long as keyword vectors, so they never stand in the way of another document's. A task whose
document is searchable ends `completed` whatever happens here: without a model at once, with a warning that they follow.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from rag.errors import FolioError
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

    `on_left(document_id)` is told about documents that were completed without their dense vectors.
    """

    def __init__(self, context: Context, on_left: Callable[[str], None]) -> None:
        self._context = context
        self._on_left = on_left
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="dense", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, task: Task) -> None:
        self._waiting.put(task)

    def close(self) -> None:
        """Ends within a batch of vectors; `context.closing` is set before. What is left is completed without them."""
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            try:
                self._carry(task)
            except NotFound:
                log.info("The document of task %s was deleted meanwhile", task.id)
            except Exception:  # the border of this thread: one document's trouble is not the next one's
                log.exception("Task %s could not be completed", task.id)

    def _carry(self, task: Task) -> None:
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
            written = self._context.vectorizer.write_dense(task.document_id, on_progress, closing)
        except Stopped:
            return None, ""
        except (FolioError, StoreError) as error:
            log.warning("Dense vectors of %s are left for later: %s", task.document_id, error)
            return None, LATER
        if closing.is_set():
            return written, LATER
        return written, NOT_READY if written is None else ""

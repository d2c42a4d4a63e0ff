"""A task's progress on its way to its watchers: in the database before anyone sees it, ten times a second at most."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from rag.ingest.processes import Stopped
from store import tasks
from store.database import Database
from store.errors import StorageFull

log = logging.getLogger(__name__)

MIN_INTERVAL_S = 0.1
CANCEL_CHECK_S = 0.5
RETRY_S = 1.0


class Progress:
    """Writes one task's row. Once somebody else has ended the task (cancelled, deleted) every call raises Stopped."""

    def __init__(self, db: Database, task_id: str) -> None:
        self._db = db
        self.task_id = task_id
        self._written_at = 0.0
        self._checked_at = time.monotonic()

    def write(self, **columns: Any) -> None:
        """Change the row now. Raises Stopped."""
        if tasks.update(self._db, self.task_id, **columns).is_finished:
            raise Stopped
        self._written_at = self._checked_at = time.monotonic()

    def hint(self, stage: str, percentage: float) -> None:
        """The stage has come this far; written unless another write was a moment ago. Raises Stopped."""
        if time.monotonic() - self._written_at >= MIN_INTERVAL_S:
            self.write(**{f"{stage}_progress": percentage})

    def is_stopped(self) -> bool:
        """Whether the task has been ended by somebody else; looks into the database twice a second at most."""
        if time.monotonic() - self._checked_at < CANCEL_CHECK_S:
            return False
        self._checked_at = time.monotonic()
        return tasks.load(self._db, self.task_id).is_finished


def until_stored(write: Callable[[], object], closing: threading.Event) -> None:
    """Run `write`; again each second while the disk is full, until it is done or the program ends."""
    while True:
        try:
            write()
        except StorageFull:
            log.warning("The disk is full; how a task ended will be written as soon as there is space")
            if closing.wait(RETRY_S):
                return
        else:
            return

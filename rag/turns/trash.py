"""The trash is emptied in the background: at start, and then daily."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

from store import states
from store.database import Database
from store.ids import moment_text

log = logging.getLogger(__name__)
KEEP = timedelta(days=30)
_EVERY_S = 24 * 3600.0


class Trash:
    """Purges conversations that have been in the trash for `keep`, on a thread of its own, until it is closed."""

    def __init__(self, db: Database, keep: timedelta = KEEP, every_s: float = _EVERY_S) -> None:
        self._db = db
        self._keep = keep
        self._every_s = every_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="trash", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Waits for a purge in progress. Calling it twice is fine."""
        self._closing.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            try:
                purged = states.purge(self._db, moment_text(datetime.now(UTC) - self._keep))
            except Exception:  # named boundary: the next round tries again
                log.exception("The trash could not be emptied")
            else:
                if purged:
                    log.info("%d conversations left the trash for good", purged)
            if self._closing.wait(self._every_s):
                return

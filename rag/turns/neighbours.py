"""Other processes on the same data folder: their wishes are heard, and what they leave behind is brought to an end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

from store import turns
from store.database import Database
from store.errors import StoreError

logger = logging.getLogger(__name__)
LISTEN_S = 0.2
LOOK_S = 2.0
STOP_TIMEOUT_S = 2.0


class Neighbours:
    """Listens as long as it is open; for a folder that is not shared there is nothing to listen to.

    `stop(turn_id)` ends a turn that is written here; `interrupt()` ends those of processes that are gone.
    """

    def __init__(self, db: Database, stop: Callable[[str], object], interrupt: Callable[[], None]) -> None:
        self._db = db
        self._stop, self._interrupt = stop, interrupt
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="turn-neighbours", daemon=True)
        if db.seat.is_shared:
            self._thread.start()

    def ask_stop(self, turn_id: str) -> None:
        """Has a turn stopped by the process that writes it; returns when it has ended, or after STOP_TIMEOUT_S."""
        if not self._db.seat.is_shared or not turns.is_written(self._db, turn_id):
            return
        turns.ask_stop(self._db, turn_id)
        deadline = monotonic() + STOP_TIMEOUT_S
        while monotonic() < deadline and not turns.load(self._db, turn_id).is_finished:
            if self._closing.wait(LISTEN_S / 4):
                return

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(LISTEN_S + 1.0)

    def _listen(self) -> None:
        look_due = monotonic() + LOOK_S
        while not self._closing.wait(LISTEN_S):
            try:
                for turn_id in turns.asked_to_stop(self._db):
                    self._stop(turn_id)
                if monotonic() >= look_due:
                    look_due = monotonic() + LOOK_S
                    self._interrupt()
            except StoreError:
                logger.warning("the other processes' wishes could not be read", exc_info=True)

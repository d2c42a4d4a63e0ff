"""The tasks this process has in hand: their leases are renewed while it lives; those that nobody holds come back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from store import leases
from store.database import Database
from store.errors import StoreError
from store.tasks import LEASE_S

log = logging.getLogger(__name__)
BEAT_S = LEASE_S / 4


class Leases:
    """`on_recovered()` is called when tasks of a vanished worker wait again. Start it once, close it once."""

    def __init__(self, db: Database, on_recovered: Callable[[], None], *, beat_s: float = BEAT_S) -> None:
        self._db = db
        self._on_recovered = on_recovered
        self._beat_s = beat_s
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self, task_id: str) -> None:
        with self._lock:
            self._in_hand.add(task_id)

    def let_go(self, task_id: str) -> None:
        with self._lock:
            self._in_hand.discard(task_id)

    def _run(self) -> None:
        while not self._closing.wait(self._beat_s):
            try:
                self._beat()
            except StoreError as error:
                log.warning("Leases could not be renewed: %s", error)
            except Exception:  # the border of a thread that has to go on
                log.exception("Leases could not be renewed")

    def _beat(self) -> None:
        with self._lock:
            in_hand = set(self._in_hand)
        if in_hand:
            leases.renew(self._db, in_hand)
        if leases.requeue_expired(self._db, in_hand):
            log.warning("A task had lost its worker; it waits again")
            self._on_recovered()

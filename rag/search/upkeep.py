"""A thread that does its work whenever it is woken, and tries again after a pause when that failed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from rag.errors import FolioError
from store.errors import StoreError

log = logging.getLogger(__name__)

PAUSES_S = (1.0, 5.0, 30.0, 60.0)  # after the first, second ... failure in a row


class Upkeep:
    """Calls `work()` on a thread of its own, once for any number of wake-ups that came before it began.

    `trouble` is why the last attempt failed, a sentence; empty when it did not.
    """

    def __init__(self, name: str, work: Callable[[], None], pauses_s: Sequence[float] = PAUSES_S) -> None:
        self.trouble = ""
        self._name = name
        self._work = work
        self._pauses_s = pauses_s
        self._failures = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    @property
    def closing(self) -> threading.Event:
        """Set once the work is to end early."""
        return self._closing

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def close(self) -> None:
        """Waits for work in progress, which is to look at `is_closing`. Calling it twice is fine."""
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._pauses_s[min(self._failures, len(self._pauses_s)) - 1] if self._failures else None)
            self._wake.clear()
            if self.is_closing:
                return
            self.trouble = self._attempt()
            self._failures = self._failures + 1 if self.trouble else 0

    def _attempt(self) -> str:
        """-> why it failed, or ""."""
        try:
            self._work()
        except FolioError as error:
            log.warning("%s: %s %s", self._name, error.message, error.details.get("reason", ""))
            return error.message
        except StoreError as error:
            log.warning("%s: %s", self._name, error)
            return str(error) or "The database refused."
        except Exception:  # the border of a thread that has to go on
            log.exception("%s failed", self._name)
            return "Something went wrong on our side; the log has the details."
        return ""

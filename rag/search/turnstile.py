"""Work that goes one at a time, with those in a hurry before those who are not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turnstile:
    """`hurried`: how many of those in a hurry are waiting."""

    def __init__(self) -> None:
        self.hurried = 0
        self._changed = threading.Condition()
        self._taken = False

    @contextmanager
    def turn(self, *, hurried: bool) -> Iterator[None]:
        """Waits until it is this thread's turn, and has it until the block ends."""
        with self._changed:
            self.hurried += hurried
            self._changed.wait_for(lambda: not self._taken and (hurried or not self.hurried))
            self.hurried -= hurried
            self._taken = True
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()

"""How a task's end is written when the disk is full."""

from __future__ import annotations

import threading

from rag.ingest.progress import until_stored
from store.errors import StorageFull


class Closing(threading.Event):
    """Counts how often somebody waited for the end of the program; it comes after `patience` times."""

    def __init__(self, patience: int) -> None:
        super().__init__()
        self.waits = 0
        self.patience = patience

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        return self.waits > self.patience


class Row:
    """A row that can be written once `refusals` writes have met a full disk."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.is_written = False

    def write(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StorageFull("The disk is full.")
        self.is_written = True


def test_an_end_is_written_as_soon_as_there_is_space() -> None:
    row, closing = Row(refusals=3), Closing(patience=10)
    until_stored(row.write, closing)
    assert (row.is_written, closing.waits) == (True, 3)


def test_the_program_may_end_meanwhile() -> None:
    row, closing = Row(refusals=100), Closing(patience=2)
    until_stored(row.write, closing)
    assert (row.is_written, closing.waits) == (False, 3)

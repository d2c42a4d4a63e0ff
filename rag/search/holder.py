"""Which index answers just now. It can be exchanged under way: whoever is asking the old one finishes with it first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rag.errors import SearchError
from rag.search.index import Index


class IndexSource(Protocol):
    """Where retrieval gets the index that answers."""

    @property
    def reason(self) -> str:
        """Why that index can be asked by keywords only, one sentence; empty when by meaning too."""

    def borrow(self) -> AbstractContextManager[Index]:
        """The index, open until the block ends. Raises SearchError(index_unavailable) when there is none."""


class Holder:
    """Holds one index, or none yet."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._current: Index | None = None
        self._borrowers: dict[int, int] = {}

    @property
    def current(self) -> Index | None:
        return self._current

    @contextmanager
    def borrow(self) -> Iterator[Index]:
        with self._changed:
            index = self._current
            if index is None:
                raise SearchError("index_unavailable", "The vector index cannot be reached just now.")
            self._borrowers[id(index)] = self._borrowers.get(id(index), 0) + 1
        try:
            yield index
        finally:
            with self._changed:
                self._borrowers[id(index)] -= 1
                self._changed.notify_all()

    def replace(self, index: Index | None, retire: Callable[[Index], None]) -> None:
        """`index` answers from now on; returns after `retire(old)`, called once nobody asks the old one any more."""
        with self._changed:
            old, self._current = self._current, index
            if old is None:
                return
            self._changed.wait_for(lambda: self._borrowers.get(id(old), 0) == 0)
            self._borrowers.pop(id(old), None)
        retire(old)

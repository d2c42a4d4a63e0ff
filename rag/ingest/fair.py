"""A queue whose owners take turns: one with five hundred things waiting does not keep another's one thing waiting."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Safe to use from any thread. An owner's own things come in the order they were put."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()  # whose turn it is stands first
        self._closed = False

    def put(self, owner: str, thing: T) -> None:
        with self._changed:
            self._waiting.setdefault(owner, deque()).append(thing)
            self._changed.notify()

    def get(self) -> T | None:
        """The next thing; waits for one. None once the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            owner, things = self._waiting.popitem(last=False)
            thing = things.popleft()
            if things:
                self._waiting[owner] = things
            return thing

    def close(self) -> None:
        """What waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

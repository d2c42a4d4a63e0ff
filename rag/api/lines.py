"""Connections that last, by whom they serve: when a session, a token or a user ends, so do they.

What ends in this process is heard of at once. What ends otherwise (by expiry, in another process on the same folder) is
found by one look a second at the sessions of all open connections.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from threading import Lock
from types import TracebackType
from typing import Final, Self

import anyio
from anyio import to_thread

from rag.errors import FolioError

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 1.0
_REMEMBERED: Final = 10_000  # ended ids: for who was recognised just before, and connects just after


class Live:
    """All open lines. `end` may be called from any thread. `ended(ids)`: which of these prove nothing any more."""

    def __init__(self, ended: Callable[[Collection[str]], Collection[str]] = lambda ids: ()) -> None:
        self._look = ended
        self._looker: asyncio.Task[None] | None = None
        self._lock = Lock()
        self._lines: dict[str, set[Line]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def line(self, ids: Sequence[str], *, ends: bool = True) -> Line:
        """A connection to serve inside of: `with live.line(caller.ids) as line`. `ends`: whether it is cut off."""
        return Line(self, ids if ends else ())

    def end(self, ended_id: str) -> None:
        """Every line of this id is cut, and every one that is opened from now on."""
        with self._lock:
            self._ended[ended_id] = None
            while len(self._ended) > _REMEMBERED:
                self._ended.popitem(last=False)
            lines = list(self._lines.get(ended_id, ()))
        for line in lines:
            line.cut_from_outside()

    async def _look_after(self) -> None:
        """As long as there are lines."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with self._lock:
                proof_ids = {line.ids[0] for lines in self._lines.values() for line in lines}
                if not proof_ids:
                    self._looker = None
                    return
            try:
                ended = await to_thread.run_sync(self._look, proof_ids)
            except FolioError as error:
                log.warning("The sessions of open connections could not be looked at: %s", error.message)
                continue
            for one in ended:
                self.end(one)

    def _add(self, line: Line) -> bool:
        """-> whether it may stay."""
        with self._lock:
            for one in line.ids:
                self._lines.setdefault(one, set()).add(line)
            if self._looker is None or self._looker.done():
                self._looker = asyncio.get_running_loop().create_task(self._look_after())
            return not any(one in self._ended for one in line.ids)

    def _remove(self, line: Line) -> None:
        with self._lock:
            for one in line.ids:
                lines = self._lines.get(one, set())
                lines.discard(line)
                if not lines:
                    self._lines.pop(one, None)


class Line:
    """One connection, served in its task. What is inside is cancelled when it is cut."""

    def __init__(self, live: Live, ids: Sequence[str]) -> None:
        self.ids = tuple(ids)
        self._live = live
        self._is_spared = False

    @property
    def was_cut(self) -> bool:
        return self._scope.cancelled_caught

    def spare(self) -> None:
        """What is being sent has a known end: it is let through."""
        self._is_spared = True

    def cut_from_outside(self) -> None:
        with suppress(RuntimeError):  # its loop is closed: the server is gone
            self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        if not self._is_spared:
            self._scope.cancel()

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._scope = anyio.CancelScope()
        self._scope.__enter__()
        if self.ids and not self._live._add(self):
            self._scope.cancel()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self.ids:
            self._live._remove(self)
        return bool(self._scope.__exit__(kind, error, trace))

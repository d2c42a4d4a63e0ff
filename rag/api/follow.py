"""From the application's blocking follower to an async one.

A turn's log is followed by a thread that waits in `App.follow`. The threads are the API's own, so that streams never
take the place of ordinary requests; the limit is the number of streams at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import closing
from threading import Lock
from time import monotonic
from typing import Any, Final

from anyio import CapacityLimiter, to_thread
from fastapi.concurrency import run_in_threadpool

from rag.app import App
from rag.errors import RequestError
from rag.events import Logged

MAX_STREAMS: Final = 600
# How soon a thread notices that its client has left while the model is silent.
HEARTBEAT_S: Final = 0.08
SIGN_OF_LIFE_S: Final = 10.0
_END: Final = object()
Following = AsyncGenerator[Logged | None, None]


class _Puller:
    """One follower of one turn, pulled from threads, one pull at a time, and left from the event loop."""

    def __init__(self, lines: Generator[Logged | None, None, None]) -> None:
        self._lines = lines
        self._at_work = Lock()
        self._is_left = False

    def pull(self) -> Any:
        """The next event, None when there was none for a while, _END after the last."""
        with self._at_work:
            item = _END if self._is_left else next(self._lines, _END)
        if self._is_left:
            self.leave()
        return item

    def leave(self) -> None:
        """Closes the follower: here when no thread is in it, else in that thread when it comes back."""
        self._is_left = True
        if self._at_work.acquire(blocking=False):
            try:
                self._lines.close()
            finally:
                self._at_work.release()


class Followers:
    """Opens async followers; there are never more than `max_streams` of them."""

    def __init__(self, app: App, max_streams: int = MAX_STREAMS, sign_of_life_s: float = SIGN_OF_LIFE_S) -> None:
        self._app = app
        self._threads = CapacityLimiter(max_streams)
        self._open = 0
        self._max_streams = max_streams
        self._sign_of_life_s = sign_of_life_s

    def check_room(self) -> None:
        """Raises RequestError(rate_limited) when no further follower may be opened."""
        if self._open >= self._max_streams:
            raise RequestError("rate_limited", "Too many streams are open. Try again in a moment.")

    async def open(self, user_id: str, turn_id: str, after: int = 0) -> Following:
        """The turn's events after seq `after`, to the terminal one; None after each `sign_of_life_s` without any.

        Close it to leave; the turn goes on. Raises RequestError at once: not_found, rate_limited.
        """
        self.check_room()
        lines = await run_in_threadpool(self._app.follow, user_id, turn_id, after, heartbeat_s=HEARTBEAT_S)
        return self._follow(_Puller(lines))

    async def saw(self, user_id: str, turn_id: str, seq: int) -> Logged | None:
        """Event number `seq` of the turn, if there is one yet. Raises RequestError(not_found) for the turn."""

        def look() -> Logged | None:
            with closing(self._app.follow(user_id, turn_id, seq - 1, heartbeat_s=0.001)) as lines:
                return next(lines, None)

        return await run_in_threadpool(look)

    async def _follow(self, puller: _Puller) -> Following:
        self._open += 1
        heard = monotonic()
        try:
            while True:
                item = await to_thread.run_sync(puller.pull, abandon_on_cancel=True, limiter=self._threads)
                if item is _END:
                    return
                if item is not None or monotonic() - heard >= self._sign_of_life_s:
                    heard = monotonic()
                    yield item
        finally:
            self._open -= 1
            puller.leave()

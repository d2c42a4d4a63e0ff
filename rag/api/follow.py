"""Following the logs of turns on the event loop: no thread waits; whoever follows is woken when the log has grown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, contextmanager
from typing import Final

from fastapi.concurrency import run_in_threadpool

from rag.api.news import News
from rag.app import App
from rag.errors import RequestError
from rag.events import Logged
from rag.turns.following import Tail

MAX_STREAMS: Final = 1_000
SIGN_OF_LIFE_S: Final = 10.0
LOOK_EVERY_S: Final = 0.1  # at a turn that is not written by this process, or not yet
Following = AsyncGenerator[Logged | None, None]


class Followers:
    """Opens async followers; there are never more than `max_streams` of them."""

    def __init__(self, app: App, max_streams: int = MAX_STREAMS, sign_of_life_s: float = SIGN_OF_LIFE_S) -> None:
        self.news = News(app.listen)
        self._app = app
        self._open = 0
        self._max_streams = max_streams
        self._sign_of_life_s = sign_of_life_s

    @property
    def count(self) -> int:
        """How many follow just now."""
        return self._open

    def check_room(self) -> None:
        """Raises RequestError(rate_limited) when no further follower may be opened."""
        if self._open >= self._max_streams:
            raise RequestError("rate_limited", "Too many streams are open. Try again in a moment.")

    @contextmanager
    def room(self) -> Iterator[None]:
        """Takes up the room of a follower while it lasts."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def open(self, user_id: str, turn_id: str, after: int = 0) -> Following:
        """The turn's events after seq `after`, to the terminal one; None after each `sign_of_life_s` without any.

        Close it to leave; the turn goes on. Raises RequestError at once: not_found, rate_limited.
        """
        self.check_room()
        return self._follow(await run_in_threadpool(self._app.tail, user_id, turn_id, after))

    async def place(self, user_id: str, turn_id: str, after: int) -> tuple[int, Logged | None]:
        """Where a client goes on that says it has seen `after`: (that place and the event there), or (0, None).

        A place that the log does not have yet belongs to another stream: better everything again than a gap. Raises
        RequestError(not_found) for the turn.
        """
        if after <= 0:
            return 0, None

        def look() -> tuple[int, Logged | None]:
            seen = self._app.tail(user_id, turn_id, after - 1).read()
            return (after, seen[0]) if seen else (0, None)

        return await run_in_threadpool(look)

    async def _follow(self, tail: Tail) -> Following:
        loop = asyncio.get_running_loop()
        heard = loop.time()
        with self.room(), self.news.of_turn(tail.turn_id) as news, closing(_Alarm(news)) as alarm:
            while True:
                news.clear()  # before reading: what comes after the reading sets it again
                events = tail.peek()
                if events is None:
                    events = await run_in_threadpool(tail.read)
                for logged in events:
                    heard = loop.time()
                    yield logged
                if tail.is_over:
                    return
                if events:
                    continue
                if loop.time() - heard >= self._sign_of_life_s:
                    heard = loop.time()
                    yield None
                alarm.ring_by(heard + self._sign_of_life_s if tail.live else loop.time() + LOOK_EVERY_S)
                await news.wait()


class _Alarm:
    """Sets an event at the latest at a moment, or before: a timer is cheaper to let ring in vain than to move."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def ring_by(self, due: float) -> None:
        if self._timer is None or self._due > due:
            self.close()
            self._due = due
            self._timer = self._loop.call_at(due, self._ring)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        self._event.set()

"""Wakes those who wait on the event loop, when the log of a turn has grown or a turn has begun in a conversation.

The log's thread tells of a whole commit at once, so that hundreds of streams cost one call to the loop for each commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from store.turns import Turn

Listen = Callable[[Callable[[Sequence[Turn]], None]], Callable[[], None]]
Told = Callable[[Turn], None]
T = TypeVar("T")


class News:
    """`listen(heard)` is App.listen. Everything but what it tells happens on one event loop."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._end: Callable[[], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._rooms: dict[str, set[Told]] = {}

    def readers(self, turn_id: str) -> int:
        """How many wait for news of this turn."""
        return len(self._waiting.get(turn_id, ()))

    @contextmanager
    def of_turn(self, turn_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the turn's log may have grown. Clear it, then read the log, then wait."""
        event = asyncio.Event()
        with self._registered(self._waiting, turn_id, event):
            yield event

    @contextmanager
    def of_conversation(self, conversation_id: str, told: Told) -> Iterator[None]:
        """`told(turn)` is called on the loop when a turn of the conversation begins, and with all its news."""
        with self._registered(self._rooms, conversation_id, told):
            yield

    @contextmanager
    def _registered(self, table: dict[str, set[T]], key: str, item: T) -> Iterator[None]:
        if self._end is None:
            self._loop = asyncio.get_running_loop()
            self._end = self._listen(self._heard)
        table.setdefault(key, set()).add(item)
        try:
            yield
        finally:
            table[key].discard(item)
            if not table[key]:
                del table[key]
            if not self._waiting and not self._rooms and self._end is not None:
                self._end()
                self._end = None

    def _heard(self, turns: Sequence[Turn]) -> None:
        """Called from the log's threads."""
        wanted = [turn for turn in turns if turn.id in self._waiting or turn.conversation_id in self._rooms]
        if wanted and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and with it those who waited
                self._loop.call_soon_threadsafe(self._wake, wanted)

    def _wake(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            for event in self._waiting.get(turn.id, ()):
                event.set()
            for told in tuple(self._rooms.get(turn.conversation_id, ())):
                told(turn)

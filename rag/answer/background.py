"""An async stream, read from a thread: the one place where the synchronous spine meets asyncio.

All streams of the process run on one event loop in one daemon thread, so that their clients' connections can be
reused. The reader waits on a queue; a stop, a silence or closing the reader cancels the stream's task, and the
cancellation closes its connection, even while it is blocked in a read.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")
STOP_CHECK_S = 0.2  # a stop is heard this late at most; many answers at once cannot all look more often


class Silence(Exception):  # named for what happened; it becomes a ModelError
    """Nothing arrived for `waited_s`. `started`: something that counts had arrived before."""

    def __init__(self, waited_s: float, *, started: bool) -> None:
        super().__init__(f"silent for {waited_s} s")
        self.waited_s = waited_s
        self.started = started


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reader waits, in seconds: for the first item that counts, between items, and altogether."""

    first_s: float
    between_s: float
    total_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


def follow(
    source: Callable[[], AsyncGenerator[T, None]],
    stop: threading.Event,
    patience: Patience,
    counts: Callable[[T], bool],
) -> Generator[T, None, None]:
    """The items of source(), as they come. Ends quietly when `stop` is set.

    `counts(item)`: whether it ends the wait for the first one. Raises Silence, or whatever the source raised.
    """
    queue: SimpleQueue[_Item[T] | _End] = SimpleQueue()
    task = asyncio.run_coroutine_threadsafe(_pump(source, queue), shared_loop())
    try:
        yield from _read(queue, stop, patience, counts)
    finally:
        task.cancel()


async def _pump(source: Callable[[], AsyncGenerator[T, None]], queue: SimpleQueue[_Item[T] | _End]) -> None:
    try:
        async with aclosing(source()) as items:
            async for item in items:
                queue.put(_Item(item))
    except Exception as error:  # noqa: BLE001 -- boundary between threads: the reader raises it again
        queue.put(_End(error))
    else:
        queue.put(_End(None))


def _read(
    queue: SimpleQueue[_Item[T] | _End], stop: threading.Event, patience: Patience, counts: Callable[[T], bool]
) -> Generator[T, None, None]:
    started = False
    now = time.monotonic()
    last, end = now, now + patience.total_s
    while not stop.is_set():
        wait_s = patience.between_s if started else patience.first_s
        now = time.monotonic()
        left_s = min(last + wait_s, end) - now
        if left_s <= 0:
            raise Silence(patience.total_s if now >= end else wait_s, started=started)
        try:
            entry = queue.get(timeout=min(STOP_CHECK_S, left_s))
        except Empty:
            continue
        last = time.monotonic()
        if isinstance(entry, _End):
            if entry.error is not None:
                raise entry.error
            return
        started = started or counts(entry.value)
        yield entry.value


def run_on_loop(work: Coroutine[Any, Any, None], timeout_s: float) -> None:
    """Runs a coroutine to its end on the shared loop; gives it up after `timeout_s`."""
    future = asyncio.run_coroutine_threadsafe(work, shared_loop())
    try:
        future.result(timeout_s)
    except TimeoutError:
        future.cancel()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 -- not there on Windows
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


_one_at_a_time = threading.Lock()  # `cache` alone makes a loop for each of those who ask first, all at once


def shared_loop() -> asyncio.AbstractEventLoop:
    """The process's loop for model streams, running. Made at first use, ended with the process."""
    with _one_at_a_time:
        return _running_loop()


@cache
def _running_loop() -> asyncio.AbstractEventLoop:
    loop = _new_loop()
    thread = threading.Thread(target=loop.run_forever, name="model-streams", daemon=True)
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=1.0)
        if not thread.is_alive():
            loop.close()

    atexit.register(end)
    return loop

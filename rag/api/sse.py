"""Server-sent events: frames, and a response that ends with its client.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, Final, Self

import anyio
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rag.api.envelope import to_bytes

RETRY_MS: Final = 1_000
# Sent before anything is known, so that a proxy passes on the head at once and the client knows it is connected.
OPENING: Final = b": folio\nretry: %d\n\n" % RETRY_MS
COMMENT: Final = b": still here\n\n"
SEND_TIMEOUT_S: Final = 30.0
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


def frame(event: str, data: dict[str, Any], seq: int | None = None) -> bytes:
    """One event. `data` goes out as JSON on one line; without a `seq` the client's place stays what it was."""
    place = b"" if seq is None else b"id: %d\n" % seq
    return place + b"event: " + event.encode() + b"\ndata: " + to_bytes(data) + b"\n\n"


def place_of(sent: bytes) -> dict[str, Any]:
    """Which turn a frame told of and how far, for an event that is not in its log; {} for what is no turn's."""
    _, _, data = sent.partition(b"\ndata: ")
    told = json.loads(data) if data else {}
    return {name: told[name] for name in ("turn_id", "seq")} if "turn_id" in told else {}


class EventStream(Response):
    """Sends what `frames` yields, and closes it as soon as the client is gone.

    Nothing is kept for a slow client: the next frame is asked for when the last one is sent. One that takes nothing
    for SEND_TIMEOUT_S, at least half of it, is left; it can resume where it was.
    """

    def __init__(self, frames: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._frames), anyio.create_task_group() as tasks:
            tasks.start_soon(self._leave_with_client, receive, tasks.cancel_scope)
            with Patience(tasks.cancel_scope) as patience:
                await self._send_all(send, patience)
            tasks.cancel_scope.cancel()

    async def _leave_with_client(self, receive: Receive, stream: anyio.CancelScope) -> None:
        with suppress(HTTPException):  # a body without end where none is expected: not a client to keep
            while (await receive())["type"] != "http.disconnect":
                pass
        stream.cancel()

    async def _send_all(self, send: Send, patience: Patience) -> None:
        async def body(data: bytes, *, more: bool = True) -> None:
            patience.sends = True
            await send({"type": "http.response.body", "body": data, "more_body": more})
            patience.sends = False

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await body(OPENING)
        async for data in self._frames:
            await body(data)
        await body(b"", more=False)


class Patience:
    """Ends `stream` when the same frame was being sent at two looks in a row, `look_s` apart.

    A deadline of its own for each frame would cost more than the frame.
    """

    def __init__(self, stream: anyio.CancelScope, look_s: float = SEND_TIMEOUT_S / 2) -> None:
        self._stream = stream
        self._look_s = look_s
        self._is_sending = False
        self._is_stuck = False

    @property
    def sends(self) -> bool:
        """Whether a frame is on its way."""
        return self._is_sending

    @sends.setter
    def sends(self, value: bool) -> None:
        self._is_sending, self._is_stuck = value, False

    def __enter__(self) -> Self:
        self._look()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        if self._is_stuck:
            self._stream.cancel()
        self._is_stuck = self._is_sending
        self._timer = asyncio.get_running_loop().call_later(self._look_s, self._look)


def no_content() -> Response:
    """What tells a browser's EventSource that there is nothing more, so that it does not come back."""
    return Response(status_code=204, headers={"Cache-Control": "no-store"})

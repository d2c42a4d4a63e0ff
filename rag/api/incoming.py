"""A request's body while it comes in: how much of it, and how long for the next part."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

# A body of which nothing comes for so long is not waited for: each that stalls would hold a connection for good.
BODY_SILENCE_S: Final = 60.0
SILENT_BODY: Final = "The request stopped coming before it was complete. Send it again."


class BodyTooLarge(HTTPException):
    """The body is larger than its path allows; raised where the body is read."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


class BodySilent(HTTPException):
    """Nothing came of an incomplete body for too long; the connection ends with the answer."""

    def __init__(self) -> None:
        super().__init__(408, SILENT_BODY, {"Connection": "close"})


class Bounded:
    """Counts a body while it streams in. What the client says about its length can refuse it early, never admit it.

    Each further part comes within `silence_s`.
    """

    def __init__(self, receive: Receive, headers: Headers, limit: int, silence_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._silence_s = silence_s
        self._is_complete = False
        announced = headers.get("content-length", "")
        is_too_long = announced.isdecimal() and (len(announced) > 15 or int(announced) > limit)
        self._bytes = limit + 1 if is_too_long else 0

    async def __call__(self) -> Message:
        if self._bytes > self._limit:
            raise BodyTooLarge(self._limit)
        message = await self._next()
        self._is_complete = not message.get("more_body", False)
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._limit:
            raise BodyTooLarge(self._limit)
        return message

    async def _next(self) -> Message:
        if self._is_complete:  # what comes now is that the client leaves, and it may stay
            return await self._receive()
        try:
            async with asyncio.timeout(self._silence_s):
                return await self._receive()
        except TimeoutError as error:
            raise BodySilent from error

"""Something that changes until it has ended, as frames: looked at again and again, told when it is another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

import anyio
from fastapi.concurrency import run_in_threadpool

from rag.api.envelope import timestamp
from rag.api.follow import SIGN_OF_LIFE_S
from rag.api.sse import COMMENT, frame
from rag.errors import FolioError

_SAME_MS: Final = 1_000  # changes that fall together move a seq by a few milliseconds, never by this much
_PLACE_CHARS: Final = 15


@dataclass(frozen=True, slots=True)
class Seen:
    """How it is now. `at`: when it last changed, ISO-8601 UTC. `has_ended`: nothing more will come."""

    body: dict[str, Any]
    at: str
    has_ended: bool

    @property
    def at_ms(self) -> int:
        return int(datetime.fromisoformat(self.at).timestamp() * 1000)

    def is_known_at(self, place: str | None) -> bool:
        """Whether a client whose last frame had this id has seen it as it is now."""
        if place is None or not (place.isascii() and place.isdecimal()) or len(place) > _PLACE_CHARS:
            return False
        return 0 <= int(place) - self.at_ms < _SAME_MS


async def change_frames(
    kind: str, look: Callable[[], Seen], every_s: float, *, knows: Callable[[Seen], bool] = lambda seen: False
) -> AsyncGenerator[bytes, None]:
    """It as it is now, unless the client `knows`, and again after each change, to its end; a FolioError is the last.

    A frame's `seq` is the time of the change in milliseconds, raised where two fall together. It grows from one
    connection to the next, so a client that comes back is told only what it has not seen. `look` may block.
    """
    told: dict[str, Any] | None = None
    seq, sent_at = 0, monotonic()
    try:
        while True:
            seen = await run_in_threadpool(look)
            if seen.body != told:
                seq = max(seq + 1, seen.at_ms)
                if told is not None or not knows(seen):
                    sent_at = monotonic()
                    yield frame(kind, {**seen.body, "type": kind, "seq": seq, "at": seen.at}, seq)
                told = seen.body
            if seen.has_ended:
                return
            if monotonic() - sent_at >= SIGN_OF_LIFE_S:
                sent_at = monotonic()
                yield COMMENT
            await anyio.sleep(every_s)
    except FolioError as error:
        problem = {"error_code": error.code, "message": error.message, "details": error.details}
        yield frame("error", {"type": "error", "at": timestamp(), **problem, "retryable": error.retryable})

"""A task's changes as frames."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from time import monotonic
from typing import Any, Final

import anyio
from fastapi.concurrency import run_in_threadpool

from rag.api.envelope import timestamp
from rag.api.follow import SIGN_OF_LIFE_S
from rag.api.sse import COMMENT, frame
from rag.app import App
from rag.errors import FolioError
from store.tasks import Task

LOOK_EVERY_S: Final = 0.2
_SAME_MS = 1_000  # changes that fall together move a seq by a few milliseconds, never by this much


def knows(task: Task, last_event_id: str | None) -> bool:
    """Whether a client that last saw this id has seen the task as it is now."""
    if last_event_id is None or not (last_event_id.isascii() and last_event_id.isdecimal()):
        return False
    return len(last_event_id) < 16 and 0 <= int(last_event_id) - _changed_ms(task) < _SAME_MS


async def task_frames(
    app: App, user: str, task_id: str, last_event_id: str | None = None
) -> AsyncGenerator[bytes, None]:
    """The task as it is now, and again after each change, until it has ended.

    A frame's `seq` is the time of the change in milliseconds, raised where two fall together. It grows from one
    connection to the next, so a client that comes back is told only what it has not seen.
    """
    told: dict[str, Any] | None = None
    seq = 0
    sent_at = monotonic()
    try:
        while True:
            task = await run_in_threadpool(app.library.task, user, task_id)
            body = await run_in_threadpool(app.library.task_json, task)
            is_known = told is None and knows(task, last_event_id)
            seq = max(seq + (body != told), _changed_ms(task))
            if body != told and not is_known:
                sent_at = monotonic()
                yield frame("task", {**body, "type": "task", "seq": seq, "at": task.updated_at}, seq)
            told = body
            if task.is_finished:
                return
            if monotonic() - sent_at >= SIGN_OF_LIFE_S:
                sent_at = monotonic()
                yield COMMENT
            await anyio.sleep(LOOK_EVERY_S)
    except FolioError as error:
        problem = {"error_code": error.code, "message": error.message, "details": error.details}
        yield frame("error", {"type": "error", "at": timestamp(), **problem, "retryable": error.retryable})


def _changed_ms(task: Task) -> int:
    return int(datetime.fromisoformat(task.updated_at).timestamp() * 1000)

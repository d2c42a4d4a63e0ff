"""A task's changes as frames."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final

from rag.api.changes import Seen, change_frames
from rag.app import App
from store.tasks import Task

LOOK_EVERY_S: Final = 0.2
_SAME_MS = 1_000  # changes that fall together move a seq by a few milliseconds, never by this much


def knows(task: Task, last_event_id: str | None) -> bool:
    """Whether a client that last saw this id has seen the task as it is now."""
    return _is_place(int(datetime.fromisoformat(task.updated_at).timestamp() * 1000), last_event_id)


def _is_place(changed_ms: int, last_event_id: str | None) -> bool:
    if last_event_id is None or not (last_event_id.isascii() and last_event_id.isdecimal()):
        return False
    return len(last_event_id) < 16 and 0 <= int(last_event_id) - changed_ms < _SAME_MS


def task_frames(app: App, user: str, task_id: str, last_event_id: str | None = None) -> AsyncGenerator[bytes, None]:
    """The task as it is now, unless the client knows, and again after each change, until it has ended."""

    def look() -> Seen:
        task = app.library.task(user, task_id)
        return Seen(app.library.task_json(task), task.updated_at, task.is_finished)

    return change_frames("task", look, LOOK_EVERY_S, knows=lambda seen: _is_place(seen.at_ms, last_event_id))

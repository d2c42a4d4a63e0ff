"""A task's changes as frames."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from rag.api.changes import Seen, change_frames
from rag.app import App

LOOK_EVERY_S: Final = 0.2


def look_at(app: App, user: str, task_id: str) -> Seen:
    """The task as it is now. Raises RequestError(not_found)."""
    task = app.library.task(user, task_id)
    return Seen(app.library.task_json(task), task.updated_at, task.is_finished)


def task_frames(app: App, user: str, task_id: str, place: str | None = None) -> AsyncGenerator[bytes, None]:
    """The task as it is now, unless a client at this place knows, and again after each change, until it has ended."""
    return change_frames(
        "task", lambda: look_at(app, user, task_id), LOOK_EVERY_S, knows=lambda seen: seen.is_known_at(place)
    )

"""A run's progress as frames."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from rag.api.changes import Seen, change_frames
from rag.app import App
from rag.verbs.lab import run_json

LOOK_EVERY_S: Final = 0.25


def look_at(app: App, user: str, run_id: str) -> Seen:
    """The run as it is now; it has ended when its figures are known. Raises RequestError(not_found)."""
    run = app.lab.run(user, run_id)
    return Seen(run_json(run), run.updated_at, run.is_finished and run.summary is not None)


def run_frames(app: App, user: str, run_id: str, place: str | None = None) -> AsyncGenerator[bytes, None]:
    """The run as it is now, unless a client at this place knows, and again after each change, until it has ended."""
    return change_frames(
        "run", lambda: look_at(app, user, run_id), LOOK_EVERY_S, knows=lambda seen: seen.is_known_at(place)
    )

"""A run's progress as frames."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from rag.api.changes import Seen, change_frames
from rag.app import App
from rag.verbs.lab import run_json

LOOK_EVERY_S: Final = 0.25


def run_frames(app: App, user: str, run_id: str) -> AsyncGenerator[bytes, None]:
    """The run as it is now, and again after each change, until it has ended and its figures are known."""

    def look() -> Seen:
        run = app.lab.run(user, run_id)
        return Seen(run_json(run), run.updated_at, run.is_finished and run.summary is not None)

    return change_frames("run", look, LOOK_EVERY_S)

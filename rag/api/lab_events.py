"""A run's progress as frames."""

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
from rag.lab import run_json

LOOK_EVERY_S: Final = 0.25


async def run_frames(app: App, user: str, run_id: str) -> AsyncGenerator[bytes, None]:
    """The run as it is now, and again after each change, until it has ended and its figures are known."""
    told: dict[str, Any] | None = None
    seq = 0
    sent_at = monotonic()
    try:
        while True:
            run = await run_in_threadpool(app.lab.run, user, run_id)
            body = run_json(run)
            if body != told:
                seq = max(seq + 1, int(datetime.fromisoformat(run.updated_at).timestamp() * 1000))
                told, sent_at = body, monotonic()
                yield frame("run", {**body, "type": "run", "seq": seq, "at": run.updated_at}, seq)
            if run.is_finished and run.summary is not None:
                return
            if monotonic() - sent_at >= SIGN_OF_LIFE_S:
                sent_at = monotonic()
                yield COMMENT
            await anyio.sleep(LOOK_EVERY_S)
    except FolioError as error:
        problem = {"error_code": error.code, "message": error.message, "details": error.details}
        yield frame("error", {"type": "error", "at": timestamp(), **problem, "retryable": error.retryable})

"""A whole App on a data folder of its own, with real parts: to put documents in, and to ask."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rag.app import App
from rag.errors import FolioError
from rag.events import Answer, Logged
from rag.model import Asking
from rag.settings import Settings
from store.documents import Document
from tests.conftest import wait_until
from tests.material import pdf

REPORT = pdf(
    [
        "# Annual Report\nThe net revenue of Halden Mills was 412 million crowns in 2022.\n"
        "The net revenue of Halden Mills was 380 million crowns in 2021.",
        "# Risks\nThe price of spruce pulp rose by 14 percent in the autumn of 2022.",
    ],
    title="Annual Report",
)
REVENUE = "What was the net revenue of Halden Mills in 2022?"
NOTES = b"# Travel\n\nThe ferry to Stromness leaves at seven in the morning.\n"
FERRY = "When does the ferry to Stromness leave?"


def settings_for(data: Path, **changes: Any) -> Settings:
    """No network, no model, one worker, and nothing from the environment."""
    values = {
        "data": data, "offline": True, "workers": 1, "embedding_path": None, "models": "", "openai_api_key": "",
        "openai_base_url": "", "qdrant_url": "", **changes,
    }  # fmt: skip
    return Settings(**values, _env_file=None)  # type: ignore[call-arg]


def ingest(app: App, user_id: str, content: bytes, name: str) -> Document:
    """Uploads and waits until the document is ready."""
    task = app.library.upload(user_id, io.BytesIO(content), name)
    wait_until(lambda: app.library.task(user_id, task.id).is_finished)
    ended = app.library.task(user_id, task.id)
    assert ended.status == "completed", ended.error
    return app.library.document(user_id, ended.document_id)


def log_of(app: App, user_id: str, turn_id: str, after: int = 0) -> list[Logged]:
    """Follows a turn to its end."""
    with closing(app.follow(user_id, turn_id, after)) as events:
        return [logged for logged in events if logged is not None]


def answer_to(app: App, user_id: str, question: str, **asking: Any) -> Answer:
    """Asks and waits for the answer."""
    return app.answer(user_id, app.ask(user_id, Asking(question, **asking)).id)


def refused(code: str) -> Any:
    """A context in which exactly this code is raised, in a sentence."""
    return pytest.raises(FolioError, check=lambda error: error.code == code and error.message.endswith("."))

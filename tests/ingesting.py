"""For tests of ingestion: a data folder to work in, and a vectorizer that only remembers."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from rag.ingest.pipeline import OnProgress
from rag.ingest.sandbox import Sandbox
from rag.ingest.worker import Ingestion
from rag.settings import Settings
from store import tasks
from store.database import Database
from store.documents import Document, PassageRow
from store.tasks import Task
from tests import material
from tests.conftest import wait_until

USER = "u_one"


@dataclass
class Points:
    """A vectorizer that only remembers. `before_keyword`, `before_dense` are called in the middle of each half."""

    has_model: bool = True
    keyword: dict[str, list[str]] = field(default_factory=dict)
    dense: dict[str, int] = field(default_factory=dict)
    before_keyword: Callable[[Document], None] = lambda document: None
    before_dense: Callable[[str, threading.Event], None] = lambda document_id, stop: None

    def warm(self) -> None:
        """There is nothing to load."""

    def write_keyword(self, document: Document, passages: Sequence[PassageRow], on_progress: OnProgress) -> int:
        self.before_keyword(document)
        on_progress(0, len(passages))
        self.keyword[document.id] = [passage.text for passage in passages]
        on_progress(len(passages), len(passages))
        return len(passages)

    def write_dense(self, document_id: str, on_progress: OnProgress, stop: threading.Event) -> int | None:
        if not self.has_model:
            return None
        self.before_dense(document_id, stop)
        on_progress(1, 1)
        self.dense[document_id] = len(self.keyword[document_id])
        return self.dense[document_id]


@dataclass
class Room:
    """A data folder, and the ingestions that are opened on it one after the other."""

    db: Database
    folder: Path
    parsers: Sandbox
    points: Points = field(default_factory=Points)
    left: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, *, start: bool = True, **settings: Any) -> Iterator[Ingestion]:
        made = Settings(data=self.folder, workers=2, **settings)
        ingestion = Ingestion(self.db, made, self.points, sandbox=self.parsers, on_left=self.left.append)
        if start:
            ingestion.start()
        try:
            yield ingestion
        finally:
            ingestion.close()

    def ended(self, task: Task) -> Task:
        wait_until(lambda: tasks.load(self.db, task.id).is_finished)
        return tasks.load(self.db, task.id)


def pdf_stream(pages: int = 3, text: str = "This is page number {}.") -> BinaryIO:
    """A PDF titled "A title", `text` with its number on each page."""
    return io.BytesIO(material.pdf([text.format(number) for number in range(1, pages + 1)], title="A title"))

"""One claimed task through its stages: extracting, chunking, vectorizing. Each may be cut off anywhere and run again.

    bytes -> pages (parser processes) -> passages (pure) -> keyword vectors: the document is searchable
          -> dense vectors, in the background, after everybody's keyword vectors: see `dense`

What is written replaces what an earlier attempt wrote; a document that is searchable already goes straight on to its
dense vectors. A document that is deleted meanwhile ends its task: nothing is written for it any more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.ingest.processes import Stopped
from rag.ingest.progress import Progress
from rag.ingest.sandbox import Sandbox
from rag.ingest.splitting import split
from rag.model import Page, ParsedDocument
from store import documents, files
from store.database import Database
from store.documents import Document, PageRow, PassageRow
from store.tasks import Task

OnProgress = Callable[[int, int], None]
KEYWORD_SHARE = 50.0  # of the vectorizing stage; the rest is dense


class Vectorizer(Protocol):
    """Who turns passages into searchable points. `on_progress(done, total)` may raise Stopped to end the work."""

    def write_keyword(self, document: Document, passages: Sequence[PassageRow], on_progress: OnProgress) -> int:
        """All keyword points of a document, in place of those it had. -> how many. Raises SearchError."""

    def write_dense(self, document_id: str, on_progress: OnProgress, stop: threading.Event) -> int | None:
        """All dense vectors of a document whose keyword points are there. -> how many; None at once without a model.

        Ends early, with how many there are so far, once `stop` is set. Raises SearchError.
        """


@dataclass(frozen=True, slots=True)
class Context:
    """What a task needs. `closing` is set when the program ends."""

    db: Database
    data_dir: Path
    sandbox: Sandbox
    vectorizer: Vectorizer
    closing: threading.Event


def run_task(task: Task, context: Context) -> None:
    """Carry a task until its document is searchable; its dense vectors are still to come.

    Raises FolioError for a document that cannot go on, Stopped when the task was cancelled or the program ends,
    StoreError (NotFound when the document was deleted).
    """
    progress = Progress(context.db, task.id)
    document = documents.load(context.db, task.document_id)
    if not document.searchable:
        documents.update(context.db, document.id, status="processing")
        parsed = _extract(document, progress, context)
        _save_pages(document, parsed, progress, context.db)
        passages = _chunk(document, parsed.pages, progress, context.db)
        _write_keyword(document, passages, progress, context)
    progress.write(
        status="vectorizing", searchable=True, extraction_progress=100, chunking_progress=100,
        vectorization_progress=KEYWORD_SHARE,
    )  # fmt: skip


def _extract(document: Document, progress: Progress, context: Context) -> ParsedDocument:
    progress.write(status="extracting", upload_progress=100)
    return context.sandbox.parse(
        files.path_of(context.data_dir, document.sha256),
        document.media_type,
        on_progress=lambda done, total: progress.hint("extraction", 100 * done / max(1, total)),
        is_stopped=lambda: context.closing.is_set() or progress.is_stopped(),
    )


def _save_pages(document: Document, parsed: ParsedDocument, progress: Progress, db: Database) -> None:
    characters = sum(len(page.text) for page in parsed.pages)
    counts = {"pages": len(parsed.pages), "characters": characters, "ocr_pages": parsed.ocr_pages}
    rows = [_page_row(page) for page in parsed.pages]
    with db.write():
        documents.load(db, document.id)  # raises NotFound: nothing is kept for a deleted document
        documents.save_pages(db, document.id, rows)
        documents.update(
            db, document.id, title=parsed.title, pages=len(rows), characters=characters, warnings=parsed.warnings,
            ocr_confidence=parsed.ocr_confidence,
        )  # fmt: skip
        progress.write(status="chunking", extraction_progress=100, counts=counts, warnings=parsed.warnings)


def _page_row(page: Page) -> PageRow:
    headings = json.dumps([[heading.level, heading.text, heading.start] for heading in page.headings])
    return PageRow(
        page.number, page.text, page.words, headings, page.width, page.height, page.label, page.ocr_confidence,
        page.turned,
    )  # fmt: skip


def _chunk(document: Document, pages: Sequence[Page], progress: Progress, db: Database) -> list[PassageRow]:
    passages = list(_passage_rows(document.id, pages))
    with db.write():
        documents.load(db, document.id)
        documents.save_passages(db, document.id, passages)
        documents.update(db, document.id, passages=len(passages))
        progress.write(status="vectorizing", chunking_progress=100, counts={"passages": len(passages)})
    return passages


def _passage_rows(document_id: str, pages: Sequence[Page]) -> Iterator[PassageRow]:
    for chunk in split(pages):
        yield PassageRow(
            f"{document_id}:{chunk.number}", document_id, chunk.number, chunk.page, chunk.start, chunk.end,
            chunk.heading, chunk.text,
        )  # fmt: skip


def _write_keyword(document: Document, passages: Sequence[PassageRow], progress: Progress, context: Context) -> None:
    def on_progress(done: int, total: int) -> None:
        if context.closing.is_set():
            raise Stopped
        progress.hint("vectorization", KEYWORD_SHARE * done / max(1, total))

    written = context.vectorizer.write_keyword(document, passages, on_progress)
    with context.db.write():
        documents.load(context.db, document.id)
        documents.update(context.db, document.id, searchable=True, status="ready")
        progress.write(searchable=True, counts={"keyword_points": written})

"""Documents and the tasks that work on them -> rows. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from rag.errors import CODES
from rag.ingest.dense import LATER, NOT_READY
from rag.model import SHARED_OWNER
from rag.view import wording
from rag.view.figures import kind, size
from rag.view.templates import render
from rag.view.texts import TEXTS, Language, Texts, counted, figure
from store.documents import Document
from store.tasks import Task

# True of every document at once, until it is no longer true: the page says it once, in its line of what is degraded.
_SAID_ELSEWHERE = frozenset({LATER, NOT_READY})
Tone = Literal["work", "ready", "error"]
ACCEPTED = (
    ".pdf,.docx,.docm,.dotx,.pptx,.pptm,.ppsx,.xlsx,.xlsm,.csv,.tsv,.odt,.ods,.odp,.epub,.rtf,.md,.markdown,.txt,.html,"
    ".htm,.xhtml,.vtt,.srt,.png,.jpg,.jpeg,.tif,.tiff,.webp,.bmp,.gif,"
    ".wav,.mp3,.m4a,.flac,.ogg,.oga,.webm"
)


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown of one document. `percent` is 0..100 while work is under way, else None.

    `task_id`: of the newest task. `verbs`: what can be done with it, of "retry" and "cancel".
    `facts` are short ("12 pages"); `notes` whole sentences; `way_on` says what to do about an error.
    """

    document_id: str
    name: str
    kind: str
    tone: Tone
    stage: str
    percent: float | None
    facts: tuple[str, ...]
    notes: tuple[str, ...]
    error: str
    way_on: str
    is_shared: bool
    task_id: str = ""
    verbs: tuple[str, ...] = ()


def row(document: Document, task: Task | None, language: Language) -> Row:
    """One document's row. `task` is the newest one that worked on it, if any is known."""
    texts = TEXTS[language]
    is_working = task is not None and not task.is_finished
    tone: Tone = "work" if is_working else "error" if document.status == "failed" else "ready"
    error = (task.error or {}) if task is not None and tone == "error" else {}
    code = str(error.get("error_code", ""))
    return Row(
        document_id=document.id,
        name=document.name,
        kind=kind(document.media_type, document.name),
        tone=tone,
        stage=_stage(document, task, texts),
        percent=task.progress_percentage if task is not None and is_working else None,
        facts=_facts(document, task, texts),
        notes=tuple(wording.sentences(note, language) for note in _notes(document, task)),
        error=wording.error_message(code, str(error.get("message", "")), language) if error else "",
        way_on=wording.way_on(code, language),
        is_shared=document.owner == SHARED_OWNER,
        task_id=task.id if task is not None else "",
        verbs=_verbs(document, task),
    )


def _verbs(document: Document, task: Task | None) -> tuple[str, ...]:
    if task is None or document.owner == SHARED_OWNER:
        return ()
    if not task.is_finished:
        return ("cancel",)
    return ("retry",) if task.status == "failed" else ()


def _stage(document: Document, task: Task | None, texts: Texts) -> str:
    if task is not None and not task.is_finished:
        stage = texts[f"stage_{task.status}"]
        return f"{stage} · {texts['searchable']}" if task.searchable or document.searchable else stage
    return texts["stage_failed"] if document.status == "failed" else ""


def _facts(document: Document, task: Task | None, texts: Texts) -> tuple[str, ...]:
    counts = task.counts if task is not None and not task.is_finished else {}
    pages, passages = counts.get("pages") or document.pages, counts.get("passages") or document.passages
    return (
        *((counted(texts, "page", pages),) if pages else ()),
        *((counted(texts, "passage", passages),) if passages else ()),
        figure(texts, size(document.bytes)),
        *((texts["version"].format(n=document.version),) if document.version > 1 else ()),
        *_confidence(document, texts),
    )


def _confidence(document: Document, texts: Texts) -> tuple[str, ...]:
    """How sure the reading of its pictures is, where pictures were read."""
    if document.ocr_confidence is None:
        return ()
    return (texts["ocr_confidence"].format(n=round(document.ocr_confidence)),)


def _notes(document: Document, task: Task | None) -> tuple[str, ...]:
    notes = (*document.warnings, *(task.warnings if task is not None else ()))
    return tuple(note for note in dict.fromkeys(notes) if note not in _SAID_ELSEWHERE)


def documents_html(
    rows: Sequence[Row], language: Language, max_bytes: int, *, total: int | None = None, has_more: bool = False
) -> Markup:
    """The documents pane: where to drop files, a template for files on their way up, and the rows.

    `total`: how many documents there are, those that are not drawn included; `has_more`: some of what is looked for is
    not drawn.
    """
    ways_on = json.dumps({code: [entry[1], wording.way_on(code, language)] for code, entry in CODES.items()})
    return render(
        "documents.html", language, rows=rows, total=len(rows) if total is None else total, has_more=has_more,
        accepted=ACCEPTED, max_bytes=max_bytes, ways_on=ways_on,
    )  # fmt: skip

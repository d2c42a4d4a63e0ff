"""Rows as the store would give them, for tests of what is shown."""

from __future__ import annotations

from typing import Any

from rag.model import Passage
from store.conversations import Conversation
from store.documents import Document
from store.messages import Message, Role
from store.tasks import Task

AT = "2026-11-20T13:00:00.000Z"
NASTY = '<img src=x onerror="alert(1)">'


def document(**changes: Any) -> Document:
    values: dict[str, Any] = {
        "id": "doc_1", "owner": "u_ann", "name": "report.pdf", "media_type": "application/pdf", "bytes": 20_480,
        "sha256": "0" * 64, "version": 1, "title": "", "pages": 12, "characters": 9_000, "passages": 84,
        "status": "ready", "searchable": True, "indexed_in": None, "dense_in": None, "warnings": (),
        "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return Document(**{**values, **changes})


def task(**changes: Any) -> Task:
    values: dict[str, Any] = {
        "id": "task_1", "document_id": "doc_1", "owner": "u_ann", "name": "report.pdf", "status": "extracting",
        "upload_progress": 100.0, "extraction_progress": 40.0, "chunking_progress": 0.0, "vectorization_progress": 0.0,
        "searchable": False, "attempt": 1, "counts": {"pages": 5}, "warnings": (), "error": None, "created_at": AT,
        "started_at": AT, "updated_at": AT, "completed_at": None,
    }  # fmt: skip
    return Task(**{**values, **changes})


def message(role: Role, text: str, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "id": f"msg_{role}", "conversation_id": "conv_1", "parent_id": None, "role": role, "text": text,
        "status": "complete", "model": "", "query": "", "citations": [], "sources": [], "steps": [], "usage": {},
        "timings": {}, "settings": {}, "error": None, "cached": False, "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return Message(**{**values, **changes})


def conversation(conversation_id: str, title: str, updated_at: str = AT) -> Conversation:
    return Conversation(conversation_id, "u_ann", title, "active", AT, updated_at, None, 2)


def passage(text: str, **changes: Any) -> Passage:
    values: dict[str, Any] = {
        "passage_id": "doc_1:3", "document_id": "doc_1", "document": "report.pdf", "version": 1, "page": 7, "start": 0,
        "end": len(text), "heading": "Accounts", "text": text,
    }  # fmt: skip
    return Passage(**{**values, **changes})


def hit(number: int, document_id: str = "doc_1", name: str = "report.pdf", page: int = 7) -> dict[str, Any]:
    return {
        "number": number, "document_id": document_id, "document": name, "version": 1, "pages": [page],
        "passage_id": f"{document_id}:{number}", "heading": "", "snippet": "Net sales rose", "text": "Net sales rose",
        "scores": {"keyword": {"rank": 1, "score": 2.0}, "semantic": None, "fused": 1.0},
    }  # fmt: skip


def citation(number: int, offset: int, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": number, "document_id": "doc_1", "document": "report.pdf", "version": 1, "page": 7,
        "passage_id": "doc_1:3", "quote": "net sales rose", "status": "verified", "similarity": 1.0,
        "boxes": [[0.1, 0.5, 0.6, 0.53], [0.1, 0.4, 0.6, 0.43]], "offset": offset,
    }  # fmt: skip
    return {**values, **changes}

"""Rows of the store -> the contract's JSON bodies. Pure; every door that speaks JSON uses these."""

from __future__ import annotations

from typing import Any

from rag.answer.models import ModelInfo
from rag.answer.support import support_of
from rag.events import Answer
from store.accounts import Account
from store.conversations import Conversation
from store.documents import Document
from store.messages import Message
from store.sessions import ApiToken
from store.tasks import Task

JSON = dict[str, Any]
COUNTS = ("pages", "characters", "ocr_pages", "passages", "keyword_points", "dense_points")
STEP_OF_STATUS = {
    "pending": "waiting", "uploading": "uploading", "extracting": "extracting", "chunking": "chunking",
    "vectorizing": "vectorizing", "completed": "completed", "failed": "failed", "cancelled": "cancelled",
}  # fmt: skip


def task_json(task: Task, position: int = 0) -> JSON:
    """The contract's *task*. `position`: its place among those that wait, from 1; 0 when it does not wait."""
    return {
        "task_id": task.id,
        "document_id": task.document_id,
        "name": task.name,
        "status": task.status,
        "current_step": STEP_OF_STATUS[task.status],
        "progress_percentage": task.progress_percentage,
        "upload_progress": task.upload_progress,
        "extraction_progress": task.extraction_progress,
        "chunking_progress": task.chunking_progress,
        "vectorization_progress": task.vectorization_progress,
        "searchable": task.searchable,
        "position": position,
        "attempt": task.attempt,
        "counts": {name: task.counts.get(name, 0) for name in COUNTS},
        "warnings": list(task.warnings),
        "error": task.error,
        "started_at": task.started_at,
        "updated_at": task.updated_at,
        "completed_at": task.completed_at,
    }


def document_json(document: Document) -> JSON:
    """The contract's *document*. `dense`: its passages can be found by meaning."""
    return {
        "id": document.id,
        "name": document.name,
        "media_type": document.media_type,
        "bytes": document.bytes,
        "sha256": document.sha256,
        "version": document.version,
        "pages": document.pages,
        "passages": document.passages,
        "searchable": document.searchable,
        "dense": document.dense_in is not None,
        "status": document.status,
        "warnings": list(document.warnings),
        "ocr_confidence": document.ocr_confidence,
        "created_at": document.created_at,
    }


def model_json(model: ModelInfo) -> JSON:
    """An entry of the catalogue, as its reader may use it."""
    return {
        "name": model.name,
        "provider": model.provider,
        "is_default": model.is_default,
        "included": model.included,
        "plans": list(model.plans),
    }


def account_json(account: Account) -> JSON:
    return {
        "user_id": account.user_id,
        "username": account.username,
        "email": account.email,
        "kind": "account",
        "plan": account.plan,
        "is_admin": account.is_admin,
        "created_at": account.created_at,
    }


def token_json(token: ApiToken) -> JSON:
    """What is known of an API token; not the token."""
    return {
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
    }


def conversation_json(conversation: Conversation) -> JSON:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "state": conversation.state,
        "messages": conversation.messages,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def message_json(message: Message) -> JSON:
    """A message of the history, with what its answer rests on."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "text": message.text,
        "status": message.status,
        "model": message.model,
        "query": message.query,
        "citations": message.citations,
        "sources": message.sources,
        "support": support_of(message.text, message.citations, message.sources).to_json(),
        "steps": message.steps,
        "usage": message.usage,
        "timings": message.timings,
        "settings": message.settings,
        "error": message.error,
        "cached": message.cached,
        "created_at": message.created_at,
    }


def answer_json(turn_id: str, answer: Answer) -> JSON:
    """The contract's *whole answer*."""
    return {
        "conversation_id": answer.conversation_id,
        "message_id": answer.message_id,
        "turn_id": turn_id,
        "answer": answer.text,
        "citations": list(answer.citations),
        "sources": list(answer.sources),
        "model": answer.model,
        "usage": answer.usage,
        "timings": answer.timings,
        "cached": answer.cached,
    }

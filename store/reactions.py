"""Thumbs: what a user thinks of an answer, why, and everything it takes to learn from that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from store import messages
from store.columns import storable
from store.database import Database
from store.errors import Conflict
from store.ids import now
from store.owner import owned

Thumb = Literal["up", "down"]
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Reaction:
    message_id: str
    thumb: Thumb
    reason: str
    created_at: str
    updated_at: str


def react(db: Database, user_id: str, message_id: str, thumb: Thumb, reason: str = "") -> Reaction:
    """Keeps the user's reaction to an answer, in place of an earlier one.

    Raises NotFound; Conflict for a message that is not an answer.
    """
    at = now()
    with db.write() as writer:
        if messages.get(db, user_id, message_id).role != "assistant":
            raise Conflict(f"{message_id} is not an answer")
        row = writer.execute(
            """INSERT INTO reactions VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT(message_id) DO UPDATE
            SET thumb = excluded.thumb, reason = excluded.reason, updated_at = excluded.updated_at RETURNING *""",
            (message_id, thumb, storable(reason), at),
        ).fetchone()
    return Reaction(*row)


def withdraw(db: Database, user_id: str, message_id: str) -> None:
    """The user has no opinion on this answer any more. Raises NotFound for a message that is not theirs."""
    with db.write() as writer:
        messages.get(db, user_id, message_id)
        writer.execute("DELETE FROM reactions WHERE message_id = ?", (message_id,))


def of_conversation(db: Database, user_id: str, conversation_id: str) -> dict[str, Reaction]:
    """message id -> the user's reaction to it, of all versions."""
    clause, parameters = owned(user_id, "c.owner")
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT r.* FROM reactions r JOIN messages m ON m.id = r.message_id
            JOIN conversations c ON c.id = m.conversation_id WHERE c.id = ? AND {clause}""",
            (conversation_id, *parameters),
        ).fetchall()
    return {row["message_id"]: Reaction(*row) for row in rows}


def export(db: Database, user_id: str | None) -> Iterator[dict[str, Any]]:
    """One JSON-able record for each reaction, in the order of the answers; who reacted is not in it.

    {"thumb", "reason", "reacted_at", "question", "query", "answer", "status", "retrieved": hits with scores,
    "citations", "steps", "model", "settings", "usage", "timings", "cached", "error", "answered_at", "message_id",
    "conversation_id"}. Of one user, or (None) of everybody: that is for the operator only.
    """
    clause, parameters = ("1", ()) if user_id is None else owned(user_id, "c.owner")
    number = 0
    while True:
        with db.read() as reader:
            rows = reader.execute(
                f"""SELECT r.thumb, r.reason, r.updated_at AS reacted_at, q.text AS question, m.*
                FROM reactions r CROSS JOIN messages m ON m.id = r.message_id JOIN messages q ON q.id = m.parent_id
                JOIN conversations c ON c.id = m.conversation_id
                WHERE m.number > ? AND {clause} ORDER BY m.number LIMIT {_PAGE}""",
                (number, *parameters),
            ).fetchall()
        if not rows:
            return
        number = rows[-1]["number"]
        yield from map(_record, rows)


def _record(row: sqlite3.Row) -> dict[str, Any]:
    plain = ("thumb", "reason", "reacted_at", "question", "query")
    decoded = ("citations", "steps", "settings", "usage", "timings")
    return {
        **{name: row[name] for name in plain},
        "answer": row["text"],
        "status": row["status"],
        "model": row["model"],
        "retrieved": json.loads(row["sources"]),
        **{name: json.loads(row[name]) for name in decoded},
        "cached": bool(row["cached"]),
        "error": None if row["error"] is None else json.loads(row["error"]),
        "answered_at": row["created_at"],
        "message_id": row["id"],
        "conversation_id": row["conversation_id"],
    }

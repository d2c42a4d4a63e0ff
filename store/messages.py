"""What was said: a tree for each conversation, in which messages with the same parent are versions of each other."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from store.columns import assignments, to_column
from store.database import Database
from store.errors import NotFound
from store.ids import new_id, now
from store.owner import owned

Role = Literal["user", "assistant"]
_JSON = ("citations", "sources", "steps", "usage", "timings", "settings")
_CHANGEABLE = frozenset({"text", "status", "model", "query", "error", "cached", *_JSON})


@dataclass(frozen=True, slots=True)
class Message:
    """`status` as the events of a turn make it; `query`: the standalone query searched for; `citations`, `sources`,
    `steps`: JSON values of the turn's events; `error`: {"error_code", "message", "details", "retryable"}.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    status: str
    model: str
    query: str
    citations: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    usage: dict[str, Any]
    timings: dict[str, Any]
    settings: dict[str, Any]
    error: dict[str, Any] | None
    cached: bool
    created_at: str
    updated_at: str


_COLUMNS = ", ".join(f"m.{name}" for name in Message.__dataclass_fields__)


def _message(row: sqlite3.Row) -> Message:
    values = dict(row)
    values.update((name, json.loads(row[name])) for name in _JSON)
    values["error"] = None if row["error"] is None else json.loads(row["error"])
    values["cached"] = bool(row["cached"])
    return Message(**values)


def add(
    db: Database,
    *,
    conversation_id: str,
    parent_id: str | None,
    role: Role,
    text: str = "",
    status: str = "complete",
    settings: Mapping[str, Any] | None = None,
) -> str:
    """A new message -> its id. Unscoped: the caller has checked whose conversation it is, in the same transaction."""
    at, message_id = now(), new_id("msg")
    with db.write() as writer:
        writer.execute(
            """INSERT INTO messages(
                id, conversation_id, parent_id, role, text, status, settings, created_at, updated_at, number)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM messages))""",
            (message_id, conversation_id, parent_id, role, text, status, to_column(dict(settings or {})), at, at),
        )
    return message_id


def get(db: Database, user_id: str, message_id: str) -> Message:
    """A message of one of the user's conversations. Raises NotFound."""
    clause, parameters = owned(user_id, "c.owner")
    with db.read() as reader:
        row = reader.execute(
            f"""SELECT {_COLUMNS} FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.id = ? AND {clause}""",
            (message_id, *parameters),
        ).fetchone()
    if row is None:
        raise NotFound(message_id)
    return _message(row)


def previews(db: Database, user_id: str, conversation_ids: Sequence[str], chars: int = 300) -> dict[str, str]:
    """conversation id -> the beginning of what stands last on its branch on show, for the user's own that have any."""
    clause, parameters = owned(user_id, "c.owner")
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT c.id, substr(m.text, 1, ?) AS text
            FROM conversations c JOIN messages m ON m.id = c.shown_message_id
            WHERE c.id IN (SELECT value FROM json_each(?)) AND {clause}""",
            (chars, json.dumps(list(conversation_ids)), *parameters),
        ).fetchall()
    return {row["id"]: row["text"] for row in rows if row["text"]}


def branch(db: Database, user_id: str, conversation_id: str) -> list[Message]:
    """The branch on show, from the first message to its leaf. Empty for an empty or a foreign conversation."""
    return _upwards(db, user_id, "c.id = ? AND m.id = c.shown_message_id", conversation_id)


def path(db: Database, user_id: str, message_id: str, most: int | None = None) -> list[Message]:
    """From the first message of its conversation to this one, whatever is on show. Empty for a foreign message.

    `most`: only the last so many of them.
    """
    return _upwards(db, user_id, "m.id = ?", message_id, most)


def _upwards(db: Database, user_id: str, leaf: str, parameter: str, most: int | None = None) -> list[Message]:
    clause, parameters = owned(user_id, "c.owner")
    with db.read() as reader:
        rows = reader.execute(
            f"""WITH RECURSIVE above(id, parent_id, height) AS (
                SELECT m.id, m.parent_id, 0 FROM messages m JOIN conversations c ON c.id = m.conversation_id
                WHERE {leaf} AND {clause}
                UNION ALL
                SELECT m.id, m.parent_id, above.height + 1 FROM above JOIN messages m ON m.id = above.parent_id
                WHERE ? IS NULL OR above.height + 1 < ?)
            SELECT {_COLUMNS} FROM above JOIN messages m ON m.id = above.id ORDER BY above.height DESC""",
            (parameter, *parameters, most, most),
        ).fetchall()
    return [_message(row) for row in rows]


def update(db: Database, message_id: str, **columns: object) -> None:
    """Changes columns of a message of anybody, for the runner of turns only. Raises ValueError: unknown column."""
    assigned, values = assignments(columns, _CHANGEABLE)
    with db.write() as writer:
        writer.execute(f"UPDATE messages SET {assigned}, updated_at = ? WHERE id = ?", (*values, now(), message_id))

"""Everything that was said in a user's conversations, as JSON values: out of one database and into another.

Ids are made anew from the reader's name and the old ids, so the same archive read twice adds nothing the second time,
and one user's archive never meets another user's rows.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from store import users
from store.columns import to_column
from store.database import Database
from store.owner import owned

Record = dict[str, Any]
CONVERSATION = ("id", "title", "titled_by", "state", "created_at", "updated_at", "shown_message_id")
MESSAGE = (
    "id", "parent_id", "role", "text", "status", "model", "query", "citations", "sources", "steps", "usage", "timings",
    "settings", "error", "cached", "created_at", "updated_at",
)  # fmt: skip
JSON_COLUMNS = frozenset({"citations", "sources", "steps", "usage", "timings", "settings", "error"})
REACTION = ("message_id", "thumb", "reason", "created_at", "updated_at")


def conversations(db: Database, user_id: str) -> Iterator[Record]:
    """Each conversation with all versions of its messages, parents before children, and the user's reactions."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        listed = reader.execute(
            f"SELECT {', '.join(CONVERSATION)} FROM conversations WHERE {clause} ORDER BY created_at, id", parameters
        ).fetchall()
    for row in listed:
        with db.read() as reader:
            said = reader.execute(
                f"SELECT {', '.join(MESSAGE)} FROM messages WHERE conversation_id = ? ORDER BY number", (row["id"],)
            ).fetchall()
            judged = reader.execute(
                f"""SELECT {", ".join(f"r.{name}" for name in REACTION)} FROM reactions r
                JOIN messages m ON m.id = r.message_id WHERE m.conversation_id = ?""",
                (row["id"],),
            ).fetchall()
        yield {**dict(row), "messages": [_values(one) for one in said], "reactions": [dict(one) for one in judged]}


def _values(row: Mapping[str, Any]) -> Record:
    return {name: json.loads(row[name]) if name in JSON_COLUMNS and row[name] else row[name] for name in MESSAGE}


def add(db: Database, user_id: str, record: Record) -> bool:
    """A conversation as `conversations` gave it becomes the user's. -> False when it is there already.

    Raises KeyError, TypeError or ValueError for a record that does not fit.
    """
    try:
        return _add(db, user_id, record)
    except sqlite3.Error as error:
        raise ValueError(f"no conversation: {error}") from error


def _add(db: Database, user_id: str, record: Record) -> bool:
    new = _Names(user_id)
    conversation_id = new.of("conv", record["id"])
    with db.write() as writer:
        users.ensure(db, user_id)
        if writer.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone():
            return False
        writer.execute(
            """INSERT INTO conversations(id, title, titled_by, state, created_at, updated_at, shown_message_id, owner,
                number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM conversations))""",
            (conversation_id, *(record[name] for name in CONVERSATION[1:-1]),
             new.maybe("msg", record["shown_message_id"]), user_id),
        )  # fmt: skip
        for message in record["messages"]:
            renamed = {
                **message,
                "id": new.of("msg", message["id"]),
                "parent_id": new.maybe("msg", message["parent_id"]),
            }
            writer.execute(
                f"""INSERT INTO messages({", ".join(MESSAGE)}, conversation_id, number)
                VALUES ({", ".join("?" * len(MESSAGE))}, ?, (SELECT coalesce(max(number), 0) + 1 FROM messages))""",
                (*(_column(name, renamed[name]) for name in MESSAGE), conversation_id),
            )
        for judged in record["reactions"]:
            writer.execute(
                "INSERT INTO reactions VALUES (?, ?, ?, ?, ?)",
                (new.of("msg", judged["message_id"]), *(judged[name] for name in REACTION[1:])),
            )
    return True


def _column(name: str, value: object) -> object:
    return to_column(value) if name in JSON_COLUMNS and value is not None else value


class _Names:
    def __init__(self, user_id: str) -> None:
        self._user_id = user_id

    def of(self, kind: str, old: str) -> str:
        return f"{kind}_{hashlib.sha256(f'{self._user_id} {old}'.encode()).hexdigest()[:16]}"

    def maybe(self, kind: str, old: str | None) -> str | None:
        return None if old is None else self.of(kind, old)

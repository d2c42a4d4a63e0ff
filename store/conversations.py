"""Conversations of users. What was said in them is in `store.messages`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from store import users
from store.columns import storable
from store.database import Database
from store.errors import NotFound
from store.ids import new_id, now
from store.owner import owned

State = Literal["active", "archived", "trash"]
_TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Conversation:
    """`shown_message_id`: the leaf of the branch on show. `messages`: how many there are, all versions counted.

    `titled_by`: 'question' (its beginning), 'model' or 'user'.
    """

    id: str
    owner: str
    title: str
    state: State
    created_at: str
    updated_at: str
    shown_message_id: str | None
    messages: int
    titled_by: str = "question"

    @property
    def cursor(self) -> str:
        """What `list_page(before=...)` takes to go on after this one."""
        return f"{self.updated_at} {self.id}"


_SELECT = """SELECT id, owner, title, state, created_at, updated_at, shown_message_id,
    (SELECT count(*) FROM messages WHERE conversation_id = conversations.id) AS messages, titled_by
    FROM conversations"""


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(**dict(row))


def title_from(question: str) -> str:
    """A question's beginning as a title: one line, at most 60 characters, cut between words."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_CHARS:
        return line
    cut = line[: _TITLE_CHARS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[_TITLE_CHARS // 2 :] else cut).rstrip(" ,.;:-") + "…"


def create(db: Database, user_id: str, *, title: str = "") -> Conversation:
    """A new, active conversation. The user's row is made if missing."""
    at, conversation_id = now(), new_id("conv")
    with db.write() as writer:
        users.ensure(db, user_id)
        writer.execute(
            """INSERT INTO conversations(id, owner, title, created_at, updated_at, number)
            VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM conversations))""",
            (conversation_id, user_id, title, at, at),
        )
        return get(db, user_id, conversation_id)


def get(db: Database, user_id: str, conversation_id: str) -> Conversation:
    """One of the user's conversations, whatever its state. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        row = reader.execute(f"{_SELECT} WHERE id = ? AND {clause}", (conversation_id, *parameters)).fetchone()
    if row is None:
        raise NotFound(conversation_id)
    return _conversation(row)


def read_many(db: Database, user_id: str, ids: Sequence[str]) -> dict[str, Conversation]:
    """id -> conversation, for those that are there and the user's."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"{_SELECT} WHERE id IN (SELECT value FROM json_each(?)) AND {clause}", (json.dumps(list(ids)), *parameters)
        ).fetchall()
    return {row["id"]: _conversation(row) for row in rows}


def list_page(
    db: Database, user_id: str, *, state: State = "active", limit: int = 30, before: str | None = None
) -> list[Conversation]:
    """Up to `limit` of the user's conversations, the last touched first, from after the cursor `before` on."""
    clause, parameters = owned(user_id)
    updated_at, _, conversation_id = (before or "~ ~").partition(" ")  # "~" sorts after every time
    with db.read() as reader:
        rows = reader.execute(
            f"""{_SELECT} WHERE {clause} AND state = ? AND (updated_at, id) < (?, ?)
            ORDER BY updated_at DESC, id DESC LIMIT ?""",
            (*parameters, state, updated_at, conversation_id, limit),
        ).fetchall()
    return [_conversation(row) for row in rows]


def rename(db: Database, user_id: str, conversation_id: str, title: str) -> Conversation:
    """Gives the conversation the user's own title, which stays; its place in the list stays too. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        writer.execute(f"UPDATE conversations SET title = ?, titled_by = 'user' WHERE id = ? AND {clause}",
                       (storable(title), conversation_id, *parameters))  # fmt: skip
        return get(db, user_id, conversation_id)


def retitle(db: Database, user_id: str, conversation_id: str, title: str) -> bool:
    """A model's title in place of the question's beginning. -> False when the title is the user's own, or another's."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        changed = writer.execute(
            f"""UPDATE conversations SET title = ?, titled_by = 'model'
            WHERE id = ? AND titled_by = 'question' AND {clause} RETURNING id""",
            (storable(title), conversation_id, *parameters),
        ).fetchone()
    return changed is not None


def resume(db: Database, user_id: str, conversation: Conversation, title: str) -> None:
    """A question was asked here: out of the archive, the draft is used up, and `title` if there is none yet."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        writer.execute(
            f"""UPDATE conversations SET state = 'active', draft = '' WHERE id = ? AND state <> 'trash' AND {clause}
            AND (state <> 'active' OR draft <> '')""",
            (conversation.id, *parameters),
        )
        if not conversation.title:
            writer.execute(f"UPDATE conversations SET title = ? WHERE id = ? AND {clause}",
                           (title, conversation.id, *parameters))  # fmt: skip


def touch(db: Database, user_id: str, conversation_id: str, *, shown_message_id: str | None = None) -> None:
    """To the top of the list, and this branch on show if one is given. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        touched = writer.execute(
            f"""UPDATE conversations SET updated_at = ?, shown_message_id = coalesce(?, shown_message_id)
            WHERE id = ? AND {clause} RETURNING id""",
            (now(), shown_message_id, conversation_id, *parameters),
        ).fetchone()
        if touched is None:
            raise NotFound(conversation_id)


def show(db: Database, user_id: str, conversation_id: str, leaf_id: str) -> None:
    """The branch that ends in this message is on show; the conversation's place in the list stays."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        writer.execute(f"UPDATE conversations SET shown_message_id = ? WHERE id = ? AND {clause}",
                       (leaf_id, conversation_id, *parameters))  # fmt: skip

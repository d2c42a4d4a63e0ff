"""Turns: a question on its way to an answer, and the log of what happened on the way.

`start`, `get` and `active` work for the named user. The rest know no user: they are for the runner of turns, which
takes a turn that has been looked up for its user.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import conversations, messages, users
from store.columns import to_column
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import new_id, now
from store.owner import owned

_ACTIVE = "status IN ('queued', 'running')"


@dataclass(frozen=True, slots=True)
class Turn:
    """`message_id` is the answer's, `question_id` the question's. `asking`: what was asked, as JSON values."""

    id: str
    conversation_id: str
    message_id: str
    question_id: str
    owner: str
    client_key: str | None
    status: str
    asking: dict[str, Any]
    created_at: str
    started_at: str | None
    ended_at: str | None

    @property
    def is_finished(self) -> bool:
        return self.status not in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in a turn's log; `seq` counts from 1 without gaps."""

    turn_id: str
    seq: int
    type: str
    at: str
    fields: dict[str, Any]


_COLUMNS = ", ".join(Turn.__dataclass_fields__)


def turn_of(row: sqlite3.Row) -> Turn:
    """A row that holds every column of a Turn."""
    return Turn(**{**dict(row), "asking": json.loads(row["asking"])})


def _many(db: Database, where: str, parameters: Sequence[str]) -> list[Turn]:
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT {_COLUMNS} FROM turns WHERE {where} ORDER BY created_at, rowid", parameters
        ).fetchall()
    return [turn_of(row) for row in rows]


def start(
    db: Database,
    user_id: str,
    *,
    conversation_id: str | None,
    question: str,
    asking: Mapping[str, Any],
    client_key: str | None = None,
    replaces: str | None = None,
    wait: tuple[int, float] = (0, 0.0),
) -> tuple[Turn, bool]:
    """Records question, empty answer, turn and its first event, in one transaction. -> (turn, whether it is new).

    Without a conversation, one is made and titled after the question. The question continues the branch on show; it
    takes the conversation out of the archive, and its draft with it.
    `replaces` names the message whose new version this is: of a question, a question beside it; of an answer, another
    answer to the same question (`question` is then ignored). `wait`: position in the queue (0: starts now) and seconds
    until it starts. A `client_key` that started a turn before returns that turn.

    Raises NotFound, or Conflict when the conversation's last turn has not ended.
    """
    with db.write() as writer:
        users.ensure(db, user_id)
        known = _many(db, "owner = ? AND client_key = ?", (user_id, client_key)) if client_key is not None else []
        if known:
            return known[0], False
        conversation = _conversation_for(db, user_id, conversation_id, question, replaces)
        if active(db, user_id, conversation.id) is not None:
            raise Conflict(f"{conversation.id} has an active turn")
        question_id = _question(db, user_id, conversation, question, replaces)
        message_id = messages.add(db, conversation_id=conversation.id, parent_id=question_id, role="assistant",
                                  status="queued", settings=asking)  # fmt: skip
        conversations.touch(db, user_id, conversation.id, shown_message_id=message_id)
        at, turn_id = now(), new_id("turn")
        writer.execute(
            """INSERT INTO turns(
                id, conversation_id, message_id, question_id, owner, client_key, status, asking, created_at, seat)
            VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)""",
            (turn_id, conversation.id, message_id, question_id, user_id, client_key, to_column(dict(asking)), at,
             db.seat.id),
        )  # fmt: skip
        first = {"conversation_id": conversation.id, "message_id": message_id, "position": wait[0], "eta_s": wait[1]}
        append(db, [EventRow(turn_id, 1, "queued", at, first)])
        return load(db, turn_id), True


def _conversation_for(
    db: Database, user_id: str, conversation_id: str | None, question: str, replaces: str | None
) -> conversations.Conversation:
    if replaces is not None:
        conversation_id = messages.get(db, user_id, replaces).conversation_id
    if conversation_id is None:
        return conversations.create(db, user_id, title=conversations.title_from(question))
    conversation = conversations.get(db, user_id, conversation_id)
    if conversation.state == "trash":
        raise NotFound(conversation_id)
    conversations.resume(db, user_id, conversation, conversations.title_from(question))
    return conversation


def _question(
    db: Database,
    user_id: str,
    conversation: conversations.Conversation,
    text: str,
    replaces: str | None,
) -> str:
    """The id of the question that is to be answered: a new message, or the one that `replaces` answered."""
    parent_id = conversation.shown_message_id
    if replaces is not None:
        parent_id = messages.get(db, user_id, replaces).parent_id
        if parent_id is not None and messages.get(db, user_id, replaces).role == "assistant":
            return parent_id
    return messages.add(db, conversation_id=conversation.id, parent_id=parent_id, role="user", text=text)


def append(db: Database, entries: Sequence[EventRow]) -> None:
    """More log, in one transaction. Raises Conflict for a turn that is gone or a number that is taken."""
    rows = [(entry.turn_id, entry.seq, entry.type, entry.at, to_column(entry.fields)) for entry in entries]
    with db.write() as writer:
        try:
            writer.conn.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
        except sqlite3.IntegrityError as error:
            raise Conflict("The turn is gone, or the number is taken") from error


def events(db: Database, turn_id: str, after: int = 0, limit: int = 1000) -> list[EventRow]:
    """Up to `limit` events with seq > `after`, in order."""
    with db.read() as reader:
        rows = reader.execute(
            "SELECT turn_id, seq, type, at, fields FROM events WHERE turn_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            (turn_id, after, limit),
        ).fetchall()
    return [EventRow(row[0], row[1], row[2], row[3], json.loads(row[4])) for row in rows]


def get(db: Database, user_id: str, turn_id: str) -> Turn:
    """One of the user's turns. Raises NotFound."""
    clause, parameters = owned(user_id)
    found = _many(db, f"id = ? AND {clause}", (turn_id, *parameters))
    if not found:
        raise NotFound(turn_id)
    return found[0]


def active(db: Database, user_id: str, conversation_id: str) -> Turn | None:
    """The turn of the user's conversation that has not ended, if there is one; never more than one."""
    clause, parameters = owned(user_id)
    found = _many(db, f"conversation_id = ? AND {_ACTIVE} AND {clause}", (conversation_id, *parameters))
    return found[0] if found else None


def of_message(db: Database, user_id: str, message_id: str) -> Turn | None:
    """The turn that wrote this answer, if it is one of the user's."""
    clause, parameters = owned(user_id)
    found = _many(db, f"message_id = ? AND {clause}", (message_id, *parameters))
    return found[0] if found else None


def load(db: Database, turn_id: str) -> Turn:
    """A turn of anybody, for the runner of turns only. Raises NotFound."""
    found = _many(db, "id = ?", (turn_id,))
    if not found:
        raise NotFound(turn_id)
    return found[0]


def unfinished(db: Database) -> list[Turn]:
    """All turns of everybody that have not ended, oldest first."""
    return _many(db, _ACTIVE, ())


def orphaned(db: Database, *, own: bool) -> list[Turn]:
    """Those of them that no process writes any more; `own`: those of this process too, which writes none yet."""
    return [
        turn for turn in unfinished(db) if not is_written(db, turn.id) or (own and _seat_of(db, turn.id) == db.seat.id)
    ]


def is_written(db: Database, turn_id: str) -> bool:
    """Whether the process at whose seat the turn was started lives."""
    return db.seat.is_taken(_seat_of(db, turn_id))


def _seat_of(db: Database, turn_id: str) -> str | None:
    with db.read() as reader:
        row = reader.execute("SELECT seat FROM turns WHERE id = ?", (turn_id,)).fetchone()
    return None if row is None else row["seat"]


def ask_stop(db: Database, turn_id: str) -> None:
    """The process that writes the turn is to stop it."""
    with db.write() as writer:
        writer.execute(f"UPDATE turns SET stop_asked = 1 WHERE id = ? AND {_ACTIVE}", (turn_id,))


def asked_to_stop(db: Database) -> list[str]:
    """The turns of this process that are to be stopped."""
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT id FROM turns WHERE stop_asked = 1 AND seat = ? AND {_ACTIVE}", (db.seat.id,)
        ).fetchall()
    return [row["id"] for row in rows]


def begin(db: Database, turn_id: str) -> None:
    """The turn has left the queue."""
    with db.write() as writer:
        writer.execute("UPDATE turns SET status = 'running', started_at = ? WHERE id = ? AND status = 'queued'",
                       (now(), turn_id))  # fmt: skip


def finish(db: Database, turn_id: str, status: str) -> None:
    """The turn has ended: done, stopped, interrupted or error. A turn that has ended before stays as it is."""
    with db.write() as writer:
        writer.execute(
            f"UPDATE turns SET status = ?, ended_at = ? WHERE id = ? AND {_ACTIVE}", (status, now(), turn_id)
        )

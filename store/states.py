"""Where a conversation is: active, archived or in the trash; how it gets there and back, and when it goes for good."""

from __future__ import annotations

from dataclasses import dataclass

from store.columns import storable
from store.conversations import Conversation, State, get
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import now
from store.owner import owned

_PURGED_AT_ONCE = 50  # the writer is free in between


@dataclass(frozen=True, slots=True)
class Counts:
    """`total` is all three states together; `messages` are those of all three, every version counted."""

    total: int
    active: int
    archived: int
    trash: int
    messages: int


def archive(db: Database, user_id: str, conversation_id: str) -> Conversation:
    """Out of the list, kept. Raises NotFound; Conflict for one in the trash."""
    return _move(db, user_id, conversation_id, "archived")


def unarchive(db: Database, user_id: str, conversation_id: str) -> Conversation:
    """Back into the list. Raises NotFound; Conflict for one in the trash."""
    return _move(db, user_id, conversation_id, "active")


def trash(db: Database, user_id: str, conversation_id: str) -> Conversation:
    """To the trash; it remembers where it was. Nothing happens to one that is there. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        writer.execute(
            f"""UPDATE conversations SET trashed_from = state, state = 'trash', trashed_at = ?
            WHERE id = ? AND state <> 'trash' AND {clause}""",
            (now(), conversation_id, *parameters),
        )
        return get(db, user_id, conversation_id)


def restore(db: Database, user_id: str, conversation_id: str) -> Conversation:
    """Out of the trash, to where it was. Nothing happens to one that is not there. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        writer.execute(
            f"""UPDATE conversations
            SET state = coalesce(trashed_from, 'active'), trashed_from = NULL, trashed_at = NULL
            WHERE id = ? AND state = 'trash' AND {clause}""",
            (conversation_id, *parameters),
        )
        return get(db, user_id, conversation_id)


def delete(db: Database, user_id: str, conversation_id: str) -> None:
    """Gone for good, with everything said in it. Raises NotFound; Conflict for one that is not in the trash."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        if get(db, user_id, conversation_id).state != "trash":
            raise Conflict(f"{conversation_id} is not in the trash")
        writer.execute(f"DELETE FROM conversations WHERE id = ? AND {clause}", (conversation_id, *parameters))


def purge(db: Database, trashed_before: str) -> int:
    """Conversations of everybody that went to the trash before this moment are gone for good. -> how many.

    For housekeeping only. In transactions of a few conversations each, so that answers in progress do not wait long.
    """
    purged = 0
    while True:
        with db.write() as writer:
            gone = writer.execute(
                """DELETE FROM conversations WHERE id IN (
                    SELECT id FROM conversations WHERE state = 'trash' AND trashed_at < ? ORDER BY trashed_at LIMIT ?)
                RETURNING id""",
                (trashed_before, _PURGED_AT_ONCE),
            ).fetchall()
        purged += len(gone)
        if len(gone) < _PURGED_AT_ONCE:
            return purged


def counts(db: Database, user_id: str) -> Counts:
    """How many conversations the user has, and how many messages."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT state, count(*) FROM conversations WHERE {clause} GROUP BY state", parameters
        ).fetchall()
        said = reader.execute(
            f"SELECT count(*) FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE {clause}",
            parameters,
        ).fetchone()
    found = {row[0]: int(row[1]) for row in rows}
    return Counts(
        sum(found.values()), found.get("active", 0), found.get("archived", 0), found.get("trash", 0), int(said[0])
    )


def count(db: Database, user_id: str, state: State) -> int:
    """How many of the user's conversations are there; nothing is looked at but an index."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        row = reader.execute(
            f"SELECT count(*) FROM conversations WHERE {clause} AND state = ?", (*parameters, state)
        ).fetchone()
    return int(row[0])


def draft(db: Database, user_id: str, conversation_id: str) -> str:
    """What the user has begun to write there, or "". Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        row = reader.execute(
            f"SELECT draft FROM conversations WHERE id = ? AND {clause}", (conversation_id, *parameters)
        ).fetchone()
    if row is None:
        raise NotFound(conversation_id)
    return str(row["draft"])


def save_draft(db: Database, user_id: str, conversation_id: str, text: str) -> None:
    """Keeps what the user has begun to write; the conversation's place in the list stays. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        kept = writer.execute(
            f"UPDATE conversations SET draft = ? WHERE id = ? AND {clause} RETURNING id",
            (storable(text), conversation_id, *parameters),
        ).fetchone()
    if kept is None:
        raise NotFound(conversation_id)


def _move(db: Database, user_id: str, conversation_id: str, state: str) -> Conversation:
    clause, parameters = owned(user_id)
    with db.write() as writer:
        if get(db, user_id, conversation_id).state == "trash":
            raise Conflict(f"{conversation_id} is in the trash")
        writer.execute(f"UPDATE conversations SET state = ? WHERE id = ? AND {clause}",
                       (state, conversation_id, *parameters))  # fmt: skip
        return get(db, user_id, conversation_id)

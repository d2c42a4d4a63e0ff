"""Read-only links to snapshots of conversations. Who has the link's secret may read it; only the owner sees the rest.

A snapshot does not change with its conversation. It cannot be read while that is in the trash, and goes with it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from store.database import Database
from store.errors import NotFound
from store.ids import new_id, now
from store.owner import owned

_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Share:
    """`secret` is the link's last part; it is known only when the link is made, and empty afterwards."""

    id: str
    conversation_id: str
    title: str
    created_at: str
    secret: str = ""


def create(db: Database, user_id: str, conversation_id: str, title: str, page: bytes) -> Share:
    """A link to `page`. The caller has looked the conversation up for its user."""
    made = Share(new_id("share"), conversation_id, title, now(), secrets.token_urlsafe(_SECRET_BYTES))
    with db.write() as writer:
        writer.execute(
            "INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?, ?)",
            (made.id, _key(made.secret), user_id, conversation_id, title, page, made.created_at),
        )
    return made


def of_conversation(db: Database, user_id: str, conversation_id: str) -> list[Share]:
    """The user's links to a conversation, newest first, without their secrets."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT id, conversation_id, title, created_at FROM shares
            WHERE conversation_id = ? AND {clause} ORDER BY created_at DESC, rowid DESC""",
            (conversation_id, *parameters),
        ).fetchall()
    return [Share(**dict(row)) for row in rows]


def page(db: Database, secret: str) -> bytes:
    """What a link shows, to anybody who has it. Raises NotFound."""
    with db.read() as reader:
        row = reader.execute(
            """SELECT s.page FROM shares s JOIN conversations c ON c.id = s.conversation_id
            WHERE s.key = ? AND c.state <> 'trash'""",
            (_key(secret),),
        ).fetchone()
    if row is None:
        raise NotFound("share")
    return bytes(row["page"])


def delete(db: Database, user_id: str, share_id: str) -> None:
    """Takes a link of the user back. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        gone = writer.execute(f"DELETE FROM shares WHERE id = ? AND {clause}", (share_id, *parameters)).rowcount
    if not gone:
        raise NotFound(share_id)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

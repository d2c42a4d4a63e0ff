"""Users, and the version of the documents each of them can search."""

from __future__ import annotations

from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.owner import SHARED

DELETED = "deleted"


def ensure(db: Database, user_id: str, kind: str = "anonymous") -> None:
    """Makes the user's row unless it is there. Raises NotFound for a user who was deleted."""
    with db.write() as writer:
        writer.execute("INSERT INTO users(id, kind, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                       (user_id, kind, now()))  # fmt: skip
        known = writer.execute("SELECT kind FROM users WHERE id = ?", (user_id,)).fetchone()
        if known["kind"] == DELETED:
            raise NotFound(user_id)


def bury(db: Database, user_id: str) -> None:
    """The user is gone: nothing is made for this id any more."""
    with db.write() as writer:
        writer.execute("UPDATE users SET kind = ? WHERE id = ?", (DELETED, user_id))


def corpus_version(db: Database, user_id: str) -> int:
    """Grows whenever what the user can search changes: their own documents or the shared ones. 0 for nobody yet."""
    with db.read() as reader:
        row = reader.execute("SELECT total(corpus_version) FROM users WHERE id IN (?, ?)", (user_id, SHARED)).fetchone()
    return int(row[0])


def bump_corpus(db: Database, user_id: str) -> None:
    """What `user_id` owns has changed; for the shared owner that changes it for everybody."""
    with db.write() as writer:
        writer.execute("UPDATE users SET corpus_version = corpus_version + 1 WHERE id = ?", (user_id,))

"""What the index still has to be told: rows written in the transaction that makes them necessary, kept until done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from store.database import Database
from store.ids import now

Kind = Literal["delete_points"]


@dataclass(frozen=True, slots=True)
class Errand:
    """`payload` of delete_points: {"document_id"}. `attempts`: how often it has failed."""

    id: int
    kind: Kind
    payload: dict[str, Any]
    created_at: str
    attempts: int


def add(db: Database, kind: Kind, payload: Mapping[str, Any]) -> None:
    """Call it inside the transaction that makes the errand necessary."""
    with db.write() as writer:
        writer.execute("INSERT INTO outbox(kind, payload, created_at) VALUES (?, ?, ?)",
                       (kind, json.dumps(dict(payload)), now()))  # fmt: skip


def pending(db: Database) -> list[Errand]:
    """All errands of everybody, oldest first."""
    with db.read() as reader:
        rows = reader.execute("SELECT * FROM outbox ORDER BY id").fetchall()
    return [Errand(**{**row, "payload": json.loads(row["payload"])}) for row in map(dict, rows)]


def done(db: Database, errand_id: int) -> None:
    """The errand has been confirmed: forget it."""
    with db.write() as writer:
        writer.execute("DELETE FROM outbox WHERE id = ?", (errand_id,))


def failed(db: Database, errand_id: int) -> None:
    """The errand did not work this time: it stays, one attempt older."""
    with db.write() as writer:
        writer.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?", (errand_id,))

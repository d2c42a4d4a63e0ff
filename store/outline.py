"""Documents as lists show them: all of them by name in one query, and some of them with their tasks in two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from store import tasks
from store.database import Database
from store.documents import COLUMNS, CURRENT, Document, read_row
from store.owner import owned, readable
from store.tasks import Task


class Entry(NamedTuple):
    """What can be said of a document without reading more of it. `is_failed`: it could not be read."""

    id: str
    name: str
    is_failed: bool


def entries(db: Database, user_id: str) -> list[Entry]:
    """All current documents the user may read, newest first."""
    clause, parameters = readable(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT id, name, status = 'failed' FROM documents WHERE {CURRENT} AND {clause}
            ORDER BY created_at DESC, rowid DESC""",
            parameters,
        ).fetchall()
    return [Entry(row[0], row[1], bool(row[2])) for row in rows]


def has_name(db: Database, user_id: str, name: str) -> bool:
    """Whether the user may read a current document of this name."""
    clause, parameters = readable(user_id)
    with db.read() as reader:
        found = reader.execute(
            f"SELECT 1 FROM documents WHERE name = ? AND {CURRENT} AND {clause} LIMIT 1", (name, *parameters)
        ).fetchone()
    return found is not None


def kept_as(db: Database, user_id: str, name: str) -> list[tuple[str, str]]:
    """(id, SHA-256) of the user's own documents of this name, with the versions they replaced, oldest first."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT id, sha256 FROM documents WHERE name = ? AND deleted_at IS NULL AND {clause}
            ORDER BY version, rowid""",
            (name, *parameters),
        ).fetchall()
    return [(row[0], row[1]) for row in rows]


def with_tasks(db: Database, user_id: str, ids: Sequence[str]) -> list[tuple[Document, Task | None]]:
    """Those current documents of these ids that the user may read, in this order, each with its newest task."""
    clause, parameters = readable(user_id, "+owner")  # the plus: an index of owners would lead through all they have
    chosen = "IN (SELECT value FROM json_each(?))"
    given = (json.dumps(list(ids)), *parameters)
    with db.read() as reader:
        documents = reader.execute(
            f"SELECT {COLUMNS} FROM documents WHERE id {chosen} AND {CURRENT} AND {clause}", given
        ).fetchall()
        worked = reader.execute(
            f"SELECT * FROM tasks WHERE document_id {chosen} AND {clause} ORDER BY created_at, rowid", given
        ).fetchall()
    found = {row["id"]: read_row(row) for row in documents}
    newest = {row["document_id"]: tasks.from_row(row) for row in worked}
    return [(found[one], newest.get(one)) for one in ids if one in found]

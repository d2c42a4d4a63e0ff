"""Ingestion tasks: one document's way through the stages, as rows: anybody can watch, and a crash forgets nothing.

`create`, `load`, `claim`, `update`, `position`, `put_back` and `reopen` know no user: they are for the ingestion
worker. Once a task is finished (completed, failed, cancelled) `update` leaves it alone: the first end wins, and only
`retry` reopens one that failed. Whoever has claimed a task holds it on a lease, see `store.leases`.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from store import users
from store.columns import to_column
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import later, new_id, now
from store.owner import owned, readable

FINAL = ("completed", "failed", "cancelled")
LEASE_S = 60.0  # without a sign of life for so long, a task's worker is gone
_PROGRESS = frozenset({"upload_progress", "extraction_progress", "chunking_progress", "vectorization_progress"})
_CHANGEABLE = _PROGRESS | {"status", "searchable", "counts", "warnings", "error", "crashes"}
OPEN = "status IN ('pending', 'uploading', 'extracting', 'chunking', 'vectorizing')"

# Whose turn it is: an owner's n-th task waits behind everybody's (n-1)-th, counting those being worked on.
_QUEUE = f"""
    SELECT id, crashes, row_number() OVER (ORDER BY place, created_at, row) AS position FROM (
        SELECT t.id, t.crashes, t.created_at, t.rowid AS row, coalesce(busy.tasks, 0)
            + row_number() OVER (PARTITION BY t.owner ORDER BY t.created_at, t.rowid) AS place
        FROM tasks t LEFT JOIN (
            SELECT owner, count(*) AS tasks FROM tasks WHERE {OPEN} AND status <> 'pending' GROUP BY owner
        ) busy ON busy.owner = t.owner WHERE t.status = 'pending')
    """


@dataclass(frozen=True, slots=True)
class Task:
    """Progress is 0..100 for each stage. `error`: {"error_code", "message"}. `attempt` counts from 1 once begun.

    `lease_until`: its worker is alive at least until then; None while nobody works on it. `crashes`: how often the
    program has died while the task was in its stage.
    """

    id: str
    document_id: str
    owner: str
    name: str
    status: str
    upload_progress: float
    extraction_progress: float
    chunking_progress: float
    vectorization_progress: float
    searchable: bool
    attempt: int
    counts: dict[str, int]
    warnings: tuple[str, ...]
    error: dict[str, Any] | None
    created_at: str
    started_at: str | None
    updated_at: str
    completed_at: str | None
    lease_until: str | None = None
    crashes: int = 0

    @property
    def progress_percentage(self) -> float:
        """0..100; each of the four stages is a quarter."""
        stages = (self.upload_progress, self.extraction_progress, self.chunking_progress, self.vectorization_progress)
        return round(sum(stages) / len(stages), 1)

    @property
    def is_finished(self) -> bool:
        return self.status in FINAL


def from_row(row: sqlite3.Row) -> Task:
    """A whole row of the table."""
    return Task(
        **{
            **dict(row),
            "searchable": bool(row["searchable"]),
            "counts": json.loads(row["counts"]),
            "warnings": tuple(json.loads(row["warnings"])),
            "error": None if row["error"] is None else json.loads(row["error"]),
        }
    )


def _one(db: Database, where: str, parameters: tuple[str, ...]) -> Task | None:
    with db.read() as reader:
        row = reader.execute(
            f"SELECT * FROM tasks WHERE {where} ORDER BY created_at DESC, rowid DESC LIMIT 1", parameters
        ).fetchone()
    return None if row is None else from_row(row)


def create(db: Database, *, document_id: str, owner: str, name: str) -> Task:
    """A pending task. Its bytes are not counted as uploaded until `update(upload_progress=100)`."""
    at, task_id = now(), new_id("task")
    with db.write() as writer:
        users.ensure(db, owner)
        writer.execute(
            """INSERT INTO tasks(id, document_id, owner, name, status, created_at, updated_at)
            VALUES (?, ?, ?, ?, 'pending', ?, ?)""",
            (task_id, document_id, owner, name, at, at),
        )
        return load(db, task_id)


def load(db: Database, task_id: str) -> Task:
    """A task of anybody, for the ingestion worker only. Raises NotFound."""
    task = _one(db, "id = ?", (task_id,))
    if task is None:
        raise NotFound(task_id)
    return task


def get(db: Database, user_id: str, task_id: str) -> Task:
    """A task the user may see. Raises NotFound."""
    clause, parameters = readable(user_id)
    task = _one(db, f"id = ? AND {clause}", (task_id, *parameters))
    if task is None:
        raise NotFound(task_id)
    return task


def by_document(db: Database, user_id: str, document_id: str) -> Task | None:
    """The newest task of a document, if the user may see one."""
    clause, parameters = readable(user_id)
    return _one(db, f"document_id = ? AND {clause}", (document_id, *parameters))


def active(db: Database, user_id: str) -> list[Task]:
    """The unfinished tasks the user may see, oldest first."""
    clause, parameters = readable(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT * FROM tasks WHERE {OPEN} AND {clause} ORDER BY created_at, rowid", parameters
        ).fetchall()
    return [from_row(row) for row in rows]


def is_any_active(db: Database, user_id: str) -> bool:
    """Whether there are any of `active`."""
    clause, parameters = readable(user_id)
    with db.read() as reader:
        return (
            reader.execute(f"SELECT 1 FROM tasks WHERE {OPEN} AND {clause} LIMIT 1", parameters).fetchone() is not None
        )


def position(db: Database, task_id: str) -> int:
    """The task's place in the queue from 1; 0 when it is being worked on or finished."""
    with db.read() as reader:
        row = reader.execute(f"SELECT position FROM ({_QUEUE}) WHERE id = ?", (task_id,)).fetchone()
    return 0 if row is None else int(row["position"])


def positions(db: Database) -> dict[str, int]:
    """`position` of every task that waits."""
    with db.read() as reader:
        return {row[0]: int(row[1]) for row in reader.execute(f"SELECT id, position FROM ({_QUEUE})").fetchall()}


def claim(db: Database) -> Task | None:
    """Takes the next pending task, fair between owners: it is begun, one attempt more. None when nothing waits.

    No two callers get the same task. The status becomes 'extracting' when its upload is complete, else 'uploading'.
    """
    with db.read() as reader:  # an idle worker looks without taking the writer
        if reader.execute("SELECT 1 FROM tasks WHERE status = 'pending' LIMIT 1").fetchone() is None:
            return None
    with db.write() as writer:
        row = writer.execute(
            f"""UPDATE tasks SET attempt = attempt + 1, started_at = ?1, updated_at = ?1, lease_until = ?2,
                status = CASE WHEN upload_progress >= 100 THEN 'extracting' ELSE 'uploading' END
            WHERE id = (SELECT id FROM ({_QUEUE}) WHERE position = 1) RETURNING id""",
            (now(), later(LEASE_S)),
        ).fetchone()
        return None if row is None else load(db, row["id"])


def update(db: Database, task_id: str, **columns: object) -> Task:
    """Changes columns and returns the task as it then is.

    A progress never goes down; `counts` are merged into those there; a final status sets `completed_at`. A finished
    task stays as it is. Raises ValueError for a column that cannot be changed, NotFound.
    """
    unknown = sorted(columns.keys() - _CHANGEABLE)
    if unknown:
        raise ValueError(f"no such column to change: {', '.join(unknown)}")
    at = now()
    assigned = [_assignment(name) for name in columns] + ["updated_at = ?"]
    values = [to_column(value) for value in columns.values()] + [at]
    if columns.get("status") in FINAL:
        assigned += ["completed_at = ?", "lease_until = NULL"]
        values.append(at)
    with db.write() as writer:
        writer.execute(f"UPDATE tasks SET {', '.join(assigned)} WHERE id = ? AND {OPEN}", (*values, task_id))
        return load(db, task_id)


def _assignment(name: str) -> str:
    if name in _PROGRESS:
        return f"{name} = max({name}, min(?, 100.0))"
    return "counts = json_patch(counts, ?)" if name == "counts" else f"{name} = ?"


def next_crashes(db: Database) -> int | None:
    """How often the program has died over the task that `claim` will give; None when nothing waits."""
    with db.read() as reader:
        row = reader.execute(f"SELECT crashes FROM ({_QUEUE}) WHERE position = 1").fetchone()
    return None if row is None else int(row[0])


def cancel(db: Database, user_id: str, task_id: str) -> Task:
    """Ends the user's own task unless it has ended; the worker sees it at its next update. Raises NotFound."""
    own(db, user_id, task_id)
    return update(db, task_id, status="cancelled")


def retry(db: Database, user_id: str, task_id: str) -> Task:
    """The newest task of a document, if it has failed, waits again; what its finished stages made is there still.

    Raises NotFound; Conflict when it has not failed, or another task has taken its place.
    """
    with db.write() as writer:
        task = own(db, user_id, task_id)
        newest = by_document(db, user_id, task.document_id)
        if task.status != "failed" or newest is None or newest.id != task_id:
            raise Conflict(f"{task_id} has not failed")
        writer.execute("UPDATE tasks SET attempt = 0, crashes = 0 WHERE id = ?", (task_id,))
        reopen(db, task_id)
        writer.execute(
            "UPDATE documents SET status = 'pending', updated_at = ? WHERE id = ? AND deleted_at IS NULL",
            (now(), task.document_id),
        )
        return load(db, task_id)


def put_back(db: Database, task_id: str) -> None:
    """An unfinished task waits again as if this attempt had never begun."""
    with db.write() as writer:
        writer.execute(f"UPDATE tasks SET attempt = max(0, attempt - 1) WHERE id = ? AND {OPEN}", (task_id,))
        writer.execute(
            f"UPDATE tasks SET status = 'pending', started_at = NULL, lease_until = NULL WHERE id = ? AND {OPEN}",
            (task_id,),
        )


def own(db: Database, user_id: str, task_id: str) -> Task:
    """A task that is the user's own. Raises NotFound."""
    clause, parameters = owned(user_id)
    task = _one(db, f"id = ? AND {clause}", (task_id, *parameters))
    if task is None:
        raise NotFound(task_id)
    return task


def reopen(db: Database, task_id: str) -> None:
    """It waits again. Its percentages stay: what is done again catches up with them."""
    with db.write() as writer:
        writer.execute(
            """UPDATE tasks SET status = 'pending', error = NULL, started_at = NULL, completed_at = NULL,
                lease_until = NULL, updated_at = ? WHERE id = ?""",
            (now(), task_id),
        )

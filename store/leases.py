"""Who still works on a task, and what becomes of those whose worker is gone. For the ingestion worker only.

A worker renews its leases while it lives. A task whose lease has run out, or any claimed one when the program starts,
was cut off: it waits again, three attempts at a stage in all, then it has failed. What a searchable document still
lacks (dense vectors) is no reason to give it up, so those attempts do not count.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from store.database import Database
from store.ids import later, now
from store.tasks import LEASE_S, OPEN, Task, from_row, put_back, reopen, update

MAX_ATTEMPTS = 3
_KEPT_S = 24 * 3600.0  # how long a cancelled task can still be asked about


def renew(db: Database, task_ids: Collection[str]) -> None:
    """Their workers are alive."""
    with db.write() as writer:
        writer.execute(
            f"UPDATE tasks SET lease_until = ? WHERE id IN (SELECT value FROM json_each(?)) AND {OPEN}",
            (later(LEASE_S), json.dumps(sorted(task_ids))),
        )


def requeue_unfinished(db: Database) -> int:
    """At start: whatever was claimed was cut off. -> how many wait again."""
    with db.write() as writer:
        writer.execute(
            """DELETE FROM tasks WHERE status = 'cancelled' AND completed_at < ?
            AND NOT EXISTS (SELECT 1 FROM documents WHERE documents.id = tasks.document_id)""",
            (later(-_KEPT_S),),
        )
    if db.seat.is_shared:  # others may be at work on the same folder
        return requeue_expired(db, ())
    return _requeue(db, "status <> 'pending'", ())


def requeue_expired(db: Database, in_hand: Collection[str]) -> int:
    """Tasks whose lease has run out and that are not `in_hand`. -> how many wait again."""
    return _requeue(
        db,
        "status <> 'pending' AND lease_until < ? AND id NOT IN (SELECT value FROM json_each(?))",
        (now(), json.dumps(sorted(in_hand))),
    )


def _requeue(db: Database, where: str, parameters: tuple[str, ...]) -> int:
    with db.write() as writer:
        rows = writer.execute(f"SELECT * FROM tasks WHERE {OPEN} AND {where}", parameters).fetchall()
        return sum(_recovered(db, from_row(row)) for row in rows)


def _recovered(db: Database, task: Task) -> bool:
    """Whether it waits again."""
    if task.searchable:
        put_back(db, task.id)
    elif task.crashes + 1 < MAX_ATTEMPTS:
        update(db, task.id, crashes=task.crashes + 1)
        reopen(db, task.id)
    else:
        _give_up(db, task)
        return False
    return True


def _give_up(db: Database, task: Task) -> None:
    sentence = f"Reading this file ended the program {MAX_ATTEMPTS} times."
    update(db, task.id, status="failed", error={"error_code": "parser_limit", "message": sentence})
    with db.write() as writer:
        writer.execute("UPDATE documents SET status = 'failed', updated_at = ? WHERE id = ? AND searchable = 0",
                       (now(), task.document_id))  # fmt: skip

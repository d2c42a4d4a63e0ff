"""A user's runs of golden questions as JSON values: out of one database and into another, with every row's trace."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from store import evaluations, users
from store.columns import to_column
from store.database import Database

Record = dict[str, Any]
RUN = (
    "name", "settings", "problems", "notes", "total", "done", "summary", "error", "created_at", "started_at",
    "updated_at", "completed_at", "own_columns",
)  # fmt: skip
ROW = (
    "number", "question", "expected", "document", "pages", "status", "answer", "measures", "timings", "usage", "trace",
    "own",
)  # fmt: skip
_ALL = 10**9


def runs(db: Database, user_id: str) -> Iterator[Record]:
    """Each run with its rows, oldest first. One that has not ended is as if it had been cancelled."""
    for run in reversed(evaluations.list_runs(db, user_id, limit=_ALL)):
        kept = asdict(run)
        status = run.status if run.is_finished else "cancelled"
        rows = [asdict(row) for row in evaluations.rows(db, user_id, run.id, limit=_ALL)]
        yield {
            **{name: kept[name] for name in ("id", *RUN)},
            "status": status,
            "rows": [{name: row[name] for name in ROW} for row in rows],
        }


def add(db: Database, user_id: str, record: Record) -> bool:
    """A run as `runs` gave it becomes the user's. -> False when it is there already.

    Raises KeyError, TypeError or ValueError for a record that does not fit.
    """
    try:
        return _add(db, user_id, record)
    except sqlite3.Error as error:
        raise ValueError(f"no run: {error}") from error


def _add(db: Database, user_id: str, record: Record) -> bool:
    old = str(record["id"])
    run_id = f"run_{hashlib.sha256(f'{user_id} {old}'.encode()).hexdigest()[:16]}"
    if record["status"] not in {"completed", "cancelled", "failed"}:
        raise ValueError("a run that has not ended")
    with db.write() as writer:
        users.ensure(db, user_id)
        if writer.execute("SELECT 1 FROM evaluation_runs WHERE id = ?", (run_id,)).fetchone():
            return False
        writer.execute(
            f"""INSERT INTO evaluation_runs(id, owner, status, {", ".join(RUN)})
            VALUES (?, ?, ?, {", ".join("?" * len(RUN))})""",
            (run_id, user_id, record["status"], *(to_column(record[name]) for name in RUN)),
        )
        writer.conn.executemany(
            f"INSERT INTO evaluation_rows(run_id, {', '.join(ROW)}) VALUES (?, {', '.join('?' * len(ROW))})",
            [(run_id, *(to_column(row[name]) for name in ROW)) for row in record["rows"]],
        )
    evaluations.get(db, user_id, run_id)
    return True

"""What goes on in the whole data folder, over all users: for the operator. Counts and codes, never what was said.

`since` bounds what is looked at; every reading is of one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from store.database import Database

Row = dict[str, Any]
_ACTIVE = "status IN ('queued', 'running')"
_OPEN = "status IN ('pending', 'uploading', 'extracting', 'chunking', 'vectorizing')"


def unfinished_turns(db: Database) -> list[Row]:
    """Turns that run or wait: id, owner, username, status, created_at, started_at, model, position.

    `position`: the last place the turn was told, 0 once it runs; `model`: the one asked for, None for the default.
    """
    return _rows(
        db,
        f"""SELECT t.id AS turn_id, t.owner AS user_id, a.username, t.status, t.created_at, t.started_at,
            json_extract(t.asking, '$.model') AS model,
            CASE t.status WHEN 'running' THEN 0 ELSE coalesce((
                SELECT json_extract(e.fields, '$.position') FROM events e
                WHERE e.turn_id = t.id AND e.type = 'queued' ORDER BY e.seq DESC LIMIT 1), 0) END AS position
        FROM turns t LEFT JOIN accounts a ON a.user_id = t.owner WHERE t.{_ACTIVE} ORDER BY t.created_at, t.rowid""",
    )


def unfinished_tasks(db: Database, limit: int) -> list[Row]:
    """Ingestion tasks that wait or are worked on: id, owner, username, status, created_at, started_at, attempt."""
    return _rows(
        db,
        f"""SELECT t.id AS task_id, t.owner AS user_id, a.username, t.status, t.created_at, t.started_at, t.attempt,
            round((t.upload_progress + t.extraction_progress + t.chunking_progress + t.vectorization_progress) / 4, 1)
                AS progress_percentage
        FROM tasks t LEFT JOIN accounts a ON a.user_id = t.owner
        WHERE t.{_OPEN} ORDER BY t.started_at IS NULL, t.created_at, t.rowid LIMIT ?""",
        (limit,),
    )


def tasks_by_stage(db: Database) -> dict[str, int]:
    """Status -> how many tasks, of those that are kept."""
    return {row["status"]: row["n"] for row in _rows(db, "SELECT status, count(*) AS n FROM tasks GROUP BY status")}


def turns_by_status(db: Database, since: str) -> dict[str, int]:
    """How the turns that ended since then ended, and how many have not."""
    return {
        row["status"]: row["n"]
        for row in _rows(
            db,
            f"""SELECT status, count(*) AS n FROM turns WHERE ended_at >= ? GROUP BY status
            UNION ALL SELECT status, count(*) FROM turns WHERE {_ACTIVE} GROUP BY status""",
            (since,),
        )
    }


def failed_turns(db: Database, since: str) -> list[Row]:
    """Why answers failed since then: error_code, message, count, last_at; the latest first."""
    return _rows(
        db,
        """SELECT json_extract(m.error, '$.error_code') AS error_code, json_extract(m.error, '$.message') AS message,
            count(*) AS count, max(t.ended_at) AS last_at
        FROM turns t JOIN messages m ON m.id = t.message_id
        WHERE t.status = 'error' AND t.ended_at >= ? GROUP BY 1 ORDER BY last_at DESC""",
        (since,),
    )


def failed_tasks(db: Database, since: str) -> list[Row]:
    """Why files could not be read since then: as `failed_turns`."""
    return _rows(
        db,
        """SELECT json_extract(error, '$.error_code') AS error_code, json_extract(error, '$.message') AS message,
            count(*) AS count, max(completed_at) AS last_at
        FROM tasks WHERE status = 'failed' AND completed_at >= ? GROUP BY 1 ORDER BY last_at DESC""",
        (since,),
    )


def answers(db: Database, since: str) -> Row:
    """Of the answers completed since then: how many, and how many of them the cache gave."""
    return _rows(
        db,
        """SELECT count(*) AS completed, coalesce(sum(m.cached), 0) AS cached
        FROM turns t JOIN messages m ON m.id = t.message_id WHERE t.status = 'done' AND t.ended_at >= ?""",
        (since,),
    )[0]


def first_token_ms(db: Database, since: str, limit: int = 5_000) -> list[float]:
    """Milliseconds to the first token of the latest answers completed since then, from the cache or not, sorted."""
    rows = _rows(
        db,
        """SELECT json_extract(m.timings, '$.first_token_ms') AS ms
        FROM turns t JOIN messages m ON m.id = t.message_id
        WHERE t.status = 'done' AND t.ended_at >= ? AND ms IS NOT NULL ORDER BY t.ended_at DESC LIMIT ?""",
        (since, limit),
    )
    return sorted(float(row["ms"]) for row in rows)


def people(db: Database, since: str) -> Row:
    """How many users there are, of which kind, how many may be admins, and how many asked something since then."""
    return _rows(
        db,
        """SELECT count(*) AS total, coalesce(sum(kind = 'account'), 0) AS accounts,
            coalesce(sum(kind = 'anonymous'), 0) AS anonymous,
            (SELECT count(*) FROM accounts WHERE is_admin = 1) AS admins,
            (SELECT count(DISTINCT owner) FROM turns WHERE created_at >= ?) AS active
        FROM users WHERE kind NOT IN ('operator', 'deleted')""",
        (since,),
    )[0]


def storage(db: Database) -> Row:
    """What is kept: documents (current ones), pages and passages of all, conversations, messages, files and bytes."""
    return _rows(
        db,
        """SELECT
            (SELECT count(*) FROM documents WHERE deleted_at IS NULL AND replaced_at IS NULL) AS documents,
            (SELECT coalesce(sum(pages), 0) FROM documents WHERE deleted_at IS NULL) AS pages,
            (SELECT coalesce(sum(passages), 0) FROM documents WHERE deleted_at IS NULL) AS passages,
            (SELECT count(*) FROM conversations) AS conversations, (SELECT count(*) FROM messages) AS messages,
            (SELECT count(*) FROM files) AS files, (SELECT coalesce(sum(bytes), 0) FROM files) AS file_bytes,
            (SELECT count(*) FROM outbox) AS deletions_under_way""",
    )[0]


def _rows(db: Database, query: str, parameters: Sequence[object] = ()) -> list[Row]:
    with db.read() as reader:
        rows: list[sqlite3.Row] = reader.execute(query, tuple(parameters)).fetchall()
    return [dict(row) for row in rows]

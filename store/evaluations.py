"""Runs of golden questions and their rows.

`unfinished`, `begin`, `next_row`, `keep_row`, `finish` know no user: they are for the runner of runs only. Everything
else reads and writes what is the named user's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from store import users
from store.columns import storable, to_column
from store.database import Database
from store.errors import Conflict, NotFound
from store.evaluated import ROW_COLUMNS, RUN_COLUMNS, Outcome, Row, Run, Status, read_row, read_run
from store.ids import new_id, now
from store.owner import owned

_OPEN = "status IN ('queued', 'running')"


def create(
    db: Database,
    user_id: str,
    *,
    name: str,
    settings: Mapping[str, Any],
    rows: Sequence[tuple[str, str, str, Sequence[int]]],
    problems: Sequence[Mapping[str, Any]] = (),
    own_columns: Sequence[str] = (),
    own: Sequence[Sequence[Any]] = (),
) -> Run:
    """A queued run of (question, expected, document, pages) rows. The user's row is made if missing.

    `own`: for each row its cells under `own_columns`.
    """
    at, run_id = now(), new_id("run")
    with db.write() as writer:
        users.ensure(db, user_id)
        writer.execute(
            """INSERT INTO evaluation_runs(id, owner, name, status, settings, problems, own_columns, total, created_at,
            updated_at) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)""",
            (
                run_id,
                user_id,
                storable(name),
                to_column(dict(settings)),
                to_column(list(problems)),
                to_column(list(own_columns)),
                len(rows),
                at,
                at,
            ),
        )
        writer.conn.executemany(
            """INSERT INTO evaluation_rows(run_id, number, question, expected, document, pages, own)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (
                (
                    run_id,
                    number,
                    *map(storable, (question, expected, document)),
                    to_column(list(pages)),
                    to_column(list(own[number - 1] if own else ())),
                )
                for number, (question, expected, document, pages) in enumerate(rows, start=1)
            ),
        )
        return get(db, user_id, run_id)


def get(db: Database, user_id: str, run_id: str) -> Run:
    """One of the user's runs. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        row = reader.execute(
            f"SELECT {RUN_COLUMNS} FROM evaluation_runs WHERE id = ? AND {clause}", (run_id, *parameters)
        ).fetchone()
    if row is None:
        raise NotFound(run_id)
    return read_run(row)


def list_runs(db: Database, user_id: str, *, limit: int = 50, offset: int = 0) -> list[Run]:
    """The user's runs, newest first."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        found = reader.execute(
            f"""SELECT {RUN_COLUMNS} FROM evaluation_runs WHERE {clause}
            ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?""",
            (*parameters, limit, offset),
        ).fetchall()
    return [read_run(row) for row in found]


def count_open(db: Database, user_id: str) -> int:
    """How many of the user's runs have not ended."""
    clause, owner = owned(user_id)
    with db.read() as reader:
        found = reader.execute(f"SELECT count(*) FROM evaluation_runs WHERE {_OPEN} AND {clause}", owner).fetchone()
    return int(found[0])


def rows(db: Database, user_id: str, run_id: str, *, limit: int = 10_000, after: int = 0) -> list[Row]:
    """Rows of one of the user's runs with a number greater than `after`, in order. Empty for a foreign run."""
    clause, parameters = owned(user_id, "e.owner")
    with db.read() as reader:
        found = reader.execute(
            f"""SELECT {ROW_COLUMNS} FROM evaluation_rows r JOIN evaluation_runs e ON e.id = r.run_id
            WHERE r.run_id = ? AND r.number > ? AND {clause} ORDER BY r.number LIMIT ?""",
            (run_id, after, *parameters, limit),
        ).fetchall()
    return [read_row(row) for row in found]


def row(db: Database, user_id: str, run_id: str, number: int) -> Row:
    """One row of one of the user's runs. Raises NotFound."""
    found = rows(db, user_id, run_id, limit=1, after=number - 1)
    if not found or found[0].number != number:
        raise NotFound(f"{run_id} row {number}")
    return found[0]


def cancel(db: Database, user_id: str, run_id: str) -> Run:
    """No further question of it is asked. Nothing happens to a run that has ended. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        writer.execute(
            f"""UPDATE evaluation_runs SET status = 'cancelled', updated_at = ?1, completed_at = ?1
            WHERE id = ?2 AND {_OPEN} AND {clause.replace("?", "?3")}""",
            (now(), run_id, *parameters),
        )
        return get(db, user_id, run_id)


def resume(db: Database, user_id: str, run_id: str) -> Run:
    """A run that has ended goes on with the rows that were not asked, or failed. Raises NotFound, Conflict."""
    with db.write() as writer:
        if not get(db, user_id, run_id).is_finished:
            raise Conflict(f"{run_id} has not ended")
        writer.execute(
            "UPDATE evaluation_rows SET status = 'pending' WHERE run_id = ? AND status = 'failed'", (run_id,)
        )
        writer.execute(
            """UPDATE evaluation_runs SET status = 'queued', completed_at = NULL, error = NULL, summary = NULL,
            done = (SELECT count(*) FROM evaluation_rows WHERE run_id = ?1 AND status <> 'pending'),
            updated_at = ?2 WHERE id = ?1""",
            (run_id, now()),
        )
        return get(db, user_id, run_id)


def delete(db: Database, user_id: str, run_id: str) -> None:
    """Gone with its rows. Raises NotFound."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        gone = writer.execute(
            f"DELETE FROM evaluation_runs WHERE id = ? AND {clause} RETURNING id", (run_id, *parameters)
        ).fetchone()
    if gone is None:
        raise NotFound(run_id)


def unfinished(db: Database) -> list[Run]:
    """All runs of everybody that have not ended, oldest first. For the runner only."""
    with db.read() as reader:
        found = reader.execute(
            f"SELECT {RUN_COLUMNS} FROM evaluation_runs WHERE {_OPEN} ORDER BY created_at, rowid"
        ).fetchall()
    return [read_run(row) for row in found]


def claim(db: Database, run_id: str) -> bool:
    """Whether this process works on the run: it did before, or whoever did is gone. For the runner only."""
    with db.write() as writer:
        row = writer.execute(f"SELECT seat FROM evaluation_runs WHERE id = ? AND {_OPEN}", (run_id,)).fetchone()
        if row is None or (row["seat"] != db.seat.id and db.seat.is_taken(row["seat"])):
            return False
        writer.execute("UPDATE evaluation_runs SET seat = ? WHERE id = ?", (db.seat.id, run_id))
    return True


def begin(db: Database, run_id: str, notes: Sequence[str]) -> None:
    """The run is being worked on; `notes` say what its figures have to be read with. For the runner only."""
    with db.write() as writer:
        writer.execute(
            f"""UPDATE evaluation_runs SET status = 'running', notes = ?, started_at = coalesce(started_at, ?),
            updated_at = ? WHERE id = ? AND {_OPEN}""",
            (to_column(list(notes)), now(), now(), run_id),
        )


def next_row(db: Database, run_id: str) -> Row | None:
    """The first row that has not been asked, of a run that has not ended. For the runner only."""
    with db.read() as reader:
        found = reader.execute(
            f"""SELECT {ROW_COLUMNS} FROM evaluation_rows r JOIN evaluation_runs e ON e.id = r.run_id
            WHERE r.run_id = ? AND r.status = 'pending' AND e.{_OPEN} ORDER BY r.number LIMIT 1""",
            (run_id,),
        ).fetchone()
    return None if found is None else read_row(found)


def keep_row(db: Database, run_id: str, number: int, outcome: Outcome) -> None:
    """What came of a question; counted once. For the runner only."""
    dicts = (outcome.measures, outcome.timings, outcome.usage, outcome.trace)
    values = (outcome.status, storable(outcome.answer), *(to_column(dict(each)) for each in dicts))
    with db.write() as writer:
        changed = writer.execute(
            """UPDATE evaluation_rows SET status = ?, answer = ?, measures = ?, timings = ?, usage = ?, trace = ?
            WHERE run_id = ? AND number = ? AND status = 'pending' RETURNING number""",
            (*values, run_id, number),
        ).fetchone()
        if changed is not None:
            writer.execute("UPDATE evaluation_runs SET done = done + 1, updated_at = ? WHERE id = ?", (now(), run_id))


def summarise(db: Database, run_id: str, summary: Mapping[str, Any]) -> None:
    """The figures of a run that has ended before its last row; one that goes on has none yet. For the runner only."""
    with db.write() as writer:
        writer.execute(
            f"UPDATE evaluation_runs SET summary = ?, updated_at = ? WHERE id = ? AND NOT {_OPEN}",
            (to_column(dict(summary)), now(), run_id),
        )


def finish(
    db: Database, run_id: str, status: Status, summary: Mapping[str, Any] | None, error: Mapping[str, Any] | None = None
) -> None:
    """The run has ended; one that was cancelled meanwhile stays so, with its figures. For the runner only."""
    with db.write() as writer:
        writer.execute(
            f"""UPDATE evaluation_runs SET summary = ?2, error = ?3, updated_at = ?4,
            completed_at = coalesce(completed_at, ?4), status = CASE WHEN {_OPEN} THEN ?5 ELSE status END
            WHERE id = ?1""",
            (run_id, *(None if each is None else to_column(dict(each)) for each in (summary, error)), now(), status),
        )

"""The schema, as numbered steps. A step that has been released is never edited; a change is a new step.

All times are ISO-8601 text in UTC. JSON columns hold what their name says. `0/1` columns are booleans.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from store.schema import (
    accounts,
    audio,
    conversations,
    evaluations,
    golden_columns,
    main_job,
    ocr,
    seats,
    shares,
    tasks,
)
from store.sqlite import Database as SqliteDatabase
from store.sqlite import Migrations

migrations = Migrations("folio")


def known_names() -> frozenset[str]:
    """The names of all steps."""
    with closing(SqliteDatabase(memory=True)) as nothing:
        return frozenset(step.name for step in migrations.pending(nothing))


@migrations(name="0001_main_job")
def _main_job(db: SqliteDatabase) -> None:
    _run(db, main_job.STATEMENTS)


@migrations(name="0002_conversations")
def _conversations(db: SqliteDatabase) -> None:
    _run(db, conversations.STATEMENTS)


@migrations(name="0003_ocr")
def _ocr(db: SqliteDatabase) -> None:
    _run(db, ocr.STATEMENTS)


@migrations(name="0004_tasks")
def _tasks(db: SqliteDatabase) -> None:
    _run(db, tasks.STATEMENTS)


@migrations(name="0005_audio")
def _audio(db: SqliteDatabase) -> None:
    _run(db, audio.STATEMENTS)


@migrations(name="0006_accounts")
def _accounts(db: SqliteDatabase) -> None:
    _run(db, accounts.STATEMENTS)


@migrations(name="0008_evaluations")
def _evaluations(db: SqliteDatabase) -> None:
    _run(db, evaluations.STATEMENTS)


@migrations(name="0009_seats")
def _seats(db: SqliteDatabase) -> None:
    _run(db, seats.STATEMENTS)


@migrations(name="0010_shares")
def _shares(db: SqliteDatabase) -> None:
    _run(db, shares.STATEMENTS)


@migrations(name="0011_golden_columns")
def _golden_columns(db: SqliteDatabase) -> None:
    _run(db, golden_columns.STATEMENTS)


def _run(db: SqliteDatabase, statements: Iterable[str]) -> None:
    for statement in statements:
        db.execute(statement)

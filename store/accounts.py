"""Accounts: people who sign in. Looked up by a name or an id, so nothing takes the user who asks: who may call what is
decided in `rag.people.accounts`.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from store import documents, users
from store.columns import assignments
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import new_id, now

Provider = Literal["password", "huggingface"]
_CHANGEABLE = frozenset({"username", "password_hash", "plan", "is_admin", "signed_in_at"})


@dataclass(frozen=True, slots=True)
class Account:
    """`subject`: who they are at their provider. `password_hash`: None for those who sign in elsewhere."""

    user_id: str
    username: str
    email: str | None
    provider: Provider
    subject: str | None
    password_hash: str | None
    plan: str
    is_admin: bool
    created_at: str
    signed_in_at: str | None


_COLUMNS = ", ".join(Account.__dataclass_fields__)


def account_of(row: sqlite3.Row) -> Account:
    """A row that holds every column of an Account."""
    found = {name: row[name] for name in Account.__dataclass_fields__}
    return Account(**{**found, "is_admin": bool(found["is_admin"])})


def key_of(name: str) -> str:
    """A name as it is compared: "Ｂob " and "bob" are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).strip().casefold())


def create(
    db: Database,
    *,
    username: str,
    email: str | None = None,
    provider: Provider = "password",
    subject: str | None = None,
    password_hash: str | None = None,
    plan: str,
    is_admin: bool | None = None,
) -> Account:
    """A new account. `is_admin` None: if it is the first. Raises Conflict when one of its names is taken.

    Names of accounts that sign in elsewhere are no names to sign in by: they are unique where they come from.
    """
    user_id, at = new_id("u"), now()
    with db.write() as writer:
        users.ensure(db, user_id, "account")
        first = writer.execute("SELECT 1 FROM accounts LIMIT 1").fetchone() is None
        try:
            writer.execute(
                f"INSERT INTO accounts({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (user_id, username, email, provider, subject, password_hash, plan,
                 int(first if is_admin is None else is_admin), at),
            )  # fmt: skip
            for name in {key_of(name) for name in (username, email) if name} if provider == "password" else ():
                writer.execute("INSERT INTO account_names VALUES (?, ?)", (name, user_id))
        except sqlite3.IntegrityError as error:
            raise Conflict(f"{username} is taken") from error
        return get(db, user_id)


def get(db: Database, user_id: str) -> Account:
    """Raises NotFound."""
    return _one(db, "user_id = ?", (user_id,))


def named(db: Database, name: str) -> Account:
    """The account that is signed in to by this user name or address. Raises NotFound."""
    return _one(db, "user_id = (SELECT user_id FROM account_names WHERE name = ?)", (key_of(name),))


def known_elsewhere(db: Database, provider: Provider, subject: str) -> Account:
    """The account of somebody at their provider. Raises NotFound."""
    return _one(db, "provider = ? AND subject = ?", (provider, subject))


def list_all(db: Database) -> list[Account]:
    """Everybody, the first first."""
    with db.read() as reader:
        rows = reader.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY created_at, rowid").fetchall()
    return [account_of(row) for row in rows]


def update(db: Database, user_id: str, **columns: object) -> Account:
    """Changes columns. Raises NotFound; Conflict when it would leave no admin; ValueError for an unknown column."""
    assigned, values = assignments(columns, _CHANGEABLE)
    with db.write() as writer:
        before = get(db, user_id)
        writer.execute(f"UPDATE accounts SET {assigned} WHERE user_id = ?", (*values, user_id))
        if before.is_admin and _admins(db) == 0:
            raise Conflict("the last admin")
        return get(db, user_id)


def erase(db: Database, user_id: str) -> None:
    """The account and everything its user owns is gone; documents' vectors and files follow as after any deletion.

    Raises NotFound; Conflict for the last admin while there are other accounts.
    """
    with db.write() as writer:
        account = get(db, user_id)
        if account.is_admin and _admins(db) == 1 and len(list_all(db)) > 1:
            raise Conflict("the last admin")
        documents.mark_all_deleted(db, user_id)
        writer.execute("DELETE FROM conversations WHERE owner = ?", (user_id,))
        for table in _owning_tables(db):
            writer.execute(f'DELETE FROM "{table}" WHERE owner = ?', (user_id,))
        writer.execute("DELETE FROM accounts WHERE user_id = ?", (user_id,))
        users.bury(db, user_id)


def _owning_tables(db: Database) -> list[str]:
    """Tables with an owner, also those that later migrations add; documents and tasks go by the outbox."""
    with db.read() as reader:
        rows: Sequence[sqlite3.Row] = reader.execute(
            """SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c ON c.name = 'owner'
            WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%'
            AND t.name NOT IN ('conversations', 'documents', 'tasks')"""
        ).fetchall()
    return [str(row[0]) for row in rows]


def _admins(db: Database) -> int:
    with db.read() as reader:
        return int(reader.execute("SELECT count(*) FROM accounts WHERE is_admin = 1").fetchone()[0])


def _one(db: Database, where: str, parameters: tuple[str, ...]) -> Account:
    with db.read() as reader:
        row = reader.execute(f"SELECT {_COLUMNS} FROM accounts WHERE {where}", parameters).fetchone()
    if row is None:
        raise NotFound("no such account")
    return account_of(row)

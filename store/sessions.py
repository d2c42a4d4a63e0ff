"""What proves who somebody is: sessions, which end, and API tokens, which are revoked. Kept as SHA-256 of 256 random
bits, so that nobody who reads the database can sign in with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from store.accounts import Account, account_of
from store.database import Database
from store.errors import NotFound
from store.ids import new_id, now


@dataclass(frozen=True, slots=True)
class ApiToken:
    """`prefix`: its first characters, by which its owner knows it again."""

    id: str
    user_id: str
    name: str
    prefix: str
    created_at: str
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """`id`: of the session or token that proves it. `expires_at`: None for tokens."""

    id: str
    kind: Literal["session", "token"]
    account: Account
    expires_at: str | None
    last_used_at: str | None


def open_session(db: Database, user_id: str, hash: str, expires_at: str) -> str:
    """A session of an account; those that have expired are forgotten. -> its id. Raises NotFound for the account."""
    session_id, at = new_id("ses"), now()
    with db.write() as writer:
        if writer.execute("SELECT 1 FROM accounts WHERE user_id = ?", (user_id,)).fetchone() is None:
            raise NotFound(user_id)
        writer.execute("DELETE FROM sessions WHERE expires_at <= ?", (at,))
        writer.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (session_id, hash, user_id, at, expires_at))
    return session_id


def prolong(db: Database, session_id: str, expires_at: str) -> None:
    """The session lasts until then."""
    with db.write() as writer:
        writer.execute("UPDATE sessions SET expires_at = ? WHERE id = ?", (expires_at, session_id))


def close_session(db: Database, session_id: str) -> None:
    """It proves nothing any more. Nothing happens to one that is gone."""
    with db.write() as writer:
        writer.execute("DELETE FROM sessions WHERE id = ?", (session_id,))


def close_sessions(db: Database, user_id: str, *, but: str | None = None) -> list[str]:
    """All of a user's but one. -> the ids of those that ended."""
    with db.write() as writer:
        rows = writer.execute(
            "DELETE FROM sessions WHERE user_id = ? AND id IS NOT ? RETURNING id", (user_id, but)
        ).fetchall()
    return [str(row[0]) for row in rows]


def add_token(db: Database, user_id: str, *, hash: str, name: str, prefix: str) -> ApiToken:
    """A token of an account. Raises NotFound for the account."""
    token = ApiToken(new_id("tok"), user_id, name, prefix, now(), None)
    with db.write() as writer:
        if writer.execute("SELECT 1 FROM accounts WHERE user_id = ?", (user_id,)).fetchone() is None:
            raise NotFound(user_id)
        writer.execute(
            "INSERT INTO api_tokens VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (token.id, hash, user_id, name, prefix, token.created_at),
        )
    return token


def tokens(db: Database, user_id: str) -> list[ApiToken]:
    """A user's, the newest first."""
    columns = ", ".join(ApiToken.__dataclass_fields__)
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT {columns} FROM api_tokens WHERE user_id = ? ORDER BY created_at DESC, rowid DESC", (user_id,)
        ).fetchall()
    return [ApiToken(**dict(row)) for row in rows]


def revoke(db: Database, user_id: str, token_id: str) -> None:
    """One of the user's own tokens is gone. Raises NotFound."""
    with db.write() as writer:
        gone = writer.execute(
            "DELETE FROM api_tokens WHERE id = ? AND user_id = ? RETURNING id", (token_id, user_id)
        ).fetchone()
    if gone is None:
        raise NotFound(token_id)


def used(db: Database, token_id: str, at: str) -> None:
    """The token was used."""
    with db.write() as writer:
        writer.execute("UPDATE api_tokens SET last_used_at = ? WHERE id = ?", (at, token_id))


def still_good(db: Database, proof_ids: Collection[str], at: str) -> set[str]:
    """Those of these sessions and tokens that are there and have not expired at this moment."""
    with db.read() as reader:
        rows = reader.execute(
            """SELECT id FROM sessions WHERE id IN (SELECT value FROM json_each(?1)) AND expires_at > ?2
            UNION ALL SELECT id FROM api_tokens WHERE id IN (SELECT value FROM json_each(?1))""",
            (json.dumps(sorted(proof_ids)), at),
        ).fetchall()
    return {str(row[0]) for row in rows}


def find(db: Database, hash: str, at: str) -> Proof | None:
    """What has this hash and has not expired at this moment, with its account."""
    with db.read() as reader:
        row = reader.execute(
            """SELECT a.*, p.* FROM (
                SELECT id AS proof, 'session' AS kind, user_id AS whose, expires_at AS ends, NULL AS used
                FROM sessions WHERE hash = ?1 AND expires_at > ?2
                UNION ALL
                SELECT id, 'token', user_id, NULL, last_used_at FROM api_tokens WHERE hash = ?1) p
            JOIN accounts a ON a.user_id = p.whose""",
            (hash, at),
        ).fetchone()
    return None if row is None else Proof(row["proof"], row["kind"], account_of(row), row["ends"], row["used"])

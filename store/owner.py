"""Whose rows a user may touch: the only place where an ownership clause is written."""

from __future__ import annotations

SHARED = "shared"  # documents the operator imported: everyone reads them, only the operator changes them


def readable(user_id: str, column: str = "owner") -> tuple[str, tuple[str, ...]]:
    """(SQL, parameters) true for documents and tasks the user may read: their own and the shared ones."""
    return f"{column} IN (?, '{SHARED}')", (user_id,)


def owned(user_id: str, column: str = "owner") -> tuple[str, tuple[str, ...]]:
    """(SQL, parameters) true for what is the user's own."""
    return f"{column} = ?", (user_id,)

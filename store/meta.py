"""Small facts about the data folder itself: which index generation is current, which secret signs cookies."""

from __future__ import annotations

from store.database import Database


def get(db: Database, key: str) -> str | None:
    """The value kept under `key`, or None."""
    with db.read() as reader:
        row = reader.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set(db: Database, key: str, value: str) -> None:
    """Keeps `value` under `key`, in place of what was there."""
    with db.write() as writer:
        writer.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                       (key, value))  # fmt: skip

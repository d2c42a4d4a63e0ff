"""Which process writes a turn, and whether another one asked it to stop."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE turns ADD COLUMN seat TEXT",
    "ALTER TABLE turns ADD COLUMN stop_asked INTEGER NOT NULL DEFAULT 0",
)

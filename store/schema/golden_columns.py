"""What an analyst's file of questions has besides questions: the names of its columns, and each row as it is there."""

from __future__ import annotations

# own_columns, own: JSON lists. Runs from before have none.
STATEMENTS = (
    "ALTER TABLE evaluation_runs ADD COLUMN own_columns TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE evaluation_rows ADD COLUMN own TEXT NOT NULL DEFAULT '[]'",
)

"""What text recognition found out about pages: how sure it was, and which way up they stand."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE pages ADD COLUMN ocr_confidence REAL",
    "ALTER TABLE pages ADD COLUMN turned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN ocr_confidence REAL",
)

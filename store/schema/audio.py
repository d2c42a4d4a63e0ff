"""At which second of a recording each stretch of a page's text was said."""

from __future__ import annotations

STATEMENTS = (
    """CREATE TABLE page_times (
        document_id TEXT NOT NULL, number INTEGER NOT NULL, times BLOB NOT NULL, PRIMARY KEY (document_id, number),
        FOREIGN KEY (document_id, number) REFERENCES pages(document_id, number) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID""",
)

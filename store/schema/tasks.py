"""Tasks that outlive their documents and are held on a lease.

A cancelled task leaves nothing behind but its own row, so the row no longer hangs on its document's; a trigger takes
the others along. `lease_until`: somebody works on the task at least until then, unless the process has died. `crashes`:
how often the program has died while the task was in the stage it is in.
"""

from __future__ import annotations

_COLUMNS = """id, document_id, owner, name, status, upload_progress, extraction_progress, chunking_progress,
    vectorization_progress, searchable, attempt, counts, warnings, error, created_at, started_at, updated_at,
    completed_at"""

STATEMENTS = (
    """CREATE TABLE tasks_held (
        id TEXT PRIMARY KEY, document_id TEXT NOT NULL,
        owner TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, name TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN (
            'pending', 'uploading', 'extracting', 'chunking', 'vectorizing', 'completed', 'failed', 'cancelled')),
        upload_progress REAL NOT NULL DEFAULT 0, extraction_progress REAL NOT NULL DEFAULT 0,
        chunking_progress REAL NOT NULL DEFAULT 0, vectorization_progress REAL NOT NULL DEFAULT 0,
        searchable INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,
        counts TEXT NOT NULL DEFAULT '{}', warnings TEXT NOT NULL DEFAULT '[]', error TEXT,
        created_at TEXT NOT NULL, started_at TEXT, updated_at TEXT NOT NULL, completed_at TEXT, lease_until TEXT,
        crashes INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    f"INSERT INTO tasks_held({_COLUMNS}) SELECT {_COLUMNS} FROM tasks ORDER BY rowid",
    "DROP TABLE tasks",
    "ALTER TABLE tasks_held RENAME TO tasks",
    "CREATE INDEX tasks_of_document ON tasks(document_id)",
    "CREATE INDEX tasks_by_status ON tasks(status, owner)",
    """CREATE TRIGGER tasks_of_gone_documents AFTER DELETE ON documents BEGIN
        DELETE FROM tasks WHERE document_id = old.id AND status <> 'cancelled';
    END""",
)

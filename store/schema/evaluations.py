"""Runs of golden questions: what was asked with which settings, and what came of each question."""

from __future__ import annotations

# seat: the process that works on it. settings, problems, summary, pages, measures, timings, usage, trace, error: JSON.
STATEMENTS = (
    """CREATE TABLE evaluation_runs (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users(id), name TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'cancelled', 'failed')),
        settings TEXT NOT NULL, problems TEXT NOT NULL DEFAULT '[]', notes TEXT NOT NULL DEFAULT '[]',
        total INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, summary TEXT, error TEXT,
        created_at TEXT NOT NULL, started_at TEXT, updated_at TEXT NOT NULL, completed_at TEXT, seat TEXT
    ) STRICT""",
    "CREATE INDEX evaluation_runs_listed ON evaluation_runs(owner, created_at)",
    "CREATE INDEX evaluation_runs_open ON evaluation_runs(created_at) WHERE status IN ('queued', 'running')",
    """CREATE TABLE evaluation_rows (
        run_id TEXT NOT NULL REFERENCES evaluation_runs(id) ON DELETE CASCADE, number INTEGER NOT NULL,
        question TEXT NOT NULL, expected TEXT NOT NULL, document TEXT NOT NULL, pages TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'failed')),
        answer TEXT NOT NULL DEFAULT '', measures TEXT NOT NULL DEFAULT '{}', timings TEXT NOT NULL DEFAULT '{}',
        usage TEXT NOT NULL DEFAULT '{}', trace TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (run_id, number)
    ) STRICT, WITHOUT ROWID""",
)

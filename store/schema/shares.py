"""Snapshots of conversations that whoever has the link may read."""

from __future__ import annotations

# key: the SHA-256 of the link's secret part, in hex; the secret itself is kept nowhere. page: what is shown, as HTML.
STATEMENTS = (
    """CREATE TABLE shares (
        id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, owner TEXT NOT NULL REFERENCES users(id),
        conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        title TEXT NOT NULL, page BLOB NOT NULL, created_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX shares_of_conversation ON shares(conversation_id)",
)

"""Accounts: who may sign in, under which names, with which plan; sessions and API tokens, known by their hash only."""

from __future__ import annotations

# An account is signed in to by any of its names (user name, e-mail address), kept in one form for comparison. Of one
# that signs in elsewhere, provider and subject say as whom. A deleted user keeps its row in users, with kind 'deleted':
# the id is not given again, and whatever still works for it finds that out.
STATEMENTS = (
    """CREATE TABLE accounts (
        user_id TEXT PRIMARY KEY REFERENCES users(id), username TEXT NOT NULL, email TEXT,
        provider TEXT NOT NULL DEFAULT 'password' CHECK (provider IN ('password', 'huggingface')), subject TEXT,
        password_hash TEXT, plan TEXT NOT NULL, is_admin INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL, signed_in_at TEXT, UNIQUE (provider, subject)
    ) STRICT""",
    """CREATE TABLE account_names (
        name TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES accounts(user_id) ON DELETE CASCADE
    ) STRICT""",
    "CREATE INDEX account_names_of ON account_names(user_id)",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
        user_id TEXT NOT NULL REFERENCES accounts(user_id) ON DELETE CASCADE,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX sessions_of ON sessions(user_id)",
    "CREATE INDEX sessions_ending ON sessions(expires_at)",
    """CREATE TABLE api_tokens (
        id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
        user_id TEXT NOT NULL REFERENCES accounts(user_id) ON DELETE CASCADE,
        name TEXT NOT NULL, prefix TEXT NOT NULL, created_at TEXT NOT NULL, last_used_at TEXT
    ) STRICT""",
    "CREATE INDEX api_tokens_of ON api_tokens(user_id)",
    "CREATE INDEX turns_ended ON turns(ended_at)",
    "CREATE INDEX turns_unfinished ON turns(created_at) WHERE status IN ('queued', 'running')",
)

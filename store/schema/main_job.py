"""Users, conversations with branching messages, turns with their event log, documents down to passages, tasks."""

from __future__ import annotations

_PEOPLE = (
    """CREATE TABLE users (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_at TEXT NOT NULL,
        corpus_version INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "INSERT INTO users VALUES ('shared', 'operator', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 0)",
)

# messages is a tree: messages with the same parent are versions of each other, and shown_message_id is the leaf of the
# branch on show. It has no foreign key of its own: it would point back into the table that points here.
_TALK = (
    """CREATE TABLE conversations (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users(id), title TEXT NOT NULL,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'archived', 'trash')), shown_message_id TEXT
    ) STRICT""",
    "CREATE INDEX conversations_listed ON conversations(owner, state, updated_at, id)",
    """CREATE TABLE messages (
        id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        parent_id TEXT REFERENCES messages(id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
        text TEXT NOT NULL DEFAULT '', status TEXT NOT NULL, model TEXT NOT NULL DEFAULT '',
        query TEXT NOT NULL DEFAULT '', citations TEXT NOT NULL DEFAULT '[]', sources TEXT NOT NULL DEFAULT '[]',
        steps TEXT NOT NULL DEFAULT '[]', usage TEXT NOT NULL DEFAULT '{}', timings TEXT NOT NULL DEFAULT '{}',
        settings TEXT NOT NULL DEFAULT '{}', error TEXT, cached INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX messages_of_conversation ON messages(conversation_id)",
    "CREATE INDEX messages_versions ON messages(parent_id)",
    """CREATE TABLE turns (
        id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
        question_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
        owner TEXT NOT NULL REFERENCES users(id), client_key TEXT,
        status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'stopped', 'interrupted', 'error')),
        asking TEXT NOT NULL, created_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, UNIQUE (owner, client_key)
    ) STRICT""",
    "CREATE UNIQUE INDEX turns_active ON turns(conversation_id) WHERE status IN ('queued', 'running')",
    "CREATE INDEX turns_of_conversation ON turns(conversation_id)",
    "CREATE INDEX turns_of_message ON turns(message_id)",
    "CREATE INDEX turns_of_question ON turns(question_id)",
    """CREATE TABLE events (
        turn_id TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
        type TEXT NOT NULL, at TEXT NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (turn_id, seq)
    ) STRICT, WITHOUT ROWID""",
)

_DOCUMENTS = (
    """CREATE TABLE files (
        sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, media_type TEXT NOT NULL, path_name TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE documents (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users(id), name TEXT NOT NULL, media_type TEXT NOT NULL,
        sha256 TEXT NOT NULL REFERENCES files(sha256), bytes INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
        title TEXT NOT NULL DEFAULT '', pages INTEGER NOT NULL DEFAULT 0, characters INTEGER NOT NULL DEFAULT 0,
        passages INTEGER NOT NULL DEFAULT 0,
        status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'ready', 'failed')),
        searchable INTEGER NOT NULL DEFAULT 0, indexed_in TEXT, dense_in TEXT, warnings TEXT NOT NULL DEFAULT '[]',
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted_at TEXT
    ) STRICT""",
    "CREATE UNIQUE INDEX documents_live_bytes ON documents(owner, sha256) WHERE deleted_at IS NULL",
    "CREATE INDEX documents_named ON documents(owner, name)",
    "CREATE INDEX documents_of_file ON documents(sha256)",
    """CREATE TABLE pages (
        document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE, number INTEGER NOT NULL,
        text TEXT NOT NULL, words BLOB NOT NULL, headings TEXT NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
        label TEXT, PRIMARY KEY (document_id, number)
    ) STRICT""",
    """CREATE TABLE passages (
        id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
        number INTEGER NOT NULL, page INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
        heading TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (document_id, number)
    ) STRICT""",
)

_CHORES = (
    """CREATE TABLE tasks (
        id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
        owner TEXT NOT NULL REFERENCES users(id), name TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN (
            'pending', 'uploading', 'extracting', 'chunking', 'vectorizing', 'completed', 'failed', 'cancelled')),
        upload_progress REAL NOT NULL DEFAULT 0, extraction_progress REAL NOT NULL DEFAULT 0,
        chunking_progress REAL NOT NULL DEFAULT 0, vectorization_progress REAL NOT NULL DEFAULT 0,
        searchable INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,
        counts TEXT NOT NULL DEFAULT '{}', warnings TEXT NOT NULL DEFAULT '[]', error TEXT,
        created_at TEXT NOT NULL, started_at TEXT, updated_at TEXT NOT NULL, completed_at TEXT
    ) STRICT""",
    "CREATE INDEX tasks_of_document ON tasks(document_id)",
    "CREATE INDEX tasks_by_status ON tasks(status, owner)",
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('delete_points')), payload TEXT NOT NULL,
        created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)

STATEMENTS = (*_PEOPLE, *_TALK, *_DOCUMENTS, *_CHORES)

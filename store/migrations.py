"""The schema, as numbered steps. A step that has been released is never edited; a change is a new step.

All times are ISO-8601 text in UTC. JSON columns hold what their name says. `0/1` columns are booleans.
"""

from __future__ import annotations

from contextlib import closing

from sqlite_utils import Database as SqliteDatabase
from sqlite_utils import Migrations

migrations = Migrations("folio")


def known_names() -> frozenset[str]:
    """The names of all steps."""
    with closing(SqliteDatabase(memory=True)) as nothing:
        return frozenset(step.name for step in migrations.pending(nothing))


@migrations(name="0001_main_job")
def main_job(db: SqliteDatabase) -> None:
    """Users, conversations with branching messages, turns with their event log, documents down to passages, tasks."""
    for statement in (*_PEOPLE, *_TALK, *_DOCUMENTS, *_CHORES):
        db.execute(statement)


@migrations(name="0002_conversations")
def conversations(db: SqliteDatabase) -> None:
    """Trash, drafts, titles with their author, reactions, cached answers, replaced documents, full-text search."""
    for statement in (*_KEEPING, *_TITLES_FOUND, *_TEXTS_FOUND):
        db.execute(statement)


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

# number: a row's number for full-text search, given when it is made. The implicit rowid would not do: VACUUM may change
# it. trashed_from: the state to go back to. cache_key: see store.cache. replaced_at: a newer version of its name has
# become searchable; the old one keeps its pages for the citations that were made from it.
_KEEPING = (
    "ALTER TABLE conversations ADD COLUMN number INTEGER",
    """ALTER TABLE conversations ADD COLUMN titled_by TEXT NOT NULL DEFAULT 'question'
        CHECK (titled_by IN ('question', 'model', 'user'))""",
    "ALTER TABLE conversations ADD COLUMN draft TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN trashed_at TEXT",
    "ALTER TABLE conversations ADD COLUMN trashed_from TEXT CHECK (trashed_from IN ('active', 'archived'))",
    "UPDATE conversations SET number = rowid",
    "CREATE UNIQUE INDEX conversations_numbered ON conversations(number)",
    "CREATE INDEX conversations_trashed ON conversations(trashed_at) WHERE trashed_at IS NOT NULL",
    "ALTER TABLE messages ADD COLUMN number INTEGER",
    "UPDATE messages SET number = rowid",
    "CREATE UNIQUE INDEX messages_numbered ON messages(number)",
    """CREATE TABLE reactions (
        message_id TEXT PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
        thumb TEXT NOT NULL CHECK (thumb IN ('up', 'down')), reason TEXT NOT NULL DEFAULT '',
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL
    ) STRICT""",
    "ALTER TABLE turns ADD COLUMN cache_key TEXT",
    "CREATE INDEX turns_cached ON turns(cache_key) WHERE cache_key IS NOT NULL",
    "ALTER TABLE documents ADD COLUMN replaced_at TEXT",
    "DROP INDEX documents_live_bytes",
    """CREATE UNIQUE INDEX documents_live_bytes ON documents(owner, sha256)
        WHERE deleted_at IS NULL AND replaced_at IS NULL""",
)

# The owner is one of the indexed words ("o" and their id in hex), so that a search walks through one user's rows only,
# however many others use the same words.
_TITLES_FOUND = (
    "CREATE VIEW titles AS SELECT number, title, 'o' || hex(owner) AS owner FROM conversations",
    """CREATE VIRTUAL TABLE titles_found USING fts5(
        title, owner, content = 'titles', content_rowid = 'number', prefix = '3 4',
        tokenize = 'unicode61 remove_diacritics 2')""",
    "INSERT INTO titles_found(titles_found) VALUES ('rebuild')",
    """CREATE TRIGGER titles_added AFTER INSERT ON conversations BEGIN
        INSERT INTO titles_found(rowid, title, owner) VALUES (new.number, new.title, 'o' || hex(new.owner));
    END""",
    """CREATE TRIGGER titles_changed AFTER UPDATE OF title, owner ON conversations BEGIN
        INSERT INTO titles_found(titles_found, rowid, title, owner)
            VALUES ('delete', old.number, old.title, 'o' || hex(old.owner));
        INSERT INTO titles_found(rowid, title, owner) VALUES (new.number, new.title, 'o' || hex(new.owner));
    END""",
    # The messages go first: taking one out of the search needs its conversation's owner.
    """CREATE TRIGGER titles_gone BEFORE DELETE ON conversations BEGIN
        DELETE FROM messages WHERE conversation_id = old.id;
        INSERT INTO titles_found(titles_found, rowid, title, owner)
            VALUES ('delete', old.number, old.title, 'o' || hex(old.owner));
    END""",
)
_TEXTS_FOUND = (
    """CREATE VIEW texts AS SELECT m.number, m.text, 'o' || hex(c.owner) AS owner
        FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.text <> ''""",
    """CREATE VIRTUAL TABLE texts_found USING fts5(
        text, owner, content = 'texts', content_rowid = 'number', prefix = '3 4',
        tokenize = 'unicode61 remove_diacritics 2')""",
    "INSERT INTO texts_found(texts_found) VALUES ('rebuild')",
    """CREATE TRIGGER texts_added AFTER INSERT ON messages WHEN new.text <> '' BEGIN
        INSERT INTO texts_found(rowid, text, owner)
            SELECT new.number, new.text, 'o' || hex(owner) FROM conversations WHERE id = new.conversation_id;
    END""",
    """CREATE TRIGGER texts_changed AFTER UPDATE OF text ON messages WHEN old.text <> new.text BEGIN
        INSERT INTO texts_found(texts_found, rowid, text, owner)
            SELECT 'delete', old.number, old.text, 'o' || hex(owner) FROM conversations
            WHERE id = old.conversation_id AND old.text <> '';
        INSERT INTO texts_found(rowid, text, owner)
            SELECT new.number, new.text, 'o' || hex(owner) FROM conversations
            WHERE id = new.conversation_id AND new.text <> '';
    END""",
    """CREATE TRIGGER texts_gone BEFORE DELETE ON messages WHEN old.text <> '' BEGIN
        INSERT INTO texts_found(texts_found, rowid, text, owner)
            SELECT 'delete', old.number, old.text, 'o' || hex(owner) FROM conversations WHERE id = old.conversation_id;
    END""",
    """CREATE TRIGGER texts_moved AFTER UPDATE OF owner ON conversations WHEN old.owner <> new.owner BEGIN
        INSERT INTO texts_found(texts_found, rowid, text, owner)
            SELECT 'delete', number, text, 'o' || hex(old.owner) FROM messages
            WHERE conversation_id = new.id AND text <> '';
        INSERT INTO texts_found(rowid, text, owner)
            SELECT number, text, 'o' || hex(new.owner) FROM messages WHERE conversation_id = new.id AND text <> '';
    END""",
)

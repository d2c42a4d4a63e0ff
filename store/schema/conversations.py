"""Trash, drafts, titles with their author, reactions, cached answers, replaced documents, full-text search."""

from __future__ import annotations

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

STATEMENTS = (*_KEEPING, *_TITLES_FOUND, *_TEXTS_FOUND)

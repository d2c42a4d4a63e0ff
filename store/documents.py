"""Documents of users, whole: what was uploaded, how far it has come, how it goes. Their insides are in `store.pages`.

A document is current until it is deleted or replaced: a newer version of its name has become searchable. A replaced one
has left lists and search; `get`, its pages and its file stay readable, for the citations that were made from it.

`load`, `update`, `save_*`, `passages`, `not_indexed_in`, `not_dense_in` and `purge` know no user: they are for the
ingestion worker and the index only. Everything else reads and writes what the named user may.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from store import outbox, users
from store.columns import assignments
from store.database import Database
from store.errors import Conflict, NotFound
from store.files import path_name
from store.ids import new_id, now
from store.owner import owned, readable
from store.pages import (
    PageRow,
    PassageRow,
    page,
    page_texts,
    page_times,
    pages,
    passages,
    passages_by_id,
    save_pages,
    save_passages,
)

__all__ = [
    "Document", "PageRow", "PassageRow", "by_hash", "create", "current_version", "get", "list_kept", "list_page",
    "list_readable", "load", "mark_all_deleted", "mark_deleted", "not_dense_in", "not_indexed_in", "page", "page_texts",
    "page_times", "pages", "passages", "passages_by_id", "purge", "save_pages", "save_passages", "update", "usage",
]  # fmt: skip

_CHANGEABLE = frozenset(
    {
        "name", "media_type", "title", "pages", "characters", "passages", "status", "searchable", "indexed_in",
        "dense_in", "warnings", "ocr_confidence",
    }
)  # fmt: skip
_CHANGES_ANSWERS = frozenset({"name", "title", "passages", "searchable", "dense_in"})
CURRENT = "deleted_at IS NULL AND replaced_at IS NULL"


@dataclass(frozen=True, slots=True)
class Document:
    """`version` counts the documents of this name from 1. `indexed_in`, `dense_in`: see store.migrations.

    `ocr_confidence` is 0..100, None when no page was read by text recognition.
    """

    id: str
    owner: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    version: int
    title: str
    pages: int
    characters: int
    passages: int
    status: str
    searchable: bool
    indexed_in: str | None
    dense_in: str | None
    warnings: tuple[str, ...]
    created_at: str
    updated_at: str
    ocr_confidence: float | None = None


COLUMNS = ", ".join(Document.__dataclass_fields__)


def read_row(row: sqlite3.Row) -> Document:
    return Document(
        **{**dict(row), "searchable": bool(row["searchable"]), "warnings": tuple(json.loads(row["warnings"]))}
    )


def _one(db: Database, where: str, parameters: Sequence[str | int]) -> Document | None:
    with db.read() as reader:
        row = reader.execute(
            f"SELECT {COLUMNS} FROM documents WHERE deleted_at IS NULL AND {where}", parameters
        ).fetchone()
    return None if row is None else read_row(row)


def _many(db: Database, where: str, parameters: Sequence[str], order: str) -> list[Document]:
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT {COLUMNS} FROM documents WHERE {CURRENT} AND {where} ORDER BY {order}", parameters
        ).fetchall()
    return [read_row(row) for row in rows]


def create(db: Database, *, owner: str, name: str, media_type: str, sha256: str, bytes: int) -> Document:
    """A new document, the next version of its name. Its owner's row is made if missing.

    Raises Conflict when the owner already has a current document of the same bytes.
    """
    at, document_id = now(), new_id("doc")
    with db.write() as writer:
        users.ensure(db, owner)
        if by_hash(db, owner, sha256) is not None:
            raise Conflict(f"{owner} already has these bytes")
        writer.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                       (sha256, bytes, media_type, path_name(sha256), at))  # fmt: skip
        writer.execute(
            """INSERT INTO documents(id, owner, name, media_type, sha256, bytes, version, created_at, updated_at)
            SELECT ?, ?, ?, ?, ?, ?, coalesce(max(version), 0) + 1, ?, ? FROM documents WHERE owner = ? AND name = ?""",
            (document_id, owner, name, media_type, sha256, bytes, at, at, owner, name),
        )
        return load(db, document_id)


def load(db: Database, document_id: str) -> Document:
    """A current document of anybody. For the ingestion worker and the index only. Raises NotFound."""
    document = _one(db, f"id = ? AND {CURRENT}", (document_id,))
    if document is None:
        raise NotFound(document_id)
    return document


def get(db: Database, user_id: str, document_id: str) -> Document:
    """A document the user may read, current or replaced. Raises NotFound."""
    clause, parameters = readable(user_id)
    document = _one(db, f"id = ? AND {clause}", (document_id, *parameters))
    if document is None:
        raise NotFound(document_id)
    return document


def current_version(db: Database, user_id: str, document_id: str) -> Document:
    """The document itself, or the one that has taken its place. Raises NotFound."""
    document = get(db, user_id, document_id)
    clause, parameters = readable(user_id)
    newer = _one(
        db, f"name = ? AND owner = ? AND version > ? AND {CURRENT} AND searchable = 1 AND {clause}",
        (document.name, document.owner, document.version, *parameters),
    )  # fmt: skip
    return newer or document


def by_hash(db: Database, user_id: str, sha256: str) -> Document | None:
    """The user's own current document of these bytes, if there is one."""
    clause, parameters = owned(user_id)
    return _one(db, f"sha256 = ? AND {clause} AND {CURRENT}", (sha256, *parameters))


def list_kept(db: Database, user_id: str) -> list[Document]:
    """The user's own documents with the versions they replaced, oldest first."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT {COLUMNS} FROM documents WHERE deleted_at IS NULL AND {clause} ORDER BY version, rowid",
            parameters,
        ).fetchall()
    return [read_row(row) for row in rows]


def list_readable(db: Database, user_id: str) -> list[Document]:
    """All current documents the user may read, newest first."""
    clause, parameters = readable(user_id)
    return _many(db, clause, parameters, "created_at DESC, rowid DESC")


def list_page(db: Database, user_id: str, limit: int, offset: int) -> tuple[list[Document], int]:
    """(`limit` of `list_readable` from `offset` on, how many there are altogether)."""
    clause, parameters = readable(user_id)
    with db.read() as reader:
        total: int = reader.execute(
            f"SELECT count(*) FROM documents WHERE {CURRENT} AND {clause}", parameters
        ).fetchone()[0]
    return _many(db, clause, parameters, f"created_at DESC, rowid DESC LIMIT {limit:d} OFFSET {offset:d}"), total


def usage(db: Database, user_id: str) -> tuple[int, int]:
    """(current files, bytes of these and of replaced ones) of the user's own."""
    clause, parameters = owned(user_id)
    with db.read() as reader:
        row = reader.execute(
            f"""SELECT total(replaced_at IS NULL), total(bytes) FROM documents
            WHERE deleted_at IS NULL AND {clause}""",
            parameters,
        ).fetchone()
    return int(row[0]), int(row[1])


def update(db: Database, document_id: str, **columns: object) -> None:
    """Changes columns of a document; a deleted one is left alone.

    A change that can alter answers makes a new corpus version. One that becomes searchable replaces the older versions
    of its name (or is replaced itself, by a newer one that came first). Raises ValueError for a column that cannot be
    changed.
    """
    assigned, values = assignments(columns, _CHANGEABLE)
    with db.write() as writer:
        changed = writer.execute(
            f"""UPDATE documents SET {assigned}, updated_at = ? WHERE id = ? AND deleted_at IS NULL
            RETURNING owner, name""",
            (*values, now(), document_id),
        ).fetchone()
        if changed is not None and _CHANGES_ANSWERS & columns.keys():
            users.bump_corpus(db, changed["owner"])
        if changed is not None and columns.get("searchable"):
            _replace_older(db, changed["owner"], changed["name"])


def _replace_older(db: Database, owner: str, name: str) -> None:
    """Of the versions of a name, those before the newest searchable one leave lists and search."""
    with db.write() as writer:
        replaced = writer.execute(
            f"""UPDATE documents SET replaced_at = ?1 WHERE owner = ?2 AND name = ?3 AND {CURRENT} AND version < (
                SELECT max(version) FROM documents WHERE owner = ?2 AND name = ?3 AND searchable = 1 AND {CURRENT})
            RETURNING id""",
            (now(), owner, name),
        ).fetchall()
        for row in replaced:
            _leave_search(db, row["id"])


def mark_deleted(db: Database, user_id: str, document_id: str) -> None:
    """Gone for every reader at once, in one transaction with the outbox row for its points and a new corpus version.

    The versions it replaced go with it. Unfinished tasks are cancelled. Only the owner deletes. Raises NotFound.
    """
    clause, parameters = owned(user_id)
    with db.write() as writer:
        gone = writer.execute(
            f"""UPDATE documents SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL AND {clause}
            RETURNING id, owner, name, version""",
            (now(), document_id, *parameters),
        ).fetchone()
        if gone is None:
            raise NotFound(document_id)
        older = writer.execute(
            """UPDATE documents SET deleted_at = ? WHERE owner = ? AND name = ? AND version < ?
            AND deleted_at IS NULL AND replaced_at IS NOT NULL RETURNING id""",
            (now(), gone["owner"], gone["name"], gone["version"]),
        ).fetchall()
        for row in (gone, *older):
            _leave_search(db, row["id"])
        users.bump_corpus(db, gone["owner"])


def mark_all_deleted(db: Database, user_id: str) -> None:
    """Everything the user owns, current and replaced, is gone as by `mark_deleted`."""
    clause, parameters = owned(user_id)
    with db.write() as writer:
        gone = writer.execute(
            f"UPDATE documents SET deleted_at = ? WHERE deleted_at IS NULL AND {clause} RETURNING id",
            (now(), *parameters),
        ).fetchall()
        for row in gone:
            _leave_search(db, row["id"])
        users.bump_corpus(db, user_id)


def _leave_search(db: Database, document_id: str) -> None:
    """The index is told, and whoever still works on the document."""
    at = now()
    with db.write() as writer:
        writer.execute(
            """UPDATE tasks SET status = 'cancelled', updated_at = ?1, completed_at = ?1
            WHERE document_id = ?2 AND status NOT IN ('completed', 'failed', 'cancelled')""",
            (at, document_id),
        )
        outbox.add(db, "delete_points", {"document_id": document_id})


def not_indexed_in(db: Database, generation: str) -> list[Document]:
    """Current, searchable documents of anybody whose keyword points are not all in this generation, oldest first."""
    return _many(db, "searchable = 1 AND indexed_in IS NOT ?", (generation,), "created_at, rowid")


def not_dense_in(db: Database, fingerprint: str) -> list[Document]:
    """Current, searchable documents of anybody without all dense vectors of this embedding, oldest first."""
    return _many(db, "searchable = 1 AND dense_in IS NOT ?", (fingerprint,), "created_at, rowid")


def purge(db: Database, document_id: str) -> str | None:
    """The rows of a deleted document and all it holds are gone. One that is live or replaced is left alone.

    -> the SHA-256 of its bytes, which may be nobody's now; None when there was nothing to do.
    """
    with db.write() as writer:
        gone = writer.execute(
            "DELETE FROM documents WHERE id = ? AND deleted_at IS NOT NULL RETURNING sha256", (document_id,)
        ).fetchone()
    return None if gone is None else str(gone["sha256"])

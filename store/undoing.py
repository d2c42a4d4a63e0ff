"""A task that its user calls off: its document never was. Only the task's own row stays, to be asked about."""

from __future__ import annotations

from store import outbox, tasks, users
from store.database import Database
from store.ids import now
from store.owner import owned
from store.tasks import Task


def cancel(db: Database, user_id: str, task_id: str) -> Task:
    """Ends the user's own task, in one transaction with all that its document had; one that has ended stays as it is.

    A version that the document had replaced is current again; the index will be filled with it. Raises NotFound.
    """
    with db.write():
        task = tasks.own(db, user_id, task_id)
        if task.is_finished:
            return task
        _undo(db, user_id, task.document_id)
        return tasks.cancel(db, user_id, task_id)


def _undo(db: Database, user_id: str, document_id: str) -> None:
    clause, parameters = owned(user_id)
    with db.write() as writer:
        gone = writer.execute(
            f"""UPDATE documents SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL AND {clause}
            RETURNING owner, name, searchable""",
            (now(), document_id, *parameters),
        ).fetchone()
        if gone is None:
            return
        writer.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
        writer.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
        outbox.add(db, "delete_points", {"document_id": document_id})
        if gone["searchable"]:
            _bring_back(db, gone["owner"], gone["name"])
            users.bump_corpus(db, gone["owner"])


def _bring_back(db: Database, owner: str, name: str) -> None:
    """The newest version that was replaced, unless another of this name, or with its bytes, is there."""
    with db.write() as writer:
        writer.execute(
            """UPDATE documents SET replaced_at = NULL, indexed_in = NULL, dense_in = NULL WHERE id = (
                SELECT id FROM documents WHERE owner = ?1 AND name = ?2 AND deleted_at IS NULL
                    AND replaced_at IS NOT NULL AND searchable = 1 ORDER BY version DESC LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.owner = ?1 AND d.deleted_at IS NULL
                AND d.replaced_at IS NULL AND ((d.name = ?2 AND d.searchable = 1) OR d.sha256 = documents.sha256))""",
            (owner, name),
        )

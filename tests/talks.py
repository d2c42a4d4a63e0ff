"""Conversations as rows, written without any turn running: what tests of the store start from."""

from __future__ import annotations

from typing import Any

from store import messages, turns
from store.database import Database
from store.turns import Turn

ANN, BOB = "u_ann", "u_bob"


def exchange(
    database: Database, question: str = "One?", answer: str = "First.", user_id: str = ANN, **more: Any
) -> Turn:
    """A question that has been answered, in a new conversation unless `conversation_id` or `replaces` says where."""
    more = {"conversation_id": None, "asking": {"question": question}, **more}
    turn, _ = turns.start(database, user_id, question=question, **more)
    messages.update(database, turn.message_id, text=answer, status="complete")
    turns.finish(database, turn.id, "done")
    return turns.load(database, turn.id)


def check_search_index(database: Database) -> None:
    """Raises sqlite3.DatabaseError when the full-text tables are not in step with the rows."""
    with database.write() as writer:
        for table in ("titles_found", "texts_found"):
            writer.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")

"""What was said before a question: the branch that leads to it, whatever is on show meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from rag.model import Exchange
from store import messages
from store.database import Database
from store.turns import Turn


def exchanges_before(db: Database, turn: Turn, limit: int) -> Sequence[Exchange]:
    """The last `limit` questions before this one that have an answer, oldest first."""
    found: list[Exchange] = []
    question = ""
    for message in messages.path(db, turn.owner, turn.question_id)[:-1]:
        if message.role == "user":
            question = message.text
        elif message.text:
            found.append(Exchange(question, message.query or question, message.text))
    return found[-limit:]

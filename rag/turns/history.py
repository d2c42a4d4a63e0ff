"""What was said before a question: the branch that leads to it, whatever is on show meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.model import Exchange
from store import messages
from store.database import Database
from store.messages import Message
from store.turns import Turn


def exchanges_before(db: Database, turn: Turn, limit: int) -> Sequence[Exchange]:
    """The last `limit` questions before this one that have an answer, oldest first."""
    most = 4 * limit + 1  # usually more than enough: a long conversation need not be read to its beginning
    while True:
        above = messages.path(db, turn.owner, turn.question_id, most)
        found = list(_exchanges(above[:-1]))
        # One more than wanted: the first answer may have lost its question.
        if len(found) > limit or len(above) < most:
            return found[-limit:]
        most *= 4


def _exchanges(above: Sequence[Message]) -> Iterator[Exchange]:
    question = ""
    for message in above:
        if message.role == "user":
            question = message.text
        elif message.text:
            yield Exchange(question, message.query or question, message.text)

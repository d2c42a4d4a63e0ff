"""Versions of messages: those with the same parent. A new answer or an edited question stands beside the old one."""

from __future__ import annotations

from collections import defaultdict

from store import conversations, messages
from store.conversations import Conversation
from store.database import Database
from store.errors import NotFound
from store.messages import Message

_Children = dict[str | None, list[str]]


def of_branch(db: Database, user_id: str, conversation_id: str) -> dict[str, tuple[str, ...]]:
    """message id -> the ids of all its versions, oldest first, for each message of the branch on show.

    Empty for an empty or a foreign conversation.
    """
    shown = messages.branch(db, user_id, conversation_id)
    children = _children(db, conversation_id) if shown else {}
    return {message.id: tuple(children[message.parent_id]) for message in shown}


def show(db: Database, user_id: str, message_id: str) -> Conversation:
    """This version is on show from now on, with the newest of what followed it; the conversation goes on from there.

    Raises NotFound.
    """
    with db.write():
        message = messages.get(db, user_id, message_id)
        children = _children(db, message.conversation_id)
        leaf = message_id
        while leaf in children:
            leaf = children[leaf][-1]
        conversations.show(db, user_id, message.conversation_id, leaf)
        return conversations.get(db, user_id, message.conversation_id)


def newest_answer(db: Database, user_id: str, question_id: str) -> Message:
    """The last answer that was begun to a question. Raises NotFound, also for a message that nothing answers."""
    question = messages.get(db, user_id, question_id)
    answers = _children(db, question.conversation_id).get(question_id, [])
    if not answers or question.role != "user":
        raise NotFound(question_id)
    return messages.get(db, user_id, answers[-1])


def _children(db: Database, conversation_id: str) -> _Children:
    """parent id (None: at the beginning) -> its messages, oldest first. Unscoped: the caller has looked."""
    with db.read() as reader:
        rows = reader.execute(
            "SELECT id, parent_id FROM messages WHERE conversation_id = ? ORDER BY number", (conversation_id,)
        ).fetchall()
    children: _Children = defaultdict(list)
    for row in rows:
        children[row["parent_id"]].append(row["id"])
    return dict(children)

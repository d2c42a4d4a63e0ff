"""The answer that is being written, as far as it is: its message is stored when it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.app import App
from rag.events import Answer, advance
from rag.turns.rows import columns_of
from store.messages import Message
from store.turns import Turn


def with_so_far(app: App, user: str, messages: Sequence[Message], turn: Turn) -> list[Message]:
    """The messages; the one that `turn` writes with the text, the sources and the status its log has by now."""
    return [_so_far(app, user, each, turn) if each.id == turn.message_id else each for each in messages]


def _so_far(app: App, user: str, message: Message, turn: Turn) -> Message:
    tail, answer = app.tail(user, turn.id), Answer(status="queued")
    while events := tail.read():
        for logged in events:
            answer = advance(answer, logged)
    return message if answer.is_finished else replace(message, **columns_of(turn, answer))

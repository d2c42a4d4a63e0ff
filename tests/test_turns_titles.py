"""Titles by a model, and the trash, in the background."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from rag.answer.models import ChatMessage, ChatModel, TextPiece, Usage
from rag.errors import ModelError
from rag.events import Token
from rag.model import Asking
from rag.turns import Turns
from rag.turns.titles import Titles, clean_title
from rag.turns.trash import Trash
from store import conversations, states
from store.database import Database
from store.errors import NotFound
from store.turns import Turn
from tests.conftest import wait_until
from tests.script import Script, events_of
from tests.talks import ANN, exchange


class Namer(ChatModel):
    """Replies with `reply` once `go` is set; raises it if it is an error."""

    def __init__(self, reply: str | ModelError) -> None:
        self.reply = reply
        self.go = threading.Event()
        self.go.set()
        self.asked: list[str] = []

    def complete(self, messages: Sequence[ChatMessage], stop: threading.Event, timeout_s: float) -> str:
        reply = self.reply
        self.asked.append(messages[-1].content)
        assert self.go.wait(timeout_s)
        if isinstance(reply, ModelError):
            raise reply
        return reply

    def stream(
        self, messages: Sequence[ChatMessage], stop: threading.Event
    ) -> Generator[TextPiece | Usage, None, None]:
        raise AssertionError("titles are not streamed")

    def close(self) -> None:
        self.go.set()


@contextmanager
def _running(database: Database, script: Script, namer: Namer | None) -> Iterator[Turns]:
    with (
        closing(Titles(database, lambda name: namer)) as titles,
        closing(Turns(database, script, on_ended=titles.offer)) as made,
    ):
        yield made


def _answered(turns: Turns, script: Script, question: str, conversation_id: str | None = None) -> Turn:
    script.put(question, Token("It rose."))
    script.end(question)
    turn = turns.start(ANN, Asking(question, conversation_id))
    events_of(turns, turn)
    return turn


def _title(database: Database, turn: Turn) -> str:
    return conversations.get(database, ANN, turn.conversation_id).title


def test_a_conversation_is_named_after_its_first_answer(database: Database, script: Script) -> None:
    namer = Namer('**Title: "Revenue of Halden"**.')
    with _running(database, script, namer) as turns:
        turn = _answered(turns, script, "How much did they earn?")
        wait_until(lambda: _title(database, turn) == "Revenue of Halden")
        assert namer.asked == ["Question: How much did they earn?\n\nAnswer: It rose."]
        namer.reply = "Another"
        _answered(turns, script, "And then?", turn.conversation_id)
        other = _answered(turns, script, "New?")
        wait_until(lambda: _title(database, other) == "Another")
        assert _title(database, turn) == "Revenue of Halden"
        assert len(namer.asked) == 2


def test_a_name_given_meanwhile_stays(database: Database, script: Script) -> None:
    namer = Namer("Late")
    namer.go.clear()
    with _running(database, script, namer) as turns:
        turn = _answered(turns, script, "Q?")
        wait_until(lambda: namer.asked)
        conversations.rename(database, ANN, turn.conversation_id, "Mine")
        namer.go.set()
        second = _answered(turns, script, "Second?")
        wait_until(lambda: _title(database, second) == "Late")
        assert _title(database, turn) == "Mine"


@pytest.mark.parametrize("reply", [ModelError("model_timeout", "Too slow."), "", "word " * 60])
def test_without_a_title_the_question_stays(database: Database, script: Script, reply: str | ModelError) -> None:
    namer = Namer(reply)
    with _running(database, script, namer) as turns:
        first = _answered(turns, script, "First?")
        wait_until(lambda: namer.asked)
        namer.reply = "Second"
        second = _answered(turns, script, "Second question?")
        wait_until(lambda: _title(database, second) == "Second")
        assert _title(database, first) == "First?"
    with _running(database, script, None) as turns:
        assert _title(database, _answered(turns, script, "Third?")) == "Third?"


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("Revenue 2022", "Revenue 2022"),
        ("\n# “Umsatz”.\nmore", "Umsatz"),
        ("Titel: Umsatz", "Umsatz"),
        ("a\u202eb\x00c", "abc"),
        ("x" * 121, ""),
        ("word " * 20, "word word word word word word word word word word word…"),
        ("", ""),
    ],
)
def test_titles_are_cleaned(reply: str, title: str) -> None:
    assert clean_title(reply) == title


def test_the_trash_is_emptied_at_start_and_again(database: Database) -> None:
    first = exchange(database).conversation_id
    states.trash(database, ANN, first)
    with closing(Trash(database, keep=timedelta(seconds=-1), every_s=0.01)):
        _wait_gone(database, first)
        second = exchange(database).conversation_id
        states.trash(database, ANN, second)
        _wait_gone(database, second)
    third = exchange(database).conversation_id
    states.trash(database, ANN, third)
    with closing(Trash(database)):
        pass
    assert conversations.get(database, ANN, third).state == "trash"


def _wait_gone(database: Database, conversation_id: str) -> None:
    def gone() -> bool:
        try:
            conversations.get(database, ANN, conversation_id)
        except NotFound:
            return True
        return False

    wait_until(gone)

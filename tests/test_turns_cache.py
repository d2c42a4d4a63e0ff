"""Answers that were given before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from rag.events import Cited, Done, Event, Sources, Step, Token
from rag.model import Asking, Exchange
from rag.turns import Turns, asking_of
from rag.turns.cache import KEEP, LABEL, cached, key_of, normalised
from rag.turns.history import exchanges_before
from store import messages, states, users
from store import turns as rows
from store.database import Database
from store.turns import Turn
from tests.conftest import soonest
from tests.script import events_of

_QUESTION = Asking("What was the revenue?")


class Answerer:
    """Answers every question with the number of answers it has written."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.written = 0
        self.keep = KEEP

    def __call__(self, turn: Turn, stop: object) -> Iterator[Event]:
        asking = asking_of(turn)
        key = key_of(
            asking,
            user_id=turn.owner,
            corpus_version=users.corpus_version(self.database, turn.owner),
            model=asking.model or "default",
            setup=(),
            history=exchanges_before(self.database, turn, 6),
        )
        return cached(self.database, turn, key, lambda: self.fresh(turn), use=asking.use_cache, keep=self.keep)

    def fresh(self, turn: Turn) -> Iterator[Event]:
        self.written += 1
        yield Step("condense", "started", "Preparing search query")
        yield Step("condense", "finished", "Preparing search query", "the query", 7.0)
        yield Sources(({"number": 1, "text": "Revenue rose."},))
        yield Token(f"Answer {self.written} ")
        yield Token("[1]")
        yield Cited({"number": 1, "quote": "Revenue rose.", "offset": 9})
        yield Done(turn.message_id, "m", {"total_tokens": 9}, {"total_ms": 900.0})


@pytest.fixture
def answerer(database: Database) -> Answerer:
    return Answerer(database)


@pytest.fixture
def turns(database: Database, answerer: Answerer) -> Iterator[Turns]:
    with closing(Turns(database, answerer)) as made:
        yield made


def _text(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def _ask(turns: Turns, asking: Asking = _QUESTION, user_id: str = "u_ann") -> str:
    """The answer's text."""
    return _text(events_of(turns, turns.start(user_id, asking)))


def test_the_same_question_is_answered_from_the_cache_and_says_so(database: Database, turns: Turns) -> None:
    first = turns.start("u_ann", _QUESTION)
    fresh = events_of(turns, first)
    asked: list[Turn] = []

    def ask_again() -> float:
        begun = monotonic()
        asked.append(turns.start("u_ann", replace(_QUESTION, question="  What was \n the revenue? ")))
        arrived = next(each for each in turns.follow(asked[-1].id) if each and isinstance(each.event, Token))
        assert arrived.seq > 2
        return monotonic() - begun

    soonest(ask_again, 0.25)  # 0.01 s on an idle machine
    again = asked[-1]
    events = events_of(turns, again)
    step = events[1]
    ended = _ended_at(database, first)
    assert isinstance(step, Step)
    assert (step.name, step.label, step.detail) == ("cache", LABEL, f"made {ended}")
    same = (Sources, Token, Cited)
    assert [e for e in events if isinstance(e, Sources | Cited)] == [e for e in fresh if isinstance(e, Sources | Cited)]
    assert _text(events) == _text(fresh)
    assert [type(e) for e in events if isinstance(e, same)][:2] == [Sources, Token]
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.cached, done.message_id, done.model, done.usage) == (True, again.message_id, "m", {"total_tokens": 0})
    message = messages.get(database, "u_ann", again.message_id)
    assert (message.cached, message.query, message.text) == (True, "the query", _text(fresh))
    assert [step["elapsed_ms"] for step in message.steps if step["name"] != "cache"] == [0.0]


def _ended_at(database: Database, turn: Turn) -> str | None:
    return rows.load(database, turn.id).ended_at


def test_whatever_an_answer_depends_on_makes_another(database: Database, turns: Turns, answerer: Answerer) -> None:
    assert _ask(turns) == _ask(turns) == "Answer 1 [1]"
    different = (
        replace(_QUESTION, question="What was the Revenue?"),
        replace(_QUESTION, model="other"),
        replace(_QUESTION, search_mode="keyword"),
        replace(_QUESTION, passages=3),
        replace(_QUESTION, documents=("doc_1",)),
        replace(_QUESTION, settings={"temperature": 1}),
    )
    texts = [_ask(turns, asking) for asking in different]
    assert len({*texts, "Answer 1 [1]"}) == len(different) + 1
    assert _ask(turns, user_id="u_bob") not in texts
    written = answerer.written
    users.bump_corpus(database, "u_ann")
    assert _ask(turns) == f"Answer {written + 1} [1]"
    users.bump_corpus(database, "shared")
    assert _ask(turns) == f"Answer {written + 2} [1]"
    assert _ask(turns) == f"Answer {written + 2} [1]"


def test_what_was_said_before_is_part_of_the_key(turns: Turns, answerer: Answerer) -> None:
    first = turns.start("u_ann", Asking("One?"))
    events_of(turns, first)
    follow_up = Asking("And then?", conversation_id=first.conversation_id)
    assert _ask(turns, follow_up) == "Answer 2 [1]"
    assert _ask(turns, Asking("And then?")) == "Answer 3 [1]"
    second = turns.start("u_ann", Asking("One?"))
    events_of(turns, second)
    assert answerer.written == 3
    assert _ask(turns, Asking("And then?", conversation_id=second.conversation_id)) == "Answer 2 [1]"


def test_asking_without_the_cache_makes_the_answer_that_is_found_next(turns: Turns) -> None:
    assert _ask(turns) == "Answer 1 [1]"
    assert _ask(turns, replace(_QUESTION, use_cache=False)) == "Answer 2 [1]"
    assert _ask(turns) == "Answer 2 [1]"


def test_an_answer_is_found_for_an_hour(turns: Turns, answerer: Answerer) -> None:
    assert timedelta(hours=1) == KEEP
    assert _ask(turns) == "Answer 1 [1]"
    answerer.keep = timedelta(seconds=-1)
    assert _ask(turns) == "Answer 2 [1]"


def test_only_what_was_done_is_found_and_only_while_it_is_there(database: Database, answerer: Answerer) -> None:
    def broken(turn: Turn, stop: object) -> Iterator[Event]:
        yield from (event for event in answerer(turn, stop) if not isinstance(event, Done))

    with closing(Turns(database, broken)) as turns:
        _ask(turns)
    with closing(Turns(database, answerer)) as turns:
        turn = turns.start("u_ann", _QUESTION)
        assert _text(events_of(turns, turn)) == "Answer 2 [1]"
        states.trash(database, "u_ann", turn.conversation_id)
        states.delete(database, "u_ann", turn.conversation_id)
        assert _ask(turns) == "Answer 3 [1]"


def test_keys() -> None:
    def key(asking: Asking = _QUESTION, *, history: Sequence[Exchange] = (), **more: object) -> str:
        values = {"user_id": "u", "corpus_version": 1, "model": "m", "setup": (), **more}
        return key_of(asking, history=history, **values)  # type: ignore[arg-type]  # the test's own values

    assert key() == key() == key(replace(_QUESTION, client_key="k", conversation_id="c", use_cache=False))
    assert key(replace(_QUESTION, documents=("a", "b"))) == key(replace(_QUESTION, documents=("b", "a", "a")))
    others = [
        key(user_id="v"), key(corpus_version=2), key(model="n"), key(setup=("x",)),
        key(history=[Exchange("q", "q", "a")]), key(history=[Exchange("q", "q", "b")]),
    ]  # fmt: skip
    assert len({*others, key()}) == 7
    assert normalised(" e\u0301\t x ") == "\u00e9 x"

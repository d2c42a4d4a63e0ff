"""How a turn runs, and how it is followed."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from itertools import islice

import pytest

from rag.errors import RequestError
from rag.events import (
    Cited,
    Done,
    Event,
    Logged,
    Queued,
    Sources,
    Step,
    Stopped,
    Token,
    fold,
)
from rag.model import Asking
from rag.turns import Turns, asking_of
from store import messages, turns
from store.database import Database
from store.ids import now
from store.turns import EventRow
from tests.script import Script, ask, events_of, log_of

_SOURCES = Sources(({"number": 1, "text": "Revenue rose."},))
_CITED = Cited({"number": 1, "quote": "Revenue rose.", "status": "verified", "offset": 4})


def test_an_answer_from_its_question_to_its_message(database: Database, script: Script, runner: Turns) -> None:
    steps = (
        Step("condense", "started", "Preparing search query"),
        Step("condense", "finished", "Preparing search query", "revenue 2023", 1.5),
    )
    script.put("Q?", *steps, _SOURCES, Token("It rose "), Token("[1]"), _CITED, Token("."))
    script.end("Q?")
    turn = ask(runner, "Q?")
    log = log_of(runner, turn)

    assert [logged.seq for logged in log] == list(range(1, len(log) + 1))
    assert {logged.turn_id for logged in log} == {turn.id}
    assert log[0].event == Queued(turn.conversation_id, turn.message_id, 0, 0.0)
    assert [logged.event for logged in log[1:4]] == [*steps, _SOURCES]
    assert log[-1].event == Done(turn.message_id, "scripted", {"total_tokens": 3}, {"total": 1.0})
    assert [logged.is_terminal for logged in log].count(True) == 1
    answer, message = fold(log), messages.get(database, "u_ann", turn.message_id)
    assert (message.text, message.status, message.query, message.model) == (
        "It rose [1].", "complete", "revenue 2023", "scripted",
    )  # fmt: skip
    assert message.citations == list(answer.citations) == [_CITED.citation]
    assert message.sources == list(answer.sources)
    assert message.steps == [asdict(steps[1])]
    assert (message.usage, message.timings, message.cached) == ({"total_tokens": 3}, {"total": 1.0}, False)
    ended = turns.get(database, "u_ann", turn.id)
    assert ended.status == "done"
    assert ended.started_at is not None
    assert ended.ended_at is not None


def test_every_event_is_on_disk_before_it_is_seen(database: Database, script: Script, runner: Turns) -> None:
    script.put("Q?", _SOURCES, *(Token(f"{n} ") for n in range(200)))
    script.end("Q?")
    with closing(sqlite3.connect(database.path)) as elsewhere:
        for logged in log_of(runner, ask(runner, "Q?")):
            stored = elsewhere.execute("SELECT max(seq) FROM events WHERE turn_id = ?", (logged.turn_id,)).fetchone()[0]
            assert stored >= logged.seq
            if logged.is_terminal:
                statuses = elsewhere.execute(
                    "SELECT t.status, m.status FROM turns t JOIN messages m ON m.id = t.message_id"
                )
                assert statuses.fetchall() == [("done", "complete")]


def test_what_comes_before_work_can_be_read_when_the_work_begins(database: Database) -> None:
    stored: list[list[str]] = []

    def run(turn: turns.Turn, stop: threading.Event) -> Iterator[Event]:
        for event in (Step("search", "started", "Searching"), _SOURCES):
            yield event
            stored.append([row.type for row in turns.events(database, turn.id)])
        yield Done(turn.message_id, "scripted")

    with closing(Turns(database, run)) as runner:
        log_of(runner, ask(runner, "Q?"))
    assert stored == [["queued", "step"], ["queued", "step", "sources"]]


def test_tokens_are_joined_but_the_first_is_not_held_back(script: Script, runner: Turns) -> None:
    turn = ask(runner, "Q?")
    following = runner.follow(turn.id, after=1)
    script.put("Q?", Token("first "))
    first = next(following)
    assert first is not None
    assert (first.seq, first.event) == (2, Token("first "))

    texts = [f"{n} " for n in range(5_000)]
    script.put("Q?", *map(Token, texts))
    script.end("Q?")
    tokens = [logged.event.text for logged in following if logged is not None and isinstance(logged.event, Token)]
    assert "".join(tokens) == "".join(texts)
    assert len(tokens) < 500


def test_held_tokens_come_though_the_model_falls_silent(script: Script, runner: Turns) -> None:
    turn = ask(runner, "Q?")
    script.put("Q?", Token("a"), Token("b"), Token("c"))
    text = ""
    for logged in runner.follow(turn.id):
        if logged is not None and isinstance(logged.event, Token):
            text += logged.event.text
        if text == "abc":
            break
    assert script.ended == []


def test_what_was_asked_comes_back(runner: Turns, script: Script) -> None:
    asking = Asking("Q?", model="m", documents=("doc_1", "doc_2"), passages=3, client_key="k", settings={"a": 1})
    script.end("Q?")
    assert asking_of(runner.start("u_ann", asking)) == asking


def test_the_same_client_key_is_one_turn_and_runs_once(script: Script, runner: Turns) -> None:
    def click(_: int) -> str:
        return runner.start("u_ann", Asking("Q?", client_key="k")).id

    with ThreadPoolExecutor(8) as clicks:
        started = list(clicks.map(click, range(8)))
    assert len(set(started)) == 1
    script.end("Q?")
    assert sum(1 for _ in runner.follow(started[0])) == 2
    assert script.begun == ["Q?"]
    assert click(9) == started[0]


def test_one_active_turn_in_a_conversation(script: Script, runner: Turns) -> None:
    turn = ask(runner, "One?")
    again = Asking("Two?", conversation_id=turn.conversation_id)
    with pytest.raises(RequestError) as refused:
        runner.start("u_ann", again)
    assert refused.value.code == "conflict"
    runner.stop(turn.id)
    script.end("Two?")
    assert isinstance(events_of(runner, runner.start("u_ann", again))[-1], Done)


def test_other_peoples_conversations_do_not_exist(runner: Turns) -> None:
    turn = ask(runner, "One?")
    with pytest.raises(RequestError) as refused:
        runner.start("u_bob", Asking("Two?", conversation_id=turn.conversation_id))
    assert refused.value.code == "not_found"
    with pytest.raises(RequestError) as refused:
        next(runner.follow("turn_none"))
    assert refused.value.code == "not_found"


def test_heartbeats_come_in_silence_and_leaving_changes_nothing(script: Script, runner: Turns) -> None:
    turn = ask(runner, "Q?")
    with closing(runner.follow(turn.id, heartbeat_s=0.01)) as following:
        assert next(following) is not None
        assert [next(following), next(following)] == [None, None]
    script.end("Q?")
    assert isinstance(events_of(runner, turn)[-1], Done)


def test_following_from_past_the_end_ends(script: Script, runner: Turns) -> None:
    script.end("Q?")
    turn = ask(runner, "Q?")
    log = log_of(runner, turn)
    assert log_of(runner, turn, after=log[-1].seq) == []
    assert log_of(runner, turn, after=99) == []
    assert log_of(runner, turn, after=1) == log[1:]


def test_a_turn_that_another_process_writes_can_be_followed(database: Database, runner: Turns) -> None:
    turn, _ = turns.start(database, "u_ann", conversation_id=None, question="Q?", asking={})
    following = runner.follow(turn.id)
    assert next(following) is not None
    turns.append(database, [EventRow(turn.id, 2, "token", now(), {"text": "hi"})])
    assert [logged.event for logged in islice(following, 1) if logged is not None] == [Token("hi")]
    with database.write():
        turns.append(database, [EventRow(turn.id, 3, "stopped", now(), {"message_id": turn.message_id})])
        turns.finish(database, turn.id, "stopped")
    assert [logged.event for logged in following if logged is not None] == [Stopped(turn.message_id)]


def test_whoever_leaves_and_comes_back_misses_nothing_and_sees_nothing_twice(script: Script, runner: Turns) -> None:
    turn = ask(runner, "Q?")
    texts = [random.Random(7).choice(["a", "bé ", "€\n", "🙂"]) + str(n) for n in range(400)]

    def come_and_go(seed: int) -> str:
        chance, seen = random.Random(seed), [Logged(turn.id, 0, "", Token(""))]
        while not seen[-1].is_terminal:
            with closing(runner.follow(turn.id, seen[-1].seq)) as following:
                for logged in islice(following, chance.randint(1, 4)):
                    assert logged is not None
                    assert logged.seq == seen[-1].seq + 1
                    seen.append(logged)
        return fold(seen).text

    with ThreadPoolExecutor(8) as followers:
        folds = [followers.submit(come_and_go, seed) for seed in range(8)]
        for text in texts:
            script.put("Q?", Token(text), Step("generate", "started", "Generating answer"))
        script.end("Q?")
        assert {done.result() for done in folds} == {"".join(texts)}

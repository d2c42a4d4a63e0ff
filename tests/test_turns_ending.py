"""How a turn ends: stopped, failed, shut down; and that it ends once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict

import pytest

from rag.errors import InternalError, ModelError
from rag.events import (
    Done,
    Failed,
    Interrupted,
    Stopped,
    Token,
    fold,
)
from rag.turns import Turns
from store import messages, turns
from store.database import Database
from tests.conftest import wait_until
from tests.script import Script, ask, events_of, log_of, text_on_disk


def test_stop_keeps_the_text_so_far_and_the_place_is_free(database: Database, script: Script, runner: Turns) -> None:
    turn = ask(runner, "Q?")
    script.put("Q?", Token("so "), Token("far"))
    wait_until(lambda: text_on_disk(database, turn) == "so far")
    runner.stop(turn.id)
    assert turns.get(database, "u_ann", turn.id).status == "stopped"
    message = messages.get(database, "u_ann", turn.message_id)
    assert (message.text, message.status) == ("so far", "stopped")
    script.put("Q?", Token("too late"))
    runner.stop(turn.id)
    log = log_of(runner, turn)
    assert [logged.event.type for logged in log].count("stopped") == 1
    assert fold(log).text == "so far"
    wait_until(lambda: script.ended == ["Q?"])
    wait_until(lambda: runner.counts() == (0, 0))


def test_stop_does_not_wait_for_a_model_that_hangs(database: Database, script: Script) -> None:
    script.deaf |= {"deaf 1", "deaf 2"}
    with closing(Turns(database, script, max_turns=2, grace_s=0.1)) as runner:
        hanging = [ask(runner, "deaf 1"), ask(runner, "deaf 2")]
        next_one = ask(runner, "Q?", "u_bob")
        wait_until(lambda: len(script.begun) == 2)
        for turn in hanging:
            runner.stop(turn.id)
            assert events_of(runner, turn)[-1] == Stopped(turn.message_id)
        script.end("Q?")
        assert isinstance(events_of(runner, next_one)[-1], Done)
        assert script.ended == ["Q?"]
        script.put("deaf 1", Token("late"), Token("later"))
        wait_until(lambda: "deaf 1" in script.ended)
        assert events_of(runner, hanging[0])[-1] == Stopped(hanging[0].message_id)
        wait_until(lambda: runner.counts() == (0, 0))


def test_stopping_what_has_ended_or_never_was_does_nothing(script: Script, runner: Turns) -> None:
    script.end("Q?")
    turn = ask(runner, "Q?")
    before = log_of(runner, turn)
    runner.stop(turn.id)
    runner.stop("turn_none")
    assert log_of(runner, turn) == before


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (ModelError("model_timeout", "The model was too slow."), "model_timeout", True),
        (ZeroDivisionError("a secret"), "internal_error", True),
    ],
)
def test_a_failure_keeps_the_text_so_far(
    database: Database, script: Script, runner: Turns, error: Exception, code: str, retryable: bool
) -> None:
    script.put("Q?", Token("so far"), error)
    turn = ask(runner, "Q?")
    failed = events_of(runner, turn)[-1]
    assert isinstance(failed, Failed)
    assert (failed.error_code, failed.retryable) == (code, retryable)
    assert "secret" not in failed.message
    message = messages.get(database, "u_ann", turn.message_id)
    assert (message.text, message.status, message.error) == ("so far", "error", asdict(failed))
    assert turns.get(database, "u_ann", turn.id).status == "error"


def test_an_answer_that_ends_without_an_end_is_our_fault(database: Database) -> None:
    with closing(Turns(database, lambda turn, stop: iter([Token("so far")]))) as runner:
        failed = events_of(runner, ask(runner, "Q?"))[-1]
        assert isinstance(failed, Failed)
        assert failed.error_code == "internal_error"


def test_nothing_comes_after_the_end(script: Script, runner: Turns) -> None:
    failed = Failed("model_error", "It broke off.")
    script.put("Q?", Token("a"), failed, Token("b"))
    assert events_of(runner, ask(runner, "Q?"))[-2:] == [Token("a"), failed]


def test_closing_interrupts_what_runs_and_what_waits(database: Database, script: Script) -> None:
    script.deaf.add("deaf")
    runner = Turns(database, script, max_turns=2, grace_s=0.2)
    script.put("A1", Token("so far"))
    started = [ask(runner, question) for question in ("A1", "deaf", "A3")]
    wait_until(lambda: turns.events(database, started[0].id)[-1].type == "token")
    with ThreadPoolExecutor(3) as followers:
        logs = [followers.submit(events_of, runner, turn) for turn in started]
        runner.close()
        assert [log.result()[-1] for log in logs] == [Interrupted(turn.message_id) for turn in started]
    assert messages.get(database, "u_ann", started[0].message_id).text == "so far"
    assert turns.unfinished(database) == []
    with pytest.raises(InternalError):
        ask(runner, "too late")
    runner.close()

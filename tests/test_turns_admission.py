"""Who may run, who waits, and what they are told meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from operator import contains

import pytest

from rag.errors import RequestError
from rag.events import (
    Done,
    Failed,
    Queued,
    Stopped,
)
from rag.turns import Turns
from store import turns
from store.database import Database
from store.turns import Turn
from tests.conftest import wait_until
from tests.script import Script, ask, events_of


@pytest.fixture
def runner(database: Database, script: Script) -> Iterator[Turns]:
    with closing(Turns(database, script, max_turns=2)) as made:
        yield made


def test_no_more_run_than_may_and_the_others_take_turns(script: Script, runner: Turns) -> None:
    running = [ask(runner, "A1"), ask(runner, "A2")]
    waiting = {name: ask(runner, name, f"u_{name[0]}") for name in ("A3", "A4", "B1", "C1")}
    assert runner.counts() == (2, 4)

    for ending, next_one in (("A1", "A3"), ("A3", "B1"), ("B1", "C1"), ("C1", "A4")):
        assert next_one not in script.begun
        script.end(ending)
        wait_until(partial(contains, script.begun, next_one))
        assert runner.counts()[0] == 2
    script.end("A2")
    script.end("A4")
    for turn in (*running, *waiting.values()):
        assert isinstance(events_of(runner, turn)[-1], Done)
    assert _places(runner, waiting["A4"]) == [2, 3, 4, 3, 2, 1, 0]
    wait_until(lambda: runner.counts() == (0, 0))


def _places(runner: Turns, turn: Turn) -> list[int]:
    return [event.position for event in events_of(runner, turn) if isinstance(event, Queued)]


def test_a_waiting_turn_tells_its_place_and_how_long(script: Script, runner: Turns) -> None:
    for question in ("A1", "A2"):
        ask(runner, question)
    waiting = ask(runner, "B1", "u_bob")
    last = ask(runner, "C1", "u_cid")
    runner.stop(waiting.id)
    script.end("A1")
    script.end("C1")
    told = [event for event in events_of(runner, last) if isinstance(event, Queued)]
    assert [event.position for event in told] == [2, 1, 0]
    assert told[0].eta_s > told[1].eta_s > told[2].eta_s == 0.0
    assert events_of(runner, waiting)[-1] == Stopped(waiting.message_id)
    assert "B1" not in script.begun


def test_a_wait_that_is_too_long_ends(database: Database, script: Script) -> None:
    with closing(Turns(database, script, max_turns=1, queue_timeout_s=0.1)) as runner:
        running = ask(runner, "A1")
        failed = events_of(runner, ask(runner, "B1", "u_bob"))[-1]
        assert isinstance(failed, Failed)
        assert (failed.error_code, failed.retryable) == ("queue_timeout", True)
        script.end("A1")
        assert isinstance(events_of(runner, running)[-1], Done)
        assert script.begun == ["A1"]


def test_the_queue_is_bounded(database: Database, script: Script) -> None:
    with closing(Turns(database, script, max_turns=1, max_queued=2)) as runner:
        for number in range(3):
            ask(runner, f"Q{number}")
        with pytest.raises(RequestError) as refused:
            ask(runner, "one too many")
        assert refused.value.code == "rate_limited"
        assert len(turns.unfinished(database)) == 3


def test_many_turns_leave_no_threads_behind(database: Database, script: Script) -> None:
    before = threading.active_count()
    with closing(Turns(database, script, max_turns=8, max_queued=1_000)) as runner:
        started = []
        for number in range(200):
            script.end(str(number))
            started.append(ask(runner, str(number), f"u_{number % 5}"))
        assert all(isinstance(events_of(runner, turn)[-1], Done) for turn in started)
    wait_until(lambda: threading.active_count() <= before)

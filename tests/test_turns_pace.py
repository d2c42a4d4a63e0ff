"""Estimates of a wait, and what live followers get from memory."""

from __future__ import annotations

from contextlib import closing

from rag.events import Cited, Queued, Sources, Step, Token
from rag.turns import Turns
from rag.turns.pace import Pace
from store.database import Database
from tests.script import Script, ask, log_of


def test_an_estimate_counts_down_to_the_next_place_and_learns() -> None:
    pace = Pace(places=2, moment=100.0)
    assert [pace.eta_s(position, 100.0) for position in range(3)] == [0.0, 5.0, 10.0]
    assert [pace.eta_s(2, moment) for moment in (102.0, 105.0, 200.0)] == [8.0, 5.0, 5.0]
    assert pace.eta_s(1, 200.0) == 0.0
    pace.left(took_s=2.0, moment=200.0)
    assert pace.eta_s(1, 200.0) == 4.2


def test_who_waits_sees_the_estimate_change(database: Database, script: Script) -> None:
    with closing(Turns(database, script, max_turns=1, estimate_every_s=0.05)) as runner:
        ask(runner, "A1")
        waiting = ask(runner, "B1", "u_bob")
        told: list[Queued] = []
        with closing(runner.follow(waiting.id)) as events:
            while len(told) < 3:
                logged = next(events)
                assert logged is not None
                assert isinstance(logged.event, Queued)
                told.append(logged.event)
        assert [event.position for event in told] == [1, 1, 1]
        assert told[0].eta_s > told[1].eta_s > told[2].eta_s
        for question in ("A1", "B1"):
            script.end(question)
        log_of(runner, waiting)


def test_live_followers_get_what_is_stored(script: Script, runner: Turns) -> None:
    script.put(
        "Q?",
        Sources(({"boxes": ((0.1, 0.2), (0.3, 0.4)), "text": "half a pair: \ud83d"},)),
        Cited({"boxes": ((0.5, 0.5),), 1: "a number as a name"}),  # type: ignore[dict-item]  # JSON makes it text
        Step("generate", "started", "Generating \udc00 answer"),
        *(Token(f"\ud83d{number}") for number in range(600)),
    )
    turn = ask(runner, "Q?")
    with closing(runner.follow(turn.id)) as events:
        live = [next(events) for _ in range(4)]
        script.end("Q?")
        live += list(events)
    assert live == log_of(runner, turn)
    assert live[1:] == log_of(runner, turn, after=1)

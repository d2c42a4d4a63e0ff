"""A thousand disconnects and resumes, by a seeded schedule: every follower's text is the model's, byte for byte."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from rag.events import Logged, Step, Token, fold
from rag.model import Asking
from rag.turns import Turns
from rag.turns.following import follow
from rag.turns.log import Log
from store.database import Database
from store.turns import Turn
from tests.script import Script

_FOLLOWERS, _TURNS, _LEAVES = 6, 3, 60
_ALPHABET = ["a", " ", "\n", "é", "漢字", "🙂", "\u200d", "[1]", "\x00", "\t", "e\u0301", "<b>", "€"]
Follow = Callable[[int], Generator[Logged | None, None, None]]


@dataclass(slots=True)
class _Follower:
    """Comes and goes by `chance`: sees some events, leaves, comes back; sometimes begins again from the beginning."""

    follow: Follow
    chance: random.Random
    leaves: int = 0
    seen: list[Logged] = field(default_factory=list)

    def run(self) -> str:
        while not (self.seen and self.seen[-1].is_terminal):
            if self.leaves and self.chance.random() < 0.02:
                self.seen.clear()
            after = self.seen[-1].seq if self.seen else 0
            with closing(self.follow(after)) as events:
                for logged in islice(events, self.chance.randint(0, 3) if self.leaves < _LEAVES else None):
                    assert logged is not None
                    assert logged.seq == after + 1, "missed or seen twice"
                    after = logged.seq
                    self.seen.append(logged)
            self.leaves += 1
        return fold(self.seen).text


def _texts(seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(_ALPHABET, k=chance.randint(1, 12))) for _ in range(220)]


def _feed(script: Script, question: str, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        script.put(question, Token(text))
        if number % 2:  # tokens that follow each other become one event
            script.put(question, Step("generate", "started", str(number)))
    script.end(question)


def test_a_thousand_disconnects_and_resumes(database: Database, script: Script) -> None:
    with (
        closing(Turns(database, script, max_turns=_TURNS)) as runner,
        closing(Database.open_reader(database.path)) as elsewhere,
        closing(Log(elsewhere, lambda turn_id: None)) as its_log,
        ThreadPoolExecutor(_FOLLOWERS * _TURNS) as pool,
    ):
        followers: dict[str, list[_Follower]] = {}
        for number in range(_TURNS):
            turn = runner.start("u_ann", Asking(f"Q{number}"))
            ways = [_here(runner, turn)] * (_FOLLOWERS - 1) + [_elsewhere(elsewhere, its_log, turn)]
            followers[f"Q{number}"] = [
                _Follower(way, random.Random(f"{number} {at}")) for at, way in enumerate(ways)
            ]  # fmt: skip
        running = {question: [pool.submit(each.run) for each in group] for question, group in followers.items()}
        for number in range(_TURNS):
            _feed(script, f"Q{number}", _texts(number))
        for number in range(_TURNS):
            assert {each.result(60) for each in running[f"Q{number}"]} == {"".join(_texts(number))}
    leaves = sum(each.leaves for group in followers.values() for each in group)
    assert leaves >= 1_000


def _here(runner: Turns, turn: Turn) -> Follow:
    return lambda after: runner.follow(turn.id, after)


def _elsewhere(database: Database, log: Log, turn: Turn) -> Follow:
    """As another process does: it reads the file, and its own log knows nothing of the turn."""
    return lambda after: follow(database, log, threading.Event(), turn.id, after, None)

"""Two processes on one data folder, as they are with an index on a server: their turns, their stops, their deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from rag.events import Done, Event, Token, fold
from rag.model import Asking
from rag.turns import Turns
from store import conversations, turns
from store.database import Database
from store.folder import FolderHeld, hold
from store.turns import Turn
from tests.conftest import wait_until

# Another process: it shares the folder, starts one endless answer, says its id, and goes on until it is killed.
OTHER = """
import sys, threading, time
from pathlib import Path
from rag.events import Token
from rag.model import Asking
from rag.turns import Turns
from store.database import Database
from store.folder import hold

def run(turn, stop):
    yield Token("Half an answer")
    stop.wait()

folder = Path(sys.argv[1])
with hold(folder, shared=True) as seat:
    turns = Turns(Database.open(folder / "folio.db", seat), run)
    print(turns.start("u_ann", Asking("Why?", search_mode="none")).id, flush=True)
    sys.stdin.read()
"""


def scripted(turn: Turn, stop: threading.Event) -> Iterator[Event]:
    yield Token("A whole answer")
    yield Done(turn.message_id, "scripted")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", OTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def mine(tmp_path: Path, other: tuple[subprocess.Popen[str], str]) -> Iterator[tuple[Database, Turns]]:
    """This process on the same folder, after the other one."""
    with ExitStack() as opened:
        seat = opened.enter_context(hold(tmp_path, shared=True))
        db = opened.enter_context(closing(Database.open(tmp_path / "folio.db", seat)))
        yield db, opened.enter_context(closing(Turns(db, scripted)))


def test_a_turn_of_another_process_goes_on_and_is_followed(
    mine: tuple[Database, Turns], other: tuple[subprocess.Popen[str], str]
) -> None:
    db, here = mine
    with closing(here.follow(other[1])) as events:
        seen = [event for event in (next(events), next(events)) if event]
    assert [one.event.type for one in seen] == ["queued", "token"]
    assert not turns.load(db, other[1]).is_finished


def test_a_turn_of_another_process_is_stopped_from_here(
    mine: tuple[Database, Turns], other: tuple[subprocess.Popen[str], str]
) -> None:
    db, here = mine
    with closing(here.follow(other[1])) as events:
        assert next(events)
        assert next(events)
        here.stop(other[1])
        assert turns.load(db, other[1]).status == "stopped"
    with closing(here.follow(other[1])) as events:
        assert fold(one for one in events if one).text == "Half an answer"


def test_a_turn_whose_process_was_killed_is_interrupted_by_those_who_live(
    mine: tuple[Database, Turns], other: tuple[subprocess.Popen[str], str]
) -> None:
    db, here = mine
    with closing(here.follow(other[1])) as events:
        assert next(events)
        assert next(events)
        os.kill(other[0].pid, signal.SIGKILL)
        assert other[0].wait(60)
        last = [one for one in events if one][-1]
    assert last.event.type == "interrupted"
    assert turns.load(db, other[1]).status == "interrupted"


def test_both_write_and_nothing_is_lost(mine: tuple[Database, Turns], other: tuple[subprocess.Popen[str], str]) -> None:
    db, here = mine
    for number in range(20):
        turn = here.start("u_bob", Asking(f"number {number}", search_mode="none"))
        with closing(here.follow(turn.id)) as events:
            assert fold(one for one in events if one).text == "A whole answer"
    assert len(conversations.list_page(db, "u_bob", limit=50)) == 20
    assert len(conversations.list_page(db, "u_ann", limit=50)) == 1


def test_a_shared_folder_cannot_be_had_alone(tmp_path: Path) -> None:
    with hold(tmp_path, shared=True), pytest.raises(FolderHeld), hold(tmp_path):
        pass
    with hold(tmp_path), pytest.raises(FolderHeld), hold(tmp_path, shared=True):
        pass
    with hold(tmp_path, shared=True) as one, hold(tmp_path, shared=True) as two:
        assert one.is_taken(two.id)
        assert not one.is_taken("seat_of_nobody")
    assert not list((tmp_path / "seats").iterdir())


def test_a_follower_here_hears_the_end_that_another_process_writes(
    mine: tuple[Database, Turns], other: tuple[subprocess.Popen[str], str]
) -> None:
    _, here = mine
    found: list[str] = []

    def read() -> None:
        with closing(here.follow(other[1])) as events:
            found.extend(one.event.type for one in events if one)

    reader = threading.Thread(target=read)
    reader.start()
    wait_until(lambda: "token" in found)
    here.stop(other[1])
    reader.join(60)
    assert found[-1] == "stopped"

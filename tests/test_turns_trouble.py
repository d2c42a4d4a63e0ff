"""Turns when something underneath breaks: a full disk, a deleted conversation, a process that dies."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, process_time

import pytest

from rag.errors import RequestError
from rag.events import Done, Event, Failed, Interrupted, Sources, Token, fold
from rag.model import Asking
from rag.turns import Turns
from store import messages, turns
from store.database import Database
from store.ids import now
from store.turns import EventRow, Turn
from tests.conftest import soonest, wait_until
from tests.script import Script, log_of

_MANY_PAGES = 1_000_000


def _last_type(database: Database, turn: Turn) -> str:
    return turns.events(database, turn.id)[-1].type


def _limit_disk(database: Database, pages: int | None = None) -> None:
    with database.write() as writer:
        used = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages or used}")


def test_a_full_disk_ends_the_turn_and_is_stored_when_there_is_space(
    database: Database, script: Script, runner: Turns
) -> None:
    script.put("Q?", Token("so far"))
    turn = runner.start("u_ann", Asking("Q?"))
    wait_until(lambda: _last_type(database, turn) == "token")
    _limit_disk(database)
    script.put("Q?", Sources(({"text": "x" * 100_000},)), Token("never stored"))
    log = log_of(runner, turn)
    assert [logged.seq for logged in log] == list(range(1, len(log) + 1))
    failed = log[-1].event
    assert isinstance(failed, Failed)
    assert (failed.error_code, failed.retryable) == ("storage_full", True)
    assert fold(log).text == "so far"
    wait_until(lambda: script.ended == ["Q?"])

    _limit_disk(database, _MANY_PAGES)
    wait_until(lambda: turns.get(database, "u_ann", turn.id).status == "error")
    assert [logged.event for logged in log_of(runner, turn)] == [logged.event for logged in log]
    assert messages.get(database, "u_ann", turn.message_id).text == "so far"


def test_a_disk_too_full_for_the_end_itself(database: Database, script: Script, runner: Turns) -> None:
    script.put("Q?", Token("so far"))
    turn = runner.start("u_ann", Asking("Q?"))
    wait_until(lambda: _last_type(database, turn) == "token")
    with database.write() as writer:
        writer.execute("CREATE TABLE filler(x BLOB)")
    _limit_disk(database)
    with database.write() as writer:
        writer.execute(
            """CREATE TEMP TRIGGER no_space BEFORE INSERT ON main.events
            BEGIN INSERT INTO filler VALUES (zeroblob(1000000)); END"""
        )
    script.put("Q?", Token("never stored"))
    log = log_of(runner, turn)
    assert isinstance(log[-1].event, Failed)
    assert log[-1].event.error_code == "storage_full"
    assert turns.get(database, "u_ann", turn.id).status == "running"
    assert [logged.event for logged in log_of(runner, turn)] == [logged.event for logged in log]
    assert list(runner.follow(turn.id, after=log[-1].seq)) == []

    with database.write() as writer:  # now there is space
        writer.execute("DROP TRIGGER no_space")
    wait_until(lambda: turns.get(database, "u_ann", turn.id).status == "error")
    assert [logged.event for logged in log_of(runner, turn)] == [logged.event for logged in log]
    script.end("again?")
    again = runner.start("u_ann", Asking("again?", turn.conversation_id))
    assert isinstance(log_of(runner, again)[-1].event, Done)


def test_a_question_on_a_full_disk_is_refused_whole(database: Database, runner: Turns) -> None:
    _limit_disk(database)
    with pytest.raises(RequestError) as refused:
        runner.start("u_ann", Asking("long " * 20_000))
    assert refused.value.code == "storage_full"
    assert turns.unfinished(database) == []


def test_one_turns_trouble_is_not_the_others(
    database: Database, script: Script, runner: Turns, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad, gone = (runner.start(f"u_{name}", Asking(name)) for name in ("good", "bad", "gone"))
    wait_until(lambda: len(script.begun) == 3)
    with caplog.at_level(logging.CRITICAL, logger="rag.turns.log"), database.write() as writer:
        # All three reach the log while this transaction keeps it from writing: they share one commit.
        writer.execute("DELETE FROM conversations WHERE id = ?", (gone.conversation_id,))
        script.put("gone", Token("into nothing"))
        script.put("bad", Sources(({"text": object()},)))
        script.put("good", Token("fine"))
        script.end("good")
        wait_until(lambda: "good" in script.ended)
    ends = {turn.id: [logged.event for logged in log_of(runner, turn)] for turn in (bad, good)}
    assert isinstance(ends[good.id][-1], Done)
    failed = ends[bad.id][-1]
    assert isinstance(failed, Failed)
    assert failed.error_code == "internal_error"
    wait_until(lambda: "gone" in script.ended)
    wait_until(lambda: runner.counts() == (0, 0))
    assert {turn.id for turn in turns.unfinished(database)} == set()


def test_who_follows_a_deleted_conversation_is_told(database: Database, script: Script, runner: Turns) -> None:
    turn = runner.start("u_ann", Asking("Q?"))
    following = runner.follow(turn.id, after=1)
    script.put("Q?", Token("a"))
    assert next(following) is not None
    with database.write() as writer:
        writer.execute("DELETE FROM conversations WHERE id = ?", (turn.conversation_id,))
    script.put("Q?", Token("b"))
    ended = [logged.event for logged in following if logged is not None]
    assert len(ended) == 1
    assert isinstance(ended[0], Failed)
    assert ended[0].error_code == "not_found"
    with pytest.raises(RequestError):
        next(runner.follow(turn.id))


def test_text_that_has_no_utf8_does_not_end_a_turn(database: Database, script: Script, runner: Turns) -> None:
    script.put("Q?", Token("a\ud83d"), Token("b\x00c"))
    script.end("Q?")
    turn = runner.start("u_ann", Asking("Q?"))
    assert fold(log_of(runner, turn)).text == "a\ufffdb\x00c"
    assert messages.get(database, "u_ann", turn.message_id).text == "a\ufffdb\x00c"


def test_what_a_crash_cut_off_ends_at_the_next_start(database: Database, script: Script) -> None:
    cut_off = []
    for number in range(3):
        turn, _ = turns.start(database, "u_ann", conversation_id=None, question=f"Q{number}", asking={})
        rows = [EventRow(turn.id, seq, "token", now(), {"text": f"{seq} "}) for seq in range(2, 2 + number)]
        turns.append(database, rows)
        cut_off.append(turn)
    turns.begin(database, cut_off[1].id)
    with closing(Turns(database, script)) as runner:
        assert turns.unfinished(database) == []
        for turn, text in zip(cut_off, ("", "2 ", "2 3 "), strict=True):
            log = log_of(runner, turn)
            assert log[-1].event == Interrupted(turn.message_id)
            message = messages.get(database, "u_ann", turn.message_id)
            assert (message.text, message.status) == (text, "interrupted")
            assert turns.get(database, "u_ann", turn.id).status == "interrupted"
        assert script.begun == []
        script.end("again?")
        again = runner.start("u_ann", Asking("again?", cut_off[0].conversation_id))
        assert isinstance(log_of(runner, again)[-1].event, Done)


def _count_for_ever(turn: Turn, stop: threading.Event) -> Iterator[Event]:
    number = 0
    while not stop.wait(0.001):
        number += 1
        yield Token(f"{number} ")


def _stream_until_killed(path: Path, told: Connection) -> None:
    runner = Turns(Database.open(path), _count_for_ever)
    turn = runner.start("u_ann", Asking("Q?"))
    for logged in runner.follow(turn.id):
        assert logged is not None
        told.send((turn.id, logged.seq))


@pytest.mark.parametrize("seen", [1, 2, 7])
def test_nothing_that_was_seen_is_lost_when_the_process_is_killed(tmp_path: Path, script: Script, seen: int) -> None:
    path = tmp_path / "folio.db"
    spawn = multiprocessing.get_context("spawn")
    hears, tells = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_stream_until_killed, args=(path, tells))
    child.start()
    tells.close()
    acknowledged = [hears.recv() for _ in range(seen)]
    child.kill()
    child.join()
    with hears:
        while hears.poll():
            try:
                acknowledged.append(hears.recv())
            except EOFError:
                break

    with closing(Database.open(path)) as database:
        begun = process_time()
        with closing(Turns(database, script)) as runner:
            assert process_time() - begun < 5
            turn = turns.get(database, "u_ann", acknowledged[0][0])
            log = log_of(runner, turn)
        assert [logged.seq for logged in log] == list(range(1, len(log) + 1))
        assert log[-1].event == Interrupted(turn.message_id)
        assert log[-2].seq >= acknowledged[-1][1]
        text = messages.get(database, "u_ann", turn.message_id).text
        assert text == "".join(f"{number} " for number in range(1, len(text.split()) + 1))
        with database.read() as reader:
            assert reader.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_log_of_5000_events_is_followed_fast(database: Database, runner: Turns) -> None:
    turn, _ = turns.start(database, "u_ann", conversation_id=None, question="Q?", asking={})
    rows = [EventRow(turn.id, seq, "token", now(), {"text": "word "}) for seq in range(2, 5_001)]
    with database.write():
        turns.append(database, [*rows, EventRow(turn.id, 5_001, "stopped", now(), {"message_id": turn.message_id})])
        turns.finish(database, turn.id, "stopped")

    def follow() -> float:
        begun = monotonic()
        assert len(log_of(runner, turn)) == 5_001
        return monotonic() - begun

    soonest(follow, 1.0)  # 0.05 s on an idle machine

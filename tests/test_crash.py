"""Killed at random moments, nothing that was said to be done is lost, and nothing is left half done.

`make crash-test` kills a hundred times and more: CRASH_KILLS says how often, CRASH_SEED which moments.
"""

from __future__ import annotations

import os
import random
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from rag.turns import Turns
from store import documents, turns
from store.backup import restore
from store.database import Database
from store.errors import NotFound
from tests.crash_life import numbers
from tests.mother import mother_of
from tests.talks import check_search_index

KILLS = int(os.environ.get("CRASH_KILLS", "12"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
START_S = 5.0
# Every other life goes on until it has said this, however slow the machine: so each has been done before a kill.
AFTER = ('"backed up"', "", '"deleted"', "", '"removed"', "", '"stopped"', "")


@dataclass(slots=True)
class Known:
    """What all lives so far have said to be done. Conversations and documents that may be gone are not looked for."""

    said: list[dict[str, Any]] = field(default_factory=list)

    def of(self, did: str, name: str) -> set[str]:
        return {each[name] for each in self.said if each["did"] == did}

    @property
    def going(self) -> set[str]:
        return self.of("deleting", "conversation")

    def seen(self) -> dict[str, int]:
        """turn id -> the last event that a follower has seen, of turns that must be there."""
        seen: dict[str, int] = {}
        going = self.going
        for each in self.said:
            if each["did"] in {"asked", "event"} and each["conversation"] not in going:
                seen[each["turn"]] = max(seen.get(each["turn"], 1), each.get("seq", 1))
        return seen


@pytest.mark.timeout(300 + 10 * KILLS)
def test_nothing_that_was_done_is_lost_however_often_the_process_is_killed(tmp_path: Path) -> None:
    folder, chance, known = tmp_path / "data", random.Random(SEED), Known()
    folder.mkdir()
    with mother_of("tests.crash_life", folder) as mother:
        for number in range(KILLS):
            after = AFTER[number % len(AFTER)]
            known.said += mother.life(SEED * 100_000 + number, chance.uniform(0.01, 0.6), after=after)
            with closing(Database.open(folder / "folio.db")) as database:
                begun = process_time()
                with closing(Turns(database, numbers)):
                    assert process_time() - begun < START_S
                    assert turns.unfinished(database) == []
                _check(database, known)
    backups = sorted(known.of("backed up", "path"))
    assert len(backups) >= KILLS // 4
    for path in random.Random(SEED).sample(backups, min(3, len(backups))):
        _check_backup(Path(path))
    assert {each["did"] for each in known.said} >= {"asked", "event", "stopped", "deleted", "removed", "judged"}
    assert {each["code"] for each in known.said if each["did"] == "refused"} <= {"conflict"}


def _check(database: Database, known: Known) -> None:
    _check_rows(database)
    with database.read() as reader:
        last = dict(map(tuple, reader.execute("SELECT turn_id, max(seq) FROM events GROUP BY turn_id").fetchall()))
        status = dict(map(tuple, reader.execute("SELECT id, status FROM turns").fetchall()))
        judged = {row[0] for row in reader.execute("SELECT message_id FROM reactions").fetchall()}
        conversations = {row[0] for row in reader.execute("SELECT id FROM conversations").fetchall()}
    lost = {turn: seq for turn, seq in known.seen().items() if last.get(turn, 0) < seq}
    assert lost == {}
    assert conversations.isdisjoint(known.of("deleted", "conversation"))
    going = known.going
    kept = [each for each in known.said if each.get("conversation") not in going]
    assert {status[each["turn"]] for each in kept if each["did"] == "stopped"} <= {"stopped", "done"}
    assert {each["message"] for each in kept if each["did"] == "judged"} <= judged
    for document_id in known.of("kept", "document") - known.of("removing", "document"):
        assert documents.page(database, "u_0", document_id, 1).text
    for document_id in known.of("removed", "document"):
        with pytest.raises(NotFound):
            documents.get(database, "u_0", document_id)


def _check_rows(database: Database) -> None:
    """The file is whole, and every turn has a log without gaps, one end, and a message that says the same."""
    with database.read() as reader:
        assert reader.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"
        assert reader.execute("PRAGMA foreign_key_check").fetchall() == []
        broken = reader.execute(
            """SELECT turn_id FROM events GROUP BY turn_id HAVING count(*) <> max(seq) OR min(seq) <> 1
            OR sum(type IN ('done', 'stopped', 'interrupted', 'error')) <> 1
            OR max(seq) <> max(CASE WHEN type IN ('done', 'stopped', 'interrupted', 'error') THEN seq END)"""
        ).fetchall()
        assert broken == []
        endless = reader.execute(
            """SELECT t.id, t.status, m.status FROM turns t JOIN messages m ON m.id = t.message_id
            WHERE t.status IN ('queued', 'running') OR t.ended_at IS NULL
            OR m.status <> CASE t.status WHEN 'done' THEN 'complete' ELSE t.status END"""
        ).fetchall()
        assert endless == []
        texts = reader.execute(
            """SELECT m.text, (SELECT group_concat(json_extract(fields, '$.text'), '') FROM (
                SELECT fields FROM events WHERE turn_id = t.id AND type = 'token' ORDER BY seq))
            FROM turns t JOIN messages m ON m.id = t.message_id"""
        ).fetchall()
    for text, logged in texts:
        assert text == (logged or "")
        assert text == "".join(f"{number} " for number in range(len(text.split())))
    check_search_index(database)


def _check_backup(path: Path) -> None:
    """What it holds ends as a crash's work does: at the next start."""
    with tempfile.TemporaryDirectory() as folder:
        restore(Path(folder), path)
        with closing(Database.open(Path(folder) / "folio.db")) as database:
            with closing(Turns(database, numbers)):
                assert turns.unfinished(database) == []
            _check_rows(database)

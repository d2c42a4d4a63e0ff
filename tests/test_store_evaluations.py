"""Runs and their rows: kept, counted once, one user's."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from store import evaluations
from store.database import Database
from store.errors import Conflict, NotFound
from store.evaluated import Outcome, RowStatus, Run
from store.folder import hold
from tests.talks import ANN, BOB

ROWS = [("Who?", "Ann", "a.pdf", (1, 2)), ("What?", "", "", ())]


def made(database: Database, user_id: str = ANN, name: str = "set") -> Run:
    return evaluations.create(
        database, user_id, name=name, settings={"passages": 3}, rows=ROWS, problems=[{"row": 4, "problem": "x"}]
    )


def keep(database: Database, run: Run, number: int, status: RowStatus = "done") -> None:
    outcome = Outcome(status, "It is.", {"match": None}, {"total_ms": 1.5}, {"input_tokens": 2}, {"steps": []})
    evaluations.keep_row(database, run.id, number, outcome)


def test_a_run_and_its_rows_come_back_as_they_were_made(database: Database) -> None:
    run = made(database)
    assert (run.status, run.total, run.done, run.is_finished) == ("queued", 2, 0, False)
    assert (run.settings, run.problems, run.notes) == ({"passages": 3}, [{"row": 4, "problem": "x"}], [])
    assert [(r.number, r.question, r.pages, r.status) for r in evaluations.rows(database, ANN, run.id)] == [
        (1, "Who?", [1, 2], "pending"), (2, "What?", [], "pending"),
    ]  # fmt: skip
    assert evaluations.get(database, ANN, run.id) == run


def test_rows_are_asked_in_order_and_counted_once(database: Database) -> None:
    run = made(database)
    evaluations.begin(database, run.id, ["by words only"])
    first = evaluations.next_row(database, run.id)
    assert first is not None
    assert first.number == 1
    keep(database, run, 1)
    keep(database, run, 1)
    assert evaluations.get(database, ANN, run.id).done == 1
    second = evaluations.next_row(database, run.id)
    assert second is not None
    keep(database, run, second.number, "failed")
    assert evaluations.next_row(database, run.id) is None
    evaluations.finish(database, run.id, "completed", {"mrr": 1.0})
    ended = evaluations.get(database, ANN, run.id)
    assert (ended.status, ended.done, ended.summary, ended.notes) == ("completed", 2, {"mrr": 1.0}, ["by words only"])
    assert ended.completed_at is not None
    assert evaluations.row(database, ANN, run.id, 1).timings == {"total_ms": 1.5}
    assert evaluations.unfinished(database) == []


def test_cancelling_and_resuming(database: Database) -> None:
    run = made(database)
    keep(database, run, 1, "failed")
    assert evaluations.cancel(database, ANN, run.id).status == "cancelled"
    assert evaluations.cancel(database, ANN, run.id).status == "cancelled"
    assert evaluations.next_row(database, run.id) is None
    evaluations.finish(database, run.id, "completed", {"rows": 1})
    assert evaluations.get(database, ANN, run.id).status == "cancelled", "the first end stays"
    again = evaluations.resume(database, ANN, run.id)
    assert (again.status, again.done, again.summary) == ("queued", 0, None)
    with pytest.raises(Conflict):
        evaluations.resume(database, ANN, run.id)


def test_a_run_is_its_users_alone(database: Database) -> None:
    run = made(database)
    for look in (evaluations.get, evaluations.cancel, evaluations.resume, evaluations.delete):
        with pytest.raises(NotFound):
            look(database, BOB, run.id)
    with pytest.raises(NotFound):
        evaluations.row(database, BOB, run.id, 1)
    assert evaluations.rows(database, BOB, run.id) == []
    assert evaluations.list_runs(database, BOB) == []
    assert (evaluations.count_open(database, ANN), evaluations.count_open(database, BOB)) == (1, 0)


def test_lists_are_newest_first_and_in_pages(database: Database) -> None:
    ids = [made(database, name=str(number)).id for number in range(3)]
    assert [run.id for run in evaluations.list_runs(database, ANN)] == ids[::-1]
    assert [run.id for run in evaluations.list_runs(database, ANN, limit=1, offset=1)] == [ids[1]]
    assert [run.id for run in evaluations.unfinished(database)] == ids
    assert [row.number for row in evaluations.rows(database, ANN, ids[0], limit=1, after=1)] == [2]


def test_deleting_takes_the_rows_along(database: Database) -> None:
    run = made(database)
    evaluations.delete(database, ANN, run.id)
    with database.read() as reader:
        assert reader.execute("SELECT count(*) FROM evaluation_rows").fetchone()[0] == 0
    keep(database, run, 1)  # what was in progress changes nothing
    evaluations.finish(database, run.id, "completed", None)
    with pytest.raises(NotFound):
        evaluations.get(database, ANN, run.id)


def test_one_process_works_on_a_run_until_it_is_gone(tmp_path: Path) -> None:
    with hold(tmp_path, shared=True) as mine, closing(Database.open(tmp_path / "folio.db", seat=mine)) as database:
        run = made(database)
        with (
            hold(tmp_path, shared=True) as other,
            closing(Database.open(tmp_path / "folio.db", seat=other)) as neighbour,
        ):
            assert evaluations.claim(neighbour, run.id)
            assert evaluations.claim(neighbour, run.id)
            assert not evaluations.claim(database, run.id)
        assert evaluations.claim(database, run.id)
        evaluations.cancel(database, ANN, run.id)
        assert not evaluations.claim(database, run.id)

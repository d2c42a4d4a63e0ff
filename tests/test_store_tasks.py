from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from store import documents, leases, tasks
from store.database import Database
from store.errors import Conflict, NotFound
from store.owner import SHARED
from store.tasks import Task

_hashes = (f"{number:064x}" for number in itertools.count())


def _task(database: Database, owner: str = "u_ann", *, uploaded: bool = True) -> Task:
    document = documents.create(
        database, owner=owner, name="a.pdf", media_type="application/pdf", sha256=next(_hashes), bytes=1
    )
    task = tasks.create(database, document_id=document.id, owner=owner, name="a.pdf")
    return tasks.update(database, task.id, upload_progress=100) if uploaded else task


def _claimed(database: Database) -> Task:
    task = tasks.claim(database)
    assert task is not None
    return task


def test_a_task_from_its_creation_to_its_end(database: Database) -> None:
    task = _task(database, uploaded=False)
    assert (task.status, task.progress_percentage, task.attempt, task.is_finished) == ("pending", 0.0, 0, False)
    tasks.update(database, task.id, upload_progress=100)
    begun = _claimed(database)
    assert (begun.id, begun.status, begun.attempt, begun.progress_percentage) == (task.id, "extracting", 1, 25.0)
    assert begun.started_at is not None
    tasks.update(database, task.id, extraction_progress=100, chunking_progress=50.0, status="chunking")
    assert tasks.load(database, task.id).progress_percentage == 62.5
    ended = tasks.update(
        database, task.id, chunking_progress=100, vectorization_progress=100, status="completed", searchable=True
    )
    assert (ended.progress_percentage, ended.is_finished, ended.searchable) == (100.0, True, True)
    assert ended.completed_at == ended.updated_at
    assert tasks.claim(database) is None


def test_a_task_whose_bytes_are_not_all_here_begins_with_uploading(database: Database) -> None:
    _task(database, uploaded=False)
    assert _claimed(database).status == "uploading"


def test_progress_never_goes_down_and_counts_add_up(database: Database) -> None:
    task = _task(database)
    tasks.update(database, task.id, extraction_progress=80, counts={"pages": 10}, warnings=["page 3 is empty"])
    changed = tasks.update(database, task.id, extraction_progress=40, counts={"characters": 7})
    assert changed.extraction_progress == 80.0
    assert changed.counts == {"pages": 10, "characters": 7}
    assert changed.warnings == ("page 3 is empty",)
    assert tasks.update(database, task.id, extraction_progress=500).extraction_progress == 100.0


@pytest.mark.parametrize("column", ["owner", "attempt", "status = 'x' --"])
def test_other_columns_cannot_be_changed(database: Database, column: str) -> None:
    task = _task(database)
    with pytest.raises(ValueError, match="no such column"):
        tasks.update(database, task.id, **{column: 1})


def test_the_first_end_wins(database: Database) -> None:
    task = _task(database)
    _claimed(database)
    assert tasks.cancel(database, "u_ann", task.id).status == "cancelled"
    assert tasks.update(database, task.id, status="completed", searchable=True).status == "cancelled"
    with pytest.raises(NotFound):
        tasks.update(database, "task_none", status="completed")


def test_users_see_their_own_tasks_and_the_shared_ones(database: Database) -> None:
    ann, bob, shared = _task(database), _task(database, "u_bob"), _task(database, SHARED)
    assert [task.id for task in tasks.active(database, "u_ann")] == [ann.id, shared.id]
    assert tasks.by_document(database, "u_ann", ann.document_id) == ann
    assert tasks.by_document(database, "u_ann", bob.document_id) is None
    for act in (tasks.get, tasks.cancel, tasks.retry):
        with pytest.raises(NotFound):
            act(database, "u_ann", bob.id)
    with pytest.raises(NotFound):
        tasks.cancel(database, "u_ann", shared.id)


def test_owners_take_turns(database: Database) -> None:
    ann = [_task(database) for _ in range(3)]
    bob = [_task(database, "u_bob") for _ in range(2)]
    expected = [ann[0], bob[0], ann[1], bob[1], ann[2]]
    assert [tasks.position(database, task.id) for task in expected] == [1, 2, 3, 4, 5]
    assert [_claimed(database).id for _ in expected] == [task.id for task in expected]
    assert [tasks.position(database, task.id) for task in expected] == [0] * 5


def test_who_has_less_under_way_goes_first(database: Database) -> None:
    ann = [_task(database) for _ in range(4)]
    for _ in range(2):
        _claimed(database)
    bob = [_task(database, "u_bob") for _ in range(2)]
    assert [_claimed(database).id for _ in range(2)] == [task.id for task in bob]
    tasks.update(database, ann[0].id, status="completed")
    assert _claimed(database).id == ann[2].id


def test_no_two_workers_get_the_same_task(database: Database) -> None:
    made = {_task(database, owner).id for owner in ("u_ann", "u_bob", "u_cid") for _ in range(10)}
    with ThreadPoolExecutor(8) as workers:
        taken = [done.result() for done in [workers.submit(tasks.claim, database) for _ in range(40)]]
    claimed = [task.id for task in taken if task is not None]
    assert len(claimed) == len(made)
    assert set(claimed) == made


def test_what_a_crash_cut_off_waits_again_and_fails_at_last(database: Database) -> None:
    task, waiting = _task(database), _task(database, "u_bob")
    for attempt in (1, 2):
        assert _claimed(database).attempt == attempt
        tasks.update(database, task.id, extraction_progress=60, status="extracting")
        assert leases.requeue_unfinished(database) == 1
        again = tasks.load(database, task.id)
        assert (again.status, again.upload_progress, again.extraction_progress) == ("pending", 100.0, 60.0)
    assert _claimed(database).attempt == 3
    assert leases.requeue_unfinished(database) == 0
    failed = tasks.load(database, task.id)
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error["error_code"] == "parser_limit"
    assert documents.load(database, task.document_id).status == "failed"
    assert tasks.load(database, waiting.id) == waiting


def test_a_failed_task_can_be_tried_again(database: Database) -> None:
    task = _task(database)
    with pytest.raises(Conflict):
        tasks.retry(database, "u_ann", task.id)
    _claimed(database)
    tasks.update(database, task.id, status="failed", error={"error_code": "no_text", "message": "No text."})
    again = tasks.retry(database, "u_ann", task.id)
    assert (again.status, again.error, again.completed_at, again.attempt) == ("pending", None, None, 0)
    assert _claimed(database).id == task.id
    tasks.cancel(database, "u_ann", task.id)
    with pytest.raises(Conflict):
        tasks.retry(database, "u_ann", task.id)


def test_only_the_newest_task_of_a_document_is_tried_again(database: Database) -> None:
    task = _task(database)
    tasks.update(database, task.id, status="failed")
    tasks.create(database, document_id=task.document_id, owner="u_ann", name="a.pdf")
    with pytest.raises(Conflict):
        tasks.retry(database, "u_ann", task.id)


def test_all_places_in_the_queue_are_those_of_each(database: Database) -> None:
    made = [_task(database, owner) for owner in ("u_ann", "u_ann", "u_bob")]
    _claimed(database)
    places = tasks.positions(database)
    assert places == {task.id: tasks.position(database, task.id) for task in made if task.id in places}
    assert sorted(places.values()) == [1, 2]


def test_whether_anything_is_worked_on_is_told_of_ones_own(database: Database) -> None:
    task = _task(database)
    assert tasks.is_any_active(database, "u_ann")
    assert not tasks.is_any_active(database, "u_bob")
    tasks.update(database, task.id, status="completed")
    assert not tasks.is_any_active(database, "u_ann")

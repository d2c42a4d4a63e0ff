"""What a crash or a vanished worker leaves: tasks wait again, and are given up at last."""

from __future__ import annotations

import itertools

import pytest

from store import documents, leases, tasks
from store.database import Database
from store.ids import later
from store.tasks import Task

_hashes = (f"{number:064x}" for number in itertools.count())


def _task(database: Database, owner: str = "u_ann") -> Task:
    document = documents.create(
        database, owner=owner, name="a.pdf", media_type="application/pdf", sha256=next(_hashes), bytes=1
    )
    return tasks.create(database, document_id=document.id, owner=owner, name="a.pdf")


def _claimed(database: Database) -> Task:
    task = tasks.claim(database)
    assert task is not None
    return task


def _expire(database: Database, task_id: str) -> None:
    with database.write() as writer:
        writer.execute("UPDATE tasks SET lease_until = ? WHERE id = ?", (later(-1), task_id))


def test_a_claimed_task_is_held_until_it_has_ended(database: Database) -> None:
    task = _task(database)
    assert task.lease_until is None
    lease = _claimed(database).lease_until
    assert lease is not None
    assert later(tasks.LEASE_S - 10) < lease < later(tasks.LEASE_S + 10)
    assert tasks.update(database, task.id, status="completed").lease_until is None


def test_a_lease_that_is_renewed_does_not_run_out(database: Database) -> None:
    held, lost, hand = _task(database), _task(database, "u_bob"), _task(database, "u_cid")
    for task in (held, lost, hand):
        assert _claimed(database).id == task.id
        _expire(database, task.id)
    leases.renew(database, {held.id})
    assert leases.requeue_expired(database, {hand.id}) == 1
    statuses = [tasks.load(database, task.id).status for task in (held, lost, hand)]
    assert statuses == ["uploading", "pending", "uploading"]


def test_what_is_searchable_already_is_never_given_up(database: Database) -> None:
    task = _task(database)
    for _ in range(leases.MAX_ATTEMPTS + 2):
        assert _claimed(database).attempt == 1
        tasks.update(database, task.id, status="vectorizing", searchable=True, vectorization_progress=60)
        assert leases.requeue_unfinished(database) == 1
    again = tasks.load(database, task.id)
    assert (again.status, again.attempt, again.vectorization_progress) == ("pending", 0, 60)


@pytest.mark.parametrize("crashes", [1, 2])
def test_who_was_there_when_the_program_died_is_known(database: Database, crashes: int) -> None:
    assert tasks.next_crashes(database) is None
    task = _task(database)
    assert tasks.next_crashes(database) == 0
    for _ in range(crashes):
        _claimed(database)
        leases.requeue_unfinished(database)
    assert tasks.next_crashes(database) == crashes
    _claimed(database)
    tasks.update(database, task.id, status="chunking", crashes=0)  # a stage is done: that was not it
    assert leases.requeue_unfinished(database) == 1
    assert tasks.next_crashes(database) == 1


def test_a_cancelled_task_outlives_its_document_for_a_day(database: Database) -> None:
    cancelled, completed = _task(database), _task(database)
    tasks.cancel(database, "u_ann", cancelled.id)
    tasks.update(database, completed.id, status="completed")
    for task in (cancelled, completed):
        documents.mark_deleted(database, "u_ann", task.document_id)
        documents.purge(database, task.document_id)
    leases.requeue_unfinished(database)
    assert tasks.get(database, "u_ann", cancelled.id).status == "cancelled"
    assert tasks.by_document(database, "u_ann", completed.document_id) is None
    with database.write() as writer:
        writer.execute("UPDATE tasks SET completed_at = ?", (later(-25 * 3600),))
    leases.requeue_unfinished(database)
    assert tasks.by_document(database, "u_ann", cancelled.document_id) is None

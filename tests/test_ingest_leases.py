from __future__ import annotations

import threading
from contextlib import closing

from rag.ingest.leases import Leases
from store import documents, tasks
from store.database import Database
from store.ids import later
from store.tasks import Task
from tests.conftest import LIMIT_S, wait_until


def _claimed(database: Database, content: int) -> Task:
    made = documents.create(
        database, owner="u_ann", name="a.pdf", media_type="application/pdf", sha256=f"{content:064x}", bytes=1
    )
    tasks.create(database, document_id=made.id, owner="u_ann", name="a.pdf")
    task = tasks.claim(database)
    assert task is not None
    with database.write() as writer:
        writer.execute("UPDATE tasks SET lease_until = ? WHERE id = ?", (later(-1), task.id))
    return task


def test_leases_in_hand_are_renewed_and_others_come_back(database: Database) -> None:
    held, lost = _claimed(database, 1), _claimed(database, 2)
    recovered = threading.Event()
    with closing(Leases(database, recovered.set, beat_s=0.01)) as leases:
        leases.hold(held.id)
        leases.start()
        assert recovered.wait(LIMIT_S)
        assert tasks.load(database, lost.id).status == "pending"
        wait_until(lambda: (tasks.load(database, held.id).lease_until or "") > later(10))
        recovered.clear()
        leases.let_go(held.id)

        def has_come_back() -> bool:
            with database.write() as writer:  # again and again: a renewal that was under way comes after the first
                writer.execute("UPDATE tasks SET lease_until = ? WHERE id = ?", (later(-1), held.id))
            return recovered.is_set()

        wait_until(has_come_back)
    assert tasks.load(database, held.id).status == "pending"

"""A cancelled task: its document never was, and what it had replaced is back."""

from __future__ import annotations

import pytest

from store import documents, outbox, tasks, undoing, users
from store.database import Database
from store.documents import Document, PageRow, PassageRow
from store.errors import NotFound
from store.tasks import Task

ANN = "u_ann"


def _add(database: Database, content: int, name: str = "a.pdf", *, searchable: bool = True) -> tuple[Document, Task]:
    made = documents.create(
        database, owner=ANN, name=name, media_type="application/pdf", sha256=f"{content:064x}", bytes=1
    )
    task = tasks.create(database, document_id=made.id, owner=ANN, name=name)
    documents.save_pages(database, made.id, [PageRow(1, "Text", b"", "[]", 0.0, 0.0, None)])
    documents.save_passages(database, made.id, [PassageRow(f"{made.id}:1", made.id, 1, 1, 0, 4, "", "Text")])
    documents.update(database, made.id, passages=1, searchable=searchable, indexed_in="g", dense_in="d")
    return documents.load(database, made.id), task


def _ended(database: Database, task: Task) -> None:
    tasks.update(database, task.id, status="completed")


def test_nothing_of_the_document_is_left_but_the_task(database: Database) -> None:
    document, task = _add(database, 1)
    before = users.corpus_version(database, ANN)
    assert undoing.cancel(database, ANN, task.id).status == "cancelled"
    assert documents.list_readable(database, ANN) == []
    assert documents.passages(database, document.id) == []
    assert documents.pages(database, document.id) == []
    assert [errand.payload["document_id"] for errand in outbox.pending(database)] == [document.id]
    assert users.corpus_version(database, ANN) > before
    documents.purge(database, document.id)
    assert tasks.get(database, ANN, task.id).status == "cancelled"
    assert documents.usage(database, ANN) == (0, 0)


def test_what_has_ended_stays_and_others_tasks_are_not_there(database: Database) -> None:
    document, task = _add(database, 1)
    with pytest.raises(NotFound):
        undoing.cancel(database, "u_bob", task.id)
    _ended(database, task)
    assert undoing.cancel(database, ANN, task.id).status == "completed"
    assert documents.get(database, ANN, document.id).searchable


def test_the_version_it_had_replaced_is_back(database: Database) -> None:
    old, first = _add(database, 1)
    _ended(database, first)
    new, second = _add(database, 2)
    assert [found.id for found in documents.list_readable(database, ANN)] == [new.id]
    undoing.cancel(database, ANN, second.id)
    (back,) = documents.list_readable(database, ANN)
    assert (back.id, back.searchable, back.indexed_in, back.dense_in) == (old.id, True, None, None)
    assert documents.passages_by_id(database, ANN, [f"{old.id}:1"])


def test_a_version_that_was_not_searchable_yet_had_replaced_nothing(database: Database) -> None:
    old, first = _add(database, 1)
    _ended(database, first)
    _, second = _add(database, 2, searchable=False)
    undoing.cancel(database, ANN, second.id)
    (kept,) = documents.list_readable(database, ANN)
    assert (kept.id, kept.indexed_in) == (old.id, "g")


def test_bytes_that_are_there_under_another_name_do_not_come_twice(database: Database) -> None:
    _, first = _add(database, 1)
    _ended(database, first)
    _, second = _add(database, 2)
    other, third = _add(database, 1, "b.pdf")
    _ended(database, third)
    undoing.cancel(database, ANN, second.id)
    assert [found.id for found in documents.list_readable(database, ANN)] == [other.id]

"""Documents as lists show them, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection

import pytest

from store import documents, outline, tasks
from store.database import Database
from store.documents import Document
from store.owner import SHARED

ANN, BOB = "u_ann", "u_bob"


class Counting(Database):
    """Counts how often somebody reads."""

    reads = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.reads += 1
        with super().read() as reader:
            yield reader


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    with closing(Counting.open(tmp_path / "folio.db")) as opened:
        yield opened


def made(database: Database, name: str, owner: str = ANN, status: str = "ready") -> Document:
    sha256 = f"{abs(hash((name, owner))):064x}"[:64]
    document = documents.create(database, owner=owner, name=name, media_type="text/plain", sha256=sha256, bytes=1)
    documents.update(database, document.id, status=status)
    return document


def test_all_are_named_newest_first_to_whoever_may_read_them(database: Database) -> None:
    first, second, shared = made(database, "a.md"), made(database, "b.md", status="failed"), made(database, "c", SHARED)
    made(database, "d.md", BOB)
    assert outline.entries(database, ANN) == [
        (shared.id, "c", False),
        (second.id, "b.md", True),
        (first.id, "a.md", False),
    ]
    documents.mark_deleted(database, ANN, second.id)
    assert [one.name for one in outline.entries(database, ANN)] == ["c", "a.md"]


def test_a_name_is_there_or_not(database: Database) -> None:
    document = made(database, "a.md")
    assert outline.has_name(database, ANN, "a.md")
    assert not outline.has_name(database, BOB, "a.md")
    assert not outline.has_name(database, ANN, "A.md")
    documents.mark_deleted(database, ANN, document.id)
    assert not outline.has_name(database, ANN, "a.md")


def test_each_comes_with_its_newest_task_in_the_order_that_is_asked_for(database: Database) -> None:
    first, second, foreign = made(database, "a.md"), made(database, "b.md"), made(database, "c.md", BOB)
    tasks.create(database, document_id=first.id, owner=ANN, name="a.md")
    newest = tasks.create(database, document_id=first.id, owner=ANN, name="a.md")
    found = outline.with_tasks(database, ANN, [second.id, foreign.id, first.id, "doc_0"])
    assert [(document.id, task and task.id) for document, task in found] == [(second.id, None), (first.id, newest.id)]


def test_hundreds_are_read_at_once(counting: Counting) -> None:
    with counting.write():
        ids = [made(counting, f"{number}.md").id for number in range(300)]
    counting.reads = 0
    assert len(outline.entries(counting, ANN)) == 300
    assert len(outline.with_tasks(counting, ANN, ids)) == 300
    assert counting.reads == 2


def test_all_versions_of_a_name_are_found_by_it(database: Database) -> None:
    old = made(database, "a.md")
    new = documents.create(database, owner=ANN, name="a.md", media_type="text/plain", sha256="f" * 64, bytes=1)
    documents.update(database, new.id, searchable=True)  # replaces the old one
    made(database, "b.md")
    made(database, "a.md", BOB)
    assert outline.kept_as(database, ANN, "a.md") == [(old.id, old.sha256), (new.id, "f" * 64)]
    documents.mark_deleted(database, ANN, new.id)
    assert outline.kept_as(database, ANN, "a.md") == []

"""A newer version of a document's name takes the old one out of lists and search, and nothing else."""

from __future__ import annotations

import pytest

from store import documents, outbox, tasks, users
from store.database import Database
from store.documents import Document, PageRow, PassageRow
from store.errors import NotFound


def _version(database: Database, key: str, name: str = "report.pdf", *, searchable: bool = True) -> Document:
    made = documents.create(
        database, owner="u_ann", name=name, media_type="application/pdf", sha256=key * 64, bytes=1_000
    )
    text = f"Revenue was {key}."
    documents.save_pages(database, made.id, [PageRow(1, text, b"", "[]", 0.0, 0.0, None)])
    documents.save_passages(database, made.id, [PassageRow(f"{made.id}:1", made.id, 1, 1, 0, len(text), "", text)])
    if searchable:
        documents.update(database, made.id, searchable=True, passages=1, status="ready")
    return made


def _listed(database: Database) -> list[str]:
    return [document.id for document in documents.list_readable(database, "u_ann")]


def test_an_old_version_leaves_the_search_and_stays_readable(database: Database) -> None:
    old, other = _version(database, "a"), _version(database, "b", "other.pdf")
    new = _version(database, "c", searchable=False)
    assert set(_listed(database)) == {old.id, other.id, new.id}

    before = users.corpus_version(database, "u_ann")
    documents.update(database, new.id, searchable=True)
    assert users.corpus_version(database, "u_ann") > before
    assert (old.version, new.version) == (1, 2)
    assert set(_listed(database)) == {other.id, new.id}
    assert {document.id for document in documents.not_indexed_in(database, "g")} == {other.id, new.id}
    assert [errand.payload for errand in outbox.pending(database)] == [{"document_id": old.id}]
    passage_id = f"{old.id}:1"
    assert documents.passages_by_id(database, "u_ann", [passage_id]) == {}
    with pytest.raises(NotFound):
        documents.load(database, old.id)

    documents.purge(database, old.id)  # the index has confirmed that its points are gone
    assert documents.get(database, "u_ann", old.id).version == 1
    assert documents.page(database, "u_ann", old.id, 1).text == "Revenue was a."
    assert documents.passages_by_id(database, "u_ann", [passage_id], replaced=True)[passage_id][2] == 1
    assert documents.usage(database, "u_ann") == (2, 3_000)
    with pytest.raises(NotFound):
        documents.get(database, "u_bob", old.id)


def test_versions_that_become_searchable_in_the_wrong_order(database: Database) -> None:
    first = _version(database, "a", searchable=False)
    task = tasks.create(database, document_id=first.id, owner="u_ann", name="report.pdf")
    second = _version(database, "b")
    documents.update(database, first.id, searchable=True)
    assert _listed(database) == [second.id]
    assert tasks.get(database, "u_ann", task.id).status == "cancelled"


def test_the_bytes_of_a_replaced_version_may_come_back(database: Database) -> None:
    _version(database, "a")
    _version(database, "b")
    again = _version(database, "a")
    assert again.version == 3
    assert _listed(database) == [again.id]


def test_deleting_takes_the_replaced_versions_along(database: Database) -> None:
    old, new = _version(database, "a"), _version(database, "b")
    documents.mark_deleted(database, "u_ann", new.id)
    for document in (old, new):
        with pytest.raises(NotFound):
            documents.get(database, "u_ann", document.id)
        documents.purge(database, document.id)
    with database.read() as reader:
        assert reader.execute("SELECT count(*) FROM pages").fetchone()[0] == 0

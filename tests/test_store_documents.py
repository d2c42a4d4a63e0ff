from __future__ import annotations

from dataclasses import replace

import pytest

from store import documents, outbox, tasks, users
from store.database import Database
from store.documents import Document, PageRow, PassageRow
from store.errors import Conflict, NotFound
from store.owner import SHARED


def _document(database: Database, owner: str = "u_ann", name: str = "report.pdf", key: str = "a") -> Document:
    return documents.create(
        database, owner=owner, name=name, media_type="application/pdf", sha256=key * 64, bytes=1_000
    )


def _page(number: int, text: str = "Revenue rose.") -> PageRow:
    return PageRow(number, text, b"\x00\xff", "[]", 612.0, 792.0, "iv")


def _passage(document: Document, number: int, text: str = "Revenue rose.") -> PassageRow:
    return PassageRow(f"{document.id}:{number}", document.id, number, 1, 0, len(text), "Results", text)


def _filled(database: Database, owner: str) -> Document:
    document = _document(database, owner, key=owner[-1] if owner[-1] in "abcdef" else "0")
    documents.save_pages(database, document.id, [_page(1), _page(2)])
    documents.save_passages(database, document.id, [_passage(document, 2), _passage(document, 1)])
    return document


def test_a_new_document_waits(database: Database) -> None:
    made = _document(database)
    assert documents.get(database, "u_ann", made.id) == made
    assert (made.status, made.searchable, made.version, made.pages, made.warnings) == ("pending", False, 1, 0, ())
    assert made.created_at == made.updated_at


def test_the_same_bytes_are_one_document_for_each_owner(database: Database) -> None:
    first = _document(database)
    with pytest.raises(Conflict):
        _document(database, name="another name.pdf")
    assert documents.by_hash(database, "u_ann", "a" * 64) == first
    assert documents.by_hash(database, "u_bob", "a" * 64) is None
    assert _document(database, owner="u_bob").id != first.id


def test_deleted_bytes_can_come_back_as_the_next_version(database: Database) -> None:
    documents.mark_deleted(database, "u_ann", _document(database).id)
    assert documents.by_hash(database, "u_ann", "a" * 64) is None
    assert _document(database).version == 2
    assert _document(database, key="b").version == 3
    assert _document(database, name="other.pdf", key="c").version == 1


def test_pages_and_passages_come_back_as_they_were_and_are_replaced_whole(database: Database) -> None:
    document = _filled(database, "u_ann")
    assert documents.page(database, "u_ann", document.id, 2) == _page(2)
    assert documents.page_texts(database, "u_ann", document.id) == [(1, "Revenue rose."), (2, "Revenue rose.")]
    assert [row.number for row in documents.passages(database, document.id)] == [1, 2]

    documents.save_pages(database, document.id, (_page(number) for number in (1,)))
    documents.save_passages(database, document.id, [_passage(document, 1, "New.")])
    assert len(documents.page_texts(database, "u_ann", document.id)) == 1
    assert documents.passages(database, document.id) == [_passage(document, 1, "New.")]
    with pytest.raises(NotFound):
        documents.page(database, "u_ann", document.id, 2)


def test_text_that_has_no_utf8_keeps_its_length(database: Database) -> None:
    document = _document(database)
    documents.save_pages(database, document.id, [_page(1, "a\ud83db\x00c€")])
    assert documents.page_texts(database, "u_ann", document.id) == [(1, "a\ufffdb\x00c€")]


def test_a_user_reads_their_own_documents_and_the_shared_ones_only(database: Database) -> None:
    ann, bob, shared = (_filled(database, owner) for owner in ("u_ann", "u_bob", SHARED))
    assert {document.id for document in documents.list_readable(database, "u_ann")} == {ann.id, shared.id}
    wanted = [f"{document.id}:1" for document in (ann, bob, shared)]
    found = documents.passages_by_id(database, "u_ann", [*wanted, "doc_none:1"])
    assert found == {
        wanted[0]: (_passage(ann, 1), "report.pdf", 1),
        wanted[2]: (_passage(shared, 1), "report.pdf", 1),
    }
    assert documents.page_texts(database, "u_ann", bob.id) == []
    for look in (
        lambda: documents.get(database, "u_ann", bob.id),
        lambda: documents.page(database, "u_ann", bob.id, 1),
    ):
        with pytest.raises(NotFound):
            look()


@pytest.mark.parametrize("other", ["u_bob", "u_new"])
def test_only_the_owner_deletes(database: Database, other: str) -> None:
    ann, shared = _filled(database, "u_ann"), _filled(database, SHARED)
    for document in (ann, shared):
        with pytest.raises(NotFound):
            documents.mark_deleted(database, other, document.id)
    assert len(documents.list_readable(database, "u_ann")) == 2
    assert outbox.pending(database) == []


def test_a_deleted_document_is_gone_for_every_reader_at_once(database: Database) -> None:
    document = _filled(database, "u_ann")
    task = tasks.create(database, document_id=document.id, owner="u_ann", name=document.name)
    documents.update(database, document.id, searchable=True)
    before = users.corpus_version(database, "u_ann")

    documents.mark_deleted(database, "u_ann", document.id)

    assert documents.list_readable(database, "u_ann") == []
    assert documents.page_texts(database, "u_ann", document.id) == []
    assert documents.passages_by_id(database, "u_ann", [f"{document.id}:1"]) == {}
    assert documents.not_indexed_in(database, "g1") == documents.not_dense_in(database, "m1") == []
    assert documents.usage(database, "u_ann") == (0, 0)
    assert users.corpus_version(database, "u_ann") > before
    assert tasks.get(database, "u_ann", task.id).status == "cancelled"
    with pytest.raises(NotFound):
        documents.mark_deleted(database, "u_ann", document.id)
    with pytest.raises(NotFound):
        documents.load(database, document.id)
    assert [errand.payload for errand in outbox.pending(database)] == [{"document_id": document.id}]


def test_purge_takes_deleted_documents_only(database: Database) -> None:
    document = _filled(database, "u_ann")
    documents.purge(database, document.id)
    assert documents.load(database, document.id) == document
    documents.mark_deleted(database, "u_ann", document.id)
    documents.purge(database, document.id)
    assert documents.passages(database, document.id) == []


def test_errands_stay_until_they_are_done(database: Database) -> None:
    for document in (_document(database), _document(database, key="b")):
        documents.mark_deleted(database, "u_ann", document.id)
    first, second = outbox.pending(database)
    outbox.failed(database, first.id)
    outbox.done(database, second.id)
    assert outbox.pending(database) == [replace(first, attempts=1)]


def test_update_changes_what_may_be_changed(database: Database) -> None:
    document = _document(database)
    documents.update(database, document.id, pages=3, status="ready", searchable=True, warnings=("page 2 is empty",))
    changed = documents.load(database, document.id)
    assert (changed.pages, changed.status, changed.searchable) == (3, "ready", True)
    assert changed.warnings == ("page 2 is empty",)
    for column in ("owner", "id = id; --"):
        with pytest.raises(ValueError, match="no such column"):
            documents.update(database, document.id, **{column: "u_bob"})


def test_what_can_alter_an_answer_is_a_new_corpus_version_for_those_who_read_it(database: Database) -> None:
    def versions() -> tuple[int, int]:
        return users.corpus_version(database, "u_ann"), users.corpus_version(database, "u_bob")

    ann, shared = _document(database), _document(database, owner=SHARED)
    assert versions() == (0, 0)
    documents.update(database, ann.id, status="processing", pages=3)
    assert versions() == (0, 0)
    documents.update(database, ann.id, searchable=True)
    assert versions() == (1, 0)
    documents.update(database, shared.id, dense_in="m1")
    assert versions() == (2, 1)


def test_what_the_index_still_lacks_oldest_first(database: Database) -> None:
    first, second, third = (_document(database, name=f"{key}.pdf", key=key) for key in "abc")
    for document in (first, second):
        documents.update(database, document.id, searchable=True)
    assert [document.id for document in documents.not_indexed_in(database, "g1")] == [first.id, second.id]
    documents.update(database, first.id, indexed_in="g1", dense_in="m1")
    documents.update(database, second.id, indexed_in="g0")
    assert [document.id for document in documents.not_indexed_in(database, "g1")] == [second.id]
    assert [document.id for document in documents.not_dense_in(database, "m1")] == [second.id]
    assert len(documents.not_dense_in(database, "m2")) == 2
    assert third.searchable is False


def test_usage_counts_the_users_own_live_files(database: Database) -> None:
    for owner, key in (("u_ann", "a"), ("u_ann", "b"), ("u_bob", "c"), (SHARED, "d")):
        _document(database, owner=owner, key=key)
    assert documents.usage(database, "u_ann") == (2, 2_000)
    assert documents.usage(database, "u_new") == (0, 0)


def test_a_page_of_the_list_is_a_part_of_the_list(database: Database) -> None:
    for number in range(7):
        _document(database, "u_ann" if number % 3 else SHARED, f"{number}.pdf", f"{number}")
    _document(database, "u_bob", "other.pdf", "b")
    everything = documents.list_readable(database, "u_ann")
    assert len(everything) == 7
    for limit, offset in ((3, 0), (3, 3), (3, 6), (100, 0), (1, 7), (0, 0)):
        assert documents.list_page(database, "u_ann", limit, offset) == (everything[offset : offset + limit], 7)
    own = next(each for each in everything if each.owner == "u_ann")
    documents.mark_deleted(database, "u_ann", own.id)
    assert documents.list_page(database, "u_ann", 100, 0)[1] == 6
    assert documents.list_page(database, "u_bob", 100, 0)[1] == 4

"""The index kept in step with the database: what ingestion calls, catching up, deleting, comparing."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rag.search.generations import Generations
from rag.settings import load_settings
from store import documents, outbox
from store.database import Database
from tests.conftest import wait_until
from tests.doubles_search import (
    FOX,
    SEA,
    HashingEmbedder,
    add_document,
    counts,
    finds,
    is_dense,
    is_indexed,
    nothing,
    opened,
)

# What ingestion calls


def test_keyword_points_then_dense_vectors(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document = add_document(database, FOX, searchable=False)
    seen: list[tuple[int, int]] = []
    with opened(database, tmp_path, embedder, start=False) as generations:
        written = generations.write_keyword(
            document, documents.passages(database, document.id), lambda done, total: seen.append((done, total))
        )
        assert written == 3
        assert seen[-1] == (3, 3)
        assert finds(generations, "foxes") == [f"{document.id}:1"]
        with generations.borrow() as index:
            assert documents.load(database, document.id).indexed_in == index.name
        assert finds(generations, "fox jumps", by_meaning=True) == []

        documents.update(database, document.id, searchable=True)
        seen.clear()
        stop = threading.Event()
        assert generations.write_dense(document.id, lambda done, total: seen.append((done, total)), stop) == 3
        assert seen[-1] == (3, 3)
        assert is_dense(database, document.id, embedder)()
        assert finds(generations, "fox jumps", by_meaning=True)[0] == f"{document.id}:1"

        assert generations.write_dense(document.id, nothing, stop) == 3
        assert embedder.embedded == 4, "nothing is embedded twice; the name is embedded, too"


def test_passages_that_were_cut_anew_replace_the_old_ones(database: Database, tmp_path: Path) -> None:
    document = add_document(database, FOX)
    with opened(database, tmp_path, start=False) as generations:
        rows = documents.passages(database, document.id)
        generations.write_keyword(document, rows, nothing)
        assert generations.write_keyword(document, rows[:1], nothing) == 1
        assert counts(generations) == {document.id: 1}


def test_passages_that_changed_need_other_dense_vectors(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder, start=False) as generations:
        rows = documents.passages(database, document.id)
        generations.write_keyword(document, rows, nothing)
        generations.write_dense(document.id, nothing, threading.Event())
        assert generations.write_keyword(document, rows, nothing) == 3
        assert is_dense(database, document.id, embedder)(), "the same passages keep theirs"
        changed = [replace(rows[0], text="Another beginning."), *rows[1:]]
        assert generations.write_keyword(document, changed, nothing) == 3
        assert not is_dense(database, document.id, embedder)()


def test_without_a_model_there_are_no_dense_vectors_yet(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder(ready=False)
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder) as generations:
        wait_until(is_indexed(database, document.id))
        assert generations.write_dense(document.id, nothing, threading.Event()) is None
        embedder.become_ready()
        wait_until(is_dense(database, document.id, embedder))
        assert finds(generations, "fox jumps", by_meaning=True)[0] == f"{document.id}:1"


def test_a_stop_leaves_the_rest_for_later(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder(batch=1)
    embedder.go_on.clear()
    document = add_document(database, FOX)
    stop = threading.Event()
    stop.set()
    with opened(database, tmp_path, embedder, start=False) as generations:
        assert generations.write_dense(document.id, nothing, stop) == 0
        assert not is_dense(database, document.id, embedder)()


def test_a_document_deleted_meanwhile_gets_nothing(database: Database, tmp_path: Path) -> None:
    document = add_document(database, FOX)
    rows = documents.passages(database, document.id)
    with opened(database, tmp_path, start=False) as generations:
        documents.mark_deleted(database, "ann", document.id)
        assert generations.write_keyword(document, rows, nothing) == 0
        assert generations.write_dense(document.id, nothing, threading.Event()) == 0
        assert counts(generations) == {}


def test_what_on_progress_raises_ends_the_work(database: Database, tmp_path: Path) -> None:
    document = add_document(database, FOX)

    def refuse(done: int, total: int) -> None:
        raise InterruptedError

    with opened(database, tmp_path, start=False) as generations:
        with pytest.raises(InterruptedError):
            generations.write_keyword(document, documents.passages(database, document.id), refuse)
        assert documents.load(database, document.id).indexed_in is None


# What happens by itself


def test_documents_that_lack_vectors_are_caught_up_with(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    first = add_document(database, FOX)
    with opened(database, tmp_path, embedder) as generations:
        wait_until(is_dense(database, first.id, embedder))
        second = add_document(database, SEA, name="sea.txt")
        generations.document_searchable(second.id)
        wait_until(is_dense(database, second.id, embedder))
        progress = generations.progress()
        assert (progress.documents, progress.by_keyword, progress.by_meaning) == (2, 2, 2)
        assert not progress.is_building
        assert generations.reason == ""


def test_a_deleted_documents_points_and_rows_go(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document, other = add_document(database, FOX), add_document(database, SEA, name="sea.txt")
    purged = threading.Event()
    generations = Generations(database, load_settings(data=tmp_path), embedder, on_purged=lambda hashes: purged.set())
    try:
        generations.start()
        wait_until(is_dense(database, other.id, embedder))
        documents.mark_deleted(database, "ann", document.id)
        generations.notify()
        wait_until(purged.is_set)
        assert counts(generations) == {other.id: 2}
        assert outbox.pending(database) == []
        assert documents.passages(database, document.id) == []
    finally:
        generations.close()


def test_a_deletion_cut_off_by_a_crash_is_done_at_the_next_start(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder):
        wait_until(is_dense(database, document.id, embedder))
    documents.mark_deleted(database, "ann", document.id)
    with opened(database, tmp_path, embedder) as generations:
        wait_until(lambda: not outbox.pending(database))
        assert counts(generations) == {}


def test_points_nobody_knows_are_removed_at_start(database: Database, tmp_path: Path) -> None:
    document = add_document(database, FOX)
    with opened(database, tmp_path, start=False) as generations:
        generations.write_keyword(document, documents.passages(database, document.id), nothing)
    with database.write() as writer:
        writer.execute("DELETE FROM documents")
    with opened(database, tmp_path) as generations:
        wait_until(lambda: counts(generations) == {})


def test_points_of_a_document_still_being_read_stay(database: Database, tmp_path: Path) -> None:
    document = add_document(database, FOX, searchable=False)
    other = add_document(database, SEA, name="sea.txt")
    with opened(database, tmp_path, start=False) as generations:
        generations.write_keyword(document, documents.passages(database, document.id), nothing)
    with opened(database, tmp_path) as generations:
        wait_until(is_indexed(database, other.id))
        assert counts(generations) == {document.id: 3, other.id: 2}


def test_a_lost_index_is_made_again(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder):
        wait_until(is_dense(database, document.id, embedder))
    shutil.rmtree(tmp_path / "index")
    with opened(database, tmp_path, embedder) as generations:
        wait_until(lambda: embedder.embedded == 8)
        wait_until(is_dense(database, document.id, embedder))
        assert finds(generations, "fox jumps", by_meaning=True)[0] == f"{document.id}:1"


def test_a_damaged_index_is_set_aside_and_made_again(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder):
        wait_until(is_dense(database, document.id, embedder))
    for file in (tmp_path / "index").glob("*/segments/*/segment.json"):
        file.write_text("{")
    with opened(database, tmp_path, embedder) as generations:
        wait_until(lambda: counts(generations) == {document.id: 3})


def test_lost_dense_vectors_are_made_again(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder, start=False) as generations:
        generations.write_keyword(document, documents.passages(database, document.id), nothing)
        documents.update(database, document.id, dense_in=embedder.fingerprint)
    with opened(database, tmp_path, embedder) as generations:
        wait_until(lambda: embedder.embedded == 4)
        wait_until(is_dense(database, document.id, embedder))

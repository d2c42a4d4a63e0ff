"""The index kept in step with the database: catching up, deleting, comparing, changing models, crashes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import SearchError
from rag.search.generations import Generations
from rag.search.index import Candidate, scope_for
from rag.settings import load_settings
from store import documents, outbox
from store.database import Database
from tests.conftest import wait_until
from tests.doubles_search import HashingEmbedder, add_document, hashed

ANN = scope_for("ann")
FOX = ["The quick brown fox jumps.", "Over the lazy dog it goes.", "And home again."]
SEA = ["Whales are the largest animals in the sea.", "Plankton is what they eat."]


def nothing(done: int, total: int) -> None:
    """Nobody follows the progress."""


@contextmanager
def opened(
    db: Database, folder: Path, embedder: HashingEmbedder | None = None, *, start: bool = True, **settings: object
) -> Iterator[Generations]:
    generations = Generations(db, load_settings(data=folder, **settings), embedder or HashingEmbedder())
    try:
        if start:
            generations.start()
        yield generations
    finally:
        generations.close()


def ask(generations: Generations, text: str, *, by_meaning: bool = False, dimension: int = 64) -> list[Candidate]:
    with generations.borrow() as index:
        vector = hashed(text, dimension) if by_meaning else None
        return index.query(text, vector, ANN, 5, "semantic" if by_meaning else "keyword")


def finds(generations: Generations, text: str, **how: bool) -> list[str]:
    return [candidate.passage_id for candidate in ask(generations, text, **how)]


def is_dense(db: Database, document_id: str, embedder: HashingEmbedder) -> Callable[[], bool]:
    return lambda: documents.load(db, document_id).dense_in == embedder.fingerprint


def is_indexed(db: Database, document_id: str) -> Callable[[], bool]:
    return lambda: documents.load(db, document_id).indexed_in is not None


def counts(generations: Generations) -> dict[str, int]:
    with generations.borrow() as index:
        return index.document_counts()


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
        assert embedder.embedded == 3, "nothing is embedded twice"


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
    generations = Generations(database, load_settings(data=tmp_path), embedder, on_purged=purged.set)
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
        wait_until(lambda: embedder.embedded == 6)
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
        wait_until(lambda: embedder.embedded == 3)
        wait_until(is_dense(database, document.id, embedder))


# Another model


def test_another_model_makes_another_generation(database: Database, tmp_path: Path) -> None:
    old, new = HashingEmbedder("old"), HashingEmbedder("new", dimension=32, ready=False)
    document = add_document(database, FOX)
    with opened(database, tmp_path, old):
        wait_until(is_dense(database, document.id, old))
    with opened(database, tmp_path, new, start=False) as generations:
        assert finds(generations, "foxes") == [f"{document.id}:1"], "the old index answers by keywords"
        assert "made again" in generations.reason
        assert generations.write_dense(document.id, nothing, threading.Event()) is None
        generations.start()
        wait_until(lambda: not generations.reason)
        assert finds(generations, "foxes") == [f"{document.id}:1"]
        new.become_ready()
        wait_until(is_dense(database, document.id, new))
        assert ask(generations, "fox jumps", by_meaning=True, dimension=32)
        assert len(list((tmp_path / "index").iterdir())) == 1, "the old generation is gone"


def test_uploads_and_deletions_during_the_change_are_not_lost(database: Database, tmp_path: Path) -> None:
    old, new = HashingEmbedder("old"), HashingEmbedder("new")
    kept, deleted = add_document(database, FOX), add_document(database, SEA, name="sea.txt")
    with opened(database, tmp_path, old):
        wait_until(is_dense(database, kept.id, old))
        wait_until(is_dense(database, deleted.id, old))
    with opened(database, tmp_path, new, start=False) as generations:
        uploaded = add_document(database, ["A late arrival."], name="late.txt")
        generations.write_keyword(uploaded, documents.passages(database, uploaded.id), nothing)
        documents.mark_deleted(database, "ann", deleted.id)
        assert finds(generations, "arrival") == [f"{uploaded.id}:1"]
        generations.start()
        wait_until(is_dense(database, uploaded.id, new))
        wait_until(is_dense(database, kept.id, new))
        assert counts(generations) == {kept.id: 3, uploaded.id: 1}


def test_a_change_cut_off_by_a_crash_goes_on(database: Database, tmp_path: Path) -> None:
    old, new = HashingEmbedder("old"), HashingEmbedder("new")
    document = add_document(database, FOX)
    with opened(database, tmp_path, old):
        wait_until(is_dense(database, document.id, old))
    with opened(database, tmp_path, new, start=False):
        pass
    with opened(database, tmp_path, new):
        wait_until(is_dense(database, document.id, new))


def test_a_dimension_that_becomes_known_late(database: Database, tmp_path: Path) -> None:
    embedder = HashingEmbedder(ready=False)
    embedder.dimension = 0
    document = add_document(database, FOX)
    with opened(database, tmp_path, embedder) as generations:
        wait_until(is_indexed(database, document.id))
        assert finds(generations, "fox") == [f"{document.id}:1"]
        embedder.become_ready(dimension=64)
        wait_until(is_dense(database, document.id, embedder))
        assert finds(generations, "fox jumps", by_meaning=True)[0] == f"{document.id}:1"


def test_an_unknown_model_does_not_cost_the_vectors_that_are_there(database: Database, tmp_path: Path) -> None:
    old, unknown = HashingEmbedder("old"), HashingEmbedder("unknown", ready=False)
    unknown.dimension = 0
    document = add_document(database, FOX)
    with opened(database, tmp_path, old):
        wait_until(is_dense(database, document.id, old))
    with opened(database, tmp_path, unknown) as generations:
        assert finds(generations, "fox") == [f"{document.id}:1"]
    with opened(database, tmp_path, old) as generations:
        assert finds(generations, "fox jumps", by_meaning=True)
        assert old.embedded == 3


# Trouble


def test_a_second_owner_is_refused(database: Database, tmp_path: Path) -> None:
    with opened(database, tmp_path, start=False), pytest.raises(SearchError) as refused:
        Generations(database, load_settings(data=tmp_path), HashingEmbedder())
    assert refused.value.code == "index_in_use"


def test_a_server_that_does_not_answer_keeps_nobody_from_starting(database: Database, tmp_path: Path) -> None:
    document = add_document(database, FOX)
    with opened(database, tmp_path, qdrant_url="http://127.0.0.1:9") as generations:
        assert "not available" in generations.reason
        for attempt in (
            lambda: finds(generations, "fox"),
            lambda: generations.write_keyword(document, documents.passages(database, document.id), nothing),
        ):
            with pytest.raises(SearchError) as failed:
                attempt()
            assert failed.value.code == "index_unavailable"
        assert generations.progress().generation == ""

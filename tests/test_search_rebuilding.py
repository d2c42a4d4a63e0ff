"""The index made again: another model, another place, a crash on the way; and what goes on meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rag.errors import SearchError
from rag.search.generations import Generations
from rag.settings import load_settings
from store import documents
from store.database import Database
from tests.conftest import wait_until
from tests.doubles_search import (
    FOX,
    SEA,
    HashingEmbedder,
    add_document,
    ask,
    counts,
    finds,
    is_dense,
    is_indexed,
    nothing,
    opened,
)

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
        assert old.embedded == 4


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

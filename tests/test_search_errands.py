"""Deletions that the outbox asks for: what is told of them, what stays when one fails, when they end early."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.errors import SearchError
from rag.search.errands import run_errands
from store import documents, files, outbox
from store.database import Database

ANN = "u_ann"


def deleted(database: Database, count: int) -> list[str]:
    """Documents that their owner has deleted. -> the hashes of their bytes."""
    hashes = [f"{number:064x}" for number in range(count)]
    for sha256 in hashes:
        made = documents.create(
            database, owner=ANN, name=f"{sha256}.md", media_type="text/plain", sha256=sha256, bytes=1
        )
        documents.mark_deleted(database, ANN, made.id)
    return hashes


def test_whose_bytes_may_go_is_said_once_for_all(database: Database) -> None:
    hashes, told = deleted(database, 3), list[Sequence[str]]()
    run_errands(database, lambda document_id: None, told.append, lambda: False)
    assert told == [hashes]
    assert outbox.pending(database) == []
    run_errands(database, lambda document_id: None, told.append, lambda: False)
    assert len(told) == 1


def test_one_that_fails_stays_and_those_before_it_are_told(database: Database) -> None:
    hashes, told, seen = deleted(database, 3), list[Sequence[str]](), list[str]()

    def remove(document_id: str) -> None:
        seen.append(document_id)
        if len(seen) == 2:
            raise SearchError("index_unavailable", "The index did not answer.")

    with pytest.raises(SearchError):
        run_errands(database, remove, told.append, lambda: False)
    assert told == [hashes[:1]]
    assert next((one.payload["document_id"], one.attempts) for one in outbox.pending(database)) == (seen[1], 1)


def test_a_program_that_ends_leaves_the_rest_for_its_next_start(database: Database) -> None:
    deleted(database, 3)
    closing = iter((False, True))
    run_errands(database, lambda document_id: None, lambda hashes: None, lambda: next(closing))
    assert len(outbox.pending(database)) == 2


def test_a_start_writes_nothing_for_files_that_have_documents(database: Database, tmp_path: Path) -> None:
    hashes = [f"{number:064x}" for number in range(50)]
    for number, sha256 in enumerate(hashes):
        documents.create(database, owner=ANN, name=f"{number}.md", media_type="text/plain", sha256=sha256, bytes=1)
        path = files.path_of(tmp_path, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    begun: list[str] = []
    with database.write() as writer:
        connection = writer.conn
    connection.set_trace_callback(begun.append)
    assert files.sweep(database, tmp_path, fresh_s=0.0, is_alone=True) == 0
    connection.set_trace_callback(None)
    assert begun == []
    assert all(files.path_of(tmp_path, sha256).exists() for sha256 in hashes)

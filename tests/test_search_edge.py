"""The embedded index among processes: kills, second owners, damaged folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from qdrant_edge import EdgeShard

from rag.errors import RequestError, SearchError
from rag.search.edge import EdgeIndex
from rag.search.index import IndexPoint, scope_for
from tests.doubles_search import hashed

DIMENSION = 16
ANN = scope_for("ann")

WRITER = """
import sys
from pathlib import Path
from rag.search.edge import EdgeIndex
from rag.search.index import IndexPoint

index = EdgeIndex(Path(sys.argv[1]), 16)
for batch in range(100_000):
    points = [IndexPoint(f"d{batch}:{n}", "ann", f"d{batch}", f"batch{batch} passage {n}", "en") for n in range(5)]
    index.upsert(points)
    index.set_dense(points, [[float(n + 1)] * 16 for n in range(5)])
    if batch % 3 == 2:
        index.delete_document(f"d{batch - 1}")
    sys.stdout.write(f"{batch}\\n")
    sys.stdout.flush()
"""


def start_writer(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)


def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with start_writer(folder) as writer:
        assert writer.stdout is not None
        for _ in range(51):
            acknowledged = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
    with closing(EdgeIndex(folder, DIMENSION)) as index:
        counts = index.document_counts()
        for batch in range(acknowledged + 1):
            deleted = batch % 3 == 1  # by the next batch; the one after the last acknowledged deletes nothing
            assert counts.get(f"d{batch}", 0) == (0 if deleted else 5), batch
        assert index.count(scope_for("ann", (f"d{acknowledged}",)), dense=True) == 5
        assert index.query(f"batch{acknowledged}", None, ANN, 5, "keyword")


def test_a_second_process_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with start_writer(folder) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(SearchError) as refused:
            EdgeIndex(folder, DIMENSION)
        writer.kill()
    assert refused.value.code == "index_in_use"
    assert str(folder) in refused.value.message


def test_it_is_there_again_after_closing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    points = [IndexPoint("d:1", "ann", "d", "Die Häuser am Meer", "de")]
    with closing(EdgeIndex(folder, DIMENSION)) as index:
        index.upsert(points)
        index.set_dense(points, [hashed("Meer", DIMENSION)])
        index.close()
    with closing(EdgeIndex(folder, DIMENSION)) as index:
        assert (index.count(), index.count(dense=True)) == (1, 1)
        assert [found.passage_id for found in index.query("Haus", None, ANN, 5)] == ["d:1"], "languages are known again"


def test_fields_that_filters_use_are_indexed(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    EdgeIndex(folder, DIMENSION).close()
    shard = EdgeShard.load(str(folder))
    assert shard.info().payload_schema.keys() == {"owner", "document_id", "language"}
    shard.close()


def test_what_the_engine_raises_becomes_a_coded_error(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index", DIMENSION)
    index.close()
    index.close()
    with pytest.raises(SearchError) as failed:
        index.count()
    assert failed.value.code == "index_unavailable"


def test_another_dimension_is_refused(tmp_path: Path) -> None:
    EdgeIndex(tmp_path / "index", DIMENSION).close()
    with closing(EdgeIndex(tmp_path / "index", DIMENSION)) as index, pytest.raises(SearchError):
        index.query("x", [1.0] * (DIMENSION + 1), ANN, 1)


def test_a_damaged_folder_is_a_coded_error(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    EdgeIndex(folder, DIMENSION).close()
    for file in folder.glob("segments/*/segment.json"):
        file.write_text("{")
    with pytest.raises(SearchError) as failed:
        EdgeIndex(folder, DIMENSION)
    assert failed.value.code == "index_unavailable"


def test_nothing_is_written_to_a_full_disk(tmp_path: Path) -> None:
    points = [IndexPoint("d:1", "ann", "d", "a whale", "en")]
    with closing(EdgeIndex(tmp_path / "index", DIMENSION)) as index:
        index.upsert(points)
    reserve = 1 << 20
    with closing(EdgeIndex(tmp_path / "index", DIMENSION, reserve_bytes=lambda: reserve)) as index:
        reserve = 1 << 62
        writes: list[Callable[[], None]] = [
            lambda: index.upsert(points),
            lambda: index.set_dense(points, [hashed("whale", DIMENSION)]),
            lambda: index.delete_document("d"),
            lambda: EdgeIndex(tmp_path / "other", DIMENSION, reserve_bytes=lambda: reserve).close(),
        ]
        for write in writes:
            with pytest.raises(RequestError) as refused:
                write()
            assert refused.value.code == "storage_full"
        assert [found.passage_id for found in index.query("whale", None, ANN, 5)] == ["d:1"]

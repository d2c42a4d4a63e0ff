"""Parsing and embedding on a real Dask cluster of two worker processes, and what happens when it goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rag.app import open_app
from rag.cluster import Cluster, ClusterLost
from rag.errors import DocumentError, InternalError, SearchError
from rag.ingest import kinds
from rag.ingest.processes import Stopped
from rag.ingest.remote import RemoteProcesses
from rag.ingest.sandbox import Limits, Sandbox
from rag.search.embedding import Embedder
from rag.search.remote import loader
from tests import material, misbehaving
from tests.conftest import wait_until
from tests.tiny_model import write_model
from tests.whole import REPORT, REVENUE, answer_to, ingest, settings_for

NOWHERE = "tcp://127.0.0.1:9"
TEXTS = ["The ferry leaves at seven.", "Spruce pulp is dearer.", "The crane costs 412 crowns."] * 20


def local_cluster() -> Any:
    return import_module("distributed").LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1", silence_logs=50
    )


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with local_cluster() as made:
        yield made


@pytest.fixture
def cluster(dask: Any) -> Iterator[Cluster]:
    with closing(Cluster(dask.scheduler_address)) as made:
        yield made


def test_documents_are_read_there_as_they_are_here(cluster: Cluster, tmp_path: Path) -> None:
    path, broken = tmp_path / "a.pdf", tmp_path / "broken.pdf"
    path.write_bytes(material.pdf([f"This is page number {number}." for number in range(1, 31)], title="A title"))
    broken.write_bytes(material.damaged_pdf())
    with Sandbox(2, Limits(timeout_s=60)) as here, Sandbox(2, Limits(timeout_s=60), cluster=cluster) as there:
        assert there.parse(path, kinds.PDF) == here.parse(path, kinds.PDF)
        assert there.page_png(path, 1).startswith(b"\x89PNG")
        with pytest.raises(DocumentError) as raised:
            there.parse(broken, kinds.PDF)
    assert raised.value.code == "damaged_document"
    assert cluster.workers == 2


@pytest.mark.parametrize(
    ("function", "code"),
    [(misbehaving.leave_with, "damaged_document"), (misbehaving.grow_with, "parser_limit"),
     (misbehaving.spin_with, "parser_limit")],
)  # fmt: skip
def test_a_hostile_file_ends_its_own_process_only(cluster: Cluster, tmp_path: Path, function: Any, code: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"bytes")
    pool = RemoteProcesses(cluster, 256)
    job = pool.submit(function, (path,), 1.0)
    pool.wait([job], lambda: False)
    with pytest.raises(DocumentError) as raised:
        pool.outcome(job)
    assert raised.value.code == code
    assert cluster.workers == 2


def test_a_stop_ends_the_waiting(cluster: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"bytes")
    pool = RemoteProcesses(cluster, 256)
    job = pool.submit(misbehaving.spin_with, (path,), 1.0)
    with pytest.raises(Stopped):
        pool.wait([job], lambda: True)
    job.cancel()
    pool.close()
    with pytest.raises(Stopped):
        pool.submit(misbehaving.spin_with, (path,), 1.0)


def test_passages_are_embedded_there_as_they_are_here(cluster: Cluster, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, embedding_path=write_model(tmp_path / "tiny"))
    vectors: list[dict[int, list[float]]] = []
    for made in (Embedder(settings), Embedder(settings, loader=loader(cluster))):
        with closing(made) as embedder:
            embedder.start()
            wait_until(lambda now=embedder: now.state == "ready")  # type: ignore[misc]
            found = embedder.embed(TEXTS, stop=threading.Event())
            vectors.append({at: vector for places, some in found for at, vector in zip(places, some, strict=True)})
    assert vectors[0] == vectors[1]
    assert len(vectors[0]) == len(TEXTS)


def test_a_whole_app_works_on_a_cluster(dask: Any, tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny")
    settings = settings_for(tmp_path / "data", dask_scheduler=dask.scheduler_address, embedding_path=model)
    with open_app(settings) as app:
        wait_until(lambda: not app.health()["degraded"] or app.health()["capabilities"]["dense"])
        document = ingest(app, "u_ann", REPORT, "report.pdf")
        assert app.library.document_json(app.library.document("u_ann", document.id))["dense"] is True
        assert "412 million" in answer_to(app, "u_ann", REVENUE).text


@contextmanager
def doomed_cluster() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """(its process group's leader, its address)."""
    program = (
        "import time; from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    made = LocalCluster(n_workers=1, processes=False, protocol='tcp', host='127.0.0.1', "
        "dashboard_address='127.0.0.1:0')\n"
        "    print(made.scheduler_address, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_cluster_that_is_lost_is_a_coded_failure_and_no_hang(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"Only words.")
    began = time.monotonic()
    with closing(Cluster(NOWHERE)) as nowhere, Sandbox(2, cluster=nowhere) as there:
        with pytest.raises(InternalError, match="does not work") as raised:
            there.parse(path, kinds.PLAIN_TEXT)
        assert raised.value.retryable
    with (
        doomed_cluster() as (process, address),
        closing(Cluster(address)) as cluster,
        Sandbox(2, cluster=cluster) as there,
    ):
        assert there.parse(path, kinds.PLAIN_TEXT).pages[0].text == "Only words."
        waiting = cluster.submit(misbehaving.wait_for_ever)
        os.killpg(process.pid, signal.SIGKILL)
        with pytest.raises(ClusterLost):
            cluster.wait([waiting], lambda: False)
        with pytest.raises(InternalError):
            there.parse(path, kinds.PLAIN_TEXT)
    assert time.monotonic() - began < 200


def test_an_embedding_that_is_cut_off_is_left_for_later(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, embedding_path=write_model(tmp_path / "tiny"))
    with closing(Cluster(NOWHERE)) as nowhere, closing(Embedder(settings, loader=loader(nowhere))) as embedder:
        embedder.start()
        wait_until(lambda: embedder.state == "ready")
        assert embedder.try_query("a question") is not None  # questions are answered here
        with pytest.raises(SearchError) as raised:
            list(embedder.embed(TEXTS, stop=threading.Event()))
    assert raised.value.code == "index_unavailable"

"""Passages embedded on a Dask cluster, questions here. The model's files go there with the first batch of each worker.

A model from a folder travels; one that fastembed knows by name is loaded by each worker from its own cache or the hub.
"""

from __future__ import annotations

import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.cluster import Cluster, ClusterLost
from rag.errors import SearchError
from rag.search.dense_model import DenseModel, Encoder, Loader, load

_AHEAD = 2  # batches on their way for each worker


class RemoteEncoder:
    """An Encoder whose passages are embedded elsewhere. `local` answers questions."""

    def __init__(self, local: Encoder, model: DenseModel, cluster: Cluster, *, may_download: bool) -> None:
        self._local = local
        self._model = model
        self._cluster = cluster
        self._may_download = may_download
        self._lock = threading.Lock()
        self._files: Any = None

    def query_embed(self, query: list[str]) -> Iterable[Any]:
        return self._local.query_embed(query)

    def token_count(self, texts: str) -> int:
        return self._local.token_count(texts)

    def passage_embed(self, texts: list[str], *, batch_size: int) -> Iterable[Any]:
        return next(self.passage_batches([texts], threading.Event()))

    def passage_batches(self, batches: Sequence[list[str]], stop: threading.Event) -> Iterator[list[Any]]:
        """The vectors of each batch, in order; ends early once `stop` is set. Raises SearchError for a lost cluster."""
        waiting: deque[Any] = deque()
        left = deque(batches)
        try:
            ahead = _AHEAD * self._cluster.workers
            while left or waiting:
                while left and len(waiting) < ahead:
                    waiting.append(
                        self._cluster.submit(embed, self._model, self._sent(), left.popleft(), self._may_download)
                    )
                if not self._cluster.wait([waiting[0]], stop.is_set):
                    return
                yield self._cluster.result(waiting.popleft())
        except ClusterLost as error:
            with self._lock:
                self._files = None
            raise SearchError("index_unavailable", str(error)) from error
        finally:
            for future in waiting:
                future.cancel()

    def _sent(self) -> Any:
        """The model's files, sent once. Raises ClusterLost."""
        with self._lock:
            if self._files is None:
                self._files = self._cluster.send(_files_of(self._model.folder))
            return self._files


def loader(cluster: Cluster) -> Loader:
    """Loads models whose passages are embedded on the cluster."""

    def load_remote(model: DenseModel, cache: Path, may_download: bool) -> Encoder:
        return RemoteEncoder(load(model, cache, may_download), model, cluster, may_download=may_download)

    return load_remote


def _files_of(folder: Path | None) -> dict[str, bytes]:
    if folder is None:
        return {}
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def embed(model: DenseModel, files: dict[str, bytes], texts: list[str], may_download: bool) -> list[Any]:
    """Runs on a worker: the vectors of texts."""
    return list(
        _loaded(model.fingerprint, _Travelling(model, files), may_download).passage_embed(texts, batch_size=len(texts))
    )


class _Travelling:
    """A model and its files; all of one fingerprint are the same, so that a worker unpacks them once."""

    def __init__(self, model: DenseModel, files: dict[str, bytes]) -> None:
        self.model, self.files = model, files

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Travelling) and self.model.fingerprint == other.model.fingerprint

    def __hash__(self) -> int:
        return hash(self.model.fingerprint)


@lru_cache(maxsize=1)
def _loaded(fingerprint: str, travelling: _Travelling, may_download: bool) -> Encoder:
    folder = Path(tempfile.mkdtemp(prefix=f"folio-{fingerprint}-"))
    for name, content in travelling.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    model = replace(travelling.model, folder=folder) if travelling.files else travelling.model
    return load(model, folder, may_download)

"""The embedded index: one Qdrant Edge shard in a folder, run by this process.

Edge acknowledges a write once it is in its write-ahead log, so acknowledged writes survive a killed process; `flush`
makes them survive the machine. Its optimizer is never run: it would hold the interpreter for as long as it takes. It
writes through memory maps, so on a full disk it would kill the process (SIGBUS): before it may write we look.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FacetRequest,
    FieldCondition,
    Filter,
    HasIdCondition,
    HasVectorCondition,
    MatchAny,
    MatchValue,
    Modifier,
    PayloadSchemaType,
    Point,
    PointVectors,
    Query,
    QueryBatchRequest,
    QueryRequest,
    ScoredPoint,
    UpdateMode,
    UpdateOperation,
    VectorStorageDatatype,
)

from rag.errors import FolioError, RequestError, SearchError
from rag.search import bm25
from rag.search.fusion import chosen, unheard
from rag.search.index import (
    DENSE,
    DEPTH,
    DOCUMENT,
    INDEXED_FIELDS,
    KEYWORD,
    LANGUAGE,
    OWNER,
    PASSAGE,
    WEIGHTS,
    Candidate,
    IndexMode,
    IndexPoint,
    Scope,
    Vector,
    batches,
    ranked,
)

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 60.0  # then little is read again from its log after a crash
_ALL = 10_000_000  # values in a facet
RESERVE_BYTES = 24 * 1024 * 1024  # one batch takes a few megabytes at most


class EdgeIndex:
    """An Index in `folder`, which is made when missing. `dimension` 0: no dense vectors, keyword search only.

    Raises SearchError: index_in_use when another process has the folder open, index_unavailable when it cannot be read.
    Raises RequestError(storage_full), here and when writing, while the disk has less than `reserve_bytes()` left.
    """

    def __init__(
        self, folder: Path, dimension: int, *, reserve_bytes: Callable[[], int] = lambda: RESERVE_BYTES
    ) -> None:
        self.name = folder.name
        self.dimension = dimension
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._closed = False
        folder.mkdir(parents=True, exist_ok=True)
        self._check_room()
        with self._translated():
            self._shard = self._open()
            self._languages = frozenset(self._facet(LANGUAGE))
        self._flushed_at = monotonic()

    def _open(self) -> EdgeShard:
        if (self._folder / "edge_config.json").exists():
            shard = EdgeShard.load(str(self._folder))
        else:
            # Half the memory, two thirds of the time of a search, and .9998 of the same first hundred as in 32 bits.
            vector = EdgeVectorParams(self.dimension, Distance.Cosine, datatype=VectorStorageDatatype.Float16)
            dense = {DENSE: vector} if self.dimension else None
            sparse = {KEYWORD: EdgeSparseVectorParams(modifier=Modifier.Idf)}
            shard = EdgeShard.create(str(self._folder), EdgeConfig(vectors=dense, sparse_vectors=sparse))
        for field in sorted({*INDEXED_FIELDS} - shard.info().payload_schema.keys()):
            shard.update(UpdateOperation.create_field_index(field, PayloadSchemaType.Keyword))
        return shard

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        for batch in batches(points):
            made = [
                Point(
                    point.id,
                    {KEYWORD: bm25.document_vector(point.text, point.language)},
                    {
                        OWNER: point.owner,
                        DOCUMENT: point.document_id,
                        PASSAGE: point.passage_id,
                        LANGUAGE: point.language,
                    },
                )
                for point in batch
            ]
            # The same id is the same text: what is there stays, with its dense vector.
            self._write(UpdateOperation.upsert_points(made, update_mode=UpdateMode.InsertOnly))
        self._languages |= {point.language for point in points}

    def set_dense(self, points: Sequence[IndexPoint], vectors: Sequence[Vector]) -> None:
        if not points:
            return
        made = [PointVectors(point.id, {DENSE: list(vector)}) for point, vector in zip(points, vectors, strict=True)]
        self._write(UpdateOperation.update_vectors(made))

    def query(
        self,
        text: str,
        vector: Vector | None,
        scope: Scope,
        limit: int,
        mode: IndexMode = "hybrid",
        weights: tuple[float, float] = WEIGHTS,
    ) -> list[Candidate]:
        retrievers = self._retrievers(text, vector, mode)
        depth = max(DEPTH, limit) if len(retrievers) > 1 else limit
        if scope.is_empty or not retrievers:
            return []
        within = _within(scope)
        requests = [QueryRequest(limit=depth, query=query, filter=within) for query in retrievers.values()]
        with self._translated():
            answers = self._shard.query_batch(QueryBatchRequest(requests))
        found = {name: ranked(map(_id_and_score, answer)) for name, answer in zip(retrievers, answers, strict=True)}
        missing = unheard(found, depth)
        nearness = self._nearness(retrievers[DENSE], within, missing) if missing else {}
        return self._named(chosen(found, weights, len(retrievers) * depth, nearness), limit, fused=len(found) > 1)

    def _nearness(self, query: Query, within: Filter, wanted: Collection[str]) -> dict[str, float]:
        """Point id -> semantic score, of these points, as far as they have a vector."""
        among = Filter(must=[HasIdCondition({*wanted}), within])
        with self._translated():
            return dict(
                map(_id_and_score, self._shard.query(QueryRequest(limit=len(wanted), query=query, filter=among)))
            )

    def _named(self, best: Sequence[Candidate], limit: int, *, fused: bool) -> list[Candidate]:
        """The first `limit` of `best`, where points' ids stand for passages'; of equals the first by the passage's id.

        Only theirs are looked up: the payloads of both whole lists would take a fifth of the time of a search.
        """
        least = best[min(limit, len(best)) - 1].fused if best else 0.0
        kept = [one for one in best if one.fused >= least]
        with self._translated():
            records = self._shard.retrieve([one.passage_id for one in kept], [PASSAGE], False)
        passages = {str(record.id): str((record.payload or {})[PASSAGE]) for record in records}
        there = [replace(one, passage_id=passages[one.passage_id]) for one in kept if one.passage_id in passages]
        there.sort(key=lambda one: (-one.fused, one.passage_id if fused else ""))
        return there[:limit]

    def _retrievers(self, text: str, vector: Vector | None, mode: IndexMode) -> dict[str, Query]:
        """The nearest-neighbour queries of a question by vector name, keyword first."""
        queries = {}
        if mode != "semantic":
            sparse = bm25.query_vector(text, self._languages)
            if sparse.indices:
                queries[KEYWORD] = Query.Nearest(sparse, using=KEYWORD)
        if mode != "keyword" and vector is not None and self.dimension:
            queries[DENSE] = Query.Nearest(list(vector), using=DENSE)
        return queries

    def delete_document(self, document_id: str, keep: Iterable[IndexPoint] = ()) -> None:
        kept = {point.id for point in keep}
        doomed = Filter(must=[_is(DOCUMENT, document_id)], must_not=[HasIdCondition(kept)] if kept else None)  # type: ignore[arg-type]  # set[str] is a set of ids
        self._write(UpdateOperation.delete_points_by_filter(doomed))
        with self._translated():
            left = self._shard.count(CountRequest(exact=True, filter=doomed))
        if left:
            raise SearchError("index_unavailable", f"{left} passages of a deleted document are still in the index.")

    def count(self, scope: Scope | None = None, *, dense: bool = False) -> int:
        if scope is not None and scope.is_empty:
            return 0
        within = _within(scope) if scope is not None else Filter()
        if dense:
            if not self.dimension:
                return 0
            within = Filter(must=[within, HasVectorCondition(DENSE)])
        with self._translated():
            return self._shard.count(CountRequest(exact=True, filter=within))

    def document_counts(self) -> dict[str, int]:
        with self._translated():
            return self._facet(DOCUMENT)

    def flush(self) -> None:
        """Not after every document: Edge keeps the interpreter to itself while it waits for the disk, .1 s and more.

        Its log has everything that was acknowledged, also when this process is killed; what a power cut takes from
        the log is found missing at the next start.
        """
        if monotonic() - self._flushed_at >= FLUSH_EVERY_S:
            with self._translated():
                self._shard.flush()
            self._flushed_at = monotonic()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for step in (self._shard.flush, self._shard.close):
            try:
                with self._translated():
                    step()
            except FolioError as error:  # on a full disk; what was acknowledged is in Edge's log
                log.warning("The index in %s did not close cleanly: %s", self._folder, error.message)

    def _facet(self, field: str) -> dict[str, int]:
        """How many points have each value; Edge also lists values whose points are all deleted."""
        hits = self._shard.facet(FacetRequest(field, limit=_ALL, exact=True)).hits
        return {str(hit.value): hit.count for hit in hits if hit.count}

    def _write(self, operation: UpdateOperation) -> None:
        self._check_room()
        with self._translated():
            self._shard.update(operation)

    def _check_room(self) -> None:
        if shutil.disk_usage(self._folder).free < self._reserve_bytes():
            raise _full()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Edge raises bare Exceptions: here they become errors of ours."""
        try:
            yield
        except Exception as error:
            if "init WAL" in str(error):
                raise SearchError(
                    "index_in_use", f"Another process has the index in {self._folder} open. Stop it, then retry."
                ) from error
            if "No space left" in str(error):
                raise _full() from error
            raise SearchError(
                "index_unavailable", "The vector index failed.", {"folder": str(self._folder), "reason": str(error)}
            ) from error


def _full() -> RequestError:
    return RequestError("storage_full", "The disk that holds the search index is full. Free some space, then retry.")


def _is(field: str, value: str) -> FieldCondition:
    return FieldCondition(field, match=MatchValue(value))


def _within(scope: Scope) -> Filter:
    """The one place where a scope becomes Edge's filter. Each owner alone: MatchAny takes a third longer in a scan."""
    owned = [_is(OWNER, owner) for owner in scope.owners]
    documents = [] if scope.documents is None else [FieldCondition(DOCUMENT, match=MatchAny(list(scope.documents)))]
    return Filter(must=[*documents], should=[*owned])


def _id_and_score(point: ScoredPoint) -> tuple[str, float]:
    return str(point.id), point.score

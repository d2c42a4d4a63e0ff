"""The index on a Qdrant server, through qdrant-client: the same vectors, filters and fusion as the embedded one.

The server is 1.17 or later: insert-only upserts came with it.

Whatever the client or the network raises becomes SearchError(index_unavailable); every request has a timeout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.errors import SearchError
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

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models
    from qdrant_edge import SparseVector

TIMEOUT_S = 20
_ALL = 1_000_000  # values in a facet


def connect(url: str, api_key: str) -> QdrantClient:
    """A client of the server at `url`. Asks nothing of it yet."""
    from qdrant_client import QdrantClient  # noqa: PLC0415  # 2 s, only with a server

    return QdrantClient(url=url, api_key=api_key or None, timeout=TIMEOUT_S, check_compatibility=False)


def collections(client: QdrantClient, prefix: str) -> list[str]:
    """The server's collections whose names begin with `prefix`. Raises SearchError(index_unavailable)."""
    with _translated():
        return [found.name for found in client.get_collections().collections if found.name.startswith(prefix)]


def drop(client: QdrantClient, collection: str) -> None:
    """The collection is gone, if it was there. Raises SearchError(index_unavailable)."""
    with _translated():
        client.delete_collection(collection)


class ServerIndex:
    """An Index in one collection, which is made when missing. `dimension` 0: keyword search only.

    The client is the caller's, and is closed by the caller. Raises SearchError(index_unavailable).
    """

    def __init__(self, client: QdrantClient, collection: str, dimension: int) -> None:
        from qdrant_client import models  # noqa: PLC0415

        self.name = collection
        self.dimension = dimension
        self._client = client
        self._models = models
        with _translated():
            self._create()
            self._languages = frozenset(self._facet(LANGUAGE))

    def _create(self) -> None:
        m = self._models
        if not self._client.collection_exists(self.name):
            dense = {DENSE: m.VectorParams(size=self.dimension, distance=m.Distance.COSINE)} if self.dimension else {}
            sparse = {KEYWORD: m.SparseVectorParams(modifier=m.Modifier.IDF)}
            self._client.create_collection(self.name, vectors_config=dense, sparse_vectors_config=sparse)
        known = self._client.get_collection(self.name).payload_schema
        for field in sorted({*INDEXED_FIELDS} - known.keys()):
            schema = m.KeywordIndexParams(type=m.KeywordIndexType.KEYWORD, is_tenant=field == OWNER)
            self._client.create_payload_index(self.name, field, schema)

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        m = self._models
        for batch in batches(points):
            made = [
                m.PointStruct(
                    id=point.id,
                    vector={KEYWORD: self._sparse(bm25.document_vector(point.text, point.language))},
                    payload={
                        OWNER: point.owner,
                        DOCUMENT: point.document_id,
                        PASSAGE: point.passage_id,
                        LANGUAGE: point.language,
                    },
                )
                for point in batch
            ]
            with _translated():
                self._client.upsert(self.name, made, wait=True, update_mode=m.UpdateMode.INSERT_ONLY)
        self._languages |= {point.language for point in points}

    def set_dense(self, points: Sequence[IndexPoint], vectors: Sequence[Vector]) -> None:
        if not points:
            return
        made = [
            self._models.PointVectors(id=point.id, vector={DENSE: list(vector)})
            for point, vector in zip(points, vectors, strict=True)
        ]
        with _translated():
            self._client.update_vectors(self.name, made, wait=True)

    def query(
        self,
        text: str,
        vector: Vector | None,
        scope: Scope,
        limit: int,
        mode: IndexMode = "hybrid",
        weights: tuple[float, float] = WEIGHTS,
    ) -> list[Candidate]:
        m, retrievers = self._models, self._retrievers(text, vector, mode)
        depth = max(DEPTH, limit) if len(retrievers) > 1 else limit
        if scope.is_empty or not retrievers:
            return []
        within = self._within(scope)
        requests = [
            m.QueryRequest(query=query, using=name, filter=within, limit=depth, with_payload=[PASSAGE])
            for name, query in retrievers.items()
        ]
        with _translated():
            answers = self._client.query_batch_points(self.name, requests)
        lists = (ranked(_passage_and_score(point) for point in answer.points) for answer in answers)
        found = dict(zip(retrievers, lists, strict=True))
        nearness: dict[str, float] = {}
        if missing := unheard(found, depth):
            wanted = [point.id for point in answers[0].points if _passage_and_score(point)[0] in missing]
            nearness = self._nearness(retrievers[DENSE], within, wanted)
        return chosen(found, weights, limit, nearness)

    def _nearness(
        self, query: models.SparseVector | list[float], within: models.Filter, wanted: list[models.ExtendedPointId]
    ) -> dict[str, float]:
        """The semantic scores of these points, as far as they have a vector."""
        m = self._models
        among = m.Filter(must=[within, m.HasIdCondition(has_id=wanted)])
        with _translated():
            answer = self._client.query_points(
                self.name, query, using=DENSE, query_filter=among, limit=len(wanted), with_payload=[PASSAGE]
            )
        return dict(map(_passage_and_score, answer.points))

    def _retrievers(
        self, text: str, vector: Vector | None, mode: IndexMode
    ) -> dict[str, models.SparseVector | list[float]]:
        """The nearest-neighbour queries of a question by vector name, keyword first."""
        queries: dict[str, models.SparseVector | list[float]] = {}
        if mode != "semantic":
            sparse = bm25.query_vector(text, self._languages)
            if sparse.indices:
                queries[KEYWORD] = self._sparse(sparse)
        if mode != "keyword" and vector is not None and self.dimension:
            queries[DENSE] = list(vector)
        return queries

    def delete_document(self, document_id: str, keep: Iterable[IndexPoint] = ()) -> None:
        m = self._models
        kept = [point.id for point in keep]
        doomed = m.Filter(
            must=[m.FieldCondition(key=DOCUMENT, match=m.MatchValue(value=document_id))],
            must_not=[m.HasIdCondition(has_id=[*kept])] if kept else None,
        )
        with _translated():
            self._client.delete(self.name, m.FilterSelector(filter=doomed), wait=True)
            left = self._client.count(self.name, doomed, exact=True).count
        if left:
            raise SearchError("index_unavailable", f"{left} passages of a deleted document are still in the index.")

    def count(self, scope: Scope | None = None, *, dense: bool = False) -> int:
        m = self._models
        if scope is not None and scope.is_empty:
            return 0
        if dense and not self.dimension:
            return 0
        within = self._within(scope) if scope is not None else m.Filter()
        if dense:
            within = m.Filter(must=[within, m.HasVectorCondition(has_vector=DENSE)])
        with _translated():
            return int(self._client.count(self.name, within, exact=True).count)

    def document_counts(self) -> dict[str, int]:
        with _translated():
            return self._facet(DOCUMENT)

    def flush(self) -> None:
        """The server keeps its own promises: acknowledged writes are in its log."""

    def close(self) -> None:
        """The client is the caller's."""

    def _facet(self, field: str) -> dict[str, int]:
        hits = self._client.facet(self.name, field, limit=_ALL, exact=True).hits
        return {str(hit.value): hit.count for hit in hits if hit.count}

    def _sparse(self, vector: SparseVector) -> models.SparseVector:
        return self._models.SparseVector(indices=vector.indices, values=vector.values)

    def _within(self, scope: Scope) -> models.Filter:
        """The one place where a scope becomes the server's filter."""
        m = self._models
        must: list[models.Condition] = [m.FieldCondition(key=OWNER, match=m.MatchAny(any=list(scope.owners)))]
        if scope.documents is not None:
            must.append(m.FieldCondition(key=DOCUMENT, match=m.MatchAny(any=list(scope.documents))))
        within: models.Filter = m.Filter(must=must)
        return within


def _passage_and_score(point: models.ScoredPoint) -> tuple[str, float]:
    payload = point.payload or {}
    return str(payload[PASSAGE]), point.score


@contextmanager
def _translated() -> Iterator[None]:
    """The client raises its own, httpx's, pydantic's and plain ValueErrors: here they become errors of ours."""
    try:
        yield
    except Exception as error:
        raise SearchError(
            "index_unavailable", "The Qdrant server did not do what was asked of it.", {"reason": str(error)[:500]}
        ) from error

"""The port to the vector index: what search needs of one, and the values that pass through it.

An index holds one point for each passage, with two named vectors: `bm25` (sparse, the index applies IDF) and, once
it is there, `dense` (cosine). It knows owners and documents but no texts: those are in SQLite, and the whole index can
be made again from them. Implemented by `edge` (embedded) and `server`; one contract suite runs on both.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from rag.model import SHARED_OWNER, RankScore

IndexMode = Literal["hybrid", "keyword", "semantic"]
Vector = Sequence[float]

DENSE = "dense"
KEYWORD = "bm25"
OWNER = "owner"
DOCUMENT = "document_id"
PASSAGE = "passage_id"
LANGUAGE = "language"
INDEXED_FIELDS = (OWNER, DOCUMENT, LANGUAGE)

DEPTH = 100  # how far down its list each retriever is heard by the fusion (rag.search.fusion)
WEIGHTS = (1.0, 0.75)  # of (keyword, dense)
BATCH = 256  # points in one request to the engine

_NAMESPACE = uuid.UUID("6f2a1f0e-6d0b-4f3c-9d0e-2f6c0f11b0a5")


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """A passage as the index is told of it. `text` is what keyword search sees; `language` is ISO 639-1 or ""."""

    passage_id: str
    owner: str
    document_id: str
    text: str
    language: str = ""

    @property
    def id(self) -> str:
        """The point's id: the same passage of the same document always has the same one."""
        content = sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
        return str(uuid.uuid5(_NAMESPACE, f"{self.document_id}\n{content}\n{self.passage_id}"))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose passages are looked at, and of which documents (None: of all)."""

    owners: tuple[str, ...]
    documents: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.owners or self.documents == ()


def scope_for(user_id: str, documents: tuple[str, ...] | None = None) -> Scope:
    """What a user may find: their own passages and those everybody shares. The only maker of a Scope for questions."""
    return Scope((user_id, SHARED_OWNER), documents)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was found, with its place and score in each retriever's list of the first DEPTH."""

    passage_id: str
    fused: float
    keyword: RankScore | None = None
    semantic: RankScore | None = None


class Index(Protocol):
    """Every method may be called from any thread, and raises SearchError(index_unavailable) when the engine fails.

    Writing raises RequestError(storage_full) while there is no room.

    `name` says which generation it is: what its vectors were made with. `dimension` is that of dense vectors, 0 when
    there are none. Acknowledged writes survive the process.
    """

    name: str
    dimension: int

    @property
    def languages(self) -> frozenset[str]:
        """The languages its passages are in, "" among them when some are in an unknown one."""

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """Writes keyword vectors. Points that are there already stay as they are, dense vectors included."""

    def set_dense(self, points: Sequence[IndexPoint], vectors: Sequence[Vector]) -> None:
        """Adds the dense vectors (of `dimension` numbers) of points that have been upserted before."""

    def query(
        self,
        text: str,
        vector: Vector | None,
        scope: Scope,
        limit: int,
        mode: IndexMode = "hybrid",
        weights: tuple[float, float] = WEIGHTS,
    ) -> list[Candidate]:
        """The best `limit` passages of the scope, best first.

        "hybrid" fuses both retrievers under `weights` (keyword, dense), see rag.search.fusion; without a vector it is
        "keyword". "semantic" without a vector finds nothing. In a list of one retriever `fused` is its score.
        """

    def delete_document(self, document_id: str, keep: Iterable[IndexPoint] = ()) -> None:
        """Removes the document's points but those of `keep`, and has counted afterwards that they are gone."""

    def count(self, scope: Scope | None = None, *, dense: bool = False) -> int:
        """How many points there are in the scope (None: in all), with `dense` only those that have a dense vector."""

    def document_counts(self) -> dict[str, int]:
        """How many points each document has, for every document that has any."""

    def flush(self) -> None:
        """What has been written outlives this process when this returns."""

    def close(self) -> None:
        """Frees the engine. Closing twice is fine; nothing else may be called afterwards."""


def ranked(found: Iterable[tuple[str, float]]) -> dict[str, RankScore]:
    """(passage id, score), best first -> each passage's place in that list."""
    return {passage_id: RankScore(rank, score) for rank, (passage_id, score) in enumerate(found, start=1)}


def batches(points: Sequence[IndexPoint], size: int = BATCH) -> Iterable[Sequence[IndexPoint]]:
    """The points in runs of at most `size`."""
    return (points[start : start + size] for start in range(0, len(points), size))

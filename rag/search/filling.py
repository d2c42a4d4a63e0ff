"""Documents of the database -> points of an index, and both compared. Knows no threads: the callers take turns."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from rag.errors import SearchError
from rag.search import languages
from rag.search.embedding import Embedding
from rag.search.index import Index, IndexPoint, Scope, Vector, batches
from rag.search.texts import keyword_text, placed, places
from store import documents
from store.database import Database
from store.documents import Document, PassageRow
from store.errors import NotFound

log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]
_DENSE_BATCH = 64  # vectors gathered before they are written: a second's work


def points_of(document: Document, passages: Sequence[PassageRow], *, in_languages: bool = True) -> list[IndexPoint]:
    """The document's points. Without `in_languages` they serve as names only (their ids are the same)."""
    texts = [keyword_text(passage.heading, passage.text) for passage in passages]
    spoken = languages.detect_passages([passage.text for passage in passages]) if in_languages else [""] * len(texts)
    return [
        IndexPoint(passage.id, document.owner, document.id, text, language)
        for passage, text, language in zip(passages, texts, spoken, strict=True)
    ]


def write_keyword(index: Index, document: Document, passages: Sequence[PassageRow], on_progress: OnProgress) -> int:
    """All keyword points of the document, in place of those it had; counted. -> how many.

    They outlive the process; the caller flushes the index now and then, so that they outlive the machine (`reconcile`
    notices at the next start when they did not). Raises SearchError, also when fewer points can be read back than were
    written.
    """
    points = points_of(document, passages)
    done = 0
    for batch in batches(points):
        index.upsert(batch)
        done += len(batch)
        on_progress(done, len(points))
    within = Scope((document.owner,), (document.id,))
    if index.count(within) != len(points):  # an earlier attempt with other passages left some behind
        index.delete_document(document.id, keep=points)
    if (there := index.count(within)) != len(points):
        raise SearchError("index_unavailable", f"Of {len(points)} passages written, {there} are in the index.")
    return len(points)


class DenseWriter:
    """Adds dense vectors to the points of one document, in batches as the model makes them.

    `write_batch(document id, points, vectors)` writes one and says whether to go on.
    """

    def __init__(self, embedder: Embedding, write_batch: Callable[[str, list[IndexPoint], list[Vector]], bool]) -> None:
        self._embedder = embedder
        self._write_batch = write_batch

    def write(
        self, document: Document, passages: Sequence[PassageRow], on_progress: OnProgress, stop: threading.Event
    ) -> int:
        """-> how many vectors there are now; fewer than passages when stopped. Raises SearchError."""
        points = points_of(document, passages, in_languages=False)
        around = self._places(document, passages, stop)
        done = 0
        gathered: list[tuple[IndexPoint, Vector]] = []
        for positions, vectors in self._embedder.embed([passage.text for passage in passages], stop=stop):
            for position, vector in zip(positions, vectors, strict=True):
                under = places(document.name, passages[position].heading)
                known = [(around[text], weight) for text, weight in under if text in around]
                gathered.append((points[position], placed(vector, known)))
            if len(gathered) >= _DENSE_BATCH or done + len(gathered) == len(points):
                if not self._write_batch(document.id, [point for point, _ in gathered], [v for _, v in gathered]):
                    return done
                done += len(gathered)
                gathered.clear()
                on_progress(done, len(points))
        return done

    def _places(
        self, document: Document, passages: Sequence[PassageRow], stop: threading.Event
    ) -> dict[str, Sequence[float]]:
        """The vectors of all that passages stand under; some are missing only once `stop` is set."""
        texts = sorted({text for passage in passages for text, _ in places(document.name, passage.heading)})
        found: dict[str, Sequence[float]] = {}
        for positions, vectors in self._embedder.embed(texts, stop=stop):
            found.update(zip((texts[position] for position in positions), vectors, strict=True))
        return found


def remove(db: Database, document_id: str, indexes: Iterable[Index]) -> None:
    """The points of a document that is gone; one that is current again keeps them. Raises SearchError."""
    if live(db, document_id) is None:
        for index in indexes:
            index.delete_document(document_id)


def confirm_dense(index: Index, document: Document, written: int) -> None:
    """Has what was written kept and reads it back. Raises SearchError unless all dense vectors are there."""
    index.flush()
    there = index.count(Scope((document.owner,), (document.id,)), dense=True)
    if there != written:
        raise SearchError("index_unavailable", f"Of {written} dense vectors written, {there} are in the index.")


def reconcile(db: Database, index: Index, fingerprint: str) -> None:
    """Makes index and database agree about which documents the index holds.

    Points of documents that are gone are deleted; documents whose points are not all there are marked, so that they
    are written again. Raises SearchError.
    """
    counts = index.document_counts()
    searchable = {document.id: document for document in searchable_documents(db)}
    for document_id in counts.keys() - searchable.keys():
        if live(db, document_id) is None:
            log.warning("The index holds points of the deleted document %s; they are removed", document_id)
            index.delete_document(document_id)
    for document in searchable.values():
        if document.indexed_in == index.name and counts.get(document.id, 0) != document.passages:
            log.warning("Points of document %s are missing from the index; it is indexed again", document.id)
            documents.update(db, document.id, indexed_in=None, dense_in=None)
    _reconcile_dense(db, index, [found for found in searchable.values() if found.dense_in == fingerprint])


def _reconcile_dense(db: Database, index: Index, complete: Iterable[Document]) -> None:
    """Documents whose dense vectors are said to be complete and are not are marked."""
    expected = list(complete)
    if index.count(dense=True) >= sum(document.passages for document in expected):
        return
    for document in expected:
        if index.count(Scope((document.owner,), (document.id,)), dense=True) != document.passages:
            documents.update(db, document.id, dense_in=None)


def searchable_documents(db: Database) -> list[Document]:
    """All live documents of anybody that can be asked about."""
    return documents.not_indexed_in(db, "")  # no generation has this name


def live(db: Database, document_id: str) -> Document | None:
    """The document, unless it has been deleted."""
    try:
        return documents.load(db, document_id)
    except NotFound:
        return None

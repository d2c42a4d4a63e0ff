"""Stand-ins for search: an embedding model that hashes words, documents put into a database without any parsing, and
short ways to open an index over them and to ask it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from zlib import crc32

from rag.search.arrival import State
from rag.search.generations import Generations
from rag.search.index import Candidate, scope_for
from rag.settings import load_settings
from store import documents
from store.database import Database
from store.documents import Document, PassageRow


def hashed(text: str, dimension: int) -> list[float]:
    """A unit vector in which texts with common words are near each other."""
    vector = [0.0] * dimension
    for word in text.lower().split():
        vector[crc32(word.strip(".,?!:;").encode()) % dimension] += 1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


class HashingEmbedder:
    """An Embedding without a model. Not ready until `become_ready`, unless made so.

    While `go_on` is cleared, `embed` waits before each batch, until `stop` is set. `embedded` counts texts; `languages`
    are those it speaks (None: all).
    """

    def __init__(self, name: str = "hashing", dimension: int = 64, *, ready: bool = True, batch: int = 4) -> None:
        self.fingerprint = f"{crc32(f'{name}-{dimension}'.encode()):08x}"
        self.dimension = dimension
        self.state: State = "ready" if ready else "loading"
        self.languages: frozenset[str] | None = None
        self.embedded = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self._batch = batch
        self._callbacks: list[Callable[[], None]] = []

    @property
    def reason(self) -> str:
        return "" if self.state == "ready" else "The embedding model is being loaded."

    def speaks(self, language: str) -> bool:
        return self.languages is None or language in self.languages

    def become_ready(self, dimension: int | None = None) -> None:
        self.dimension = dimension or self.dimension
        self.state = "ready"
        for callback in self._callbacks:
            callback()

    def on_ready(self, callback: Callable[[], None]) -> None:
        if self.state == "ready":
            callback()
        else:
            self._callbacks.append(callback)

    def try_query(self, text: str) -> list[float] | None:
        return hashed(text, self.dimension) if self.state == "ready" else None

    def questions_first(self) -> AbstractContextManager[None]:
        return nullcontext()

    def embed(self, texts: Sequence[str], *, stop: threading.Event) -> Iterator[tuple[list[int], list[list[float]]]]:
        for start in range(0, len(texts), self._batch):
            while not self.go_on.wait(0.005) and not stop.is_set():
                pass
            if stop.is_set():
                return
            positions = list(range(start, min(start + self._batch, len(texts))))
            self.embedded += len(positions)
            yield positions, [hashed(texts[position], self.dimension) for position in positions]


def add_document(
    db: Database, texts: Sequence[str], *, owner: str = "ann", name: str = "report.pdf", searchable: bool = True
) -> Document:
    """A document of one page for each text, with one passage each, as ingestion leaves it before vectorizing."""
    digest = f"{crc32(repr((owner, name, texts)).encode()):064x}"
    made = documents.create(db, owner=owner, name=name, media_type="text/plain", sha256=digest, bytes=1)
    rows = [
        PassageRow(f"{made.id}:{number}", made.id, number, number, 0, len(text), "", text)
        for number, text in enumerate(texts, start=1)
    ]
    documents.save_passages(db, made.id, rows)
    documents.update(db, made.id, passages=len(rows), searchable=searchable, status="ready")
    return documents.load(db, made.id)


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

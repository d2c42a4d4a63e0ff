"""Which generation of the index is in use, and everything that keeps it in step with the database.

    start      the generation that was in use opens and answers; database and index are compared both ways
    new model  another dimension, another place, other keyword vectors: a new generation is filled from the database,
               keywords first, while the old one goes on answering by keywords; then they change places
    upload     `write_keyword`, `write_dense` are called by ingestion; what is left out there is caught up with here
    delete     an outbox row asks for it; done, counted and forgotten, or tried again
    crash      each of these is found unfinished at the next start and done again

Two threads: one for what is quick (errands, comparing, keyword vectors), one for dense vectors. Writing to an index
happens under one lock, and every write looks first whether its document still lives.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from rag.errors import FolioError, SearchError
from rag.search import filling, languages
from rag.search.embedding import Embedding
from rag.search.filling import DenseWriter, OnProgress
from rag.search.holder import Holder
from rag.search.index import Index, IndexPoint, Scope, Vector
from rag.search.shelf import Library, Record
from rag.search.turnstile import Turnstile
from rag.search.upkeep import Upkeep
from rag.settings import Settings
from store import documents, outbox, tasks
from store.database import Database
from store.documents import Document, PassageRow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index is, counted in documents that can be asked about."""

    generation: str
    is_building: bool
    documents: int
    by_keyword: int
    by_meaning: int


class Generations:
    """The index for everybody else: an IndexSource for retrieval, a Vectorizer for ingestion.

    Opening raises SearchError(index_in_use) when another process has the index open; a server that does not answer and
    a full disk are tried again in the background. `on_purged()` is called after deleted documents' rows are gone.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        embedder: Embedding,
        *,
        library: Library | None = None,
        on_purged: Callable[[], object] | None = None,
    ) -> None:
        self._db = db
        self._embedder = embedder
        self._library = library or Library(db, settings)
        self._on_purged = on_purged or (lambda: None)
        self._holder = Holder()
        self._next: Index | None = None
        self._compared = ""  # the generation that was compared with the database
        self._lock = threading.RLock()
        self._dense_turn = Turnstile()
        self._dense_writer = DenseWriter(embedder, self._write_dense_batch)
        self._keeper = Upkeep("Keeping the index in step", self._keep)
        self._dense = Upkeep("Adding dense vectors", self._backfill)
        try:
            self._open()
        except FolioError as error:
            if error.code == "index_in_use":
                raise
            self._keeper.trouble = error.message

    # For everybody

    def start(self) -> None:
        """Begins to catch up in the background, at once and whenever there is something to do."""
        self._embedder.on_ready(self.notify)
        self._keeper.start()
        self._dense.start()
        self.notify()

    def close(self) -> None:
        """Ends background work within a batch, and closes the index. Calling it twice is fine."""
        self._keeper.close()
        self._dense.close()
        self._holder.replace(None, lambda index: index.close())
        self._library.close()

    def notify(self) -> None:
        """There may be something to do: a deletion, a document, a model that is ready."""
        self._keeper.wake()
        self._dense.wake()

    def document_searchable(self, document_id: str) -> None:
        """The document can be asked about, and may lack vectors that are to be caught up with."""
        self.notify()

    @property
    def reason(self) -> str:
        current = self._holder.current
        if current is None:
            return f"The vector index is not available: {self._keeper.trouble}"
        if current.name != self._target().name:
            return "The index is being made again for another embedding model or place."
        return ""

    def borrow(self) -> AbstractContextManager[Index]:
        return self._holder.borrow()

    def progress(self) -> Progress:
        searchable = filling.searchable_documents(self._db)
        current, fingerprint = self._holder.current, self._embedder.fingerprint
        return Progress(
            generation=current.name if current else "",
            is_building=self._next is not None,
            documents=len(searchable),
            by_keyword=sum(current is not None and found.indexed_in == current.name for found in searchable),
            by_meaning=sum(found.dense_in == fingerprint for found in searchable),
        )

    # For ingestion
    warm = staticmethod(languages.warm)

    def write_keyword(self, document: Document, passages: Sequence[PassageRow], on_progress: OnProgress) -> int:
        """All keyword points of the document, in place of those it had, read back. -> how many.

        0 for a document that has been deleted. Raises SearchError, and what `on_progress(done, total)` raises.
        """
        with self._lock:
            index = self._current()
            if filling.live(self._db, document.id) is None:
                return 0
            return self._index_passages(index, document, passages, on_progress)

    def write_dense(self, document_id: str, on_progress: OnProgress, stop: threading.Event) -> int | None:
        """All dense vectors of a searchable document. -> how many there are; None at once while there is no model.

        Fewer than it has passages once `stop` is set or the document is deleted. Raises SearchError.
        """
        return self._write_dense(document_id, on_progress, stop, hurried=True)

    # Opening

    def _target(self) -> Record:
        """The generation that the settings call for."""
        return self._library.target(self._embedder.dimension, self._embedder.fingerprint)

    def _current(self) -> Index:
        current = self._holder.current
        if current is None:
            raise SearchError("index_unavailable", f"The vector index is not available: {self._keeper.trouble}")
        return current

    def _open(self) -> None:
        with self._lock:
            if self._holder.current is None:
                self._holder.replace(self._library.open_current(self._target()), lambda _: None)

    # The keeper's thread

    def _keep(self) -> None:
        """One round of everything that is quick."""
        self._open()
        self._run_errands()
        target = self._target()
        if self._current().name != target.name:
            self._build(target)
        elif self._compared != target.name:
            with self._lock:
                filling.reconcile(self._db, self._current(), self._embedder.fingerprint)
            self._library.tidy(target)
            self._compared = target.name
        self._catch_up(self._current())
        self._current().flush()  # here, as it takes longer the more there is: no document has to wait for it
        self._dense.wake()
        if len(self._current().languages) > 1:
            languages.warm()

    def _run_errands(self) -> None:
        errands = outbox.pending(self._db)
        for errand in errands:
            document_id = str(errand.payload["document_id"])
            try:
                with self._lock:
                    filling.remove(self._db, document_id, filter(None, (self._holder.current, self._next)))
            except FolioError:
                outbox.failed(self._db, errand.id)
                raise
            with self._db.write():
                documents.purge(self._db, document_id)
                outbox.done(self._db, errand.id)
        if errands:
            self._on_purged()

    def _build(self, target: Record) -> None:
        """Fills the new generation; if the program is not ending by then, it takes the old one's place."""
        log.info("Making the index %s from the database", target.name)
        with self._lock:
            built = self._next = self._library.open(target)
        try:
            with self._lock:
                filling.reconcile(self._db, built, self._embedder.fingerprint)
            self._catch_up(built)
            with self._lock:
                self._catch_up(built)  # what came in meanwhile; nothing more can come now
                if not self._keeper.is_closing:
                    self._exchange(built, target)
        finally:
            with self._lock:
                self._next = None
                if self._holder.current is not built:
                    built.close()

    def _exchange(self, built: Index, target: Record) -> None:
        old = self._library.record(target)
        self._holder.replace(built, lambda index: index.close())
        self._compared = target.name
        self._library.remove(old)
        log.info("The index %s is in use", target.name)

    def _catch_up(self, index: Index) -> None:
        """Keyword points of all documents that this generation lacks."""
        while waiting := documents.not_indexed_in(self._db, index.name):
            for document in waiting:
                if self._keeper.is_closing:
                    return
                self._run_errands()
                with self._lock:
                    self._index_document(index, document.id)

    def _index_document(self, index: Index, document_id: str) -> None:
        if (document := filling.live(self._db, document_id)) is not None:
            self._index_passages(index, document, documents.passages(self._db, document_id), _nobody_follows)

    def _index_passages(
        self, index: Index, document: Document, passages: Sequence[PassageRow], on_progress: OnProgress
    ) -> int:
        written = filling.write_keyword(index, document, passages, on_progress)
        is_dense = index.count(Scope((document.owner,), (document.id,)), dense=True) == written
        dense = {} if is_dense else {"dense_in": None}  # other passages than before, or another generation
        documents.update(self._db, document.id, indexed_in=index.name, **dense)
        return written

    # The dense thread

    def _backfill(self) -> None:
        """Dense vectors of all documents that lack them and that ingestion is not working on."""
        for document in documents.not_dense_in(self._db, self._embedder.fingerprint):
            task = tasks.by_document(self._db, document.owner, document.id)
            if task is not None and not task.is_finished:
                continue
            if self._dense.is_closing:
                return
            if self._write_dense(document.id, _nobody_follows, self._dense.closing, hurried=False) is None:
                return

    def _write_dense(
        self, document_id: str, on_progress: OnProgress, stop: threading.Event, *, hurried: bool
    ) -> int | None:
        if self._embedder.state != "ready" or self.reason:
            return None
        with self._dense_turn.turn(hurried=hurried):
            index = self._current()
            if (document := filling.live(self._db, document_id)) is None:
                return 0
            passages = documents.passages(self._db, document_id)
            if document.dense_in == self._embedder.fingerprint:
                on_progress(len(passages), len(passages))
                return len(passages)
            if document.indexed_in != index.name:
                with self._lock:
                    self._index_document(index, document_id)
            written = self._dense_writer.write(document, passages, on_progress, stop)
            if written == len(passages):
                filling.confirm_dense(index, document, written)
                documents.update(self._db, document_id, dense_in=self._embedder.fingerprint)
        return written

    def _write_dense_batch(self, document_id: str, points: list[IndexPoint], vectors: list[Vector]) -> bool:
        with self._lock:
            if filling.live(self._db, document_id) is None:
                return False
            self._current().set_dense(points, vectors)
        return True


def _nobody_follows(done: int, total: int) -> None:
    """The progress of what goes on in the background."""

"""What the outbox asks of the index: deletions, done, counted, and then forgotten together with the documents' rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.errors import FolioError
from store import documents, outbox
from store.database import Database

OnPurged = Callable[[Sequence[str]], object]


def run_errands(
    db: Database, remove: Callable[[str], None], on_purged: OnPurged, is_closing: Callable[[], bool]
) -> None:
    """All that wait, oldest first, until `is_closing()`; `remove(document_id)` takes a document's points away.

    `on_purged(hashes)` is told the SHA-256 of the bytes of documents whose rows are gone: of these only, so that a
    deletion costs the same however many documents there are. Raises what `remove` raises; that errand stays.
    """
    hashes: list[str] = []
    try:
        for errand in outbox.pending(db):
            if is_closing():
                return
            document_id = str(errand.payload["document_id"])
            try:
                remove(document_id)
            except FolioError:
                outbox.failed(db, errand.id)
                raise
            with db.write():
                sha256 = documents.purge(db, document_id)
                outbox.done(db, errand.id)
            if sha256 is not None:
                hashes.append(sha256)
    finally:
        if hashes:
            on_purged(hashes)

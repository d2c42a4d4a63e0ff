"""One user's documents as an answer reads them: search, pages, whole texts. Every look names the user."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from rag.answer.notes import joined
from rag.answer.reading import DocumentText
from rag.model import Hit, Passage, SearchMode, seconds_of
from rag.search.naming import NamedDocument
from rag.search.reranking import Reranker, Wanted
from rag.search.retrieve import Choices, Retriever
from store import documents, users
from store.database import Database
from store.documents import PageRow
from store.errors import NotFound

_SHOWN_NAMES = 3
_REMEMBERED_USERS = 200


def passages_of(
    db: Database, user_id: str, passage_ids: Sequence[str], *, replaced: bool = False
) -> dict[str, Passage]:
    """passage id -> passage, of those that are there and that the user may read; see documents.passages_by_id."""
    found = documents.passages_by_id(db, user_id, passage_ids, replaced=replaced)
    times = documents.page_times(db, user_id, {row.document_id for row, _, _ in found.values()})
    return {
        passage_id: Passage(
            row.id, row.document_id, name, version, row.page, row.start, row.end, row.heading, row.text,
            seconds_of(times.get((row.document_id, row.page), b""), row.start, row.end),
        )
        for passage_id, (row, name, version) in found.items()
    }  # fmt: skip


class Names:
    """The documents that a question may name, all that can be searched; read anew only when they have changed."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[int, tuple[NamedDocument, ...]]] = OrderedDict()

    def __call__(self, user_id: str) -> tuple[NamedDocument, ...]:
        """Those of the user, newest first."""
        version = users.corpus_version(self._db, user_id)
        with self._lock:
            known = self._known.get(user_id)
        if known is not None and known[0] == version:
            return known[1]
        found = tuple(
            NamedDocument(document.id, document.name, document.title)
            for document in documents.list_readable(self._db, user_id)
            if document.searchable
        )
        with self._lock:
            self._known[user_id] = (version, found)
            self._known.move_to_end(user_id)
            while len(self._known) > _REMEMBERED_USERS:
                self._known.popitem(last=False)
        return found


class UserCorpus:
    """What one user may read. Implements rag.answer.corpus.Corpus. Raises SearchError.

    `weights`: of words and of meaning, None for the usual ones. `rerank`: how many of the first hits the `reranker`
    puts in order again, see Reranker.depth.
    """

    def __init__(
        self,
        db: Database,
        retriever: Retriever,
        user_id: str,
        weights: tuple[float, float] | None = None,
        *,
        reranker: Reranker | None = None,
        rerank: Wanted = None,
    ) -> None:
        self._db = db
        self._retriever = retriever
        self._user_id = user_id
        self._reranker = reranker
        self._rerank = rerank
        self._how: dict[str, tuple[float, float]] = {} if weights is None else {"weights": weights}

    def count_documents(self, chosen: tuple[str, ...] | None) -> int:
        known = self._retriever.names(self._user_id)
        return len(known) if chosen is None else len({one.id for one in known}.intersection(chosen))

    def known(self, chosen: tuple[str, ...] | None) -> Sequence[NamedDocument]:
        names = self._retriever.names(self._user_id)
        if chosen is None:
            return names
        within = frozenset(chosen)  # thousands may be chosen, of thousands
        return [one for one in names if one.id in within]

    def search(
        self, query: str, mode: SearchMode, chosen: tuple[str, ...] | None, limit: int
    ) -> tuple[Sequence[Hit], str]:
        depth = self._reranker.depth(self._rerank) if self._reranker else 0
        wide = max(limit, depth)
        choices = self._retriever.choices(self._user_id, query, chosen)
        hits = self._retriever.search(
            self._user_id, query, mode=mode, documents=chosen, limit=wide, choices=choices, **self._how
        )
        hits, reranked = self._reordered(query, hits, depth)
        notes = (self._named(choices), "" if mode == "keyword" else self._retriever.note(), reranked)
        return hits[:limit], joined(*notes)

    def _reordered(self, query: str, hits: list[Hit], depth: int) -> tuple[list[Hit], str]:
        """(the hits as the reranking model orders them, what it did or why it did not)."""
        if self._reranker is None:
            return hits, ""
        if not depth:
            return hits, self._reranker.note(self._rerank)
        return self._reranker.rerank(query, hits, depth, self._retriever.languages())

    def _named(self, choices: Choices) -> str:
        """Which documents were looked at first because the question names them; "" when it names none."""
        if not choices:
            return ""
        meant = frozenset(choices[0])
        names = [one.name for one in self._retriever.names(self._user_id) if one.id in meant]
        more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
        return f"first in {', '.join(names[:_SHOWN_NAMES])}{more}, which the question names"

    def page(self, document_id: str, number: int) -> PageRow | None:
        try:
            return documents.page(self._db, self._user_id, document_id, number)
        except NotFound:  # deleted while it is being quoted
            return None

    def document_pages(self, chosen: tuple[str, ...] | None) -> Iterator[DocumentText]:
        within = None if chosen is None else frozenset(chosen)
        for document in documents.list_readable(self._db, self._user_id):
            if document.searchable and (within is None or document.id in within):
                pages = documents.page_texts(self._db, self._user_id, document.id)
                yield DocumentText(document.id, document.name, document.version, pages)

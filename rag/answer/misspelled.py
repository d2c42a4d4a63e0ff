"""A second search for a question with words that no document has: perhaps they were misspelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.corpus import Corpus
from rag.answer.spelling import respelled, respelled_from
from rag.model import Asking, Hit


@dataclass(frozen=True, slots=True)
class Reread:
    """The question with words of the documents, what was read for what, and what it finds."""

    query: str
    meant: dict[str, str]
    hits: Sequence[Hit]

    @property
    def words(self) -> str:
        return ", ".join(f"“{other}” for “{word}”" for word, other in self.meant.items())


def reread(query: str, hits: Sequence[Hit], corpus: Corpus, asking: Asking) -> Reread | None:
    """None where no word was misspelled. `hits`: what the question found as it is, perhaps nothing at all."""
    documents = asking.documents
    if hits:
        read, meant = respelled(query, hits, lambda text, limit: corpus.search(text, "keyword", documents, limit)[0])
    else:
        pages = (text for document in corpus.document_pages(documents) for _, text in document.pages)
        read, meant = respelled_from(query, pages)
    if not meant:
        return None
    found, _ = corpus.search(read, asking.search_mode, documents, asking.passages)
    return Reread(read, meant, found)

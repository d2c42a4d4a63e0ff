"""What an answer needs of the documents that somebody may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from rag.answer.grounding import PageText
from rag.answer.reading import DocumentText
from rag.model import Hit, SearchMode
from rag.search.naming import NamedDocument


class Corpus(Protocol):
    """What one user may read. `documents`: only these ids, None for all."""

    def count_documents(self, documents: tuple[str, ...] | None, /) -> int:
        """How many documents can be searched now."""
        ...

    def known(self, documents: tuple[str, ...] | None, /) -> Sequence[NamedDocument]:
        """The names of the documents that can be searched now."""
        ...

    def search(
        self, query: str, mode: SearchMode, documents: tuple[str, ...] | None, limit: int, /
    ) -> tuple[Sequence[Hit], str]:
        """(hits numbered from 1, best first; "" or a note, such as why it was by words only)."""
        ...

    def page(self, document_id: str, number: int, /) -> PageText | None:
        """The page, None when it is gone."""
        ...

    def document_pages(self, documents: tuple[str, ...] | None, /) -> Iterable[DocumentText]:
        """The texts of those that can be searched now."""
        ...

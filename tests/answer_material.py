"""What tests of answers share: passages on pages, a corpus in memory, and a model that plays a script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field

from rag.answer.models import ChatMessage, TextPiece, Usage
from rag.answer.reading import DocumentText
from rag.errors import FolioError
from rag.model import Hit, Page, Passage, SearchMode, Word, pack_words
from rag.search.naming import NamedDocument

REPORT = (
    "Annual Report\nNet sales increased 18.3% to $10.2 billion compared to $8.6 billion in fiscal 2021.\n"
    "The chief executive is Dana Reyes. She joined in 2014.",
    "Gross profit was $4.0 billion.\nThe company opened 47 new stores and closed 2.\nInventories rose to $1.6 billion.",
)


def passage(text: str, *, document: str = "report.pdf", page: int = 1, start: int = 0, number: int = 1) -> Passage:
    document_id = f"doc_{document}"
    return Passage(
        passage_id=f"{document_id}:{number}",
        document_id=document_id,
        document=document,
        version=1,
        page=page,
        start=start,
        end=start + len(text),
        heading="",
        text=text,
    )


def hits_of(*texts: str, document: str = "report.pdf") -> list[Hit]:
    """Each text is the whole of its page (1, 2, ...) and found in this order."""
    return [
        Hit(number, passage(text, document=document, page=number, number=number), 1.0 / number)
        for number, text in enumerate(texts, start=1)
    ]


def words_of(text: str) -> list[Word]:
    """Boxes as on a typewriter: a line is 0.02 high, a character 0.01 wide."""
    words: list[Word] = []
    offset = 0
    for row, line in enumerate(text.split("\n")):
        column = 0
        for part in line.split(" "):
            start = offset + column
            box = (column / 100, row * 0.02, (column + len(part)) / 100, row * 0.02 + 0.015)
            words.append(Word(start, start + len(part), box))
            column += len(part) + 1
        offset += len(line) + 1
    return words


@dataclass(slots=True)
class MemoryCorpus:
    """Documents by name, each a list of page texts. A search finds every page that shares a word with the query."""

    documents: dict[str, Sequence[str]] = field(default_factory=lambda: {"report.pdf": REPORT})
    note: str = ""
    failure: FolioError | None = None
    queries: list[tuple[str, SearchMode, tuple[str, ...] | None, int]] = field(default_factory=list)

    def count_documents(self, documents: tuple[str, ...] | None) -> int:
        return len(self._chosen(documents))

    def known(self, documents: tuple[str, ...] | None) -> Sequence[NamedDocument]:
        return [NamedDocument(f"doc_{name}", name) for name in self._chosen(documents)]

    def search(
        self, query: str, mode: SearchMode, documents: tuple[str, ...] | None, limit: int
    ) -> tuple[Sequence[Hit], str]:
        self.queries.append((query, mode, documents, limit))
        if self.failure is not None:
            raise self.failure
        wanted = set(query.lower().strip("?").split())
        found = [
            passage(text, document=name, page=page, number=page)
            for name, texts in self._chosen(documents).items()
            for page, text in enumerate(texts, start=1)
            if wanted & set(text.lower().replace(".", " ").split())
        ]
        return [Hit(number, each, 1.0 / number) for number, each in enumerate(found[:limit], start=1)], self.note

    def page(self, document_id: str, number: int) -> Page | None:
        texts = self.documents.get(document_id.removeprefix("doc_"))
        if texts is None:
            return None
        text = texts[number - 1]
        return Page(number, text, pack_words(words_of(text)))

    def document_pages(self, documents: tuple[str, ...] | None) -> Iterable[DocumentText]:
        for name, texts in self._chosen(documents).items():
            yield DocumentText(f"doc_{name}", name, 1, list(enumerate(texts, start=1)))

    def _chosen(self, documents: tuple[str, ...] | None) -> dict[str, Sequence[str]]:
        return {n: texts for n, texts in self.documents.items() if documents is None or f"doc_{n}" in documents}


@dataclass(slots=True)
class PlayedModel:
    """A chat model that says `pieces` one by one, then raises `failure` if there is one.

    `reply` is what complete() answers. `before` is called with the number of each piece (from 0) before it is said.
    """

    pieces: Sequence[str] = ()
    reply: str = ""
    failure: FolioError | None = None
    before: Callable[[int], None] = lambda number: None
    asked: list[tuple[ChatMessage, ...]] = field(default_factory=list)
    was_closed: bool = False

    def stream(
        self, messages: Sequence[ChatMessage], stop: threading.Event
    ) -> Generator[TextPiece | Usage, None, None]:
        self.asked.append(tuple(messages))
        try:
            for number, piece in enumerate(self.pieces):
                self.before(number)
                if stop.is_set():
                    return
                yield TextPiece(piece)
            if self.failure is not None:
                raise self.failure
            yield Usage(100, 20)
        finally:
            self.was_closed = True

    def complete(self, messages: Sequence[ChatMessage], stop: threading.Event, timeout_s: float) -> str:
        self.asked.append(tuple(messages))
        if self.failure is not None:
            raise self.failure
        return self.reply

    def close(self) -> None:
        """Nothing is kept."""

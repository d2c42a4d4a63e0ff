"""From a turn to its answer: the question checked, the earlier exchanges found, model and documents joined."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from rag.answer.models import Catalogue
from rag.answer.pipeline import answer
from rag.corpus import UserCorpus
from rag.errors import RequestError
from rag.events import Event
from rag.model import Asking, Exchange, Hit
from rag.search.retrieve import Retriever
from rag.settings import Settings
from rag.turns import asking_of
from store import documents, messages
from store.database import Database
from store.turns import Turn

HISTORY_EXCHANGES = 6  # how far back a follow-up is understood


class Answering:
    """What a turn needs to be answered. `run` is called on the turn's own thread, the rest on anybody's."""

    def __init__(self, db: Database, settings: Settings, models: Catalogue, retriever: Retriever) -> None:
        self._db = db
        self._settings = settings
        self._models = models
        self._retriever = retriever

    def check(self, user_id: str, asking: Asking) -> None:
        """Raises RequestError(invalid_request) for a question or a model that cannot be, NotFound for a document."""
        question = asking.question.strip()
        longest = self._settings.max_question_chars
        if not question:
            raise RequestError("invalid_request", "The question is empty.")
        if len(question) > longest:
            raise RequestError(
                "invalid_request", f"The question has {len(question):,} characters; {longest:,} are the most.",
                {"characters": len(question), "max_characters": longest},
            )  # fmt: skip
        for document_id in asking.documents or ():
            documents.get(self._db, user_id, document_id)
        self._models.find(asking.model)

    def search(self, user_id: str, asking: Asking, limit: int) -> list[Hit]:
        """What an answer would rest on: at most `limit` hits, best first. Raises SearchError."""
        mode = "hybrid" if asking.search_mode == "document" else asking.search_mode
        if mode == "none":
            return []
        hits, _ = self._corpus(user_id).search(asking.question, mode, asking.documents, limit)
        return list(hits)

    def run(self, turn: Turn, stop: threading.Event) -> Iterator[Event]:
        """The events of a turn's answer, see `rag.answer.pipeline`."""
        asking = asking_of(turn)
        entry = self._models.find(asking.model)
        return answer(
            asking,
            message_id=turn.message_id,
            model=self._models.build(entry.name),
            model_name=entry.name,
            corpus=self._corpus(turn.owner),
            stop=stop,
            history=self._exchanges(turn),
            context_tokens=self._settings.context_tokens,
        )

    def _corpus(self, user_id: str) -> UserCorpus:
        return UserCorpus(self._db, self._retriever, user_id)

    def _exchanges(self, turn: Turn) -> Sequence[Exchange]:
        """The questions before this one that have an answer, oldest first."""
        found: list[Exchange] = []
        question = ""
        for message in messages.branch(self._db, turn.owner, turn.conversation_id):
            if message.id == turn.question_id:
                break
            if message.role == "user":
                question = message.text
            elif message.text:
                found.append(Exchange(question, message.query or question, message.text))
        return found[-HISTORY_EXCHANGES:]

"""The composition root: the only place where concrete classes meet, and the verbs that every door calls.

A verb names the user first, raises FolioError and nothing else, and may be called from any thread.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from rag.answer.catalogue import Catalogue
from rag.answer.models import ModelInfo
from rag.answer.quotes import boxes_of, find
from rag.answering import Answering
from rag.coded import coded, folder_problems_named
from rag.corpus import passages_of
from rag.errors import SearchError
from rag.events import Answer, Logged, advance
from rag.health import health
from rag.ingest.worker import Ingestion
from rag.model import Asking, Hit, Passage, unpack_words
from rag.records import document_json, task_json
from rag.sample import Sample, read_sample
from rag.search.embedding import Embedder
from rag.search.generations import Generations
from rag.search.retrieve import Retriever
from rag.settings import Settings
from rag.talk import Talk
from rag.turns import Turns
from rag.turns.titles import Titles
from rag.turns.trash import Trash
from store import conversations, documents, files, messages, tasks, turns
from store.conversations import Conversation, State
from store.database import Database
from store.documents import Document
from store.errors import NotFound
from store.folder import check_space, hold
from store.messages import Message
from store.tasks import Task
from store.turns import Turn

log = logging.getLogger(__name__)


def open_app(settings: Settings) -> App:
    """Take the data folder and start every part.

    Raises SearchError: index_in_use (another process holds the folder); RequestError: storage_full, invalid_request
    (the models do not fit, the folder cannot be used).
    """
    with ExitStack() as resources, folder_problems_named(settings.data):
        resources.enter_context(hold(settings.data))
        check_space(settings.data)
        app = App(settings, resources)
        app.own(resources.pop_all())
        return app


@contextmanager
def _closing(index: Generations) -> Iterator[Generations]:
    """Closes an index at the end; one that cannot be flushed is no trouble: the database has all that is in it."""
    try:
        yield index
    finally:
        try:
            index.close()
        except SearchError as error:
            log.warning("The index could not be closed in order: %s %s", error.message, error.details.get("reason", ""))


class App:
    """Everything Folio does. Made by open_app; `close` (or leaving its `with`) stops all work in order.

    `talk` has the verbs for conversations and what was said in them.
    """

    def __init__(self, settings: Settings, resources: ExitStack) -> None:
        self.settings = settings
        self._resources = ExitStack()
        self._db = resources.enter_context(closing(Database.open(settings.data / "folio.db")))
        self._models = resources.enter_context(Catalogue(settings))
        self._embedder = resources.enter_context(closing(Embedder(settings)))
        self._index = resources.enter_context(
            _closing(Generations(self._db, settings, self._embedder, on_purged=self._sweep))
        )
        self._answering = Answering(
            self._db, settings, self._models, Retriever(self._index, self._embedder, self._passages)
        )
        self._ingestion = resources.enter_context(
            closing(Ingestion(self._db, settings, self._index, on_left=self._index.document_searchable))
        )
        titles = resources.enter_context(closing(Titles(self._db, self._models.build)))
        self._turns = resources.enter_context(
            closing(
                Turns(
                    self._db,
                    self._answering.run,
                    max_turns=settings.max_turns,
                    queue_timeout_s=settings.queue_timeout_s,
                    on_ended=titles.offer,
                )
            )
        )
        self.talk = Talk(self._db, self._turns, self._answering.check)
        resources.enter_context(closing(Trash(self._db)))
        self._sweep()
        self._embedder.start()
        self._index.start()
        self._ingestion.start()
        self._models.warm()

    def own(self, resources: ExitStack) -> None:
        """What is to be closed with the app, last opened first."""
        self._resources = resources

    def close(self) -> None:
        """Interrupts answers, puts unfinished documents back for the next start, frees the folder. Twice is fine."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Documents

    @coded
    def upload(self, user_id: str, stream: BinaryIO, name: str, *, conversation_id: str | None = None) -> Task:
        """Admit a file and start to work on it. The same bytes again: the task of the document that is there.

        Raises DocumentError (unsupported_type, empty_document, too_large, ...), RequestError(storage_full, not_found).
        """
        if conversation_id is not None:
            conversations.get(self._db, user_id, conversation_id)
        check_space(self.settings.data)
        return self._ingestion.admit(user_id, stream, name)

    @coded
    def task(self, user_id: str, task_id: str) -> Task:
        return tasks.get(self._db, user_id, task_id)

    @coded
    def newest_task(self, user_id: str, document_id: str) -> Task | None:
        """The task that last worked on a document."""
        return tasks.by_document(self._db, user_id, document_id)

    @coded
    def active_tasks(self, user_id: str) -> list[Task]:
        return tasks.active(self._db, user_id)

    def task_json(self, task: Task) -> dict[str, Any]:
        """The contract's *task*, with its place in the queue."""
        return task_json(task, 0 if task.is_finished else tasks.position(self._db, task.id))

    def document_json(self, document: Document) -> dict[str, Any]:
        """The contract's *document*."""
        return document_json(document)

    @coded
    def documents(self, user_id: str) -> list[Document]:
        """What the user may read, newest first."""
        return documents.list_readable(self._db, user_id)

    @coded
    def document(self, user_id: str, document_id: str) -> Document:
        return documents.get(self._db, user_id, document_id)

    @coded
    def delete_document(self, user_id: str, document_id: str) -> None:
        """Gone from every list and search at once; its vectors and file follow, also through a crash."""
        documents.mark_deleted(self._db, user_id, document_id)
        self._index.notify()

    @coded
    def page_image(self, user_id: str, document_id: str, number: int, *, quote: str | None = None) -> bytes:
        """A PDF's page as PNG, the quote (where it stands there) boxed. Raises RequestError(not_found)."""
        document = documents.get(self._db, user_id, document_id)
        page = documents.page(self._db, user_id, document_id, number)
        match = find(quote, page.text) if quote else None
        boxes = boxes_of(match.parts, unpack_words(page.words)) if match and page.words else ()
        return self._ingestion.page_png(document, number, boxes)

    @coded
    def document_text(self, user_id: str, document_id: str) -> list[tuple[int, str]]:
        """(page number, text) of every page."""
        documents.get(self._db, user_id, document_id)
        return documents.page_texts(self._db, user_id, document_id)

    @coded
    def document_file(self, user_id: str, document_id: str) -> Path:
        """Where the original lies. For reading only."""
        return files.path_of(self.settings.data, documents.get(self._db, user_id, document_id).sha256)

    @coded
    def passage(self, user_id: str, passage_id: str) -> Passage:
        """Also of a document that was replaced since: old citations lead there."""
        found = passages_of(self._db, user_id, [passage_id], replaced=True)
        if passage_id not in found:
            raise NotFound(passage_id)
        return found[passage_id]

    def sample(self) -> Sample:
        """The document that ships with Folio."""
        return read_sample()

    # Questions

    @coded
    def ask(self, user_id: str, asking: Asking) -> Turn:
        """Record a question and start to answer it; does not wait.

        Raises RequestError: invalid_request (empty, too long, an unknown model), not_found (conversation, documents),
        conflict, rate_limited, storage_full.
        """
        self._answering.check(user_id, asking)
        return self._turns.start(user_id, asking)

    @coded
    def follow(
        self, user_id: str, turn_id: str, after: int = 0, *, heartbeat_s: float | None = None
    ) -> Generator[Logged | None, None, None]:
        """A turn's events with seq > after, as they are stored, to the terminal one. None for each silent heartbeat.

        Blocks in between; leaving changes nothing for the turn. Raises RequestError(not_found) at once.
        """
        return self._turns.follow(turns.get(self._db, user_id, turn_id).id, after, heartbeat_s)

    @coded
    def stop(self, user_id: str, turn_id: str) -> None:
        """End a turn with the text so far. Nothing happens when it has ended."""
        self._turns.stop(turns.get(self._db, user_id, turn_id).id)

    @coded
    def answer(self, user_id: str, turn_id: str) -> Answer:
        """A turn's answer, once it has ended; waits for that."""
        state = Answer()
        with closing(self.follow(user_id, turn_id)) as events:
            for logged in events:
                state = state if logged is None else advance(state, logged)
        return state

    @coded
    def search(self, user_id: str, asking: Asking, limit: int) -> list[Hit]:
        """Hits without an answer, found as the chat finds them. Raises as `ask`, and SearchError."""
        self._answering.check(user_id, asking)
        return self._answering.search(user_id, asking, limit)

    def models(self) -> Sequence[ModelInfo]:
        """What a question can be answered by; the built-in answerer is last."""
        return self._models.entries

    # Conversations

    @coded
    def new_conversation(self, user_id: str) -> Conversation:
        return conversations.create(self._db, user_id)

    @coded
    def conversation(self, user_id: str, conversation_id: str) -> Conversation:
        return conversations.get(self._db, user_id, conversation_id)

    @coded
    def conversations(
        self, user_id: str, *, state: State = "active", limit: int = 30, before: str | None = None
    ) -> list[Conversation]:
        """The last touched first, from after the cursor `before` on."""
        return conversations.list_page(self._db, user_id, state=state, limit=limit, before=before)

    @coded
    def history(self, user_id: str, conversation_id: str) -> list[Message]:
        """The branch of a conversation that is on show, in order."""
        conversations.get(self._db, user_id, conversation_id)
        return messages.branch(self._db, user_id, conversation_id)

    @coded
    def active_turn(self, user_id: str, conversation_id: str) -> Turn | None:
        return turns.active(self._db, user_id, conversation_id)

    def health(self) -> dict[str, Any]:
        """status ("ok", "degraded"), versions, what is degraded and why, and figures."""
        return health(self._index.reason or self._embedder.reason, self._turns.counts())

    # How the parts are joined

    def _sweep(self) -> None:
        """Files that no document refers to any more leave the disk."""
        files.sweep(self._db, self.settings.data)

    def _passages(self, user_id: str, passage_ids: Sequence[str]) -> dict[str, Passage]:
        return passages_of(self._db, user_id, passage_ids)

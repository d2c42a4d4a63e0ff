"""The composition root: the only place where concrete classes meet, and the verbs that every door calls.

A verb names the user first, raises FolioError and nothing else, and may be called from any thread.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, ParamSpec, Self, TypeVar

from rag import __version__
from rag.answer.models import Catalogue, ModelInfo
from rag.answer.pipeline import answer
from rag.answer.quotes import boxes_of, find
from rag.corpus import UserCorpus, passages_of
from rag.errors import InternalError, RequestError, SearchError
from rag.events import Answer, Event, Logged, advance
from rag.ingest.worker import Ingestion
from rag.model import Asking, Exchange, Hit, Passage, unpack_words
from rag.records import document_json, task_json
from rag.search.embedding import Embedder
from rag.search.generations import Generations
from rag.search.retrieve import Retriever
from rag.settings import Settings
from rag.turns import Turns, asking_of
from store import conversations, documents, files, messages, tasks, turns
from store.conversations import Conversation, State
from store.database import Database, sqlite_version
from store.documents import Document
from store.errors import Conflict, NotFound, StorageFull, StoreError
from store.folder import FolderHeld, hold
from store.messages import Message
from store.tasks import Task
from store.turns import Turn

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
HISTORY_EXCHANGES = 6  # how far back a follow-up is understood
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Sample:
    """The document to try Folio with, and what to ask it."""

    path: Path
    name: str
    questions: tuple[str, ...]


def _coded(verb: Callable[P, R]) -> Callable[P, R]:
    """What the store refuses, said in the words every door knows."""

    @wraps(verb)
    def coded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except StoreError as error:
            raise _as_folio_error(error) from error

    return coded


def _as_folio_error(error: StoreError) -> RequestError | InternalError:
    match error:
        case NotFound():
            return RequestError("not_found", "It does not exist, or it is not yours.")
        case Conflict():
            return RequestError("conflict", "An answer is already being written in this conversation.")
        case StorageFull():
            return RequestError("storage_full", "The server's disk is full; nothing was recorded.")
        case _:
            return InternalError("internal_error", "Something went wrong on our side; the log has the details.")


def open_app(settings: Settings) -> App:
    """Take the data folder and start every part.

    Raises SearchError: index_in_use (another process holds the folder), index_unavailable; RequestError: storage_full,
    invalid_request (the models do not fit).
    """
    with ExitStack() as resources:
        try:
            resources.enter_context(hold(settings.data))
            app = App(settings, resources)
        except FolderHeld as held:
            pid, command = held.holder.get("pid", "unknown"), held.holder.get("command", "")
            raise SearchError(
                "index_in_use",
                f"The data folder {settings.data} is in use by process {pid}{f' ({command})' if command else ''}.",
                held.holder,
            ) from held
        except StoreError as error:
            raise _as_folio_error(error) from error
        app.own(resources.pop_all())
        return app


class App:
    """Everything Folio does. Made by open_app; `close` (or leaving its `with`) stops all work in order."""

    def __init__(self, settings: Settings, resources: ExitStack) -> None:
        self.settings = settings
        self._resources = ExitStack()
        self._db = resources.enter_context(closing(Database.open(settings.data / "folio.db")))
        self._models = resources.enter_context(Catalogue(settings))
        self._embedder = resources.enter_context(closing(Embedder(settings)))
        self._index = resources.enter_context(
            closing(Generations(self._db, settings, self._embedder, on_purged=self._sweep))
        )
        self._retriever = Retriever(self._index, self._embedder, self._passages)
        self._ingestion = resources.enter_context(
            closing(Ingestion(self._db, settings, self._index, on_left=self._index.document_searchable))
        )
        self._turns = resources.enter_context(
            closing(Turns(self._db, self._run, max_turns=settings.max_turns, queue_timeout_s=settings.queue_timeout_s))
        )
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

    @_coded
    def upload(self, user_id: str, stream: BinaryIO, name: str, *, conversation_id: str | None = None) -> Task:
        """Admit a file and start to work on it. The same bytes again: the task of the document that is there.

        Raises DocumentError (unsupported_type, empty_document, too_large, ...), RequestError(storage_full, not_found).
        """
        if conversation_id is not None:
            conversations.get(self._db, user_id, conversation_id)
        return self._ingestion.admit(user_id, stream, name)

    @_coded
    def task(self, user_id: str, task_id: str) -> Task:
        return tasks.get(self._db, user_id, task_id)

    @_coded
    def newest_task(self, user_id: str, document_id: str) -> Task | None:
        """The task that last worked on a document."""
        return tasks.by_document(self._db, user_id, document_id)

    @_coded
    def active_tasks(self, user_id: str) -> list[Task]:
        return tasks.active(self._db, user_id)

    def task_json(self, task: Task) -> dict[str, Any]:
        """The contract's *task*, with its place in the queue."""
        return task_json(task, 0 if task.is_finished else tasks.position(self._db, task.id))

    def document_json(self, document: Document) -> dict[str, Any]:
        """The contract's *document*."""
        return document_json(document)

    @_coded
    def documents(self, user_id: str) -> list[Document]:
        """What the user may read, newest first."""
        return documents.list_readable(self._db, user_id)

    @_coded
    def document(self, user_id: str, document_id: str) -> Document:
        return documents.get(self._db, user_id, document_id)

    @_coded
    def delete_document(self, user_id: str, document_id: str) -> None:
        """Gone from every list and search at once; its vectors and file follow, also through a crash."""
        documents.mark_deleted(self._db, user_id, document_id)
        self._index.notify()

    @_coded
    def page_image(self, user_id: str, document_id: str, number: int, *, quote: str | None = None) -> bytes:
        """A PDF's page as PNG, the quote (where it stands there) boxed. Raises RequestError(not_found)."""
        document = documents.get(self._db, user_id, document_id)
        page = documents.page(self._db, user_id, document_id, number)
        match = find(quote, page.text) if quote else None
        boxes = boxes_of(match.parts, unpack_words(page.words)) if match and page.words else ()
        return self._ingestion.page_png(document, number, boxes)

    @_coded
    def document_text(self, user_id: str, document_id: str) -> list[tuple[int, str]]:
        """(page number, text) of every page."""
        documents.get(self._db, user_id, document_id)
        return documents.page_texts(self._db, user_id, document_id)

    @_coded
    def document_file(self, user_id: str, document_id: str) -> Path:
        """Where the original lies. For reading only."""
        return files.path_of(self.settings.data, documents.get(self._db, user_id, document_id).sha256)

    @_coded
    def passage(self, user_id: str, passage_id: str) -> Passage:
        found = self._passages(user_id, [passage_id])
        if passage_id not in found:
            raise NotFound(passage_id)
        return found[passage_id]

    def sample(self) -> Sample:
        """The document that ships with Folio."""
        path = next(SAMPLES.glob("*.pdf"))
        questions = tuple((SAMPLES / "questions.txt").read_text(encoding="utf-8").splitlines())
        return Sample(path, path.stem.replace("-", " ").title() + path.suffix, questions)

    # Questions

    @_coded
    def ask(self, user_id: str, asking: Asking) -> Turn:
        """Record a question and start to answer it; does not wait.

        Raises RequestError: invalid_request (empty, too long, an unknown model), not_found (conversation, documents),
        conflict, rate_limited, storage_full.
        """
        asking = self._checked(user_id, asking)
        self._models.find(asking.model)
        return self._turns.start(user_id, asking)

    @_coded
    def follow(
        self, user_id: str, turn_id: str, after: int = 0, *, heartbeat_s: float | None = None
    ) -> Generator[Logged | None, None, None]:
        """A turn's events with seq > after, as they are stored, to the terminal one. None for each silent heartbeat.

        Blocks in between; leaving changes nothing for the turn. Raises RequestError(not_found) at once.
        """
        return self._turns.follow(turns.get(self._db, user_id, turn_id).id, after, heartbeat_s)

    @_coded
    def stop(self, user_id: str, turn_id: str) -> None:
        """End a turn with the text so far. Nothing happens when it has ended."""
        self._turns.stop(turns.get(self._db, user_id, turn_id).id)

    @_coded
    def answer(self, user_id: str, turn_id: str) -> Answer:
        """A turn's answer, once it has ended; waits for that."""
        state = Answer()
        with closing(self.follow(user_id, turn_id)) as events:
            for logged in events:
                state = state if logged is None else advance(state, logged)
        return state

    @_coded
    def search(self, user_id: str, asking: Asking, limit: int) -> list[Hit]:
        """Hits without an answer, found as the chat finds them. Raises as `ask`, and SearchError."""
        asking = self._checked(user_id, asking)
        mode = "hybrid" if asking.search_mode == "document" else asking.search_mode
        if mode == "none":
            return []
        hits, _ = self._corpus(user_id).search(asking.question, mode, asking.documents, limit)
        return list(hits)

    def models(self) -> Sequence[ModelInfo]:
        """What a question can be answered by; the built-in answerer is last."""
        return self._models.entries

    # Conversations

    @_coded
    def new_conversation(self, user_id: str) -> Conversation:
        return conversations.create(self._db, user_id)

    @_coded
    def conversation(self, user_id: str, conversation_id: str) -> Conversation:
        return conversations.get(self._db, user_id, conversation_id)

    @_coded
    def conversations(
        self, user_id: str, *, state: State = "active", limit: int = 30, before: str | None = None
    ) -> list[Conversation]:
        """The last touched first, from after the cursor `before` on."""
        return conversations.list_page(self._db, user_id, state=state, limit=limit, before=before)

    @_coded
    def history(self, user_id: str, conversation_id: str) -> list[Message]:
        """The branch of a conversation that is on show, in order."""
        conversations.get(self._db, user_id, conversation_id)
        return messages.branch(self._db, user_id, conversation_id)

    @_coded
    def active_turn(self, user_id: str, conversation_id: str) -> Turn | None:
        return turns.active(self._db, user_id, conversation_id)

    def health(self) -> dict[str, Any]:
        """status ("ok", "degraded"), versions, what is degraded and why, and figures."""
        degraded = list(self._degraded())
        running, waiting = self._turns.counts()
        return {
            "status": "degraded" if degraded else "ok",
            "version": __version__,
            "versions": {
                "python": sys.version.split()[0],
                "sqlite": sqlite_version(),
                "qdrant-edge": version("qdrant-edge-py"),
            },
            "degraded": degraded,
            "turns": {"running": running, "waiting": waiting},
        }

    def _degraded(self) -> Iterator[dict[str, str]]:
        reason = self._index.reason or self._embedder.reason
        if reason:
            yield {"what": "semantic_search", "why": reason}
        if shutil.which("tesseract") is None:
            yield {"what": "ocr", "why": "Scanned pages cannot be read: tesseract-ocr is not installed."}

    # How the parts are joined

    def _corpus(self, user_id: str) -> UserCorpus:
        return UserCorpus(self._db, self._retriever, user_id)

    def _sweep(self) -> None:
        """Files that no document refers to any more leave the disk."""
        files.sweep(self._db, self.settings.data)

    def _passages(self, user_id: str, passage_ids: Sequence[str]) -> dict[str, Passage]:
        return passages_of(self._db, user_id, passage_ids)

    def _checked(self, user_id: str, asking: Asking) -> Asking:
        question = asking.question.strip()
        longest = self.settings.max_question_chars
        if not question:
            raise RequestError("invalid_request", "The question is empty.")
        if len(question) > longest:
            raise RequestError(
                "invalid_request", f"The question has {len(question):,} characters; {longest:,} are the most.",
                {"characters": len(question), "max_characters": longest},
            )  # fmt: skip
        for document_id in asking.documents or ():
            documents.get(self._db, user_id, document_id)
        return asking

    def _run(self, turn: Turn, stop: threading.Event) -> Iterator[Event]:
        """What the runner of turns calls for each answer."""
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
            context_tokens=self.settings.context_tokens,
        )

    def _exchanges(self, turn: Turn) -> list[Exchange]:
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

"""The composition root: the only place where concrete classes meet, and the verbs that every door calls.

A verb names the user first, raises FolioError and nothing else, and may be called from any thread.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from types import TracebackType
from typing import Any, Self

from rag.answer.catalogue import Catalogue
from rag.answer.models import ModelInfo
from rag.cluster import Cluster
from rag.coded import coded, folder_problems_named
from rag.corpus import Names, passages_of
from rag.errors import SearchError
from rag.evaluate.retraining import load_policy
from rag.events import Answer, Logged, advance
from rag.ingest.worker import Ingestion
from rag.model import SHARED_OWNER, Asking, Hit, Passage
from rag.people.accounts import Accounts
from rag.people.admin import Admin
from rag.people.rates import Rate
from rag.search.dense_model import load
from rag.search.embedding import Embedder
from rag.search.generations import Generations
from rag.search.remote import loader as remote_loader
from rag.search.reranking import Reranker
from rag.search.retrieve import Retriever
from rag.settings import Settings
from rag.turns import Turns
from rag.turns.following import Tail
from rag.turns.titles import Titles
from rag.turns.trash import Trash
from rag.verbs.answering import Answering
from rag.verbs.health import health
from rag.verbs.lab import Lab
from rag.verbs.library import Library
from rag.verbs.portable import Portable
from rag.verbs.sharing import Sharing
from rag.verbs.talk import Talk
from store import conversations, files, messages, turns
from store.backup import finish_restore
from store.conversations import Conversation, State
from store.database import Database
from store.folder import Seat, check_space, hold
from store.messages import Message
from store.turns import Turn

log = logging.getLogger(__name__)
# Python looks for garbage after every 700 new objects, and through all that live as these grow by a quarter: 200 ms of
# standstill while many answers stream, whose objects are hardly ever garbage of the kind that it finds.
_GARBAGE_THRESHOLDS = (5_000, 5, 50)


def open_app(settings: Settings) -> App:
    """Take the data folder and start every part.

    Raises SearchError: index_in_use (another process holds the folder); RequestError: storage_full, invalid_request
    (the models do not fit, the folder cannot be used).
    """
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    with ExitStack() as resources, folder_problems_named(settings.data):
        # Vectors on a server are for everybody; the embedded engine has one owner.
        seat = resources.enter_context(hold(settings.data, shared=bool(settings.qdrant_url)))
        finish_restore(settings.data)  # one that was cut off
        check_space(settings.data)
        app = App(settings, resources, seat)
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

    `library` has the verbs for documents, `talk` those for conversations and what was said in them, `sharing` those for
    links to them, `portable` those to take everything away and bring it back, `lab` the tools of analysts, `accounts`
    the verbs for people who sign in, `admin` the figures for whoever runs this Folio.
    """

    def __init__(self, settings: Settings, resources: ExitStack, seat: Seat) -> None:
        self.settings = settings
        self._resources = ExitStack()
        self._db = resources.enter_context(closing(Database.open(settings.data / "folio.db", seat=seat)))
        self._models = resources.enter_context(Catalogue(settings))
        cluster = (
            resources.enter_context(closing(Cluster(settings.dask_scheduler))) if settings.dask_scheduler else None
        )
        loader = load if cluster is None else remote_loader(cluster)
        self._embedder = resources.enter_context(closing(Embedder(settings, loader=loader)))
        self._reranker = resources.enter_context(closing(Reranker(settings, first=self._embedder.questions_first)))
        self._index = resources.enter_context(
            _closing(Generations(self._db, settings, self._embedder, on_purged=self._discard))
        )
        self.accounts = Accounts(self._db, settings, stop=self._stop, notify=self._index.notify)
        self._asks = Rate(settings.rate_ask_per_minute, "questions")
        policy = load_policy(settings.data)
        self._answering = Answering(
            self._db, settings, self._models, Retriever(self._index, self._embedder, self._passages, Names(self._db)),
            self.accounts.plan_of, policy, reranker=self._reranker,
        )  # fmt: skip
        self._ingestion = Ingestion(
            self._db, settings, self._index, on_left=self._index.document_searchable, on_gone=self._index.notify,
            cluster=cluster,
        )  # fmt: skip
        resources.enter_context(closing(self._ingestion))
        self.library = Library(self._db, settings, self._ingestion, self._index.notify)
        titles = resources.enter_context(closing(Titles(self._db, self._models.build)))
        self._turns = Turns(
            self._db, self._answering.run, max_turns=settings.max_turns, queue_timeout_s=settings.queue_timeout_s,
            on_ended=titles.offer,
        )  # fmt: skip
        resources.enter_context(closing(self._turns))
        self.sharing = Sharing(self._db)
        self.portable = Portable(self._db, settings, self.library.upload)
        self.talk = Talk(self._db, self._turns, self._check)
        self.admin = Admin(self._db, settings)
        resources.enter_context(closing(Trash(self._db)))
        self.lab = resources.enter_context(
            closing(Lab(self._db, self._answering, self._ready, usual_passages=settings.passages, policy=policy))
        )
        files.sweep(self._db, settings.data, fresh_s=0.0, is_alone=not seat.is_shared)
        self._embedder.start()
        self._reranker.start()
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

    # Questions

    @coded
    def ask(self, user_id: str, asking: Asking) -> Turn:
        """Record a question and start to answer it; does not wait.

        Raises RequestError: invalid_request (empty, too long, an unknown model), model_not_in_plan, not_found
        (conversation, documents), conflict, rate_limited, storage_full.
        """
        self._check(user_id, asking)
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
    def tail(self, user_id: str, turn_id: str, after: int = 0) -> Tail:
        """The same events for a reader that must not wait. Raises RequestError(not_found) at once."""
        return self._turns.tail(turns.get(self._db, user_id, turn_id).id, after)

    def listen(self, heard: Callable[[Sequence[Turn]], None]) -> Callable[[], None]:
        """`heard(turns)` is told of each new turn and of all news in turns, from any thread. -> how to end that."""
        return self._turns.listen(heard)

    @coded
    def turn(self, user_id: str, turn_id: str) -> Turn:
        return turns.get(self._db, user_id, turn_id)

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
        return self.search_noted(user_id, asking, limit)[0]

    @coded
    def search_noted(self, user_id: str, asking: Asking, limit: int) -> tuple[list[Hit], str]:
        """`search`, and a note on how it went: why it was by keywords only, or ""."""
        self._answering.check(user_id, asking)
        return self._answering.search(user_id, asking, limit)

    @coded
    def models(self, user_id: str = "") -> Sequence[ModelInfo]:
        """What a question can be answered by, as this user may use it; the built-in answerer is last."""
        return self._models.offered(self.accounts.plan_of(user_id))

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
        reason = self._index.reason or self._embedder.reason
        return health(
            reason, self._turns.counts(), self._ingestion.no_ocr, self._ingestion.recordings.reason,
            no_reranking=self._reranker.reason,
        )  # fmt: skip

    # How the parts are joined

    def _check(self, user_id: str, asking: Asking) -> None:
        """What makes a question impossible, by whichever door it comes; the operator's own are not counted."""
        if user_id != SHARED_OWNER:
            self._asks.take(user_id)
        self._answering.check(user_id, asking)

    def _stop(self, turn_id: str) -> None:
        self._turns.stop(turn_id)

    def _discard(self, hashes: Sequence[str]) -> None:
        """Files of these that no document refers to any more leave the disk."""
        files.remove_all(
            self._db, self.settings.data, hashes, fresh_s=0.0
        )  # admission looks whether its bytes are there

    @property
    def is_loading(self) -> bool:
        """Whether the embedding model is on its way: search goes by words only until it is there."""
        return self._embedder.state == "loading"

    def _ready(self) -> Sequence[str] | None:
        """What the figures of a run have to be read with; None while a model is being loaded."""
        if self.is_loading or self._reranker.state == "loading":
            return None
        return [*filter(None, (self._index.reason or self._embedder.reason, self._reranker.reason))]

    def _passages(self, user_id: str, passage_ids: Sequence[str]) -> dict[str, Passage]:
        return passages_of(self._db, user_id, passage_ids)

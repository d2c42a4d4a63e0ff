"""From a turn to its answer: the question checked, the earlier exchanges found, model and documents joined."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from rag.answer.catalogue import Catalogue
from rag.answer.models import ModelInfo
from rag.answer.pipeline import READING_SHARE, Events, answer
from rag.answer.planning import Planning, planned_answer
from rag.answer.policy import RULE, Policy
from rag.answer.prompt import build_prompt
from rag.answer.reading import read_documents
from rag.corpus import UserCorpus
from rag.errors import RequestError
from rag.events import Event
from rag.model import Asking, Exchange, Hit
from rag.search.reranking import Reranker
from rag.search.retrieve import Retriever
from rag.settings import Settings
from rag.tuning import rerank_of, weights_of
from rag.turns import asking_of
from rag.turns.cache import cached, key_of
from rag.turns.history import exchanges_before
from store import documents, users
from store.database import Database
from store.errors import NotFound
from store.turns import Turn

HISTORY_EXCHANGES = 6  # how far back a follow-up is understood


class Answering:
    """What a turn needs to be answered. `run` is called on the turn's own thread, the rest on anybody's.

    `plan_of(user_id)`: decides which models somebody may ask. `policy`: whether and how widely a question is searched.
    `reranker`: puts what was found in order again.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        models: Catalogue,
        retriever: Retriever,
        plan_of: Callable[[str], str] | None = None,
        policy: Policy = RULE,
        *,
        reranker: Reranker | None = None,
    ) -> None:
        self._db = db
        self._plan_of = plan_of or (lambda user_id: settings.default_plan)
        self._settings = settings
        self._models = models
        self._retriever = retriever
        self._reranker = reranker
        self._planning = Planning(policy, settings.passages)

    def check(self, user_id: str, asking: Asking) -> None:
        """Raises RequestError for a question or a model that cannot be (invalid_request) or is not in the user's plan
        (model_not_in_plan, not_found for a document).
        """
        question = asking.question.strip()
        longest = self._settings.max_question_chars
        if not question:
            raise RequestError("invalid_request", "The question is empty.")
        if len(question) > longest:
            raise RequestError(
                "invalid_request", f"The question has {len(question):,} characters; {longest:,} are the most.",
                {"characters": len(question), "max_characters": longest},
            )  # fmt: skip
        chosen = set(asking.documents or ())
        known = {one.id for one in self._retriever.names(user_id)} if chosen else set()
        try:  # most are known from the last question: hundreds may be chosen, each a query
            for document_id in chosen - known:
                documents.get(self._db, user_id, document_id)
        except NotFound as error:
            raise RequestError("not_found", "A chosen document is not there (any more). Choose again.") from error
        self._models.find_for(self._plan_of(user_id), asking.model)
        weights_of(asking.settings)
        rerank_of(asking.settings)

    def search(self, user_id: str, asking: Asking, limit: int) -> tuple[list[Hit], str]:
        """What an answer would rest on: at most `limit` hits, best first; "" or a note on how. Raises SearchError."""
        mode = "hybrid" if asking.search_mode == "document" else asking.search_mode
        if mode == "none":
            return [], ""
        hits, note = self.corpus(user_id, asking).search(asking.question, mode, asking.documents, limit)
        return list(hits), note

    def fitting(self, asking: Asking, hits: Sequence[Hit]) -> int:
        """How many of the hits, from the first, reach the answerer: what fits a model's prompt; all without one."""
        if self._models.build(asking.model) is None:
            return len(hits)
        return build_prompt(asking.question, hits, budget_tokens=self._settings.context_tokens).used

    def reading(self, user_id: str, asking: Asking) -> Sequence[Hit]:
        """The pages that fit when whole documents are read."""
        readable = list(self.corpus(user_id, asking).document_pages(asking.documents))
        return read_documents(readable, int(self._settings.context_tokens * READING_SHARE)).hits

    def alone(self, user_id: str, asking: Asking, stop: threading.Event) -> Iterator[Event]:
        """The events of an answer outside any conversation: nothing is recorded, nothing comes from the cache."""
        self.check(user_id, asking)
        return self._fresh(user_id, asking, "", stop, ())

    def run(self, turn: Turn, stop: threading.Event) -> Iterator[Event]:
        """The events of a turn's answer, see `rag.answer.pipeline`; or those of the same answer from the cache."""
        asking = asking_of(turn)
        entry = self._models.find_for(self._plan_of(turn.owner), asking.model)
        history = exchanges_before(self._db, turn, HISTORY_EXCHANGES)

        def fresh() -> Iterator[Event]:
            return self._fresh(turn.owner, asking, turn.message_id, stop, history)

        return cached(self._db, turn, self._key(turn.owner, asking, entry, history), fresh, use=asking.use_cache)

    def _fresh(
        self, user_id: str, asking: Asking, message_id: str, stop: threading.Event, history: Sequence[Exchange]
    ) -> Iterator[Event]:
        entry = self._models.find_for(self._plan_of(user_id), asking.model)
        model = self._models.build(entry.name)

        def proceed(decided: Asking) -> Events:
            return answer(
                decided,
                message_id=message_id,
                model=model,
                model_name=entry.name,
                corpus=self.corpus(user_id, asking),
                stop=stop,
                history=history,
                context_tokens=self._settings.context_tokens,
            )

        return planned_answer(
            asking,
            proceed,
            planning=self._planning,
            message_id=message_id,
            model_name=entry.name,
            has_model=model is not None,
            history=history,
        )

    def _key(self, user_id: str, asking: Asking, entry: ModelInfo, history: Sequence[Exchange]) -> str:
        """Of all that this answer depends on."""
        return key_of(
            asking,
            user_id=user_id,
            corpus_version=users.corpus_version(self._db, user_id),
            model=f"{entry.name}={entry.provider}:{entry.model}",
            setup=(
                self._settings.context_tokens,
                self._settings.openai_base_url,
                self._retriever.note(),
                self._reranker.fingerprint if self._reranker else "",
                self._planning,
            ),
            history=history,
        )

    def corpus(self, user_id: str, asking: Asking) -> UserCorpus:
        """The user's documents, searched as this question wants it."""
        return UserCorpus(
            self._db, self._retriever, user_id, weights_of(asking.settings),
            reranker=self._reranker, rerank=rerank_of(asking.settings),
        )  # fmt: skip

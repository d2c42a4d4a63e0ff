"""Titles by a model: one short call after a conversation's first answer, in the background.

A conversation has a title from its first moment on: the beginning of its question. A model's title takes its place when
it comes, unless the user has given one meanwhile. When there is no model, or it fails, nothing happens.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Callable
from queue import SimpleQueue

from rag.answer.models import ChatMessage, ChatModel
from rag.errors import FolioError
from rag.events import Answer
from store import conversations, messages
from store.database import Database
from store.errors import StoreError
from store.turns import Turn

log = logging.getLogger(__name__)
INSTRUCTION = (
    "Give this conversation a title of at most six words, in the language of the question. "
    "Name its subject. Reply with the title only: no quotation marks, no full stop."
)
TIMEOUT_S = 20.0
_ANSWER_CHARS = 600
_LONGEST = 120  # what is longer is no title
_QUOTES = " \t\"'“”„«»*_`"
_DECORATION = re.compile(r"^(?:#+\s*|\**\s*(?:title|titel)\s*:\s*)+", re.IGNORECASE)


class Titles:
    """`model_for(name)`: the model of that name, None for one that cannot write titles. Raises FolioError."""

    def __init__(self, db: Database, model_for: Callable[[str | None], ChatModel | None]) -> None:
        self._db = db
        self._model_for = model_for
        self._closing = threading.Event()
        self._waiting: SimpleQueue[Turn | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="titles", daemon=True)
        self._thread.start()

    def offer(self, turn: Turn, answer: Answer) -> None:
        """A turn has ended. Returns at once."""
        if answer.status == "complete" and not answer.cached:
            self._waiting.put(turn)

    def close(self) -> None:
        """Ends a call in progress. Calling it twice is fine."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (turn := self._waiting.get()) is not None and not self._closing.is_set():
            try:
                self._entitle(turn)
            except (FolioError, StoreError) as error:  # deleted meanwhile, or the model does not answer
                log.info("Conversation %s keeps its title: %s", turn.conversation_id, error)
            except Exception:  # named boundary: a title must not end the thread of all titles
                log.exception("No title for conversation %s", turn.conversation_id)

    def _entitle(self, turn: Turn) -> None:
        question = messages.get(self._db, turn.owner, turn.question_id)
        conversation = conversations.get(self._db, turn.owner, turn.conversation_id)
        if question.parent_id is not None or conversation.titled_by != "question":
            return
        answer = messages.get(self._db, turn.owner, turn.message_id)
        model = self._model_for(answer.model or None)  # the one that answered is one that this user may ask
        if model is None:
            return
        asked = f"Question: {question.text[:_ANSWER_CHARS]}\n\nAnswer: {answer.text[:_ANSWER_CHARS]}"
        prompt = (ChatMessage("system", INSTRUCTION), ChatMessage("user", asked))
        title = clean_title(model.complete(prompt, self._closing, TIMEOUT_S))
        if title and not self._closing.is_set():
            conversations.retitle(self._db, turn.owner, turn.conversation_id, title)


def clean_title(reply: str) -> str:
    """A model's reply as a title of one line and at most 60 characters; "" when it is none."""
    line = next(filter(None, map(str.strip, reply.splitlines())), "")
    line = "".join(character for character in line if unicodedata.category(character) not in {"Cc", "Cf"})
    line = _DECORATION.sub("", line).strip(_QUOTES).rstrip(f"{_QUOTES}.")
    return "" if len(line) > _LONGEST else conversations.title_from(line)

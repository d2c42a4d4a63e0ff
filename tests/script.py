"""An answer that a test feeds, event by event: it stands in for the pipeline behind a turn."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator

from rag.events import Done, Event, Logged
from rag.model import Asking
from rag.turns import Turns
from store import turns
from store.database import Database
from store.turns import Turn


class Script:
    """Call it as a turn's `run`. What was put under a question comes out when that question is answered.

    `deaf`: these questions' answers do not hear a stop while nothing comes, like a model that hangs.
    """

    def __init__(self) -> None:
        self.deaf: set[str] = set()
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.release = threading.Event()  # set it at the end: lets the deaf go
        self._fed: defaultdict[str, queue.Queue[Event | BaseException | None]] = defaultdict(queue.Queue)

    def put(self, question: str, *events: Event | BaseException) -> None:
        """Events come out as they are, exceptions are raised."""
        for event in events:
            self._fed[question].put(event)

    def end(self, question: str) -> None:
        """The answer ends with `done`."""
        self._fed[question].put(None)

    def __call__(self, turn: Turn, stop: threading.Event) -> Iterator[Event]:
        question = turn.asking["question"]
        self.begun.append(question)
        try:
            while (item := self._next(question, stop)) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
            yield Done(turn.message_id, "scripted", {"total_tokens": 3}, {"total": 1.0})
        finally:
            self.ended.append(question)

    def _next(self, question: str, stop: threading.Event) -> Event | BaseException | None:
        while True:
            try:
                return self._fed[question].get(timeout=0.005)
            except queue.Empty:
                if self.release.is_set() or (stop.is_set() and question not in self.deaf):
                    return None


def ask(runner: Turns, question: str, user_id: str = "u_ann") -> Turn:
    """Starts a turn in a new conversation."""
    return runner.start(user_id, Asking(question))


def log_of(runner: Turns, turn: Turn, after: int = 0) -> list[Logged]:
    """Follows the turn to its end."""
    return [logged for logged in runner.follow(turn.id, after) if logged is not None]


def events_of(runner: Turns, turn: Turn) -> list[Event]:
    """Follows the turn to its end, without the envelopes."""
    return [logged.event for logged in log_of(runner, turn)]


def text_on_disk(database: Database, turn: Turn) -> str:
    """The answer's text as far as it is stored."""
    return "".join(row.fields["text"] for row in turns.events(database, turn.id) if row.type == "token")

"""A turn while it is written, and what it gives to a commit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from rag.events import Answer, Event, Logged, Sources, Step, advance
from store.ids import now
from store.turns import Turn

_RECENT = 256  # events of a live turn that its followers get from memory


@dataclass(eq=False, slots=True)
class LiveTurn:
    """A turn being written. Guarded by its own lock (that of `news`), except `answer`, which only the flusher touches.

    A lock of all turns would make those who write, those who follow and the flusher wait for each other at every token.
    `answer` is the fold of what is on disk, `recent` the newest events of it without a gap; `closed`: a terminal event
    was accepted and nothing more will be; `final`: that event as logged, once it is on disk or, when it cannot be
    stored, in memory only.
    """

    turn: Turn
    answer: Answer
    news: threading.Condition
    committed: int
    pending: list[Event] = field(default_factory=list)
    is_writing: bool = False
    recent: deque[Logged] = field(default_factory=lambda: deque(maxlen=_RECENT))
    begun: bool = False
    closed: bool = False
    tokens_due: float = 0.0
    final: Logged | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What one turn has for the next commit."""

    live: LiveTurn
    begun: bool
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit adds to one turn, and the answer as it then is."""

    live: LiveTurn
    begun: bool
    rows: tuple[Logged, ...]
    answer: Answer


def work_follows(event: Event) -> bool:
    """Whether an answer computes for a while after this event."""
    return isinstance(event, Sources) or (isinstance(event, Step) and event.status == "started")


def batch_of(live: LiveTurn, begun: bool, events: Iterable[Event]) -> Batch:
    answer, rows = live.answer, []
    for event in events:
        rows.append(Logged(live.turn.id, answer.last_seq + 1, now(), event))
        answer = advance(answer, rows[-1])
    return Batch(live, begun, tuple(rows), answer)

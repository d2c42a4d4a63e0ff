"""The log of the turns that this process writes: group commits by one thread, then the news to those who follow.

While one commit is under way, the events of all turns gather; the next commit takes them together. Tokens that follow
each other become one event, and a turn writes tokens at most every `token_interval_s`, its first token at once.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic

from rag.events import TERMINAL_TYPES, Answer, Event, Logged, Token, advance
from rag.turns.rows import TURN_STATUS, columns_of, failure_of, merged, read_back, row_of
from store import messages, turns
from store.database import Database
from store.errors import Conflict
from store.ids import now
from store.turns import Turn

logger = logging.getLogger(__name__)
Listener = Callable[[Sequence[Turn]], None]
_RETRY_S = 1.0
_RECENT = 256  # events of a live turn that its followers get from memory
# With many live turns a commit waits a little for the others' events: fewer commits leave more of the processor to
# those who make tokens. One turn alone waits for nothing to speak of.
_GATHER_PER_TURN_S = 0.0001
_GATHER_S = 0.02


@dataclass(eq=False, slots=True)
class LiveTurn:
    """A turn being written. Guarded by the log's lock, except `answer`, which only the flusher touches.

    `answer` is the fold of what is on disk, `recent` the newest events of it without a gap; `closed`: a terminal event
    was accepted and nothing more will be; `final`: that event as logged, once it is on disk or, when it cannot be
    stored, in memory only.
    """

    turn: Turn
    answer: Answer
    news: threading.Condition
    committed: int
    pending: list[Event] = field(default_factory=list)
    recent: deque[Logged] = field(default_factory=lambda: deque(maxlen=_RECENT))
    begun: bool = False
    closed: bool = False
    tokens_due: float = 0.0
    final: Logged | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one commit adds to one turn, and the answer as it then is."""

    live: LiveTurn
    begun: bool
    rows: tuple[Logged, ...]
    answer: Answer


class Log:
    """Appends events of live turns durably.

    `on_closed(turn_id)` is called when a turn's last event was accepted, `on_stored(turn, answer)` once it is on disk;
    both are to return at once.
    """

    def __init__(
        self,
        db: Database,
        on_closed: Callable[[str], None],
        on_stored: Callable[[Turn, Answer], None] = lambda turn, answer: None,
        token_interval_s: float = 0.05,
    ) -> None:
        self._db = db
        self._on_closed = on_closed
        self._on_stored = on_stored
        self._token_interval_s = token_interval_s
        self._lock = threading.RLock()
        self._work = threading.Condition(self._lock)
        self._live: dict[str, LiveTurn] = {}
        self._dirty: dict[str, LiveTurn] = {}
        self._unstored: dict[str, LiveTurn] = {}
        self._listeners: tuple[Listener, ...] = ()
        self._retry_due = 0.0
        self._closing = False
        self._rest = threading.Event()  # set at the end: no more waiting for others
        self._flusher = threading.Thread(target=self._flush, name="turn-log", daemon=True)
        self._flusher.start()

    def adopt(self, turn: Turn, answer: Answer) -> LiveTurn:
        """From now on this turn's events go through here; `answer` is the fold of those on disk."""
        with self._lock:
            live = LiveTurn(turn, answer, threading.Condition(self._lock), committed=answer.last_seq)
            self._live[turn.id] = live
        self._tell([turn])
        return live

    def listen(self, heard: Listener) -> Callable[[], None]:
        """`heard` is told the turns with news: new ones, and after each commit; it returns at once. -> how to end it.

        It is told from any thread, without the log's lock; what it is told of can be read.
        """
        with self._lock:
            self._listeners = (*self._listeners, heard)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not heard)

        return end

    def find(self, turn_id: str) -> LiveTurn | None:
        """The turn, if it is live here."""
        with self._lock:
            return self._live.get(turn_id)

    def append(self, live: LiveTurn, event: Event) -> bool:
        """Accepts an event unless the turn is closed. -> whether it was accepted. Does not wait for the disk."""
        with self._lock:
            if live.closed:
                return False
            due = not live.pending or not isinstance(event, Token)
            live.pending.append(event)
            live.closed = event.type in TERMINAL_TYPES
            self._dirty[live.turn.id] = live
            if due:
                self._work.notify()
        if live.closed:
            self._on_closed(live.turn.id)
        return True

    def begin(self, live: LiveTurn) -> None:
        """The turn leaves the queue: its status follows with the next commit."""
        with self._lock:
            live.begun = True
            self._dirty[live.turn.id] = live
            self._work.notify()

    def wait(self, live: LiveTurn, after: int, timeout_s: float | None) -> None:
        """Returns when there is an event past `after`, or after `timeout_s`."""
        with live.news:
            live.news.wait_for(lambda: live.committed > after or live.final is not None, timeout_s)

    def recent(self, live: LiveTurn, after: int) -> list[Logged] | None:
        """The events past `after`, which are on disk; None when memory does not hold all of them."""
        with self._lock:
            if after >= live.committed:
                return []
            if not live.recent or live.recent[0].seq > after + 1:
                return None
            return list(islice(live.recent, after + 1 - live.recent[0].seq, None))

    def wait_final(self, live: LiveTurn, timeout_s: float) -> bool:
        """Returns when the turn has ended for its followers. -> False after `timeout_s`."""
        with live.news:
            return live.news.wait_for(lambda: live.final is not None, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Commits what is pending and ends the flusher."""
        with self._lock:
            self._closing = True
            self._rest.set()
            self._work.notify()
        self._flusher.join(timeout_s)

    def _flush(self) -> None:
        while True:
            with self._lock:
                ready, due = self._take()
                while not ready and not self._unstored_due():
                    if self._closing and not self._dirty:
                        return
                    self._work.wait(None if due is None else max(0.0, due - monotonic()))
                    ready, due = self._take()
                gather_s = min(_GATHER_S, len(self._live) * _GATHER_PER_TURN_S)
            if ready:
                begun = monotonic()
                self._commit(ready)
                self._rest.wait(max(0.0, begun + gather_s - monotonic()))
            self._retry_unstored()

    def _take(self) -> tuple[list[_Batch], float | None]:
        """Everything that may be written now, and when to look again for what may not yet."""
        moment, ready, due = monotonic(), [], [self._retry_due] if self._unstored else []
        for live in list(self._dirty.values()):
            only_tokens = bool(live.pending) and all(isinstance(event, Token) for event in live.pending)
            if only_tokens and not live.begun and moment < live.tokens_due and not self._closing:
                due.append(live.tokens_due)
                continue
            if any(isinstance(event, Token) for event in live.pending):
                live.tokens_due = moment + self._token_interval_s
            ready.append(_batch(live, live.begun, merged(live.pending)))
            live.pending, live.begun = [], False
            del self._dirty[live.turn.id]
        return ready, min(due, default=None)

    def _commit(self, batches: Sequence[_Batch]) -> None:
        try:
            self._store(batches)
        except Exception as error:  # noqa: BLE001 -- named boundary: one turn's trouble must not end the log of all
            if len(batches) > 1:
                for batch in batches:
                    self._commit([batch])
            else:
                self._lose(batches[0].live, error)
            return
        as_stored = [list(map(read_back, batch.rows)) for batch in batches]
        with self._lock:
            for batch, rows in zip(batches, as_stored, strict=True):
                batch.live.recent.extend(rows)
                self._announce(batch)
        self._tell([batch.live.turn for batch in batches])

    def _tell(self, news: Sequence[Turn]) -> None:
        for heard in self._listeners:
            heard(news)

    def _store(self, batches: Sequence[_Batch]) -> None:
        with self._db.write():
            for batch in batches:
                if batch.begun:
                    turns.begin(self._db, batch.live.turn.id)
            turns.append(self._db, [row_of(logged) for batch in batches for logged in batch.rows])
            for batch in batches:
                if batch.answer.is_finished:
                    turn = batch.live.turn
                    messages.update(self._db, turn.message_id, **columns_of(turn, batch.answer))
                    turns.finish(self._db, turn.id, TURN_STATUS[batch.answer.status])

    def _announce(self, batch: _Batch) -> None:
        live = batch.live
        live.answer, live.committed = batch.answer, batch.answer.last_seq
        if batch.answer.is_finished:
            live.final = batch.rows[-1]
            self._live.pop(live.turn.id, None)
            self._unstored.pop(live.turn.id, None)
            self._on_stored(live.turn, live.answer)
        live.news.notify_all()

    def _lose(self, live: LiveTurn, error: Exception) -> None:
        """A turn's events could not be stored: it ends here, on disk if that still works, else in memory for now."""
        event = failure_of(error)
        if event.error_code == "internal_error":
            logger.error("the log of turn %s cannot be written", live.turn.id, exc_info=error)
        with self._lock:
            live.closed, live.pending = True, []
            self._dirty.pop(live.turn.id, None)
        self._on_closed(live.turn.id)
        batch = _batch(live, False, [event])
        if not self._stored(batch):
            with self._lock:
                live.final = batch.rows[0]
                live.news.notify_all()
        self._tell([live.turn])

    def _stored(self, batch: _Batch) -> bool:
        """Stores a lost turn's end, or notes that it is to be tried again. -> whether it is on disk."""
        live = batch.live
        try:
            self._store([batch])
        except Exception as error:  # noqa: BLE001 -- named boundary, as in _commit
            with self._lock:
                if isinstance(error, Conflict):  # its conversation was deleted: nothing to store it in
                    self._live.pop(live.turn.id, None)
                    self._unstored.pop(live.turn.id, None)
                else:
                    self._unstored[live.turn.id] = live
                    self._retry_due = monotonic() + _RETRY_S
            return False
        with self._lock:
            self._announce(batch)
        return True

    def _unstored_due(self) -> bool:
        return bool(self._unstored) and monotonic() >= self._retry_due

    def _retry_unstored(self) -> None:
        with self._lock:
            waiting = list(self._unstored.values()) if self._unstored_due() else []
        for live in waiting:
            if live.final is not None:
                self._stored(_batch(live, False, [live.final.event]))


def _batch(live: LiveTurn, begun: bool, events: Iterable[Event]) -> _Batch:
    answer, rows = live.answer, []
    for event in events:
        rows.append(Logged(live.turn.id, answer.last_seq + 1, now(), event))
        answer = advance(answer, rows[-1])
    return _Batch(live, begun, tuple(rows), answer)

"""The log of the turns that this process writes: group commits by one thread, then the news to those who follow.

While one commit is under way, the events of all turns gather; the next commit takes them together. Tokens that follow
each other become one event, and a turn writes tokens at most every `token_interval_s`, its first token at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from time import monotonic

from rag.events import TERMINAL_TYPES, Answer, Event, Logged, Token
from rag.turns.live import Batch, LiveTurn, Taken, batch_of
from rag.turns.rows import TURN_STATUS, columns_of, failure_of, merged, read_back, row_of
from store import messages, turns
from store.database import Database
from store.errors import Conflict
from store.turns import Turn

logger = logging.getLogger(__name__)
Listener = Callable[[Sequence[Turn]], None]
_RETRY_S = 1.0
# With many live turns a commit waits a little for the others' events: fewer commits leave more of the processor to
# those who make tokens. One turn alone waits for nothing to speak of.
_GATHER_PER_TURN_S = 0.0001
_GATHER_S = 0.02


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
        live = LiveTurn(turn, answer, threading.Condition(threading.Lock()), committed=answer.last_seq)
        with self._lock:
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
        return self._live.get(turn_id)

    def append(self, live: LiveTurn, event: Event) -> bool:
        """Accepts an event unless the turn is closed. -> whether it was accepted. Does not wait for the disk."""
        with live.news:
            if live.closed:
                return False
            due = not live.pending or not isinstance(event, Token)
            live.pending.append(event)
            live.closed = closes = event.type in TERMINAL_TYPES
        if due:  # else whoever made `pending` not empty has seen to it
            self._has_work(live)
        if closes:
            self._on_closed(live.turn.id)
        return True

    def begin(self, live: LiveTurn) -> None:
        """The turn leaves the queue: its status follows with the next commit."""
        with live.news:
            live.begun = True
        self._has_work(live)

    def _has_work(self, live: LiveTurn) -> None:
        with self._lock:
            self._dirty[live.turn.id] = live
            self._work.notify()

    def wait(self, live: LiveTurn, after: int, timeout_s: float | None) -> None:
        """Returns when there is an event past `after`, or after `timeout_s`."""
        with live.news:
            live.news.wait_for(lambda: live.committed > after or live.final is not None, timeout_s)

    def settle(self, live: LiveTurn, timeout_s: float) -> None:
        """Returns when all that was appended can be read by followers, or after `timeout_s`.

        For a thread that is about to compute: it would compete with the one that stores what is to be seen first.
        """
        with live.news:
            live.news.wait_for(lambda: not (live.pending or live.is_writing) or live.final is not None, timeout_s)

    def recent(self, live: LiveTurn, after: int) -> list[Logged] | None:
        """The events past `after`, which are on disk; None when memory does not hold all of them."""
        with live.news:
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
                self._commit([batch_of(taken.live, taken.begun, merged(taken.events)) for taken in ready])
                self._rest.wait(max(0.0, begun + gather_s - monotonic()))
            self._retry_unstored()

    def _take(self) -> tuple[list[Taken], float | None]:
        """Everything that may be written now, and when to look again for what may not yet. Holds the lock."""
        moment, ready, due = monotonic(), [], [self._retry_due] if self._unstored else []
        for live in list(self._dirty.values()):
            with live.news:
                has_tokens = any(isinstance(event, Token) for event in live.pending)
                only_tokens = has_tokens and all(isinstance(event, Token) for event in live.pending)
                if only_tokens and not live.begun and moment < live.tokens_due and not self._closing:
                    due.append(live.tokens_due)
                    continue
                if has_tokens:
                    live.tokens_due = moment + self._token_interval_s
                taken = Taken(live, live.begun, live.pending)
                live.pending, live.begun, live.is_writing = [], False, True
            del self._dirty[live.turn.id]
            if taken.begun or taken.events:
                ready.append(taken)
        return ready, min(due, default=None)

    def _commit(self, batches: Sequence[Batch]) -> None:
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
        for batch, rows in zip(batches, as_stored, strict=True):
            self._announce(batch, rows)
        self._tell([batch.live.turn for batch in batches])

    def _tell(self, news: Sequence[Turn]) -> None:
        for heard in self._listeners:
            heard(news)

    def _store(self, batches: Sequence[Batch]) -> None:
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

    def _announce(self, batch: Batch, rows: Iterable[Logged] = ()) -> None:
        live, is_finished = batch.live, batch.answer.is_finished
        live.answer = batch.answer
        if is_finished:
            with self._lock:
                self._live.pop(live.turn.id, None)
                self._unstored.pop(live.turn.id, None)
            self._on_stored(live.turn, live.answer)
        with live.news:
            live.recent.extend(rows)
            live.committed, live.is_writing = batch.answer.last_seq, False
            if is_finished:
                live.final = batch.rows[-1]
            live.news.notify_all()

    def _lose(self, live: LiveTurn, error: Exception) -> None:
        """A turn's events could not be stored: it ends here, on disk if that still works, else in memory for now."""
        event = failure_of(error)
        if event.error_code == "internal_error":
            logger.error("the log of turn %s cannot be written", live.turn.id, exc_info=error)
        with live.news:
            live.closed, live.pending = True, []
        self._on_closed(live.turn.id)
        batch = batch_of(live, False, [event])
        if not self._stored(batch):
            with live.news:
                live.final = batch.rows[0]
                live.news.notify_all()
        self._tell([live.turn])

    def _stored(self, batch: Batch) -> bool:
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
        self._announce(batch)
        return True

    def _unstored_due(self) -> bool:
        return bool(self._unstored) and monotonic() >= self._retry_due

    def _retry_unstored(self) -> None:
        with self._lock:
            waiting = list(self._unstored.values()) if self._unstored_due() else []
        for live in waiting:
            if live.final is not None:
                self._stored(batch_of(live, False, [live.final.event]))

"""Runs answers as turns: lets them in, gives each its thread, ends them. See the package for what happens when."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from time import monotonic

from rag.errors import CODES, FolioError, InternalError, RequestError
from rag.events import TERMINAL_TYPES, Answer, Event, Failed, Interrupted, Logged, Queued, Stopped
from rag.model import Asking
from rag.turns.following import Tail, follow
from rag.turns.live import LiveTurn, work_follows
from rag.turns.log import Listener, Log
from rag.turns.neighbours import Neighbours
from rag.turns.pace import Pace
from rag.turns.queue import FairQueue
from rag.turns.rows import answer_on_disk
from store import turns
from store.database import Database
from store.errors import Conflict, NotFound, StorageFull
from store.turns import Turn

logger = logging.getLogger(__name__)

Run = Callable[[Turn, threading.Event], Iterator[Event]]
_COMMIT_TIMEOUT_S, _SETTLE_S = 2.0, 0.05
_ESTIMATE_STEP_S = 1.0  # a smaller change of an estimate is not worth an event


@dataclass(eq=False, slots=True)
class _Job:
    """A turn between its start and the end of its thread. Guarded by the runner's lock. Moments are monotonic."""

    live: LiveTurn
    stop: threading.Event
    position: int
    eta_s: float
    waits_until: float
    began: float = 0.0
    given_up_at: float | None = None


class Turns:
    """`run(turn, stop)` yields the events of one answer, up to `done`; when `stop` is set it should end soon.

    `on_ended(turn, answer)` is told every end that is on disk, and is to return at once.
    Only an owner of the data folder makes one: whatever it finds that nobody writes any more ends as interrupted.
    """

    def __init__(
        self,
        db: Database,
        run: Run,
        *,
        max_turns: int = 16,
        queue_timeout_s: float = 60.0,
        max_queued: int = 500,
        grace_s: float = 1.0,
        estimate_every_s: float = 2.0,
        on_ended: Callable[[Turn, Answer], None] = lambda turn, answer: None,
    ) -> None:
        self._db, self._run = db, run
        self._max_turns, self._max_queued = max_turns, max_queued
        self._queue_timeout_s, self._grace_s = queue_timeout_s, grace_s
        self._changed = threading.Condition(threading.RLock())
        self._starting, self._closing = threading.Lock(), threading.Event()
        self._queue = FairQueue()
        self._jobs: dict[str, _Job] = {}  # waiting and working
        self._working: dict[str, _Job] = {}  # those that hold a place
        self._threads: set[threading.Thread] = set()
        self._pace = Pace(max_turns, monotonic())
        self._estimate_every_s, self._estimate_due = estimate_every_s, 0.0
        self._log = Log(db, self._on_closed, on_ended)
        self._interrupt_unfinished(own=True)
        self._clerk = threading.Thread(target=self._tend, name="turn-clerk", daemon=True)
        self._clerk.start()
        self._neighbours = Neighbours(db, self._stop_here, self._interrupt_unfinished)

    def start(self, user_id: str, asking: Asking, *, replaces: str | None = None) -> Turn:
        """Records the question and its turn, and lets it run as soon as there is a place. Does not wait for either.

        The same `asking.client_key` gives the turn it started before. `replaces`: the message whose new version this
        is. Raises RequestError: not_found, conflict (an answer is being written in this conversation), rate_limited
        (the queue is full), storage_full.
        """
        with self._starting:
            wait = self._expected_wait(user_id)
            try:
                turn, is_new = turns.start(
                    self._db, user_id, conversation_id=asking.conversation_id, question=asking.question,
                    asking=asdict(asking), client_key=asking.client_key, replaces=replaces, wait=wait,
                )  # fmt: skip
            except Conflict as error:
                raise RequestError("conflict", "An answer is still being written in this conversation.") from error
            except NotFound as error:
                raise RequestError("not_found", "You have no such conversation, or it is in the trash.") from error
            except StorageFull as error:
                raise RequestError("storage_full", "The server's disk is full; nothing was recorded.") from error
            if is_new:
                self._enter(turn, wait)
        return turn

    def follow(
        self, turn_id: str, after: int = 0, heartbeat_s: float | None = None
    ) -> Generator[Logged | None, None, None]:
        """The events with seq > `after`, in order, as they are stored, up to the terminal one. Blocks in between.

        None for each `heartbeat_s` in which nothing happened. Any number may follow, from any place in the log; leaving
        (`close()`) changes nothing for the turn. The caller has looked the turn up for its user. Raises
        RequestError(not_found).
        """
        return follow(self._db, self._log, self._closing, turn_id, after, heartbeat_s)

    def tail(self, turn_id: str, after: int = 0) -> Tail:
        """The same events for a reader that must not wait: it looks when `listen` says that there is something."""
        return Tail(self._db, self._log, turn_id, after)

    def listen(self, heard: Listener) -> Callable[[], None]:
        """`heard(turns)` is told of every new turn and of all news in turns. -> how to end that. See `Log.listen`."""
        return self._log.listen(heard)

    def stop(self, turn_id: str) -> None:
        """Ends the turn as stopped, with the text so far; stored when this returns. Nothing happens if it has ended."""
        if not self._stop_here(turn_id):
            self._neighbours.ask_stop(turn_id)

    def _stop_here(self, turn_id: str) -> bool:
        """-> whether it is written by this process."""
        live = self._log.find(turn_id)
        if live is None:
            with self._starting:  # it may be on its way in
                live = self._log.find(turn_id)
        if live is None:
            return False
        self._log.append(live, Stopped(live.turn.message_id))
        self._log.wait_final(live, _COMMIT_TIMEOUT_S)
        return True

    def counts(self) -> tuple[int, int]:
        """(turns that run, turns that wait)."""
        with self._changed:
            return len(self._working), len(self._queue)

    def close(self) -> None:
        """Interrupts all turns, and waits a moment for their threads. Calling it twice is fine."""
        with self._starting:
            self._closing.set()
        self._neighbours.close()
        with self._changed:
            jobs = list(self._jobs.values())
            threads = list(self._threads)
            self._changed.notify_all()
        for job in jobs:
            self._log.append(job.live, Interrupted(job.live.turn.message_id))
        self._log.close()
        deadline = monotonic() + self._grace_s
        for thread in [*threads, self._clerk]:
            thread.join(max(0.0, deadline - monotonic()))

    def _interrupt_unfinished(self, *, own: bool = False) -> None:
        """What a crash cut off ends as interrupted, with the text that is on disk."""
        orphans = turns.orphaned(self._db, own=own)
        cut_off = [self._log.adopt(turn, answer_on_disk(self._db, turn.id)) for turn in orphans]
        for live in cut_off:
            self._log.append(live, Interrupted(live.turn.message_id))
        deadline = monotonic() + _COMMIT_TIMEOUT_S
        for live in cut_off:
            self._log.wait_final(live, max(0.0, deadline - monotonic()))

    def _expected_wait(self, owner: str) -> tuple[int, float]:
        with self._changed:
            if self._closing.is_set():
                raise InternalError("internal_error", "Folio is shutting down.")
            if len(self._working) < self._max_turns and not self._queue:
                return 0, 0.0
            if len(self._queue) >= self._max_queued:
                raise RequestError("rate_limited", "Too many questions are waiting. Try again in a moment.")
            position = self._queue.place_for(owner)
            return position, self._pace.eta_s(position, monotonic())

    def _enter(self, turn: Turn, wait: tuple[int, float]) -> None:
        with self._changed:
            live = self._log.adopt(turn, answer_on_disk(self._db, turn.id))
            job = _Job(live, threading.Event(), *wait, waits_until=monotonic() + self._queue_timeout_s)
            self._jobs[turn.id] = job
            self._queue.push(turn.owner, turn.id)
            self._move_up()
            self._changed.notify_all()

    def _move_up(self) -> None:
        """Lets in as many as there is room for, and tells those who wait their new places. Holds the lock."""
        while len(self._working) < self._max_turns and self._queue and not self._closing.is_set():
            job = self._jobs[self._queue.pop()]
            self._working[job.live.turn.id] = job
            job.began = monotonic()
            self._tell(job, 0)
            self._log.begin(job.live)
            thread = threading.Thread(target=self._work, args=(job,), name=job.live.turn.id, daemon=True)
            self._threads.add(thread)
            thread.start()
        self._tell_all()

    def _tell_all(self) -> None:
        """Those who wait hear their place and estimate, where these have changed. Holds the lock."""
        self._estimate_due = monotonic() + self._estimate_every_s
        for position, turn_id in enumerate(self._queue.order(), start=1):
            self._tell(self._jobs[turn_id], position)

    def _tell(self, job: _Job, position: int) -> None:
        eta_s = self._pace.eta_s(position, monotonic())
        if job.position != position or abs(job.eta_s - eta_s) >= _ESTIMATE_STEP_S:
            job.position, job.eta_s, turn = position, eta_s, job.live.turn
            self._log.append(job.live, Queued(turn.conversation_id, turn.message_id, position, eta_s))

    def _work(self, job: _Job) -> None:
        try:
            self._log.append(job.live, self._answered(job))
        finally:
            with self._changed:
                self._threads.discard(threading.current_thread())
            self._leave(job)

    def _answered(self, job: _Job) -> Event:
        """Runs the answer -> its terminal event (without effect if the turn was ended from outside)."""
        try:
            events = self._run(job.live.turn, job.stop)
            try:
                for event in events:
                    if event.type in TERMINAL_TYPES:
                        return event
                    if not self._log.append(job.live, event):
                        return Stopped(job.live.turn.message_id)
                    if work_follows(event):
                        self._log.settle(job.live, _SETTLE_S)
            finally:
                close = getattr(events, "close", None)  # its connection to the model closes with it
                if close is not None:
                    close()
        except FolioError as error:
            return Failed(error.code, error.message, error.details, error.retryable)
        except StorageFull:
            return _failed("storage_full", "The server's disk is full; the answer ends here.")
        except Exception:  # named boundary: whatever an answer raises ends this turn and no other
            if not job.stop.is_set():
                logger.exception("turn %s failed", job.live.turn.id)
        return _failed("internal_error", "Something went wrong while answering. It was logged.")

    def _on_closed(self, turn_id: str) -> None:
        """The log has accepted the turn's end: nobody waits for it any more, and its thread has a moment to leave."""
        with self._changed:
            job = self._jobs.get(turn_id)
            if job is None:
                return
            job.stop.set()
            if self._queue.remove(turn_id):
                del self._jobs[turn_id]
                self._move_up()
            elif job.given_up_at is None:
                job.given_up_at = monotonic() + self._grace_s
                self._changed.notify_all()

    def _leave(self, job: _Job) -> None:
        """Gives the place on, once: when the thread ends, or when it is given up."""
        with self._changed:
            if self._working.pop(job.live.turn.id, None) is None:
                return
            del self._jobs[job.live.turn.id]
            self._pace.left(monotonic() - job.began, monotonic())
            self._move_up()

    def _tend(self) -> None:
        """The clerk: ends waits that are too long, gives up threads that do not leave, keeps estimates fresh."""
        with self._changed:
            while not self._closing.is_set():
                moment, due = monotonic(), []
                if self._queue:
                    if moment >= self._estimate_due:
                        self._tell_all()
                    due.append(self._estimate_due)
                for turn_id, job in list(self._jobs.items()):
                    moment_due = job.given_up_at if turn_id in self._working else job.waits_until
                    if moment_due is None:
                        continue
                    if moment_due > moment:
                        due.append(moment_due)
                    elif turn_id in self._working:
                        logger.warning("turn %s was ended but its thread does not leave; it is given up", turn_id)
                        self._leave(job)
                    else:
                        self._log.append(job.live, _failed("queue_timeout", "Too many answers are being written."))
                self._changed.wait(min(due) - moment if due else None)


def _failed(code: str, message: str) -> Failed:
    return Failed(code, message, {}, CODES[code][1])

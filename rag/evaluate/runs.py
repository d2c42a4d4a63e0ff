"""Runs golden questions in the background, one at a time, each through the chat's own pipeline.

    queued -> running -> completed | cancelled | failed

A row is kept in the transaction that counts it, so a run that a crash or a shutdown cut off goes on at the next start
with the row it was at. Several runs take turns, row by row. A run whose questions fail several times in a row for the
same reason (the model server is gone) ends as failed; resuming it asks the failed ones again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from rag.answer.refusal import is_refusal
from rag.answer.support import support_of
from rag.errors import FolioError
from rag.evaluate import measures
from rag.events import Answer, Event, Failed, Logged, advance
from rag.model import Asking, Hit
from rag.turns.rows import asking_from
from store import evaluations
from store.database import Database
from store.errors import NotFound, StoreError
from store.evaluated import Outcome, Row, RowStatus, Run, Status

log = logging.getLogger(__name__)
Alone = Callable[[str, Asking, threading.Event], Iterator[Event]]
Search = Callable[[str, Asking, int], Sequence[Hit]]
MAX_FAILURES = 5  # one after the other, with the same code
_IDLE_S = 60.0
_LOADING_S = 0.1
_READY_TIMEOUT_S = 300.0


class Runs:
    """`alone(user_id, asking, stop)` yields the events of an answer outside any conversation; `search(user_id, asking,
    limit)` finds what it rests on, and what comes after that.

    `ready()` is None while something that answers depend on is still being loaded, else sentences to note with a run.
    """

    def __init__(self, db: Database, alone: Alone, search: Search, ready: Callable[[], Sequence[str] | None]) -> None:
        self._db = db
        self._alone = alone
        self._search = search
        self._ready = ready
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._current: tuple[str, threading.Event] | None = None
        self._failures: dict[str, tuple[str, int]] = {}
        self._noted: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="evaluation", daemon=True)
        self._thread.start()

    def notify(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def cancelled(self, user_id: str, run_id: str) -> None:
        """A run was cancelled or deleted: the answer in progress is of no use any more; the others give figures."""
        with self._lock:
            if self._current is not None and self._current[0] == run_id:
                self._current[1].set()
        evaluations.summarise(self._db, run_id, self._figures(user_id, run_id))
        self._wake.set()

    def close(self) -> None:
        """Ends the answer in progress; its row is asked again at the next start. Calling it twice is fine."""
        self._closing.set()
        with self._lock:
            if self._current is not None:
                self._current[1].set()
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            try:
                has_worked = self._round()
            except Exception:  # named boundary: the thread of all runs goes on; the row stays pending
                log.exception("A run of questions was interrupted")
                has_worked = False
            if not has_worked:
                self._wake.wait(_IDLE_S)

    def _round(self) -> bool:
        """One row of each run that has not ended. -> whether there was any."""
        runs = evaluations.unfinished(self._db)
        if runs and not self._wait_until_ready():
            return False
        has_worked = False
        for run in runs:
            if self._closing.is_set():
                return False
            try:
                if evaluations.claim(self._db, run.id):  # else another process is at it
                    has_worked = True
                    self._step(run)
            except StoreError as error:  # a full disk
                log.warning("Run %s could not go on: %s", run.id, error)
                return False
        return has_worked

    def _wait_until_ready(self) -> bool:
        waited = 0.0
        while self._ready() is None and waited < _READY_TIMEOUT_S:
            if self._closing.wait(_LOADING_S):
                return False
            waited += _LOADING_S
        return not self._closing.is_set()

    def _step(self, run: Run) -> None:
        if run.id not in self._noted:
            self._noted.add(run.id)
            evaluations.begin(self._db, run.id, list(dict.fromkeys([*run.notes, *(self._ready() or ())])))
        row = evaluations.next_row(self._db, run.id)
        if row is None:
            self._finish(run)
            return
        answer = self._asked(run, row)
        if answer is None:
            return
        self._keep(run, row, answer, self._ranked(run, row, answer))
        self._count_failures(run, answer)

    def _asked(self, run: Run, row: Row) -> Answer | None:
        """A row's answer; None when it was cut off from outside, so that it counts for nothing."""
        stop = threading.Event()
        with self._lock:
            self._current = (run.id, stop)
            if self._closing.is_set():  # close() did not see this answer
                stop.set()
        try:
            answer = answered(lambda: self._alone(run.owner, asking_for(run, row), stop))
        finally:
            with self._lock:
                self._current = None
        return None if stop.is_set() or self._closing.is_set() else answer

    def _ranked(self, run: Run, row: Row, answer: Answer) -> Sequence[dict[str, Any]]:
        """What was found, down to the deepest cut of recall even when fewer passages reach the prompt."""
        deepest = max(measures.CUTS)
        if len(answer.sources) >= deepest or not any(step.name == "search" for step in answer.steps):
            return answer.sources
        try:
            return [hit.to_json() for hit in self._search(run.owner, asking_for(run, row), deepest)]
        except FolioError:  # the index is gone just now; the answer's own sources are known
            return answer.sources

    def _keep(self, run: Run, row: Row, answer: Answer, ranked: Sequence[dict[str, Any]]) -> None:
        found = measures.row_measures(
            hits=ranked, document=row.document, pages=row.pages, answer=answer.text, expected=row.expected,
            citations=answer.citations, refused=is_refusal(answer.text, has_citations=bool(answer.citations)),
        )  # fmt: skip
        trace = trace_of(row.question, answer)
        status: RowStatus = "failed" if answer.error else "done"
        outcome = Outcome(status, answer.text, found, answer.timings, answer.usage, trace)
        evaluations.keep_row(self._db, run.id, row.number, outcome)

    def _count_failures(self, run: Run, answer: Answer) -> None:
        if answer.error is None:
            self._failures.pop(run.id, None)
            return
        code, count = self._failures.get(run.id, ("", 0))
        count = count + 1 if code == answer.error.error_code else 1
        self._failures[run.id] = (answer.error.error_code, count)
        if count >= MAX_FAILURES:
            self._failures.pop(run.id, None)
            self._finish(run, answer.error)

    def _finish(self, run: Run, error: Failed | None = None) -> None:
        problem = None if error is None else {"error_code": error.error_code, "message": error.message}
        status: Status = "completed" if error is None else "failed"
        evaluations.finish(self._db, run.id, status, self._figures(run.owner, run.id), problem)
        self._noted.discard(run.id)

    def _figures(self, user_id: str, run_id: str) -> dict[str, Any]:
        """Of what has been asked so far."""
        rows = [asdict(row) for row in evaluations.rows(self._db, user_id, run_id) if row.status != "pending"]
        return measures.summary(rows)


def asking_for(run: Run, row: Row) -> Asking:
    """A row's question with its run's settings."""
    return asking_from({**run.settings, "question": row.question, "use_cache": False})


def answered(begin: Callable[[], Iterator[Event]]) -> Answer:
    """The events of an answer, without a log -> the answer. One that fails ends in its error."""
    state = Answer()
    try:
        with closing(_closable(begin)) as events:
            for seq, event in enumerate(events, start=1):
                state = advance(state, Logged("", seq, "", event))
    except FolioError as error:
        failed = Failed(error.code, error.message, error.details, error.retryable)
    except NotFound:
        failed = Failed("not_found", "A document of the run's settings does not exist any more.")
    except Exception:  # named boundary: whatever an answer raises ends this question and no other
        log.exception("A question outside any conversation failed")
        failed = Failed("internal_error", "Something went wrong while answering. It was logged.")
    else:
        return state
    return advance(state, Logged("", state.last_seq + 1, "", failed))


def _closable(begin: Callable[[], Iterator[Event]]) -> Generator[Event, None, None]:
    yield from begin()  # closing it closes the answer, and its connection to the model


def trace_of(question: str, answer: Answer) -> dict[str, Any]:
    """How an answer came about, as JSON values: the fields of `Talk.trace` that it has without a conversation."""
    condensed = [step.detail for step in answer.steps if step.name == "condense" and step.status == "finished"]
    return {
        "question": question,
        "query": next(filter(None, condensed), question),
        "status": answer.status,
        "model": answer.model,
        "steps": [asdict(step) for step in answer.steps],
        "retrieved": list(answer.sources),
        "citations": list(answer.citations),
        "support": support_of(answer.text, answer.citations, answer.sources).to_json(),
        "usage": answer.usage,
        "timings": answer.timings,
        "error": None if answer.error is None else asdict(answer.error),
    }

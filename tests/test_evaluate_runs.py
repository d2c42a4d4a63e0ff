"""Runs in the background: progress, a crash in between, cancelling, models that are gone, and turns between runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from rag.errors import ModelError
from rag.evaluate.runs import MAX_FAILURES, Runs, answered
from rag.events import Done, Event, Sources, Step, Token
from rag.model import Asking, Hit
from store import evaluations
from store.database import Database
from store.evaluated import Run
from tests.answer_material import hits_of
from tests.conftest import LIMIT_S, wait_until
from tests.talks import ANN, BOB

HITS = hits_of("The first page.", "The second page.")


@dataclass
class Answers:
    """Answers "I am <question>." to each question; `before(question)` may wait or raise."""

    before: Callable[[str], None] = lambda question: None
    asked: list[str] = field(default_factory=list)
    stops: list[threading.Event] = field(default_factory=list)

    def alone(self, user_id: str, asking: Asking, stop: threading.Event) -> Iterator[Event]:
        self.asked.append(f"{user_id}: {asking.question}")
        self.stops.append(stop)
        self.before(asking.question)
        if stop.is_set():
            return
        yield Step("search", "finished", "Searching")
        yield Sources(tuple(hit.to_json() for hit in HITS[:1]))
        yield Token(f"I am {asking.question}.")
        yield Done("", "scripted", {"input_tokens": 3, "output_tokens": 2}, {"total_ms": 5.0})

    def search(self, user_id: str, asking: Asking, limit: int) -> Sequence[Hit]:
        return HITS[:limit]


def made(database: Database, user_id: str = ANN, questions: Sequence[str] = ("A", "B", "C")) -> Run:
    rows = [(question, f"I am {question}", "report.pdf", (2,)) for question in questions]
    return evaluations.create(database, user_id, name="set", settings={"passages": 1}, rows=rows)


def ended(database: Database, run: Run) -> bool:
    found = evaluations.get(database, run.owner, run.id)
    return found.is_finished and found.summary is not None


def running(database: Database, answers: Answers, notes: Sequence[str] | None = ()) -> closing[Runs]:
    return closing(Runs(database, answers.alone, answers.search, lambda: notes))


def test_a_run_is_asked_to_its_end_and_has_its_figures(database: Database) -> None:
    answers, run = Answers(), made(database)
    with running(database, answers, ["By words only."]):
        wait_until(lambda: ended(database, run))
    found = evaluations.get(database, ANN, run.id)
    assert (found.status, found.done, found.notes) == ("completed", 3, ["By words only."])
    assert answers.asked == [f"{ANN}: {question}" for question in "ABC"]
    assert found.summary is not None
    assert (found.summary["answer_match"], found.summary["mrr"], found.summary["page_hit"]) == (1.0, 0.5, 1.0)
    assert (found.summary["input_tokens"], found.summary["total_p50_ms"]) == (9, 5.0)
    row = evaluations.row(database, ANN, run.id, 2)
    assert (row.answer, row.status, row.measures["ranking"]["rank"]) == ("I am B.", "done", 2)
    assert row.trace["steps"][0]["name"] == "search"
    assert len(row.trace["retrieved"]) == 1, "the trace has what the answer had, the rank is of the whole list"
    assert row.trace["support"]["counts"]["none"] == 0


def test_what_was_cut_off_goes_on_where_it_was(database: Database) -> None:
    held, reached = threading.Event(), threading.Event()

    def wait(question: str) -> None:
        if question == "B":
            reached.set()
            wait_until(lambda: held.is_set() or first.stops[-1].is_set())

    first, run = Answers(before=wait), made(database)
    with running(database, first):
        assert reached.wait(LIMIT_S)
    interrupted = evaluations.get(database, ANN, run.id)
    assert (interrupted.status, interrupted.done, interrupted.is_finished) == ("running", 1, False)
    second = Answers()
    with running(database, second):
        wait_until(lambda: ended(database, run))
    assert second.asked == [f"{ANN}: B", f"{ANN}: C"]
    assert evaluations.get(database, ANN, run.id).done == 3


def test_cancelling_ends_the_answer_in_progress_and_keeps_what_was_asked(database: Database) -> None:
    answers, gate = Answers(), threading.Event()
    answers.before = lambda question: None if question == "A" else _wait_for(gate, answers.stops[-1])
    run = made(database)
    with running(database, answers) as runs:
        wait_until(lambda: len(answers.asked) == 2)
        evaluations.cancel(database, ANN, run.id)
        runs.cancelled(ANN, run.id)
        found = evaluations.get(database, ANN, run.id)
        assert (found.status, found.done, found.summary and found.summary["rows"]) == ("cancelled", 1, 1)
        other = made(database, BOB, ["A"])
        runs.notify()
        wait_until(lambda: ended(database, other))
        assert answers.asked[2:] == [f"{BOB}: A"]
        evaluations.resume(database, ANN, run.id)
        gate.set()
        runs.notify()
        wait_until(lambda: ended(database, run))
    assert evaluations.get(database, ANN, run.id).done == 3
    assert answers.asked[3:] == [f"{ANN}: B", f"{ANN}: C"]


def test_deleting_a_run_in_progress_stops_nobody_else(database: Database) -> None:
    answers, gate = Answers(), threading.Event()
    answers.before = lambda question: _wait_for(gate, answers.stops[-1]) if question == "slow" else None
    run, other = made(database, questions=["slow"]), made(database, BOB)
    with running(database, answers) as runs:
        wait_until(lambda: len(answers.asked) == 1)
        evaluations.delete(database, ANN, run.id)
        runs.cancelled(ANN, run.id)
        wait_until(lambda: ended(database, other))


def _wait_for(gate: threading.Event, stop: threading.Event) -> None:
    wait_until(lambda: gate.is_set() or stop.is_set())


def test_a_failed_question_is_a_failed_row_and_the_run_goes_on(database: Database) -> None:
    def fail(question: str) -> None:
        if question == "A":
            raise ModelError("model_error", "The model broke off.")
        if question == "B":
            raise ZeroDivisionError

    answers, run = Answers(before=fail), made(database)
    with running(database, answers):
        wait_until(lambda: ended(database, run))
    rows = evaluations.rows(database, ANN, run.id)
    assert [row.status for row in rows] == ["failed", "failed", "done"]
    assert rows[0].trace["error"]["error_code"] == "model_error"
    assert rows[1].trace["error"]["error_code"] == "internal_error"
    found = evaluations.get(database, ANN, run.id)
    assert (found.status, found.summary and found.summary["failed"]) == ("completed", 2)


def test_a_model_that_is_gone_ends_the_run_and_it_can_be_resumed(database: Database) -> None:
    gone = [True]

    def fail(question: str) -> None:
        if gone[0]:
            raise ModelError("model_unavailable", "Nobody answers.")

    answers, run = Answers(before=fail), made(database, questions=[f"Q{n}" for n in range(MAX_FAILURES + 3)])
    with running(database, answers) as runs:
        wait_until(lambda: ended(database, run))
        found = evaluations.get(database, ANN, run.id)
        assert (found.status, len(answers.asked)) == ("failed", MAX_FAILURES)
        assert found.error == {"error_code": "model_unavailable", "message": "Nobody answers."}
        gone[0] = False
        evaluations.resume(database, ANN, run.id)
        runs.notify()
        wait_until(lambda: ended(database, run))
    assert evaluations.get(database, ANN, run.id).status == "completed"
    assert {row.status for row in evaluations.rows(database, ANN, run.id)} == {"done"}


def test_runs_take_turns(database: Database) -> None:
    first, second = made(database), made(database, BOB, ["A"])
    answers = Answers()
    with running(database, answers):
        wait_until(lambda: ended(database, first) and ended(database, second))
    assert answers.asked[:2] == [f"{ANN}: A", f"{BOB}: A"]


def test_it_waits_for_the_model_to_be_loaded(database: Database) -> None:
    answers, run = Answers(), made(database)
    loaded, looked = threading.Event(), threading.Event()

    def ready() -> list[str] | None:
        looked.set()
        return [] if loaded.is_set() else None

    with closing(Runs(database, answers.alone, answers.search, ready)):
        assert looked.wait(LIMIT_S)
        assert answers.asked == []
        loaded.set()
        wait_until(lambda: ended(database, run))
    assert len(answers.asked) == 3


def test_closing_at_any_moment_is_fine(database: Database) -> None:
    runs = Runs(database, Answers().alone, Answers().search, lambda: None)
    made(database)
    runs.notify()
    runs.close()
    runs.close()


def test_the_error_of_an_answer_is_its_end() -> None:
    def broken() -> Iterator[Event]:
        yield Token("So far")
        raise ModelError("model_timeout", "Too slow.")

    found = answered(broken)
    assert (found.status, found.text) == ("error", "So far")
    assert found.error is not None
    assert found.error.error_code == "model_timeout"

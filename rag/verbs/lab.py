"""The tools of analysts: runs of golden questions, comparisons, the inspector, and why a sentence was not found.

A verb names the user first, raises FolioError and nothing else, and may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from rag.answer.policy import RULE, Policy
from rag.coded import coded
from rag.errors import RequestError
from rag.evaluate import comparison, golden, sheets
from rag.evaluate.diagnosis import Verdict
from rag.evaluate.golden import Golden, GoldenSet
from rag.evaluate.runs import Runs
from rag.model import Asking
from rag.verbs.answering import Answering
from rag.verbs.looking import INSPECTED, Inspection, Looking, settings_json
from store import evaluations
from store.database import Database
from store.errors import Conflict
from store.evaluated import Row, Run

MAX_OPEN_RUNS = 4  # of one user
MAX_NAME_CHARS = 200


class Lab:
    """`ready()` is None while what answers depend on is being loaded, else sentences to note with a run."""

    def __init__(
        self,
        db: Database,
        answering: Answering,
        ready: Callable[[], Sequence[str] | None],
        *,
        usual_passages: int = 8,
        policy: Policy = RULE,
    ) -> None:
        self._db = db
        self._answering = answering
        self._looking = Looking(db, answering, usual_passages, policy)
        self._runs = Runs(db, answering.alone, lambda *asked: answering.search(*asked)[0], ready)

    def close(self) -> None:
        """Ends the question in progress; runs go on at the next start."""
        self._runs.close()

    # Runs

    def read(self, content: bytes, name: str) -> GoldenSet:
        """The questions of a CSV, XLSX or JSONL file. Raises as `golden.read_golden`."""
        return golden.read_golden(content, name)

    def read_rows(self, rows: Iterable[Mapping[str, Any]]) -> GoldenSet:
        """The same of JSON objects. Raises RequestError(invalid_request)."""
        return golden.golden_set(enumerate(rows, start=1))

    @coded
    def start(self, user_id: str, questions: GoldenSet, settings: Asking, *, name: str = "") -> Run:
        """A run of these questions; returns at once. Of `settings` everything counts but the question.

        Raises RequestError: invalid_request, not_found (a document), rate_limited (too many of the user's runs).
        """
        title = " ".join(name.split())[:MAX_NAME_CHARS] or _title(len(questions.rows))
        for row in questions.rows:
            self._answering.check(user_id, replace(settings, question=row.question))
        if evaluations.count_open(self._db, user_id) >= MAX_OPEN_RUNS:
            raise RequestError(
                "rate_limited", f"{MAX_OPEN_RUNS} of your runs have not ended. Cancel one, or wait until one ends."
            )
        run = evaluations.create(
            self._db, user_id, name=title, settings=settings_json(settings),
            rows=[(row.question, row.expected, row.document, row.pages) for row in questions.rows],
            problems=[{"row": number, "problem": problem} for number, problem in questions.problems],
            own_columns=questions.columns, own=[row.own for row in questions.rows] if questions.columns else (),
        )  # fmt: skip
        self._runs.notify()
        return run

    @coded
    def again(self, user_id: str, run_id: str, settings: Asking, *, name: str = "") -> Run:
        """The same questions with other settings. Raises as `start`."""
        earlier = evaluations.get(self._db, user_id, run_id)
        rows = tuple(
            Golden(row.question, row.expected, row.document, tuple(row.pages), tuple(row.own))
            for row in evaluations.rows(self._db, user_id, run_id)
        )
        return self.start(user_id, GoldenSet(rows, (), tuple(earlier.own_columns)), settings, name=name or earlier.name)

    @coded
    def runs(self, user_id: str, *, limit: int = 50, offset: int = 0) -> list[Run]:
        """The user's runs, newest first."""
        return evaluations.list_runs(self._db, user_id, limit=limit, offset=offset)

    @coded
    def run(self, user_id: str, run_id: str) -> Run:
        return evaluations.get(self._db, user_id, run_id)

    @coded
    def rows(self, user_id: str, run_id: str, *, limit: int = 10_000, after: int = 0) -> list[Row]:
        """The rows of a run with a number greater than `after`, in order."""
        evaluations.get(self._db, user_id, run_id)
        return evaluations.rows(self._db, user_id, run_id, limit=limit, after=after)

    @coded
    def row(self, user_id: str, run_id: str, number: int) -> Row:
        """One row with its trace."""
        return evaluations.row(self._db, user_id, run_id, number)

    @coded
    def cancel(self, user_id: str, run_id: str) -> Run:
        """No further question is asked; what was asked stays. Nothing happens to a run that has ended."""
        was_open = not evaluations.get(self._db, user_id, run_id).is_finished
        evaluations.cancel(self._db, user_id, run_id)
        if was_open:
            self._runs.cancelled(user_id, run_id)
        return evaluations.get(self._db, user_id, run_id)

    @coded
    def resume(self, user_id: str, run_id: str) -> Run:
        """A run that has ended asks what it had not asked, or what had failed. Raises RequestError(conflict)."""
        try:
            run = evaluations.resume(self._db, user_id, run_id)
        except Conflict as error:
            raise RequestError("conflict", "This run has not ended.") from error
        self._runs.notify()
        return run

    @coded
    def delete(self, user_id: str, run_id: str) -> None:
        """Gone with its rows; one in progress is cancelled."""
        evaluations.delete(self._db, user_id, run_id)
        self._runs.cancelled(user_id, run_id)

    @coded
    def compare(self, user_id: str, run_a: str, run_b: str) -> dict[str, Any]:
        """Two runs, figure by figure and row by row. Raises RequestError: not_found, conflict (one has not ended)."""
        runs = [evaluations.get(self._db, user_id, run_id) for run_id in (run_a, run_b)]
        if any(run.summary is None for run in runs):
            raise RequestError("conflict", "Only runs that have ended can be compared.")
        rows = [[asdict(row) for row in self.rows(user_id, run.id) if row.status != "pending"] for run in runs]
        found = comparison.compare(runs[0].summary or {}, runs[1].summary or {}, *rows)
        return {"a": run_json(runs[0]), "b": run_json(runs[1]), **found}

    @coded
    def sheet(self, user_id: str, run_id: str, form: sheets.Format) -> bytes:
        """The analyst's own columns with everything that came of the questions, as a file."""
        columns = evaluations.get(self._db, user_id, run_id).own_columns
        head, cells = sheets.filled(columns, map(asdict, self.rows(user_id, run_id)))
        return sheets.sheet(cells, form, head)

    # One question

    @coded
    def inspect(self, user_id: str, asking: Asking, depth: int = INSPECTED) -> Inspection:
        """Search without answering: every candidate, with its ranks and scores. Raises as `App.ask`, SearchError."""
        return self._looking.inspect(user_id, asking, depth)

    @coded
    def ab(self, user_id: str, a: Asking, b: Asking) -> dict[str, Any]:
        """The same question with two settings side by side. Raises as `inspect`."""
        return self._looking.ab(user_id, a, b)

    @coded
    def why(self, user_id: str, sentence: str, asking: Asking, *, message_id: str | None = None) -> Verdict:
        """Why a sentence was not found. Raises RequestError: invalid_request, not_found; SearchError."""
        return self._looking.why(user_id, sentence, asking, message_id)


def run_json(run: Run) -> dict[str, Any]:
    """A run as every door shows it."""
    kept = asdict(run)
    kept["run_id"] = kept.pop("id")
    del kept["owner"]
    kept["progress_percentage"] = round(100 * run.done / run.total, 1) if run.total else 100.0
    return kept


def row_json(row: Row, *, with_trace: bool = False) -> dict[str, Any]:
    """A row as every door shows it; its trace is long, and only there when asked for."""
    kept = asdict(row)
    return kept if with_trace else {name: value for name, value in kept.items() if name != "trace"}


def _title(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"

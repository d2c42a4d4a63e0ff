"""python -m rag eval | inspect | why | train-policy: the tools for analysts, on the shared library."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import RequestError
from rag.model import SEARCH_MODES, SHARED_OWNER, Asking
from rag.output import Output
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.app import App
    from store.evaluated import Run

POLL_S = 0.1
READY_TIMEOUT_S = 60.0
SHOWN_CHARS = 90


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Puts the commands into the parser."""
    eval_ = commands.add_parser("eval", help="run golden questions from a CSV, XLSX or JSONL file, or compare two runs")
    eval_.add_argument("questions", nargs="?", metavar="QUESTIONS", type=Path)
    _add_how(eval_)
    eval_.add_argument("--out", metavar="FILE", type=Path, help="write the filled sheet to this .csv or .xlsx file")
    eval_.add_argument("--compare", nargs=2, metavar="RUN", help="compare two runs that have ended, row by row")
    eval_.add_argument("--resume", metavar="RUN", help="go on with a run that was interrupted")
    eval_.add_argument("--list", action="store_true", help="list the runs there are")
    eval_.set_defaults(command=evaluate)

    inspect_ = commands.add_parser("inspect", help="show every candidate that search finds for a question")
    inspect_.add_argument("question")
    _add_how(inspect_)
    inspect_.add_argument("--depth", type=int, default=20, help="how many candidates (default: 20)")
    inspect_.set_defaults(command=inspect)

    why_ = commands.add_parser("why", help="say why a sentence was not found for a question")
    why_.add_argument("question")
    why_.add_argument("sentence")
    _add_how(why_)
    why_.set_defaults(command=why)

    train_ = commands.add_parser("train-policy", help="learn from feedback when to search, and how wide")
    train_.add_argument("feedback", metavar="FEEDBACK", type=Path, help="what `python -m rag feedback` printed")
    train_.set_defaults(command=train_policy)


def _add_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mode", choices=SEARCH_MODES, default="hybrid", help="how to search (default: hybrid)")
    parser.add_argument("--passages", type=int, help="how many passages reach the answer, 1 to 50")
    parser.add_argument("--weights", help="of words and meaning, such as 1:3")
    parser.add_argument("--rerank", help="on, off, or how many passages the reranking model reads")
    parser.add_argument("--model", help="a name from FOLIO_MODELS, or 'extractive'")


def _asking(options: argparse.Namespace, settings: Settings, question: str) -> Asking:
    passages = settings.passages if options.passages is None else options.passages
    if not 1 <= passages <= 50:
        raise RequestError("invalid_request", "--passages is a number from 1 to 50.")
    extra = {name: said for name in ("weights", "rerank") if (said := getattr(options, name))}
    return Asking(question, model=options.model, search_mode=options.mode, passages=passages, use_cache=False,
                  settings=extra)  # fmt: skip


def evaluate(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Run a set of questions and print its figures; 1 when any question failed. Raises RequestError."""
    from rag.app import open_app  # noqa: PLC0415 -- `--help` stays instant

    _check_out(options.out)
    with open_app(settings) as app:
        if options.list:
            _list(app, output)
            return 0
        if options.compare:
            _compare(app, options.compare, output)
            return 0
        run = _begun(app, options, settings, output)
        try:
            run = _followed(app, run, output)
        except KeyboardInterrupt:
            app.lab.cancel(SHARED_OWNER, run.id)
            output.note(f"Interrupted. To go on: python -m rag eval --resume {run.id}")
            raise
        _report(app, run, output)
        if options.out is not None:
            _write(options.out, app.lab.sheet(SHARED_OWNER, run.id, options.out.suffix.lower()[1:]))
            output.note(f"The filled sheet is in {options.out}.")
    return 1 if run.status != "completed" or (run.summary or {}).get("failed") else 0


def _check_out(out: Path | None) -> None:
    """Before anything is asked: a run can take long, and its sheet must have a place."""
    if out is None:
        return
    if out.suffix.lower() not in {".csv", ".xlsx"}:
        raise RequestError("invalid_request", "--out names a .csv or an .xlsx file.")
    if not out.parent.is_dir() or out.is_dir():
        raise RequestError("invalid_request", f"{out} cannot be written: name a file in a folder that exists.")


def _begun(app: App, options: argparse.Namespace, settings: Settings, output: Output) -> Run:
    if options.resume:
        run = app.lab.run(SHARED_OWNER, options.resume)
        return app.lab.resume(SHARED_OWNER, run.id) if run.is_finished else run
    if options.questions is None:
        raise RequestError("invalid_request", "Name a file of questions, or --compare, --resume or --list.")
    try:
        content = options.questions.read_bytes()
    except OSError as error:
        raise RequestError("not_found", f"{options.questions} cannot be read: {error.strerror}.") from error
    questions = app.lab.read(content, options.questions.name)
    for row, problem in questions.problems:
        output.note(f"{options.questions.name}{f', row {row}' if row else ''}: {problem}")
    return app.lab.start(SHARED_OWNER, questions, _asking(options, settings, "-"), name=options.questions.stem)


def _followed(app: App, run: Run, output: Output) -> Run:
    """Waits for the end of a run, with its figures."""
    told = -1
    while not run.is_finished or run.summary is None:
        time.sleep(POLL_S)
        run = app.lab.run(SHARED_OWNER, run.id)
        tenth = 10 * run.done // max(1, run.total)
        if tenth > told:
            told = tenth
            output.note(f"{run.done} of {run.total}")
    return run


def _report(app: App, run: Run, output: Output) -> None:
    from rag.view.lab import figures_of  # noqa: PLC0415 -- templates are for those who draw

    for note in run.notes:
        output.note(note)
    rows = app.lab.rows(SHARED_OWNER, run.id)
    table = [
        (
            str(row.number), _cut(row.question), _cut(" ".join(row.answer.split())),
            _match(row.measures), _rank(row.measures),
        )
        for row in rows
    ]  # fmt: skip
    output.table(("", "question", "answer", "match", "rank"), table)
    output.line("")
    output.table(("figure", "value"), figures_of(run.summary, "en"))
    output.line(f"{run.status}: {run.id}")


def _match(measures: dict[str, Any]) -> str:
    match = measures.get("match")
    return "" if match is None else "yes" if match["matches"] else "no"


def _rank(measures: dict[str, Any]) -> str:
    ranks = measures.get("ranking")
    return "" if ranks is None else str(ranks["rank"] or "–")


def _list(app: App, output: Output) -> None:
    from rag.view.lab import figure_text  # noqa: PLC0415

    names = ("recall@5", "page_hit", "answer_match")
    table = [
        (run.id, run.name, run.status, f"{run.done}/{run.total}", run.created_at,
         *(figure_text(name, (run.summary or {}).get(name)) for name in names))
        for run in app.lab.runs(SHARED_OWNER, limit=200)
    ]  # fmt: skip
    columns = ("run", "name", "status", "asked", "begun", "found at 5", "right page", "match")
    output.table(columns, table, whole=("run",))


def _compare(app: App, run_ids: Sequence[str], output: Output) -> None:
    from rag.view.lab import SHOWN, figure_text  # noqa: PLC0415

    found = app.lab.compare(SHARED_OWNER, *run_ids)
    figures = [
        (each["name"], *(figure_text(each["name"], each[side]) for side in ("a", "b")), each["better"].upper())
        for each in found["figures"] if each["name"] in SHOWN
    ]  # fmt: skip
    output.table(("figure", "A", "B", "better"), figures)
    flipped = [row for row in found["rows"] if {row["answer"]["flip"], row["page"]["flip"]} != {"same"}]
    output.line(f"\n{len(flipped)} of {len(found['rows'])} rows flipped")
    output.table(
        ("question", "answer", "page", "rank A", "rank B"),
        [
            (_cut(row["question"]), row["answer"]["flip"], row["page"]["flip"],
             *(str(row["page"][side] or "–") for side in ("a", "b")))
            for row in flipped
        ],
    )  # fmt: skip


def inspect(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Print every candidate with its ranks; 1 when nothing was found."""
    from rag.app import open_app  # noqa: PLC0415

    with open_app(settings) as app:
        wait_for_model(app)
        seen = app.lab.inspect(SHARED_OWNER, _asking(options, settings, options.question), max(1, options.depth))
    for note in filter(None, (seen.note, seen.decision)):
        output.note(note)
    rows = [
        (
            "*" if hit.number <= seen.in_prompt else "", str(hit.number), hit.passage.document, str(hit.passage.page),
            *("–" if rank is None else f"{rank.rank} ({rank.score:.3f})" for rank in (hit.keyword, hit.semantic)),
            f"{hit.fused:.4f}", _cut(" ".join(hit.passage.text.split())),
        )
        for hit in seen.hits
    ]  # fmt: skip
    output.table(("", "", "document", "page", "by words", "by meaning", "score", "passage"), rows)
    output.note(f"* reaches the answer ({seen.in_prompt}). {seen.elapsed_ms:.0f} ms")
    return 0 if seen.hits else 1


def why(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Print what became of a sentence; 1 when it does not reach the answer."""
    from rag.app import open_app  # noqa: PLC0415
    from rag.view.lab import why_sentences  # noqa: PLC0415

    with open_app(settings) as app:
        wait_for_model(app)
        verdict = app.lab.why(SHARED_OWNER, options.sentence, _asking(options, settings, options.question))
    for sentence in why_sentences(verdict.to_json(), "en"):
        output.line(sentence)
    if verdict.closest and verdict.similarity < 1:
        output.line(f"There: “{' '.join(verdict.closest.split())}”")
    return 0 if verdict.kind in {"in_prompt", "used", "not_used"} else 1


def train_policy(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Learn from feedback, and say whether that is better than the rule. Raises RequestError."""
    from rag.evaluate.retraining import train_policy as train  # noqa: PLC0415
    from rag.view.texts import TEXTS  # noqa: PLC0415

    lessons, measured = train(settings.data, options.feedback)
    output.line(f"{lessons} records taught something.")
    rows: Iterable[Sequence[str]] = [
        (
            TEXTS["en"][f"train_{name}"], str(found.records), *map(_cost, (found.rule_cost, found.model_cost)),
            "–" if found.low is None else f"{found.low:+.3f} … {found.high:+.3f}",
            "learned" if found.is_used else "rule",
        )
        for name, found in measured.items()
    ]  # fmt: skip
    output.table(("decision", "records", "cost by rule", "learned", "difference, 95 %", "used"), rows)
    for found in measured.values():
        output.note(found.why)
    return 0


def _cost(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def wait_for_model(app: App) -> None:
    """A short-lived process gives the embedding model the moment it needs."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while app.is_loading and time.monotonic() < deadline:
        time.sleep(POLL_S)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RequestError("invalid_request", f"{path} cannot be written: {error.strerror}.") from error


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"

"""What the command line shows: progress bars, streamed answers, tables. The only place that writes to a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import assert_never

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from rag.errors import FolioError
from rag.events import Answer, Cited, Done, Failed, Interrupted, Logged, Queued, Sources, Step, Stopped, Token, advance
from store.tasks import Task

_PIPED_COLUMNS = 10_000  # nothing is wrapped or cut in a pipe or a file
_SELF_EXPLAINING = frozenset({"invalid_request", "not_found", "conflict"})  # their message says what to do


class Output:
    """Writes results to standard output and everything else to standard error, so that answers can be piped."""

    def __init__(self) -> None:
        self.out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
        self.err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _PIPED_COLUMNS)

    def line(self, text: str) -> None:
        self.out.print(escape(text))

    def json_line(self, value: object) -> None:
        """One line of JSON Lines, as it is: nothing wraps or colours it."""
        self.out.file.write(json.dumps(value, ensure_ascii=False) + "\n")

    def note(self, text: str) -> None:
        self.err.print(escape(text), style="dim")

    def error(self, error: FolioError) -> None:
        self.err.print(f"[red]{escape(error.message)}[/red] [dim]({error.code})[/dim]")
        if error.code not in _SELF_EXPLAINING:
            self.err.print(escape(error.way_on), style="dim")

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, aside: bool = False, whole: Sequence[str] = ()
    ) -> None:
        """`aside`: on standard error, as what is not the result itself. `whole`: columns that a narrow terminal does
        not cut; in a pipe or a file nothing is cut."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, no_wrap=column in whole)
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        (self.err if aside else self.out).print(table)

    def answer(self, events: Iterable[Logged | None]) -> Answer:
        """Stream one answer: steps to standard error, text to standard output, then the numbered sources."""
        answer = Answer()
        for logged in events:
            if logged is None:
                continue
            answer = advance(answer, logged)
            self._event(logged, answer)
        return answer

    def _event(self, logged: Logged, answer: Answer) -> None:
        event = logged.event
        match event:
            case Queued():
                if event.position > 0:
                    self.note(f"Waiting: number {event.position} in line")
            case Step():
                if event.status in {"finished", "failed"} and event.name != "generate":
                    self.note(
                        f"{event.label} · {event.detail + ' · ' if event.detail else ''}{event.elapsed_ms:.0f} ms"
                    )
            case Token():
                self.out.file.write(event.text)
                self.out.file.flush()
            case Sources() | Cited():
                pass
            case Done() | Stopped() | Interrupted():
                self.out.print()
                self._sources(answer)
            case Failed():
                self.out.print()
                self.err.print(f"[red]{escape(event.message)}[/red] [dim]({event.error_code})[/dim]")
            case _:
                assert_never(event)

    def _sources(self, answer: Answer) -> None:
        marks = {"verified": "✓", "approximate": "≈", "missing": "?"}
        if answer.citations:
            self.out.print()
        for citation in answer.citations:
            where = f"[{citation['number']}] {citation['document']}, page {citation['page']}"
            self.out.print(f"[bold]{escape(where)}[/bold] {marks[citation['status']]} “{escape(citation['quote'])}”")


class TaskBars:
    """One moving bar a document, and one line about each that failed."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.fields[stage]:>12}"), BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.description}"), TimeElapsedColumn(), console=output.err,
            disable=not sys.stderr.isatty(),
        )  # fmt: skip

    def __enter__(self) -> TaskBars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, task: Task) -> None:
        counts = task.counts
        facts = f"{counts.get('pages', 0)} pages, {counts.get('passages', 0)} passages" if counts else ""
        fields = {"description": f"{escape(task.name)} [dim]{facts}[/dim]", "stage": task.status}
        if task.id not in self._bars:
            self._bars[task.id] = self._progress.add_task(total=100.0, **fields)  # type: ignore[arg-type]
        self._progress.update(self._bars[task.id], completed=task.progress_percentage, **fields)  # type: ignore[arg-type]

"""`python -m rag ingest`: the operator's files into the library that every user can read, with an outcome for each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.app import App
from rag.errors import FolioError
from rag.ingest.sources import Source, find, received
from rag.model import SHARED_OWNER
from rag.output import Output, TaskBars
from store.tasks import Task

POLL_S = 0.1
_REST = 9.0  # times as long as the last look took


@dataclass(slots=True)
class _File:
    """A file on its way. What lies in a folder and is no document has not failed."""

    source: Source
    task: Task | None = None
    outcome: str = ""
    failed: bool = False


def run(app: App, places: Sequence[str], output: Output) -> int:
    """Take in everything the places name and wait for it. -> how many files failed. Raises RequestError."""
    files = [_File(source) for source in find(places)]
    started = time.monotonic()
    with TaskBars(output) as bars:
        for file in files:
            _send(app, file, output)
        _wait(app, files, bars, output, started)
    counts = Counter(file.outcome for file in files)
    output.table(("files", "outcome"), [(str(count), outcome) for outcome, count in counts.most_common()], aside=True)
    output.note(f"Finished after {time.monotonic() - started:.1f} s")
    return sum(file.failed for file in files)


def _send(app: App, file: _File, output: Output) -> None:
    try:
        with received(file.source, app.settings.max_document_bytes) as stream:
            file.task = app.library.upload(SHARED_OWNER, stream, file.source.name)
    except FolioError as error:
        file.failed = file.source.is_named or error.code != "unsupported_type"
        file.outcome = f"{'failed' if file.failed else 'left out'} ({error.code})"
        output.note(f"{file.source.where}: {error.message} ({error.code})")


def _wait(app: App, files: Sequence[_File], bars: TaskBars, output: Output, started: float) -> None:
    waiting = [file for file in files if file.task is not None]
    is_said = not waiting
    took_s = 0.0
    while waiting:
        time.sleep(max(POLL_S, _REST * took_s))  # looking at thousands must not keep them from being worked on
        began = time.monotonic()
        for file in waiting:
            _look(app, file, bars, output)
        took_s = time.monotonic() - began
        if not is_said and all(file.task is None or file.task.searchable for file in files):
            is_said = True
            output.note(f"All searchable after {time.monotonic() - started:.1f} s")
        waiting = [file for file in waiting if not file.outcome]


def _look(app: App, file: _File, bars: TaskBars, output: Output) -> None:
    if file.task is None:
        return
    task = file.task = app.library.task(SHARED_OWNER, file.task.id)
    bars.show(task)
    if task.is_finished:
        file.failed = task.status != "completed"
        file.outcome = task.status + (f" ({task.error['error_code']})" if task.error else "")
        output.line(f"{task.name}: {_told(task)}")


def _told(task: Task) -> str:
    if task.error is not None:
        return f"{task.error['message']} ({task.error['error_code']})"
    return f"{task.status}, {task.counts.get('pages', 0)} pages, {task.counts.get('passages', 0)} passages"

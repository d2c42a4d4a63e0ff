"""Any folder of files through the real App: how each one ends, how long it takes, how much memory its parser needs.

    python bench/ingest_folder.py FOLDER [--expected QUESTIONS.jsonl] [--workers N] [--slowest N]

Every file below FOLDER is uploaded as the operator would. With --expected (lines with "doc", a path below FOLDER, and
"expected_markdown") the share of expected words that come out, in order, is printed too. The data folder is temporary.
Exit status 1 when a file ends in internal_error, does not end, or is completed without text, and when a process or a
temporary file is left.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

if __package__ in {None, ""}:  # python bench/ingest_folder.py
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.fidelity import recall, words
from rag import App, FolioError, load_settings, open_app
from rag.ingest.dense import LATER, NOT_READY
from rag.model import SHARED_OWNER
from rag.output import Output

POLL_S = 0.2
STUCK_S = 600.0  # without any task ending
PROMPT_S = 1.0  # a refusal that a file's header tells
_NO_TEXT = "completed without text"
_STUCK = "stuck"
_BAD = frozenset({"internal_error", _NO_TEXT, _STUCK})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended: "completed", a code, or one of the words above. `text` is what came out."""

    path: Path
    ending: str
    seconds: float
    warnings: tuple[str, ...] = ()
    text: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--expected", type=Path, help="JSON Lines with doc and expected_markdown")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--slowest", type=int, default=8)
    options = parser.parse_args(arguments)
    output = Output()
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())
    started = time.monotonic()
    with _own_temporary_folder() as folder:
        data = folder / "data"
        with MemoryWatch() as watch, open_app(load_settings(data=data, offline=True, workers=options.workers)) as app:
            outcomes = list(ingested(app, files))
        left = [*_processes_left(), *_files_left(folder)]
    elapsed = time.monotonic() - started
    _print_endings(output, outcomes, options.folder)
    _print_slowest(output, outcomes, options.folder, options.slowest)
    _print_slow_refusals(output, outcomes, options.folder)
    output.line(f"\n{len(files)} files in {elapsed:.0f} s; a parser process grew to {watch.peak_mb:,.0f} MB at most")
    if options.expected:
        _print_fidelity(output, outcomes, options.folder, options.expected)
    for what in left:
        output.line(f"LEFT BEHIND: {what}")
    bad = [outcome for outcome in outcomes if outcome.ending in _BAD]
    for outcome in bad:
        output.line(f"BAD: {outcome.path.relative_to(options.folder)}: {outcome.ending}")
    return 1 if bad or left else 0


def ingested(app: App, files: Sequence[Path]) -> Iterator[Outcome]:
    """Each file's outcome, as they end."""
    waiting: dict[str, tuple[Path, float]] = {}
    for path in files:
        began = time.monotonic()
        try:
            with path.open("rb") as stream:
                task = app.library.upload(SHARED_OWNER, stream, path.name)
        except FolioError as error:
            yield Outcome(path, error.code, time.monotonic() - began)
        else:
            if task.id in waiting:
                yield Outcome(path, "same bytes as another", time.monotonic() - began)
            waiting.setdefault(task.id, (path, time.monotonic() - began))
    last_end = time.monotonic()
    while waiting and time.monotonic() - last_end < STUCK_S:
        time.sleep(POLL_S)
        for task_id in list(waiting):
            outcome = _ended(app, task_id, *waiting[task_id])
            if outcome is not None:
                del waiting[task_id]
                last_end = time.monotonic()
                yield outcome
    yield from (Outcome(path, _STUCK, STUCK_S) for path, _ in waiting.values())


def _ended(app: App, task_id: str, path: Path, admission_s: float) -> Outcome | None:
    task = app.library.task(SHARED_OWNER, task_id)
    if not task.is_finished:
        return None
    seconds = admission_s
    if task.started_at and task.completed_at:
        seconds += (datetime.fromisoformat(task.completed_at) - datetime.fromisoformat(task.started_at)).total_seconds()
    if task.error is not None:
        return Outcome(path, str(task.error["error_code"]), seconds, task.warnings)
    pages = app.library.document_text(SHARED_OWNER, task.document_id)
    text = "\n\n".join(text for _, text in pages)
    return Outcome(path, task.status if any(map(str.isalnum, text)) else _NO_TEXT, seconds, task.warnings, text)


class MemoryWatch:
    """While inside, looks at this process's children: `peak_mb` is the most that one of them has ever held."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(POLL_S):
            for child in _children():
                self.peak_mb = max(self.peak_mb, _high_water_mb(child))


def _children() -> list[int]:
    """The processes that this one's threads have started (Linux)."""
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            found += map(int, listing.read_text().split())
        except OSError:  # the thread has ended meanwhile
            continue
    return found


def _high_water_mb(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


@contextmanager
def _own_temporary_folder() -> Iterator[Path]:
    """A folder that is also where this process and its children put temporary files."""
    before = tempfile.gettempdir()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "tmp")
        try:
            yield folder
        finally:
            os.environ["TMPDIR"] = tempfile.tempdir = before


def _processes_left() -> list[str]:
    """Children that outlive the App, but for Python's own helper that tracks semaphores."""
    deadline = time.monotonic() + 5
    while True:
        commands = [_command(child) for child in _children()]
        left = [command for command in commands if command and "resource_tracker" not in command]
        if not left or time.monotonic() > deadline:
            return [f"process {command}" for command in left]
        time.sleep(POLL_S)


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _files_left(folder: Path) -> list[str]:
    """Temporary files, and uploads that were not moved to their place."""
    found = [path for path in (folder / "tmp").rglob("*") if path.is_file()]
    found += [path for path in (folder / "data" / "files").glob("*") if path.is_file()]
    return [f"file {path.relative_to(folder)}" for path in found]


def _print_endings(output: Output, outcomes: Sequence[Outcome], folder: Path) -> None:
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for outcome in outcomes:
        warned = set(outcome.warnings) - {LATER, NOT_READY}  # of the dense model, which is not looked for here
        ending = "completed, warned" if outcome.ending == "completed" and warned else outcome.ending
        groups[_kind(outcome.path, folder), ending].append(outcome.seconds)
    rows = [
        (kind, ending, str(len(seconds)), f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}")
        for (kind, ending), seconds in sorted(groups.items())
    ]
    output.table(("kind", "ending", "files", "s median", "s most"), rows)
    total = Counter(outcome.ending for outcome in outcomes)
    output.table(("all kinds", "files"), [(ending, str(count)) for ending, count in total.most_common()])


def _kind(path: Path, folder: Path) -> str:
    suffix = path.suffix.lower()
    return suffix if 1 < len(suffix) <= 6 else path.relative_to(folder).parts[0]


def _print_slowest(output: Output, outcomes: Sequence[Outcome], folder: Path, count: int) -> None:
    slowest = sorted(outcomes, key=lambda outcome: -outcome.seconds)[:count]
    rows = [(f"{o.seconds:.2f}", o.ending, str(o.path.relative_to(folder))[:80]) for o in slowest]
    output.table(("seconds", "ending", "slowest files"), rows)


def _print_slow_refusals(output: Output, outcomes: Sequence[Outcome], folder: Path) -> None:
    """What was refused later than where a header tells; `no_text` is known only once everything was looked at."""
    refused = [outcome for outcome in outcomes if outcome.ending not in {"completed", _NO_TEXT, _STUCK}]
    slow = sorted((outcome for outcome in refused if outcome.seconds > PROMPT_S), key=lambda outcome: -outcome.seconds)
    output.line(f"\n{len(refused)} files were refused, {len(slow)} of them after more than {PROMPT_S:g} s")
    rows = [(f"{each.seconds:.2f}", each.ending, str(each.path.relative_to(folder))[:80]) for each in slow]
    if rows:
        output.table(("seconds", "ending", "refused late"), rows)


def _print_fidelity(output: Output, outcomes: Sequence[Outcome], folder: Path, expected: Path) -> None:
    found = {outcome.path.resolve(): outcome.text for outcome in outcomes}
    scores: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for line in expected.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        path = (folder / entry["doc"]).resolve()
        if entry.get("expected_markdown") is not None and path in found:
            wanted = words(entry["expected_markdown"])
            scores[Path(entry["doc"]).parts[0]].append((recall(wanted, words(found[path])), len(wanted)))
    rows = []
    for kind, results in sorted(scores.items()):
        mean = sum(score for score, _ in results) / len(results)
        weighted = sum(score * size for score, size in results) / max(1, sum(size for _, size in results))
        worst = min(score for score, _ in results)
        rows.append((kind, str(len(results)), f"{mean:.3f}", f"{weighted:.3f}", f"{worst:.3f}"))
    output.table(("kind", "files", "words in order, mean of files", "of all words", "worst file"), rows)


if __name__ == "__main__":
    sys.exit(main())

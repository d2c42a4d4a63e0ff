"""Reading documents in parser processes: where the rest of Folio gets a file's text and a page's picture.

A long document goes through the pool a few pages at a time: several processes share it, its progress can be seen, and a
page image asked for meanwhile does not wait for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from rag.errors import DocumentError, FolioError
from rag.ingest import kinds, parsers, rapid
from rag.ingest.ocr_pages import Pictures
from rag.ingest.parts import Part, Structure, assemble
from rag.ingest.processes import IsStopped, Job, Processes, over_time
from rag.ingest.recognition import Wanted, uses_rapidocr
from rag.model import Box, ParsedDocument

PAGES_A_PART = 24  # about 0.15 s of work
STRUCTURE_TIMEOUT_S = 5.0
IMAGE_TIMEOUT_S = 20.0

T = TypeVar("T")
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """For one document: memory of a process over what it needs to start, seconds of processes' time, pages.

    A page that has to be recognised has the same time once more, for itself. `max_pixels` is of one picture.
    """

    memory_mb: int = 1_024
    timeout_s: float = 120.0
    max_pages: int = 2_000
    max_pixels: int = parsers.MAX_PIXELS


class Sandbox:
    """Parser processes, `workers` of them. Safe to use from any thread; close it to end them."""

    def __init__(self, workers: int, limits: Limits | None = None, ocr: Wanted | None = None) -> None:
        self.limits = limits or Limits()
        self._ocr = ocr or Wanted()
        more_mb = rapid.MEMORY_MB if uses_rapidocr(self._ocr) else 0
        self._processes = Processes(workers, self.limits.memory_mb + more_mb)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def warm(self) -> None:
        """Start the processes if they are not running; returns at once."""
        self._processes.warm()

    def close(self) -> None:
        """End all processes; work under way fails with Stopped. Calling it twice is fine."""
        self._processes.close()

    def parse(
        self, path: Path, media_type: str, *, on_progress: OnProgress | None = None, is_stopped: IsStopped | None = None
    ) -> ParsedDocument:
        """Read a file. `on_progress(pages so far, pages)` is called from this thread; `is_stopped` is asked often.

        Raises DocumentError as the parsers do, and: too_many_pages, parser_limit when a limit was met, damaged_document
        when a process crashed. Raises Stopped when `is_stopped()` or the sandbox is closed.
        """
        reading = _Reading(self._processes, self.limits, (path, media_type), is_stopped or _never, self._ocr)
        try:
            return reading.run(on_progress or _ignore)
        finally:
            reading.cancel()

    def page_png(
        self,
        path: Path,
        number: int,
        boxes: Sequence[Box] = (),
        width_px: int = 1_000,
        *,
        media_type: str = kinds.PDF,
        turned: int = 0,
    ) -> bytes:
        """A page as PNG, see `render.page_png`. Raises RequestError(not_found), DocumentError, Stopped."""
        args = (path, media_type, number, tuple(boxes), width_px, turned)
        job = self._processes.submit(parsers.page_png, args, IMAGE_TIMEOUT_S)
        self._processes.wait([job], _never)
        return self._processes.outcome(job)[0]


class _Reading:
    """One document on its way through the pool; `_budget_s` is what is left of its processes' time."""

    def __init__(
        self, processes: Processes, limits: Limits, file: tuple[Path, str], is_stopped: IsStopped, ocr: Wanted
    ) -> None:
        self._processes = processes
        self._limits = limits
        self._file = file
        self._is_stopped = is_stopped
        self._budget_s = limits.timeout_s
        self._running: list[Job[Any]] = []
        self._pictures = Pictures(
            processes, file, ocr, is_stopped, page_timeout_s=limits.timeout_s, max_pixels=limits.max_pixels
        )

    def run(self, on_progress: OnProgress) -> ParsedDocument:
        first = self._part(self._read(1))
        if first.total > self._limits.max_pages:
            raise DocumentError(
                "too_many_pages",
                f"This document has {first.total:,} pages; at most {self._limits.max_pages:,} are read.",
                {"pages": first.total},
            )
        on_progress(_done(first), first.total)
        structure = self._submit(parsers.structure, self._file, STRUCTURE_TIMEOUT_S)
        parts = self._rest(first, on_progress)
        waiting = sum(len(part.pictures) for part in parts)
        found = self._pictures.read(parts, lambda read: on_progress(first.total - waiting + read, first.total))
        return assemble(found.parts, self._structure(structure), found.why_unread)

    def cancel(self) -> None:
        """Nothing of it goes on running."""
        for job in self._running:
            job.cancel()
        self._pictures.cancel()

    def _rest(self, first: Part, on_progress: OnProgress) -> list[Part]:
        """All parts in order; those after the first as many at once as there are processes."""
        parts = {1: first}
        left = list(range(1 + max(1, len(first.pages)), first.total + 1, PAGES_A_PART))
        running: dict[int, Job[Part]] = {}
        while left or running:
            while left and len(running) < self._processes.workers:
                number = left.pop(0)
                running[number] = self._read(number)
            self._processes.wait(list(running.values()), self._is_stopped)
            for number in [number for number, job in running.items() if job.is_done]:
                parts[number] = self._part(running.pop(number))
                on_progress(sum(map(_done, parts.values())), first.total)
        return [parts[number] for number in sorted(parts)]

    def _read(self, first: int) -> Job[Part]:
        return self._submit(
            parsers.read, (*self._file, first, PAGES_A_PART, self._limits.max_pixels), max(1.0, self._budget_s)
        )

    def _part(self, job: Job[Part]) -> Part:
        part, seconds = self._finished(job)
        self._budget_s -= seconds
        if self._budget_s <= 0:
            raise over_time()
        return part

    def _structure(self, job: Job[Structure]) -> Structure | None:
        """The structure, or None when it cannot be had: the text does without."""
        try:
            return self._finished(job)[0]
        except FolioError:
            return None

    def _submit(self, function: Callable[..., Any], args: tuple[Any, ...], timeout_s: float) -> Job[Any]:
        job: Job[Any] = self._processes.submit(function, args, timeout_s)
        self._running.append(job)
        return job

    def _finished(self, job: Job[T]) -> tuple[T, float]:
        self._processes.wait([job], self._is_stopped)
        self._running.remove(job)
        return self._processes.outcome(job)


def _done(part: Part) -> int:
    """How many of its pages are read: those that are pictures are not yet."""
    return len(part.pages) - len(part.pictures)


def _ignore(done: int, total: int) -> None:
    """Progress nobody asked for."""


def _never() -> bool:
    return False

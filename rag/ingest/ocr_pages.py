"""The pages of a document that are pictures, read one by one in the parser processes.

A page has its own time; one that fails is a warning, and the others go on. Several that get nowhere end the document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.ingest import ocr_models, parsers
from rag.ingest.ocr_choosing import Choosing
from rag.ingest.parts import Part, has_text, listed
from rag.ingest.processes import IsStopped, Job, Processes, over_time
from rag.ingest.recognition import INSTALL, Recogniser, Seen, Wanted, why_not
from rag.ingest.remote import RemoteProcesses
from rag.model import Page

ASKING_TIMEOUT_S = 20.0
MAX_PAGES_WITHOUT_END = 3  # that took all of their time
UNSURE = 65.0  # a page's confidence below which its reader is warned

OnRead = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """The parts with what was seen on their pictures; `why_unread` when nothing could be tried, as a sentence."""

    parts: tuple[Part, ...]
    why_unread: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page under way, and how it was read `before` when this is the second time."""

    job: Job[Seen]
    before: Seen | None


class Pictures:
    """One document's pictures on their way through the pool. `file` is (path, media type)."""

    def __init__(
        self, processes: Processes | RemoteProcesses, file: tuple[Path, str], asked: Wanted, is_stopped: IsStopped, *,
        page_timeout_s: float, max_pixels: int,
    ) -> None:  # fmt: skip
        self._processes = processes
        self._file = file
        self._asked = asked
        self._is_stopped = is_stopped
        self._page_timeout_s = page_timeout_s
        self._max_pixels = max_pixels
        self._running: dict[int, _Reading] = {}
        self._failed: dict[int, DocumentError] = {}
        self._scripts: dict[str, list[int]] = {}  # that pages seem to be in which were read poorly

    def read(self, parts: Sequence[Part], on_read: OnRead) -> Found:
        """Read them all. `on_read(pages so far)` is called after each.

        Raises DocumentError: parser_limit when several pages used up their time, as the first page did when no page of
        the document has text; Stopped.
        """
        waiting = {page.number: page for part in parts for page in part.pages if page.number in part.pictures}
        if not waiting:
            return Found(tuple(parts))
        by, why = self._recogniser()
        if by is None:
            return Found(tuple(parts), why)
        pages = self._all(waiting, by, on_read)
        read = [replace(part, pages=tuple(pages.get(page.number, page) for page in part.pages)) for part in parts]
        if self._failed and not any(has_text(page.text) for part in read for page in part.pages):
            raise self._failed[min(self._failed)]
        read[-1] = replace(read[-1], warnings=(*read[-1].warnings, *self._warnings(pages, by)))
        return Found(tuple(read))

    def cancel(self) -> None:
        """Nothing of it goes on running."""
        for reading in self._running.values():
            reading.job.cancel()

    def _recogniser(self) -> tuple[Recogniser | None, str]:
        if why := why_not(self._asked):
            return None, why
        job = self._processes.submit(parsers.recogniser, (self._asked,), ASKING_TIMEOUT_S)
        self._processes.wait([job], self._is_stopped)
        by = self._processes.outcome(job)[0]
        return by, "" if by else f"tesseract is installed without any language. {INSTALL}"

    def _all(self, waiting: dict[int, Page], by: Recogniser, on_read: OnRead) -> dict[int, Page]:
        """As many at once as there are processes, in order."""
        pages: dict[int, Page] = {}
        left = sorted(waiting)
        choosing = Choosing(by)
        while left or self._running:
            while left and len(self._running) < self._processes.workers:
                number = left.pop(0)
                self._running[number] = self._reading(waiting[number], choosing.by)
            self._processes.wait([reading.job for reading in self._running.values()], self._is_stopped)
            for number in [number for number, reading in self._running.items() if reading.job.is_done]:
                page = self._finished(waiting[number], self._running.pop(number), choosing)
                if page is not None:
                    pages[number] = page
                    on_read(len(pages))
        return pages

    def _reading(self, page: Page, by: Recogniser, before: Seen | None = None) -> _Reading:
        args: tuple[Any, ...] = (*self._file, page, by, self._max_pixels)
        return _Reading(self._processes.submit(parsers.recognise, args, self._page_timeout_s), before)

    def _finished(self, page: Page, reading: _Reading, choosing: Choosing) -> Page | None:
        """A page as it was read best; None when it is being read once more."""
        try:
            seen = self._processes.outcome(reading.job)[0]
        except DocumentError as error:
            if reading.before is None:
                self._lost(page.number, error)
                return page
            return choosing.keep(reading.before).page
        if reading.before is not None:
            seen = choosing.keep(reading.before, seen)
        elif by := choosing.another(seen):
            self._running[page.number] = self._reading(page, by, seen)
            return None
        else:
            seen = choosing.keep(seen)
        sure = seen.page.ocr_confidence
        if sure is not None and sure < UNSURE and not ocr_models.is_read_by(seen.script, seen.languages):
            self._scripts.setdefault(seen.script, []).append(page.number)
        return seen.page

    def _lost(self, number: int, error: DocumentError) -> None:
        self._failed[number] = error
        if sum(each.code == "parser_limit" for each in self._failed.values()) >= MAX_PAGES_WITHOUT_END:
            raise over_time() from error

    def _warnings(self, pages: dict[int, Page], by: Recogniser) -> list[str]:
        said = [f"Page {number} was left out. {error.message}" for number, error in sorted(self._failed.items())]
        if by.missing:
            said.append(
                f"FOLIO_OCR_LANGUAGES names {', '.join(by.missing)}, not installed on the server; the pictures were "
                f"read as {', '.join(by.languages)}."
            )
        said += [_foreign(script, sorted(numbers), by) for script, numbers in sorted(self._scripts.items())]
        unsure = [
            number for number, page in sorted(pages.items())
            if page.ocr_confidence is not None and page.ocr_confidence < UNSURE
        ]  # fmt: skip
        if unsure:
            said.append(
                f"Text recognition was unsure on {listed(unsure)}; check quotes from there against the page's picture."
            )
        return said


def _foreign(script: str, numbers: Sequence[int], by: Recogniser) -> str:
    """Pages of a script that none of the languages reads, and the way on."""
    one = len(numbers) == 1
    said = f"{listed(numbers).capitalize()} {'seems' if one else 'seem'} to be in {script.replace('_', ' ')} script,"
    if not by.installed:
        return f"{said} which FOLIO_OCR_LANGUAGES={'+'.join(by.languages)} does not read: leave it unset, or add to it."
    package = ocr_models.package(script)
    way_on = f": install {package} on the server and upload the file again." if package else "."
    return f"{said} for which no model of text recognition is installed{way_on}"

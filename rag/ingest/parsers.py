"""The table of formats: media type -> the function that reads it. This is what runs in parser processes.

A reader takes a path, the first page wanted (from 1) and how many, and gives back a Part. To read one more format is
one more line here, and one in `kinds`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag.errors import DocumentError, FolioError
from rag.ingest import (
    delimited,
    docx,
    epub,
    html,
    images,
    invisible,
    odf,
    pdf,
    pdf_structure,
    pptx,
    recognition,
    render,
    rtf,
    subtitles,
    text,
    xlsx,
)
from rag.ingest.kinds import CSV, HTML, IMAGES, MARKDOWN, PDF, PLAIN_TEXT, RTF, WEBVTT
from rag.ingest.packages import DOCX, EPUB, ODP, ODS, ODT, PPTX, XLSX
from rag.ingest.parts import Part, Structure
from rag.ingest.recognition import Recogniser, Seen, Wanted
from rag.model import Box, Page

log = logging.getLogger(__name__)
Reader = Callable[[Path, int, int], Part]
MAX_PIXELS = 40_000_000

READERS: dict[str, Reader] = {
    PDF: pdf.read,
    DOCX: docx.read,
    PPTX: pptx.read,
    XLSX: xlsx.read,
    ODT: odf.read,
    ODS: odf.read,
    ODP: odf.read,
    EPUB: epub.read,
    RTF: rtf.read,
    CSV: delimited.read,
    WEBVTT: subtitles.read,
    HTML: html.read,
    MARKDOWN: text.read_markdown,
    PLAIN_TEXT: text.read,
}
STRUCTURES: dict[str, Callable[[Path], Structure]] = {PDF: pdf_structure.read}


def read(path: Path, media_type: str, first: int, count: int, max_pixels: int = MAX_PIXELS) -> Part:
    """Pages `first` .. `first + count - 1` of a file, or all of them for a format that comes in one part.

    Characters that nobody sees are left out. Pictures, which may have `max_pixels`, come without their text. Raises
    DocumentError only: what a library raises on a file it cannot read becomes damaged_document, running out of memory
    or stack parser_limit.
    """
    with coded():
        if media_type in IMAGES:
            return images.read(path, media_type, first, count, max_pixels)
        return invisible.cleaned(READERS[media_type](path, first, count))


def structure(path: Path, media_type: str) -> Structure:
    """What the file says about itself; empty for formats that carry it in their text. Raises DocumentError only."""
    with coded():
        return STRUCTURES[media_type](path) if media_type in STRUCTURES else Structure()


def page_png(path: Path, media_type: str, number: int, boxes: Sequence[Box], width_px: int, turned: int = 0) -> bytes:
    """A page of a PDF or of an image file as a picture. Raises RequestError(not_found), DocumentError."""
    with coded():
        return render.page_png(path, number, boxes, width_px, media_type=media_type, turned=turned)


def recogniser(asked: Wanted) -> Recogniser | None:
    """What pages are recognised with here, see `recognition.recogniser`."""
    with coded():
        return recognition.recogniser(asked)


def recognise(path: Path, media_type: str, page: Page, by: Recogniser, max_pixels: int = MAX_PIXELS) -> Seen:
    """A page with the text that is seen on it. Raises DocumentError."""
    with coded():
        return recognition.page(render.picture(path, media_type, page.number, max_pixels), page, by)


@contextmanager
def coded() -> Iterator[None]:
    """Around work on an untrusted file: whatever its libraries raise leaves as a FolioError."""
    try:
        yield
    except FolioError:
        raise
    except (MemoryError, RecursionError) as error:
        raise DocumentError("parser_limit", "Reading this file took more memory than it may.") from error
    except Exception as error:
        if "Excessive depth" in str(error):  # libxml2's own limit
            raise DocumentError("parser_limit", "This file nests its parts deeper than any real document.") from error
        log.info("A file could not be parsed", exc_info=True)
        raise DocumentError(
            "damaged_document", "This file is damaged: its contents cannot be read.", {"reason": type(error).__name__}
        ) from error

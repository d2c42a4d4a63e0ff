"""PDF -> pages with exact text and word boxes, by pdfium.

pdfium is not thread-safe: call these functions in a process of their own, one at a time. Everything is done with few
calls into the library: one for a page's text, two for each word's box, two for each line's type.

Text is what stands on the page: lines stay lines, a larger gap between them is a blank line, a word hyphenated at a
line's end keeps its hyphen and its break. Runs of spaces become one space, control characters become spaces.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.ingest import headings, pdf_calls, pdf_structure, scans
from rag.ingest.headings import Line
from rag.ingest.parts import MAX_CHARS, Part, too_much_text
from rag.ingest.pdf_calls import Edges
from rag.ingest.pdf_hidden import Hidden
from rag.ingest.pdf_rows import Row, in_order, is_sideways, split_rows
from rag.model import Box, Page, Place, pack_places

_MARK = "\ufffe"  # how pdfium marks the hyphen of a word that goes on in the next line
_RAW_LINE = re.compile(rf"[^\r\n{_MARK}]*(?:[{_MARK}]|\r\n|\r|\n|\Z)")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # no spaces between words: each is one
_RAW_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]+")
_TO_SPACE = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\r\n"}
_HYPHEN = {0xFFFE: "-"}
_PRIVATE = {0xF020: " ", 0xF0B7: "•", 0xF0A7: "▪"}  # Symbol's and Wingdings' own code points
_CLEAN = str.maketrans({**_TO_SPACE, **_PRIVATE, 0x02: _MARK, 0xFFFF: " "})
_UNCLEAN = re.compile("[" + "".join(re.escape(chr(code)) for code in _CLEAN) + "]")
_ENCRYPTED = frozenset({4, 5})  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_PARAGRAPH_GAP = 0.45  # of a line's height
_BOLD = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)
_ITALIC = re.compile(rb"italic|oblique", re.IGNORECASE)


def read(path: Path, first: int, count: int) -> Part:
    """Pages `first` .. `first + count - 1` (from 1), as far as there are any.

    Raises DocumentError: encrypted_document, damaged_document, empty_document (no pages), parser_limit (too much text).
    """
    with opened(path) as document:
        total = len(document)
        if total == 0:
            raise _no_pages()
        pages, warnings, pictures, characters, invisible = [], [], [], 0, 0
        for number in range(first, min(first + count, total + 1)):
            page, is_picture, hidden = _page(document, number)
            invisible += hidden
            if is_picture:
                pictures.append(number)
            if page is None:
                warnings.append(f"Page {number} is damaged and could not be read.")
            pages.append(page or Page(number, ""))
            characters += len(pages[-1].text)
            if characters > MAX_CHARS:
                raise too_much_text()
    return Part(tuple(pages), total, warnings=tuple(warnings), pictures=tuple(pictures), invisible=invisible)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file as a pypdfium2.PdfDocument; an encryption with the empty password is opened.

    Raises DocumentError: encrypted_document, damaged_document, empty_document (no pages).
    """
    pypdfium2 = import_module("pypdfium2")
    # pdfium gives no error for a file without pages, but the last one it had: let that be "no PDF" (FPDF_ERR_FORMAT).
    _library().FPDF_LoadMemDocument(b"", 0, None)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _ENCRYPTED:
            raise DocumentError("encrypted_document", "This PDF can only be opened with its password.") from error
        if pdf_structure.has_no_pages(path):
            raise _no_pages() from error
        raise DocumentError("damaged_document", "This file starts like a PDF, but it cannot be opened.") from error
    with closing(document):
        yield document


def _no_pages() -> DocumentError:
    return DocumentError("empty_document", "This PDF has no pages.")


def _page(document: Any, number: int) -> tuple[Page | None, bool, int]:
    """-> (the page, None when it cannot be read; whether there is more to see on it than its text; how many characters
    on it cannot be seen)."""
    pdfium = _library()
    page = pdfium.FPDF_LoadPage(document, number - 1)
    if not page:
        return None, False, 0
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            return None, False, 0
        try:
            calls, place = pdf_calls.calls(pdfium), pdf_calls.address(text_page)
            hidden = Hidden(pdfium, page, text_page, (width, height), calls, place)
            built = _Builder(pdfium, text_page, calls, place, _to_fractions(pdfium, page), (width, height), hidden)
            built.add_lines(_characters(pdfium, text_page))
        finally:
            pdfium.FPDFText_ClosePage(text_page)
        text = "".join(built.text)
        is_picture = scans.is_picture(pdfium, page, text, (width, height))
    finally:
        pdfium.FPDF_ClosePage(page)
    found = headings.from_type(built.lines)
    return Page(number, text, pack_places(built.words), found, width, height), is_picture, hidden.count


def _library() -> Any:
    """pdfium's C functions. Imported at first use: only parser processes need them."""
    return import_module("pypdfium2.raw")


def _characters(pdfium: Any, text_page: Any) -> str:
    """The page's text so that its i-th character is pdfium's i-th character, whose box can be asked for."""
    count = pdfium.FPDFText_CountChars(text_page)
    if count <= 0:
        return ""
    units = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, units)
    text = bytes(memoryview(units)[: max(0, written - 1)]).decode("utf-16-le", "surrogatepass")
    if len(text) != count:  # pdfium left characters out or needs two units for one: ask for each
        codes = (pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count))
        text = "".join(chr(code) if 0 < code <= 0x10FFFF else " " for code in codes)
    return text.translate(_CLEAN) if _UNCLEAN.search(text) else text


def _to_fractions(pdfium: Any, page: Any) -> Callable[[Sequence[Edges]], list[Box]]:
    """A function from (left, bottom, right, top) in the page's own units to boxes of the page as it is shown.

    What is shown is the crop box, turned clockwise by the page's rotation.
    """
    area = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, area)
    left, top = area.left, area.top
    across, down = 1 / ((area.right - left) or 1.0), 1 / ((top - area.bottom) or 1.0)
    rotation = pdfium.FPDFPage_GetRotation(page)

    def upright(edges: Sequence[Edges]) -> list[Box]:
        return [
            ((x0 - left) * across, (top - y1) * down, (x1 - left) * across, (top - y0) * down)
            for x0, y0, x1, y1 in edges
        ]

    def turned(edges: Sequence[Edges]) -> list[Box]:
        boxes = upright(edges)
        if rotation == 1:
            return [(1 - d, a, 1 - b, c) for a, b, c, d in boxes]
        if rotation == 2:
            return [(1 - c, 1 - d, 1 - a, 1 - b) for a, b, c, d in boxes]
        return [(b, 1 - c, d, 1 - a) for a, b, c, d in boxes]

    return turned if rotation else upright


@dataclass(slots=True)
class _Builder:
    """Collects a page's text, words and lines; `length` is how many characters of text there are so far."""

    pdfium: Any
    text_page: Any
    calls: pdf_calls.Calls
    text_address: int
    to_fractions: Callable[[Sequence[Edges]], list[Box]]
    size: tuple[float, float]  # width and height of the page as shown, in points
    hidden: Hidden
    text: list[str] = field(default_factory=list)
    words: list[Place] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    length: int = 0
    _before: Box = (0.0, 0.0, 0.0, 0.0)  # of the last line's first word

    def add_lines(self, raw: str) -> None:
        lines = [
            [word.span() for word in _RAW_WORD.finditer(raw, match.start(), match.end())]
            for match in _RAW_LINE.finditer(raw)
        ]
        places = [span for line in lines for span in line]
        boxes = self.to_fractions(pdf_calls.edges(self.calls, self.text_address, places))
        seen = self.hidden.shown(places, boxes)
        rows: list[Row] = []
        begin = 0
        for line in lines:
            end = begin + len(line)
            if seen is None:
                rows += split_rows(line, boxes[begin:end])
            else:
                kept = [index for index in range(begin, end) if seen[index]]
                rows += split_rows([places[index] for index in kept], [boxes[index] for index in kept])
            begin = end
        for spans, its_boxes in in_order(rows):
            self._add_line(raw, spans, its_boxes)

    def _add_line(self, raw: str, spans: list[tuple[int, int]], boxes: list[Box]) -> None:
        self._begin_line(boxes[0])
        line_start, first = self.length, spans[0][0]
        line = raw[first : spans[-1][1]]
        words = line.split()
        if line.isascii() and len(words) == len(spans) and line == " ".join(words):
            ahead = line_start - first
            self.words += [(start + ahead, end + ahead, box) for (start, end), box in zip(spans, boxes, strict=True)]
        else:
            line = self._spelled(raw, spans, boxes)
        self.length = line_start + len(line)
        self.text.append(line)
        height = (boxes[0][2] - boxes[0][0]) * self.size[0] if is_sideways(boxes) else self._height() * self.size[1]
        self.lines.append(self._set(line, line_start, height, (first, spans[-1][1] - 1)))

    def _spelled(self, raw: str, spans: list[tuple[int, int]], boxes: list[Box]) -> str:
        """A line word by word: what is not ASCII may be longer or shorter than pdfium has it."""
        position, end_before = self.length, spans[0][0]
        pieces: list[str] = []
        for (start, end), box in zip(spans, boxes, strict=True):
            if start > end_before:
                pieces.append(" ")
                position += 1
            word = raw[start:end]
            if not word.isascii():
                word = _whole(word)
            pieces.append(word)
            begun, position = position, position + len(word)
            self.words.append((begun, position, box))
            end_before = end
        return "".join(pieces)

    def _begin_line(self, box: Box) -> None:
        """The break before a line: a blank line where the gap is large or the text goes on further up."""
        if self.text:
            gap = box[1] - self._before[3]
            tallest = max(self._height(), box[3] - box[1])
            apart = gap > _PARAGRAPH_GAP * tallest or gap < -3 * tallest
            self.text.append("\n\n" if apart else "\n")
            self.length += 2 if apart else 1
        self._before = box

    def _height(self) -> float:
        return self._before[3] - self._before[1]

    def _set(self, text: str, start: int, height: float, ends: tuple[int, int]) -> Line:
        """The line with its type: bold or italic when its first and its last character are."""
        if len(text) > headings.MAX_LENGTH:
            return Line(text, start, height)
        fonts = [_style(pdf_calls.font(self.calls, self.text_address, index)) for index in ends]
        return Line(text, start, height, fonts[0][0] and fonts[1][0], fonts[0][1] and fonts[1][1])


@lru_cache(maxsize=256)
def _style(font: bytes) -> tuple[bool, bool]:
    """Whether a font is bold, and whether it is italic, by its name."""
    return _BOLD.search(font) is not None, _ITALIC.search(font) is not None


def _whole(raw: str) -> str:
    """A raw word as text: hyphens are hyphens, and halves of a character are one again."""
    whole = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_HYPHEN)

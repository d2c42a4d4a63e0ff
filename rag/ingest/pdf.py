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
from importlib import import_module
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.ingest import headings, pdf_calls, pdf_structure, scans
from rag.ingest.headings import Line
from rag.ingest.parts import MAX_CHARS, Part, too_much_text
from rag.ingest.pdf_hidden import Hidden
from rag.model import Box, Page, Place, pack_places

_MARK = "\ufffe"  # how pdfium marks the hyphen of a word that goes on in the next line
_RAW_LINE = re.compile(rf"[^\r\n{_MARK}]*(?:[{_MARK}]|\r\n|\r|\n|\Z)")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # no spaces between words: each is one
_RAW_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]+")
_TO_SPACE = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\r\n"}
_HYPHEN = {0xFFFE: "-"}
_PRIVATE = {0xF020: " ", 0xF0B7: "•", 0xF0A7: "▪"}  # Symbol's and Wingdings' own code points
_CLEAN = str.maketrans({**_TO_SPACE, **_PRIVATE, 0x02: _MARK, 0xFFFF: " "})
_ENCRYPTED = frozenset({4, 5})  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_PARAGRAPH_GAP = 0.45  # of a line's height
_BOLD = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)
_ITALIC = re.compile(rb"italic|oblique", re.IGNORECASE)
_Row = tuple[list[tuple[int, int]], list[Box]]  # the words of a line: where they are in pdfium's text, and on the page


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
            calls, place = pdf_calls.Calls.of(pdfium), pdf_calls.address(text_page)
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
    return text.translate(_CLEAN)


def _to_fractions(pdfium: Any, page: Any) -> Callable[[float, float, float, float], Box]:
    """A function from (left, bottom, right, top) in the page's own units to a box of the page as it is shown.

    What is shown is the crop box, turned clockwise by the page's rotation.
    """
    area = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, area)
    left, top = area.left, area.top
    across, down = 1 / ((area.right - left) or 1.0), 1 / ((top - area.bottom) or 1.0)
    rotation = pdfium.FPDFPage_GetRotation(page)

    def upright(x0: float, y0: float, x1: float, y1: float) -> Box:
        return (x0 - left) * across, (top - y1) * down, (x1 - left) * across, (top - y0) * down

    def turned(x0: float, y0: float, x1: float, y1: float) -> Box:
        a, b, c, d = upright(x0, y0, x1, y1)
        if rotation == 1:
            return 1 - d, a, 1 - b, c
        return (1 - c, 1 - d, 1 - a, 1 - b) if rotation == 2 else (b, 1 - c, d, 1 - a)

    return turned if rotation else upright


@dataclass(slots=True)
class _Builder:
    """Collects a page's text, words and lines; `length` is how many characters of text there are so far."""

    pdfium: Any
    text_page: Any
    calls: pdf_calls.Calls
    text_address: int
    to_fractions: Callable[[float, float, float, float], Box]
    size: tuple[float, float]  # width and height of the page as shown, in points
    hidden: Hidden
    text: list[str] = field(default_factory=list)
    words: list[Place] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    length: int = 0
    _before: Box = (0.0, 0.0, 0.0, 0.0)  # of the last line's first word

    def add_lines(self, raw: str) -> None:
        rows: list[_Row] = []
        for match in _RAW_LINE.finditer(raw):
            spans = [word.span() for word in _RAW_WORD.finditer(raw, match.start(), match.end())]
            spans, boxes = self.hidden.shown(spans, self._boxes(spans))
            begin = 0
            for index in range(1, len(spans)):
                if _breaks(boxes[index - 1], boxes[index]):
                    rows.append((spans[begin:index], boxes[begin:index]))
                    begin = index
            if spans:
                rows.append((spans[begin:], boxes[begin:]))
        for spans, boxes in _in_order(rows):
            self._add_line(raw, spans, boxes)

    def _boxes(self, spans: list[tuple[int, int]]) -> list[Box]:
        to_fractions = self.to_fractions
        return [to_fractions(*edges) for edges in pdf_calls.edges(self.calls, self.text_address, spans)]

    def _add_line(self, raw: str, spans: list[tuple[int, int]], boxes: list[Box]) -> None:
        self._begin_line(boxes[0])
        line_start = position = self.length
        end_before = spans[0][0]
        pieces: list[str] = []
        add_piece, add_word = pieces.append, self.words.append
        for (start, end), box in zip(spans, boxes, strict=True):
            if start > end_before:
                add_piece(" ")
                position += 1
            word = raw[start:end]
            if not word.isascii():
                word = _whole(word)
            add_piece(word)
            begun, position = position, position + len(word)
            add_word((begun, position, box))
            end_before = end
        self.length = position
        line = "".join(pieces)
        self.text.append(line)
        height = (boxes[0][2] - boxes[0][0]) * self.size[0] if _is_sideways(boxes) else self._height() * self.size[1]
        self.lines.append(self._set(line, line_start, height, (spans[0][0], spans[-1][1] - 1)))

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
        fonts = [self._font(index) for index in ends]
        bold, italic = (all(style.search(font) for font in fonts) for style in (_BOLD, _ITALIC))
        return Line(text, start, height, bold, italic)

    def _font(self, index: int) -> bytes:
        name = ctypes.create_string_buffer(128)
        self.pdfium.FPDFText_GetFontInfo(self.text_page, index, name, 128, None)
        return name.value


def _is_sideways(boxes: Sequence[Box]) -> bool:
    """Whether a line's words stand above each other. Boxes are fractions of a page that is not far from square."""
    return abs(boxes[-1][1] - boxes[0][1]) > abs(boxes[-1][0] - boxes[0][0])


def _in_order(rows: list[_Row]) -> list[_Row]:
    """pdfium gives sideways lines by their height on the page; a reader goes from the first line to the last."""
    sideways = [boxes for _, boxes in rows if len(boxes) > 1 and _is_sideways(boxes)]
    if 2 * len(sideways) <= len(rows):
        return rows
    goes_down = 2 * sum(boxes[-1][1] > boxes[0][1] for boxes in sideways) > len(sideways)
    return sorted(rows, key=lambda row: -row[1][0][0] if goes_down else row[1][0][0])


def _breaks(box: Box, following: Box) -> bool:
    """Whether the next word stands on another line although pdfium put only a space between.

    Words of sideways text stand above each other with less than their own height between them: no break.
    """
    below = following[1] - box[3]
    if below <= 0 and following[3] >= box[1]:
        return False
    height = box[3] - box[1]
    return below > height or (following[0] < box[0] and abs(below) < 3 * height and following[2] <= box[0])


def _whole(raw: str) -> str:
    """A raw word as text: hyphens are hyphens, and halves of a character are one again."""
    whole = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_HYPHEN)

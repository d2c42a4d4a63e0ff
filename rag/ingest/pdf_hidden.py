"""Words of a PDF page that nobody can see: drawn with nothing (render mode 3, no opacity), white on white, off the page
or too small to be read. A scan's text layer is drawn with nothing too, over the picture of its page: that one is text.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.ingest import pdf_calls
from rag.ingest.pdf_calls import Span
from rag.model import Box

_SMALLEST_PT = 0.8
_WHITE = 250  # of 255, each colour
_TRANSPARENT = 8  # of 255
_SCAN_SHARE = 0.5  # of the page that pictures cover
_MAX_OBJECTS = 20_000
_FILL, _INVISIBLE = 0, 3  # text render modes (ISO 32000-1, table 106)


@dataclass(slots=True)
class Hidden:
    """Of one page. `count`: characters of the words found to be hidden."""

    pdfium: Any
    page: Any
    text_page: Any
    size: tuple[float, float]  # width and height of the page as shown, in points
    calls: pdf_calls.Calls
    text_address: int
    count: int = 0
    _colour: Any = field(default_factory=ctypes.c_uint * 4)  # red, green, blue, opacity
    _places: tuple[int, ...] = ()  # where those four are written to
    _bytes: Any = None  # the four as they lie in memory
    _plain: dict[bytes, bool] = field(default_factory=dict)  # whether such a colour can be seen on any ground
    _seen: set[int] = field(default_factory=set)  # addresses of text objects that can be seen: each has several words
    _areas: tuple[list[tuple[float, float, float, float]], bool] | None = None

    def __post_init__(self) -> None:
        begin, size = ctypes.addressof(self._colour), ctypes.sizeof(ctypes.c_uint)
        self._places = tuple(begin + size * index for index in range(len(self._colour)))
        self._bytes = memoryview(self._colour)

    def shown(self, spans: Sequence[Span], boxes: Sequence[Box]) -> list[bool] | None:
        """Which words of the page can be seen; None for all. `spans` are places in pdfium's text."""
        text_object, text_page, seen, is_plain = self.calls.text_object, self.text_address, self._seen, self._is_plain
        across, down = (_SMALLEST_PT / max(side, _SMALLEST_PT) for side in self.size)
        shown = [
            (
                x1 - x0 >= across and y1 - y0 >= down and x1 >= 0 and y1 >= 0 and x0 <= 1 and y0 <= 1
                and ((drawn := text_object(text_page, start)) in seen or is_plain(drawn))
            ) or not self._is_hidden((start, end), (x0, y0, x1, y1))
            for (start, end), (x0, y0, x1, y1) in zip(spans, boxes, strict=True)
        ]  # fmt: skip
        if all(shown):
            return None
        self.count += sum(end - start for (start, end), is_shown in zip(spans, shown, strict=True) if not is_shown)
        return shown

    def _is_plain(self, text_object: int) -> bool:
        """Whether a text object is filled with a colour that can be seen: most are, and this is asked of every word."""
        calls = self.calls
        if not text_object or calls.render_mode(text_object) or not calls.fill_colour(text_object, *self._places):
            return False
        colour = self._bytes.tobytes()
        plain = self._plain.get(colour)
        if plain is None:
            red, green, blue, opacity = self._colour
            plain = self._plain[colour] = opacity >= _TRANSPARENT and min(red, green, blue) < _WHITE
        if plain:
            self._seen.add(text_object)
        return plain

    def _is_hidden(self, span: Span, box: Box) -> bool:
        x0, y0, x1, y1 = box
        if x1 < 0 or y1 < 0 or x0 > 1 or y0 > 1:
            return True
        small = min((x1 - x0) * self.size[0], (y1 - y0) * self.size[1]) < _SMALLEST_PT
        if small and span[1] - span[0] > 2 and x1 > x0 and y1 > y0:
            return True
        verdict = self._verdict(span[0])
        if verdict == "seen":
            return False
        if verdict == "white":
            return not self._has_ground(span[0])
        return not self._scanned()

    def _verdict(self, index: int) -> str:
        """How a character is drawn: "seen", "white" or "nothing"."""
        text_object = self.calls.text_object(self.text_address, index)
        if not text_object:
            return "seen"
        mode = self.calls.render_mode(text_object)
        if mode == _INVISIBLE:
            return "nothing"
        if mode != _FILL or not self.calls.fill_colour(text_object, *self._places):
            return "seen"
        red, green, blue, opacity = self._colour
        if opacity < _TRANSPARENT:
            return "nothing"
        if red >= _WHITE and green >= _WHITE and blue >= _WHITE:
            return "white"
        return "seen"

    def _has_ground(self, index: int) -> bool:
        """Whether something dark or a picture lies where a character stands."""
        rect = self.pdfium.FS_RECTF()
        self.pdfium.FPDFText_GetLooseCharBox(self.text_page, index, rect)
        x, y = (rect.left + rect.right) / 2, (rect.bottom + rect.top) / 2
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self._grounds()[0])

    def _scanned(self) -> bool:
        return self._grounds()[1]

    def _grounds(self) -> tuple[list[tuple[float, float, float, float]], bool]:
        """(areas that are not white, whether pictures cover most of the page). Looked up once, when first needed."""
        if self._areas is None:
            areas: list[tuple[float, float, float, float]] = []
            covered = 0.0
            for index in range(min(_MAX_OBJECTS, self.pdfium.FPDFPage_CountObjects(self.page))):
                drawn = self.pdfium.FPDFPage_GetObject(self.page, index)
                kind = self.pdfium.FPDFPageObj_GetType(drawn)
                if kind == self.pdfium.FPDF_PAGEOBJ_TEXT or (
                    kind == self.pdfium.FPDF_PAGEOBJ_PATH and self._is_blank(drawn)
                ):
                    continue
                area = self._bounds(drawn)
                areas.append(area)
                if kind in {self.pdfium.FPDF_PAGEOBJ_IMAGE, self.pdfium.FPDF_PAGEOBJ_FORM}:
                    covered += max(0.0, area[2] - area[0]) * max(0.0, area[3] - area[1])
            self._areas = areas, covered >= _SCAN_SHARE * self.size[0] * self.size[1]
        return self._areas

    def _bounds(self, drawn: Any) -> tuple[float, float, float, float]:
        edges = [ctypes.c_float() for _ in range(4)]
        if not self.pdfium.FPDFPageObj_GetBounds(drawn, *edges):
            return (0.0, 0.0, 0.0, 0.0)
        left, bottom, right, top = (edge.value for edge in edges)
        return left, bottom, right, top

    def _is_blank(self, path: Any) -> bool:
        """A path that paints nothing but white."""
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        self.pdfium.FPDFPath_GetDrawMode(path, mode, stroke)
        if not mode.value:
            return True
        colour = [ctypes.c_uint() for _ in range(4)]
        self.pdfium.FPDFPageObj_GetFillColor(path, *colour)
        return min(channel.value for channel in colour[:3]) >= _WHITE or colour[3].value < _TRANSPARENT

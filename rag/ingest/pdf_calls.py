"""The few calls into pdfium that are made for every word of a page, with as little in between as ctypes allows.

pypdfium2's own functions check and convert each argument and let go of the interpreter's lock; for calls that take a
millionth of a second that is most of their time. These take addresses, and several calls write into one block of
memory that is read at once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_EDGES: Final = 4  # of a box: left, top, right, bottom (FS_RECTF)
_EDGE_BYTES: Final = ctypes.sizeof(ctypes.c_float)
_BOX_BYTES: Final = _EDGES * _EDGE_BYTES
_FONT_NAME_BYTES: Final = 128
Span = tuple[int, int]
Edges = tuple[float, float, float, float]  # left, bottom, right, top in the page's own units
Call = Callable[..., int]


def address(pointer: Any) -> int:
    """Of what one of pdfium's handles, or a piece of memory of ctypes, points to; 0 for none."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


@dataclass(frozen=True, slots=True)
class Calls:
    """pdfium's functions by their addresses. Every handle and every place to write to is given as an address."""

    loose_char_box: Call
    text_object: Call
    render_mode: Call
    fill_colour: Call
    font_info: Call


@lru_cache(maxsize=1)
def calls(pdfium: Any) -> Calls:
    """Of the library, looked up once in a process."""
    handle, number = ctypes.c_void_p, ctypes.c_int
    return Calls(
        _quick(pdfium.FPDFText_GetLooseCharBox, number, handle, number, handle),
        _quick(pdfium.FPDFText_GetTextObject, handle, handle, number),
        _quick(pdfium.FPDFTextObj_GetTextRenderMode, number, handle),
        _quick(pdfium.FPDFPageObj_GetFillColor, number, handle, *[handle] * 4),
        _quick(pdfium.FPDFText_GetFontInfo, ctypes.c_ulong, handle, number, handle, ctypes.c_ulong, handle),
    )


def _quick(function: Any, result: Any, *arguments: Any) -> Call:
    return ctypes.PYFUNCTYPE(result, *arguments)(address(function))


def edges(by: Calls, text_page: int, spans: Sequence[Span]) -> list[Edges]:
    """For each word its first character's box joined with its last's; `spans` are places in pdfium's text."""
    block = (ctypes.c_float * (2 * _EDGES * len(spans)))()
    place, box_of = ctypes.addressof(block), by.loose_char_box
    for start, end in spans:
        box_of(text_page, start, place)
        box_of(text_page, end - 1, place + _BOX_BYTES)
        place += 2 * _BOX_BYTES
    values = iter(block[:])
    return [
        # min() and max() would cost a tenth of the whole.
        (left if left < x0 else x0, bottom if bottom < y0 else y0, right if right > x1 else x1, top if top > y1 else y1)
        for x0, y1, x1, y0, left, top, right, bottom in zip(*[values] * 8, strict=True)
    ]


def font(by: Calls, text_page: int, index: int) -> bytes:
    """The name of the font that a character is set in; empty for none, or one longer than any."""
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    by.font_info(text_page, index, ctypes.addressof(name), _FONT_NAME_BYTES, None)
    return name.value

"""Which pages of a PDF are pictures: what stands on them is seen, not stored as text."""

from __future__ import annotations

import ctypes
import re
from typing import Any

_ENOUGH_LETTERS = 100  # a page with fewer may be a scan with a stamp or a page number
_COVERED = 0.5  # of the page, by pictures
_MAX_OBJECTS = 20_000
_LOST = re.compile("[\ufffd\ue000-\uf8ff]")  # signs that stand for nothing
_READABLE = 0.5  # of a page's characters; fonts without a way back to letters give fewer


def is_picture(pdfium: Any, page: Any, text: str, size: tuple[float, float]) -> bool:
    """Whether a page (pdfium's handle, its size in points) shows more than its text says.

    Without a letter anything drawn counts: a scan, or writing drawn as curves. With few it takes a picture over half of
    the page.
    """
    letters = readable_letters(text)
    if letters >= _ENOUGH_LETTERS:
        return False
    count = min(pdfium.FPDFPage_CountObjects(page), _MAX_OBJECTS)
    if not letters:
        return bool(count > 0)
    pictures = {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM}
    covered = 0.0
    for index in range(count):
        thing = pdfium.FPDFPage_GetObject(page, index)
        if thing and pdfium.FPDFPageObj_GetType(thing) in pictures:
            covered += _area(pdfium, thing)
    return covered >= _COVERED * max(1.0, size[0] * size[1])


def readable_letters(text: str) -> int:
    """How many letters and digits a text has; 0 when most of it is signs that stand for nothing."""
    lost = 0 if text.isascii() else len(_LOST.findall(text))
    if lost and lost > sum(map(len, text.split())) * (1 - _READABLE):
        return 0
    return sum(map(str.isalnum, text))


def _area(pdfium: Any, thing: Any) -> float:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return 0.0
    return abs((right.value - left.value) * (top.value - bottom.value))

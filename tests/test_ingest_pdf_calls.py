"""The quick calls into pdfium say what its ordinary functions say."""

from __future__ import annotations

import ctypes
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rag.ingest import pdf, pdf_calls
from tests import material

TEXT = "A word and another one."


def test_edges_are_those_of_the_words_first_and_last_character(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(material.pdf([TEXT]))
    pdfium = import_module("pypdfium2.raw")
    spans = [(0, 1), (2, 6), (11, 18)]
    with pdf.opened(path) as document:
        page = pdfium.FPDF_LoadPage(document, 0)
        text_page = pdfium.FPDFText_LoadPage(page)
        calls = pdf_calls.calls(pdfium)
        found = pdf_calls.edges(calls, pdf_calls.address(text_page), spans)
        for (start, end), edges in zip(spans, found, strict=True):
            first, last = (_loose_box(pdfium, text_page, index) for index in (start, end - 1))
            assert edges == pytest.approx((first.left, first.bottom, last.right, max(first.top, last.top)))
        assert pdf_calls.edges(calls, pdf_calls.address(text_page), []) == []
        text_object = calls.text_object(pdf_calls.address(text_page), 0)
        assert text_object == pdf_calls.address(pdfium.FPDFText_GetTextObject(text_page, 0))
        assert calls.render_mode(text_object) == pdfium.FPDF_TEXTRENDERMODE_FILL
        pdfium.FPDFText_ClosePage(text_page)
        pdfium.FPDF_ClosePage(page)


def test_the_address_of_nothing_is_none() -> None:
    assert pdf_calls.address(ctypes.c_void_p()) == 0


def _loose_box(pdfium: Any, text_page: Any, index: int) -> Any:
    rect = pdfium.FS_RECTF()
    assert pdfium.FPDFText_GetLooseCharBox(text_page, index, rect)
    return rect

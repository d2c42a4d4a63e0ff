"""Presentations: slides are pages, titles headings; tables, charts, notes, pictures; hidden slides are told."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pptx.util import Inches

from rag.errors import DocumentError
from rag.ingest import parsers
from rag.ingest.packages import PPTX
from rag.ingest.parts import assemble
from rag.model import ParsedDocument
from tests import material
from tests.material_office import add_chart, add_table, pptx


def _parsed(tmp_path: Path, content: bytes) -> ParsedDocument:
    path = tmp_path / "file"
    path.write_bytes(content)
    return assemble([parsers.read(path, PPTX, 1, 24)])


def test_slides_are_pages_under_their_titles(tmp_path: Path) -> None:
    parsed = _parsed(tmp_path, pptx([("Harbours", ["Stromness", "Tingwall"]), ("Fares", ["One price"])]))
    assert [(page.number, page.text) for page in parsed.pages] == [
        (1, "Harbours\n\n- Stromness\n- Tingwall"),
        (2, "Fares\n\nOne price"),
    ]
    assert [page.headings[0].text for page in parsed.pages] == ["Harbours", "Fares"]
    assert parsed.title == "Harbours"


def test_tables_charts_notes_and_pictures_come_along(tmp_path: Path) -> None:
    def more(deck: Any) -> None:
        slide = deck.slides[0]
        table = add_table(slide, [("Year", "Boats", "Crew"), ("2023", "4", "x"), ("2024", "5", "y")])
        table.cell(1, 1).merge(table.cell(1, 2))
        add_chart(slide, "Boats by year", ["2023", "2024"], {"Old": [1, 2], "New": [3, 4.5]})
        picture = slide.shapes.add_picture(io.BytesIO(material.png()), Inches(1), Inches(1))
        picture._element.nvPicPr.cNvPr.set("descr", "A ferry leaves the pier")
        slide.notes_slide.notes_text_frame.text = "Mention the storm."

    text = _parsed(tmp_path, pptx([("Fleet", ["First"])], change=more)).pages[0].text
    assert text == (
        "Fleet\n\nFirst\n\nYear | Boats | Crew\n2023 | 4 x | 4 x\n2024 | 5 | y\n\n"
        "Boats by year\n\nBar chart\n\n | Old | New\n2023 | 1 | 3\n2024 | 2 | 4.5\n\n"
        "[Picture: A ferry leaves the pier]\n\nNotes: Mention the storm."
    ).replace("\n\n | Old", "\n\n| Old")


def test_hidden_slides_and_shapes_are_left_out(tmp_path: Path) -> None:
    def hide(deck: Any) -> None:
        deck.slides[1]._element.set("show", "0")
        box = deck.slides[0].shapes.add_textbox(0, 0, 9, 9)
        box.text_frame.text = "unseen box"
        box._element.nvSpPr.cNvPr.set("hidden", "1")

    parsed = _parsed(tmp_path, pptx([("One", ["a"]), ("Secret", ["b"])], change=hide))
    assert [page.text for page in parsed.pages] == ["One\n\na", ""]
    assert parsed.warnings[0] == "Hidden slide 2 was left out."


def test_groups_and_numbered_lines_keep_their_order(tmp_path: Path) -> None:
    def more(deck: Any) -> None:
        slide = deck.slides[0]
        group = slide.shapes.add_group_shape()
        for text in ("inside one", "inside two"):
            group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = text
        numbered = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame
        numbered.text = "Cast off"
        numbered.add_paragraph().text = "Sail"
        for paragraph in numbered.paragraphs:
            paragraph._p.get_or_add_pPr().insert(
                0, paragraph._p.makeelement(_A + "buAutoNum", {"type": "arabicPeriod"})
            )

    text = _parsed(tmp_path, pptx([("T", ["first"])], change=more)).pages[0].text
    assert text == "T\n\nfirst\n\ninside one\n\ninside two\n\n1. Cast off\n2. Sail"


def test_however_deep_a_group_lies_its_text_is_read(tmp_path: Path) -> None:
    def deeper(deck: Any) -> None:
        group = deck.slides[0].shapes
        for _ in range(60):
            group = group.add_group_shape().shapes
        group.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "down here"

    assert _parsed(tmp_path, pptx([("T", [])], change=deeper)).pages[0].text == "T\n\ndown here"


_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def test_a_reference_that_leads_nowhere_costs_only_itself(tmp_path: Path) -> None:
    content = pptx([("One", ["a"]), ("Two", ["b"])])
    broken = material.repacked(content, replace={"ppt/slides/slide2.xml": b"<broken"})
    assert [page.text for page in _parsed(tmp_path, broken).pages] == ["One\n\na", ""]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pptx([]), "empty_document"),
        (pptx([("One", ["a"])])[:-300], "damaged_document"),
        (material.repacked(pptx([("One", ["a"])]), replace={"ppt/presentation.xml": b"<broken"}), "damaged_document"),
        (material.repacked(pptx([("x", [])]), add=[("ppt/x.xml", b"<!DOCTYPE a><a/>")]), "damaged_document"),
    ],
)
def test_broken_presentations_have_their_codes(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as raised:
        _parsed(tmp_path, content)
    assert raised.value.code == code

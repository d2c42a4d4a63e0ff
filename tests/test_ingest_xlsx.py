"""Workbooks: rows carry their headers, figures look as they are shown, what is hidden stays out and is told."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rag.errors import DocumentError
from rag.ingest import parsers
from rag.ingest.packages import XLSX
from rag.ingest.parts import assemble
from rag.ingest.splitting import split
from rag.ingest.xlsx_formats import shown
from rag.model import ParsedDocument
from tests import material
from tests.material_office import add_bar_chart, add_comment, packed, set_bold, xlsx

HEADER = ("Port", "Ferries a day", "Fare")


def _parsed(tmp_path: Path, content: bytes) -> ParsedDocument:
    path = tmp_path / "file"
    path.write_bytes(content)
    return assemble([parsers.read(path, XLSX, 1, 24)])


def test_each_row_says_its_headers_and_each_sheet_begins_a_page(tmp_path: Path) -> None:
    ferries = [HEADER, ("Stromness", 4, 19.5), (), ("Tingwall", 7, 8)]
    parsed = _parsed(tmp_path, xlsx({"Ferries": ferries, "Notes": [["Only a remark."]]}))
    assert [page.text for page in parsed.pages] == [
        "Ferries\n\nPort | Ferries a day | Fare\nPort: Stromness | Ferries a day: 4 | Fare: 19.5\n\nTingwall | 7 | 8",
        "Notes\n\nOnly a remark.",
    ]
    assert [heading.text for page in parsed.pages for heading in page.headings] == ["Ferries", "Notes"]


def test_every_passage_of_a_long_sheet_says_what_its_figures_are(tmp_path: Path) -> None:
    rows = [HEADER, *((f"Harbour number {n}", n, n / 4) for n in range(400))]
    pages = _parsed(tmp_path, xlsx({"Ferries": rows})).pages
    assert len(pages) > 5
    passages = list(split(pages))
    assert all("Ferries a day: " in passage.text for passage in passages)
    assert any("Port: Harbour number 399 | Ferries a day: 399 | Fare: 99.75" in passage.text for passage in passages)


def test_figures_and_dates_come_out_as_they_are_shown(tmp_path: Path) -> None:
    def formats(book: Any) -> None:
        sheet = book["Figures"]
        for column, code in enumerate(["0.0%", '#,##0.00 "EUR"', "yyyy-mm-dd", "mmm yyyy", "$#,##0;($#,##0)"], start=1):
            sheet.cell(2, column).number_format = code

    day = datetime.datetime(2024, 3, 1)
    rows = [("Share", "Amount", "Day", "Month", "Loss"), (0.1234, 1234567.891, day, day, -1500)]
    text = _parsed(tmp_path, xlsx({"Figures": rows}, change=formats)).pages[0].text
    assert "Share: 12.3% | Amount: 1,234,567.89 EUR | Day: 2024-03-01 | Month: Mar 2024 | Loss: ($1,500)" in text


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (5, "General", "5"),
        (0.1 + 0.2, "", "0.3"),
        (2.675, "0.00", "2.68"),
        (1234.5, "#,##0", "1,235"),
        (-3.5, "0.0", "-3.5"),
        (7, "000", "007"),
        (1.5, "0.##", "1.5"),
        (2, "0.##", "2"),
        (12_500_000, "0.0,,", "12.5"),
        (12345, "0.00E+00", "1.23E+04"),
        (0, '0;-0;"none"', "none"),
        (3, "[Red][>2]0", "3"),
        (45352.75, "yyyy-mm-dd hh:mm", "2024-03-01 18:00"),
        (0.5, "h:mm AM/PM", "12:00"),
        (1.25, "[h]:mm", "30:00"),
        (45352, "[$-409]d mmmm yyyy", "1 March 2024"),
        (0.333, "# ?/?", "0.333"),
        (9e9, "yyyy-mm-dd", "9000000000"),
    ],
)
def test_a_format_shows_a_number_as_a_person_sees_it(value: float, code: str, expected: str) -> None:
    assert shown(value, code) == expected


def test_merged_cells_titles_charts_and_comments(tmp_path: Path) -> None:
    def more(book: Any) -> None:
        sheet = book["Sales"]
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("A3:A4")
        add_comment(sheet["B3"], "Why so few?", "Kari")
        add_bar_chart(sheet, "Boats", column=3, rows=(2, 4))

    rows = [("Sales of the year", None, None), ("Region", "Town", "Boats"), ("North", "Tromsø", 3), (None, "Bodø", 5)]
    text = _parsed(tmp_path, xlsx({"Sales": rows}, change=more)).pages[0].text
    assert text.startswith(
        "Sales\n\nSales of the year\nRegion | Town | Boats\n"
        "Region: North | Town: Tromsø | Boats: 3\nRegion: North | Town: Bodø | Boats: 5"
    )
    assert "Boats\n\nBar chart" in text
    assert text.endswith("[author: Kari]: Why so few?")


def test_a_chart_follows_the_rows_that_it_stands_beside(tmp_path: Path) -> None:
    def more(book: Any) -> None:
        add_bar_chart(book["S"], "Of the crews", column=2, rows=(5, 7), at="F9")
        add_bar_chart(book["S"], "Of the boats", column=2, rows=(1, 3), at="F2")

    rows = [("Year", "Boats"), (2020, 3), (2021, 5), (), ("Year", "Crew"), (2020, 40), (2021, 44)]
    text = _parsed(tmp_path, xlsx({"S": rows}, change=more)).pages[0].text
    places = [text.index(part) for part in ("Boats: 5", "Of the boats", "Year | Crew", "Crew: 44", "Of the crews")]
    assert places == sorted(places)


def test_tables_side_by_side_are_read_one_after_the_other(tmp_path: Path) -> None:
    rows = [("Year", "Boats", None, "Year", "Crew"), (2020, 3, None, 2021, 40), (2021, 5, None, 2022, 44)]
    text = _parsed(tmp_path, xlsx({"S": rows})).pages[0].text
    assert text == (
        "S\n\nYear | Boats\nYear: 2020 | Boats: 3\nYear: 2021 | Boats: 5\n\n"
        "Year | Crew\nYear: 2021 | Crew: 40\nYear: 2022 | Crew: 44"
    )


def test_a_column_left_empty_keeps_rows_together(tmp_path: Path) -> None:
    rows = [("Voltage", None, "kV", 130), ("Frequency", None, "Hz", 50)]
    assert _parsed(tmp_path, xlsx({"S": rows})).pages[0].text == "S\n\nVoltage |  | kV | 130\nFrequency |  | Hz | 50"


def test_a_bold_first_row_is_a_header_even_among_words(tmp_path: Path) -> None:
    def bold(book: Any) -> None:
        for cell in book["S"][1]:
            set_bold(cell)

    rows = [("Name", "City"), ("Anna", "Bergen")]
    assert "Name: Anna | City: Bergen" in _parsed(tmp_path, xlsx({"S": rows}, change=bold)).pages[0].text
    assert "Name | City\nAnna | Bergen" in _parsed(tmp_path, xlsx({"S": rows})).pages[0].text


def test_hidden_sheets_rows_and_columns_are_left_out_and_told(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["Secret"].sheet_state = "hidden"
        book["S"].row_dimensions[3].hidden = True
        book["S"].column_dimensions["B"].hidden = True

    rows = [("Name", "Salary", "City"), ("Anna", 10, "Bergen"), ("Bert", 20, "Moss"), ("Cara", 30, "Voss")]
    parsed = _parsed(tmp_path, xlsx({"S": rows, "Secret": [["hush", 1]]}, change=hide))
    text = "".join(page.text for page in parsed.pages)
    assert not any(word in text for word in ("hush", "Bert", "Salary", "10"))
    assert "Cara" in text
    assert parsed.warnings == (
        "Hidden rows or columns of the sheet 'S' were left out.", "The hidden sheet 'Secret' was left out.",
    )  # fmt: skip


def test_rows_that_only_a_filter_hides_are_read(tmp_path: Path) -> None:
    def filtered(book: Any) -> None:
        book["S"].auto_filter.ref = "A1:B3"
        book["S"].row_dimensions[2].hidden = True

    parsed = _parsed(tmp_path, xlsx({"S": [("Name", "Age"), ("Anna", 40), ("Bert", 41)]}, change=filtered))
    assert "Name: Anna | Age: 40" in parsed.pages[0].text
    assert parsed.warnings == ()


def test_formulas_without_a_stored_result_are_told(tmp_path: Path) -> None:
    parsed = _parsed(tmp_path, xlsx({"S": [("Name", "Sum"), ("Anna", "=1+1")]}))
    assert "Anna" in parsed.pages[0].text
    assert parsed.warnings[0].startswith("1 formulas have no stored result")


def test_a_huge_sheet_is_read_in_part(tmp_path: Path) -> None:
    content = xlsx({"S": [("Name", "Age"), ("Anna", 40)]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    row = '<row><c t="inlineStr"><is><t>A rather long remark in a cell of this sheet</t></is></c><c><v>4</v></c></row>'
    sheet = sheet.replace("</sheetData>", row * 110_000 + "</sheetData>")
    parsed = _parsed(tmp_path, material.repacked(content, replace={"xl/worksheets/sheet1.xml": sheet.encode()}))
    assert "rows were read" in parsed.warnings[0]
    assert 1_000 < len(parsed.pages) < 2_000


def test_a_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    def far(book: Any) -> None:
        book["S"].cell(1_048_576, 1_500).value = "far"

    text = _parsed(tmp_path, xlsx({"S": [("Name",)]}, change=far)).pages[0].text
    assert text.startswith("S\n\nName")
    assert text.endswith("far")


def test_cells_past_the_last_column_that_is_read_are_told(tmp_path: Path) -> None:
    def farther(book: Any) -> None:
        book["S"].cell(2, 16_384).value = "too far"

    parsed = _parsed(tmp_path, xlsx({"S": [("Name",)]}, change=farther))
    assert parsed.warnings == ("Of the sheet 'S' only the first 2,000 columns were read.",)


def test_a_sheet_of_nothing_but_formulas_says_why_it_is_empty(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"holds no text.* no stored result") as raised:
        _parsed(tmp_path, xlsx({"S": [("=1+1", "=2+2")]}))
    assert raised.value.code == "empty_document"


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "_rels/.rels"])
def test_broken_parts_are_damage_or_do_without(tmp_path: Path, name: str) -> None:
    content = material.repacked(xlsx({"S": [("Name", "Age"), ("Anna", 40)]}), replace={name: b"<broken"})
    if name == "xl/styles.xml":
        assert "Name: Anna | Age: 40" in _parsed(tmp_path, content).pages[0].text
        return
    with pytest.raises(DocumentError) as raised:
        _parsed(tmp_path, content)
    assert raised.value.code == "damaged_document"


def test_bombs_and_entities_have_their_codes(tmp_path: Path) -> None:
    workbook = xlsx({"S": [("Name",)]})
    bomb = material.repacked(workbook, add=[("xl/media/zeros.bin", bytes(40 * 1024 * 1024))])  # 1 to 1,000
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'
    deep = b"<worksheet>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</worksheet>"
    for content, code in (
        (bomb, "parser_limit"),
        (material.repacked(workbook, add=[("xl/more.xml", entities)]), "damaged_document"),
        (material.repacked(workbook, replace={"xl/worksheets/sheet1.xml": deep}), "parser_limit"),
        (packed({"[Content_Types].xml": b"x"}), "damaged_document"),
        (xlsx({"S": []}), "empty_document"),
    ):
        with pytest.raises(DocumentError) as raised:
            _parsed(tmp_path, content)
        assert raised.value.code == code

"""CSV, captions, RTF, OpenDocument, e-books; and what a passage from the middle of a table is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.ingest import parsers
from rag.ingest.delimited import delimiter
from rag.ingest.kinds import CSV, HTML, RTF, WEBVTT
from rag.ingest.packages import DOCX, EPUB, ODP, ODS, ODT
from rag.ingest.parts import assemble
from rag.ingest.splitting import split
from rag.ingest.table_heads import TableHeads, head_at
from rag.model import Page, ParsedDocument
from tests import material
from tests.material_office import epub, odf, packed


def _parsed(tmp_path: Path, content: bytes, media_type: str) -> ParsedDocument:
    path = tmp_path / "file"
    path.write_bytes(content)
    return assemble([parsers.read(path, media_type, 1, 24)])


def _text(tmp_path: Path, content: bytes, media_type: str) -> str:
    return "\n\n".join(page.text for page in _parsed(tmp_path, content, media_type).pages)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv_rows_say_their_headers_whatever_parts_their_cells(tmp_path: Path, mark: str) -> None:
    rows = [("Name", "City", "Ships"), ("Anna", '"Bergen, Vest; x|y"', "3"), ("", "Moss", "")]
    content = "\r\n".join(mark.join(row) for row in rows).encode("cp1252")
    assert delimiter(content.decode()) == mark
    assert _text(tmp_path, content, CSV) == (
        "Name | City | Ships\nName: Anna | City: Bergen, Vest; x|y | Ships: 3\nCity: Moss"
    )


def test_csv_in_other_encodings_with_line_breaks_in_cells(tmp_path: Path) -> None:
    rows = 'Ort,Größe\nKöln,"eins\nzwei"\n'
    for encoding in ("utf-8-sig", "cp1252", "utf-16"):
        assert _text(tmp_path, rows.encode(encoding), CSV) == "Ort | Größe\nOrt: Köln | Größe: eins zwei"


def test_csv_without_a_header_keeps_its_rows(tmp_path: Path) -> None:
    assert _text(tmp_path, b"1,2\n3,4\n", CSV) == "1 | 2\n3 | 4"


def test_a_row_longer_than_a_passage_goes_on_under_its_first_cell(tmp_path: Path) -> None:
    names = ["Key", *(f"Column {n}" for n in range(40))]
    cells = ["row one", *(f"value {n} " + "x" * 40 for n in range(40))]
    lines = _text(tmp_path, (",".join(names) + "\n" + ",".join(cells)).encode(), CSV).split("\n")[1:]
    assert len(lines) > 2
    assert all(line.startswith("Key: row one | Column") and len(line) < 1_000 for line in lines)


def test_a_table_cut_over_passages_and_pages_keeps_its_header_beside_the_text(tmp_path: Path) -> None:
    rows = [("Year", "Boats", "Crew"), *((str(1900 + n), f"{n} boats", f"{n} sailors") for n in range(300))]
    pages = _parsed(tmp_path, material.docx(["# Fleet", "Before.", rows, "After the table. " * 80]), DOCX).pages
    passages = list(split(pages))
    assert all(pages[p.page - 1].text[p.start : p.end] == p.text for p in passages)
    inside = [passage for passage in passages if passage.text.startswith("19") or passage.text.startswith("20")]
    assert len(inside) > 5
    assert {passage.heading for passage in inside} == {"Fleet > Year | Boats | Crew"}
    assert passages[0].heading == passages[-1].heading == "Fleet"


def test_markdown_tables_have_heads_and_prose_has_none() -> None:
    text = "| Year | Boats |\n|---|---|\n| 2020 | 3 |\n| 2021 | 4 |\n\nThis | that is prose."
    heads = TableHeads().of(text)
    assert [head_at(heads, text.index(word)) for word in ("Year", "2020", "2021", "prose")] == [
        "", "Year | Boats", "Year | Boats", "",
    ]  # fmt: skip
    tables = TableHeads()
    assert tables.of("Year | Boats\n2020 | 3")
    assert head_at(tables.of("2021 | 4\n2022 | 5\n\nwords"), 0) == "Year | Boats"
    assert tables.of("2021 | 4 of another table") == []


def test_cells_over_several_rows_and_columns_are_said_in_each(tmp_path: Path) -> None:
    body = (
        "<table><tr><th>Region</th><th colspan=2>Boats</th></tr>"
        "<tr><td rowspan=2>North</td><td>3</td><td>4</td></tr><tr><td>5</td><td>6</td></tr>"
        "<tr><td colspan=3>All of them sail</td></tr></table>"
    )
    assert _text(tmp_path, material.html(body), HTML) == (
        "Region | Boats | Boats\nNorth | 3 | 4\nNorth | 5 | 6\nAll of them sail"
    )


def test_captions_are_what_was_said(tmp_path: Path) -> None:
    vtt = (
        "WEBVTT\n\nNOTE nobody says this\n\n1\n"
        "00:01.000 --> 00:02.000 align:start\n<v Anna>Good <i>morning</i> &amp; welcome"
        "\n\n00:02.000 --> 00:03.000\n<v Anna>everybody.\n\n01:00:02.000 --> 01:00:03.000\n<v Bert>Thanks."
    )
    assert _text(tmp_path, vtt.encode(), WEBVTT) == "Anna: Good morning & welcome\neverybody.\n\nBert: Thanks."
    srt = "1\r\n00:00:01,000 --> 00:00:02,000\r\nOne\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nTwo\r\n"
    assert _text(tmp_path, srt.encode(), WEBVTT) == "One\nTwo"


def test_rtf_is_read_without_its_codes(tmp_path: Path) -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Cyr;}}{\*\generator x;}"
        rb"{\info{\title no}}"
        rb"\pard Gr\'fc\'dfe \u8364?\tab 5\par {\b bold}\~text \{x\}\par {\f1 \'cf\'f0\'e8}\par"
        rb"\trowd Year\cell Boats\cell\row\trowd 2020\cell 3\cell\row}"
    )
    assert _text(tmp_path, rtf, RTF) == "Grüße € 5\n\nbold text {x}\n\nПри\n\nYear | Boats\n2020 | 3"


def test_opendocument_texts_keep_their_order(tmp_path: Path) -> None:
    level = '<text:list-level-style-number text:level="1" style:num-format="1"/>'
    numbered = f'<text:list-style style:name="L">{level}</text:list-style>'
    body = (
        '<text:h text:outline-level="1">Report</text:h><text:p>First<text:s text:c="2"/>words<text:note>'
        '<text:note-body><text:p>a note</text:p></text:note-body></text:note>.</text:p><text:list text:style-name="L">'
        "<text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Year</text:p></table:table-cell><table:table-cell>"
        "<text:p>Boats</text:p></table:table-cell></table:table-row></table:table>"
    )
    parsed = _parsed(tmp_path, odf("text", body, styles=numbered), ODT)
    assert parsed.pages[0].text == "Report\n\nFirst  words[1].\n\n[1] a note\n1. one\n2. two\n\nYear | Boats"
    assert parsed.title == "Report"


def test_opendocument_sheets_and_slides(tmp_path: Path) -> None:
    def row(*texts: str) -> str:
        cells = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts)
        return f'<table:table-row>{cells}<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'

    rows = row("Year", "Boats") + row("2020", "3") + '<table:table-row table:number-rows-repeated="1048000"/>'
    sheet = odf("spreadsheet", f'<table:table table:name="Fleet">{rows}</table:table>')
    assert _text(tmp_path, sheet, ODS) == "Fleet\n\nYear | Boats\nYear: 2020 | Boats: 3"
    frame = "<draw:frame{}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    slide = frame.format("", "below") + frame.format(' presentation:class="title"', "Title")
    deck = odf("presentation", f"<draw:page>{slide}</draw:page><draw:page>{slide}</draw:page>")
    assert [page.text for page in _parsed(tmp_path, deck, ODP).pages] == ["Title\n\nbelow"] * 2


def test_a_book_is_read_along_its_spine(tmp_path: Path) -> None:
    chapters = [
        ("b.xhtml", "<h1>Second</h1><p>later</p>"),
        ("a%20b.xhtml", "<p>never</p>"),
        ("c.xhtml", "<h1>First</h1><p>now</p>"),
    ]
    parsed = _parsed(tmp_path, epub(chapters, spine=[2, 0], title="Ferries"), EPUB)
    assert [page.text for page in parsed.pages] == ["First\n\nnow", "Second\n\nlater"]
    assert parsed.title == "Ferries"


def _locked(name: str) -> dict[str, bytes]:
    entry = f'<encryption xmlns:e="x"><e:CipherReference URI="OEBPS/{name}"/></encryption>'
    return {"META-INF/encryption.xml": entry.encode()}


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (epub([("a.xhtml", "<p>x</p>")], extra=_locked("a.xhtml")), EPUB, "encrypted_document"),
        (epub([("a.xhtml", "<p></p>")]), EPUB, "empty_document"),
        (epub([("a.xhtml", "<p>x</p>")])[:-100], EPUB, "damaged_document"),
        (
            packed({"META-INF/container.xml": b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', "a.xhtml": b"<p>x</p>"}),
            EPUB, "damaged_document",
        ),
        (odf("text", "", manifest="<manifest:encryption-data/>"), ODT, "encrypted_document"),
        (odf("text", "<text:p>"), ODT, "damaged_document"),
        (packed({"mimetype": b"x"}), ODT, "damaged_document"),
        (b"{\\rtf1" + b"{" * 5_000 + b"x", RTF, "parser_limit"),
        (b"{\\rtf1 }", RTF, "empty_document"),
        (b",,,\n,,\n", CSV, "empty_document"),
        (b"a," + b"b" * 1_100_000, CSV, "damaged_document"),
        (b"WEBVTT\n", WEBVTT, "empty_document"),
    ],
)  # fmt: skip
def test_broken_and_empty_files_have_their_codes(tmp_path: Path, content: bytes, media_type: str, code: str) -> None:
    with pytest.raises(DocumentError) as raised:
        _parsed(tmp_path, content, media_type)
    assert raised.value.code == code


def test_pages_without_tables_cost_nothing() -> None:
    assert TableHeads().of("Prose.\nMore prose.\n\nAnd more.") == []
    assert next(split([Page(1, "Prose only.")])).heading == ""

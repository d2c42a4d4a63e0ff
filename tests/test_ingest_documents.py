"""DOCX and HTML: headings, lists and tables in order; what is hidden stays out; bombs have their codes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.ingest import parsers
from rag.ingest.kinds import HTML
from rag.ingest.packages import DOCX
from rag.ingest.parts import assemble
from rag.model import ParsedDocument
from tests import material


def _parsed(tmp_path: Path, content: bytes, media_type: str) -> ParsedDocument:
    path = tmp_path / "file"
    path.write_bytes(content)
    return assemble([parsers.read(path, media_type, 1, 24)])


def _headings(parsed: ParsedDocument) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for page in parsed.pages for heading in page.headings]


def _document_xml(content: bytes, old: str, new: str) -> bytes:
    """A DOCX whose main part has `old` replaced by `new`."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        main = archive.read("word/document.xml").decode()
    assert old in main
    return material.repacked(content, replace={"word/document.xml": main.replace(old, new).encode()})


def test_docx_headings_lists_and_tables_stand_in_order(tmp_path: Path) -> None:
    blocks = [
        "# Report",
        "First words.",
        "## Figures",
        "- one",
        "- two",
        [("Year", "Revenue"), ("2023", "12")],
        "Last.",
    ]
    parsed = _parsed(tmp_path, material.docx(blocks, title="The title"), DOCX)
    assert parsed.title == "The title"
    assert _headings(parsed) == [(1, "Report"), (2, "Figures")]
    assert parsed.pages[0].text == (
        "Report\n\nFirst words.\n\nFigures\n\n- one\n- two\n\nYear | Revenue\n2023 | 12\n\nLast."
    )
    assert parsed.pages[0].width == 0


def test_a_long_docx_is_cut_into_sections(tmp_path: Path) -> None:
    blocks = [block for n in range(20) for block in (f"## Part {n}", "Some sentence of words. " * 30)]
    parsed = _parsed(tmp_path, material.docx(blocks), DOCX)
    assert 4 <= len(parsed.pages) <= 8
    assert all(page.text.startswith("Part") for page in parsed.pages)


def test_docx_text_in_insertions_content_controls_and_text_boxes_is_read(tmp_path: Path) -> None:
    content = material.docx(["MARK one", "MARK two", "MARK three", "MARK four"])
    content = _document_xml(
        content, "<w:t>MARK one</w:t>", "<w:t>kept</w:t></w:r><w:ins><w:r><w:t> inserted</w:t></w:r></w:ins><w:r>"
    )
    content = _document_xml(
        content,
        "<w:t>MARK two</w:t>",
        "<w:t>left</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r>",
    )
    box = "<w:txbxContent><w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent>"
    content = _document_xml(content, "<w:t>MARK three</w:t>", f"<w:t>beside</w:t><w:pict>{box}</w:pict>")
    content = _document_xml(
        content, "<w:p><w:r><w:t>MARK four</w:t></w:r></w:p>",
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    )  # fmt: skip
    text = _parsed(tmp_path, content, DOCX).pages[0].text
    assert text.split("\n\n") == ["kept inserted", "left", "beside", "in the box", "controlled"]


def test_docx_cells_merged_downwards_are_said_again(tmp_path: Path) -> None:
    content = material.docx([[("MARK", "one"), ("below", "two")]])
    first = '<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="4320"/></w:tcPr><w:p><w:r><w:t>MARK'
    content = _document_xml(content, first, first.replace("</w:tcPr>", '<w:vMerge w:val="restart"/></w:tcPr>'))
    below = first.replace("MARK", "below")
    content = _document_xml(content, below, below.replace("</w:tcPr>", "<w:vMerge/></w:tcPr>"))
    assert _parsed(tmp_path, content, DOCX).pages[0].text == "MARK | one\nMARK | two"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (material.docx_bomb(), "parser_limit"),
        (material.docx_with_entities(), "damaged_document"),
        (material.docx(["words"])[:-200], "damaged_document"),
        (material.archive([("[Content_Types].xml", b"<Types/>")]), "damaged_document"),
        (material.repacked(material.docx(["words"]), replace={"word/document.xml": b"<broken"}), "damaged_document"),
        (material.archive((f"{n}", b"") for n in range(5_001)), "parser_limit"),
        (material.docx([]), "empty_document"),
    ],
)
def test_broken_and_hostile_docx_have_their_codes(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as raised:
        _parsed(tmp_path, content, DOCX)
    assert raised.value.code == code


def test_html_shows_what_a_browser_shows(tmp_path: Path) -> None:
    body = """
        <script>secret()</script><style>p {}</style><div hidden>unseen</div><p style="display: none">unseen</p>
        <h1>Report</h1><p>First <b>bold</b> words,<br>second line.</p>
        <ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul><ol start=3><li>three</ol>
        <h2>Figures</h2><table><tr><th>Year<th>Revenue</tr><tr><td>2023<td><p>12</p> million</tr></table>
        <pre>kept
          as it is</pre><p>caf&eacute; &#128512;</p>
    """
    parsed = _parsed(tmp_path, material.html(body, title="A  page"), HTML)
    assert parsed.title == "A page"
    assert _headings(parsed) == [(1, "Report"), (2, "Figures")]
    assert parsed.pages[0].text == (
        "Report\n\nFirst bold words,\nsecond line.\n\n- one\n  - inner\n- two\n\n3. three\n\nFigures\n\n"
        "Year | Revenue\n2023 | 12 million\n\nkept\n          as it is\n\ncafé 😀"
    )


def test_html_says_its_encoding_or_lies_about_it(tmp_path: Path) -> None:
    page = '<html><head><meta charset="{}"></head><body><p>Größe</p></body></html>'
    assert _parsed(tmp_path, page.format("iso-8859-1").encode("iso-8859-1"), HTML).pages[0].text == "Größe"
    assert _parsed(tmp_path, page.format("no-such-thing").encode(), HTML).pages[0].text == "Größe"


def test_deeply_nested_html_is_read(tmp_path: Path) -> None:
    assert _parsed(tmp_path, material.html("<div>" * 3_000 + "deep words"), HTML).pages[0].text == "deep words"


def test_html_of_nothing_is_empty(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as raised:
        _parsed(tmp_path, material.html("<script>1</script>"), HTML)
    assert raised.value.code == "empty_document"

"""PDF: exact text and word boxes, structure, and what is said of files that cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from rag.errors import DocumentError, RequestError
from rag.ingest import parsers, pdf, render
from rag.ingest.kinds import PDF
from rag.ingest.parts import assemble
from rag.model import Page, ParsedDocument, unpack_words
from tests import material

TEXT = "The quick brown fox\njumps over the lazy dog.\n\nA second paragraph (with docu-\nmentation) begins."


def _written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def _parsed(path: Path) -> ParsedDocument:
    return assemble([parsers.read(path, PDF, 1, 100)], parsers.structure(path, PDF))


def _check_words(page: Page) -> None:
    words = unpack_words(page.words)
    assert [page.text[word.start : word.end] for word in words] == page.text.split()


def test_text_keeps_lines_paragraphs_and_hyphens(tmp_path: Path) -> None:
    (page,) = pdf.read(_written(tmp_path, material.pdf([TEXT])), 1, 1).pages
    assert page.text == TEXT
    assert (round(page.width), round(page.height)) == (595, 842)
    _check_words(page)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("sideways", [False, True])
@pytest.mark.parametrize("crop", [None, (50.0, 60.0, 800.0, 820.0)])
def test_boxes_cover_the_words_on_the_page_as_it_is_shown(
    tmp_path: Path, rotation: int, sideways: bool, crop: tuple[float, float, float, float] | None
) -> None:
    content = material.pdf([TEXT], rotation=rotation, sideways=sideways, crop=crop, size=(842, 842))
    path = _written(tmp_path, content)
    (page,) = pdf.read(path, 1, 1).pages
    assert page.text.split() == TEXT.split()
    _check_words(page)
    image = Image.open(io.BytesIO(render.page_png(path, 1, ()))).convert("L").point(lambda value: value < 128 and 255)
    assert abs(image.width / image.height - page.width / page.height) < 0.01
    outside = image.copy()
    for word in unpack_words(page.words):
        x0, y0, x1, y1 = (edge * side for edge, side in zip(word.box, image.size * 2, strict=True))
        area = (int(x0) - 1, int(y0) - 1, int(x1) + 2, int(y1) + 2)
        assert image.crop(area).getbbox() is not None
        outside.paste(0, area)
    assert outside.getbbox() is None


def test_parts_follow_each_other_and_know_the_whole(tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf([f"This is page {number}." for number in range(1, 6)]))
    parts = [pdf.read(path, first, 2) for first in (1, 3, 5)]
    assert [part.total for part in parts] == [5, 5, 5]
    assert [page.number for part in parts for page in part.pages] == [1, 2, 3, 4, 5]


def test_title_and_outline_come_from_the_file(tmp_path: Path) -> None:
    outline = [(1, "Opening", 1), (2, "Some detail", 2)]
    content = material.pdf(["Opening\nwords", "more\nSome detail\nwords"], title="Annual Report", headings=outline)
    parsed = _parsed(_written(tmp_path, content))
    assert parsed.title == "Annual Report"
    assert [(h.level, h.text, p.number) for p in parsed.pages for h in p.headings] == [
        (1, "Opening", 1),
        (2, "Some detail", 2),
    ]
    assert parsed.pages[1].text[parsed.pages[1].headings[0].start :].startswith("Some detail")


def test_without_an_outline_headings_are_told_by_their_type(tmp_path: Path) -> None:
    body = "\n".join(f"body text that goes on and on, line {number}" for number in range(6))
    parsed = _parsed(_written(tmp_path, material.pdf([f"# Item 1. Business\n{body}\n# Competition\n{body}"])))
    assert [heading.text for heading in parsed.pages[0].headings] == ["Item 1. Business", "Competition"]
    assert parsed.pages[0].headings[0].level < parsed.pages[0].headings[1].level + 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (material.encrypted_pdf(), "encrypted_document"),
        (material.damaged_pdf(), "damaged_document"),
        (material.zero_page_pdf(), "empty_document"),
        (material.image_only_pdf(2), "no_text"),
    ],
)
def test_what_cannot_be_read_has_its_code_and_a_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as raised:
        _parsed(_written(tmp_path, content))
    assert raised.value.code == code
    assert raised.value.message.endswith(".")
    assert code != "no_text" or "OCR" in raised.value.message


def test_an_empty_password_is_no_obstacle(tmp_path: Path) -> None:
    parsed = _parsed(_written(tmp_path, material.pdf(["Words behind an empty password."], password="", title="Open")))
    assert parsed.pages[0].text == "Words behind an empty password."
    assert parsed.title == "Open"


def test_a_page_without_text_is_a_warning(tmp_path: Path) -> None:
    parsed = _parsed(_written(tmp_path, material.mixed_pdf()))
    assert len(parsed.pages) == 2
    assert parsed.warnings == ("1 of 2 pages has no text (page 2).",)


def test_junk_before_the_header_is_skipped(tmp_path: Path) -> None:
    (page,) = pdf.read(_written(tmp_path, b"\r\nsome junk\n" + material.pdf(["Still a page."])), 1, 1).pages
    assert page.text == "Still a page."


def test_characters_past_the_basic_plane_keep_their_places() -> None:
    class Library:
        """pdfium giving a text whose units are not its characters."""

        units = "a\U0001f600 b\ufffec".encode("utf-16-le")

        def FPDFText_CountChars(self, _: object) -> int:
            return 6

        def FPDFText_GetText(self, _: object, start: int, count: int, buffer: object) -> int:
            return 1

        def FPDFText_GetUnicode(self, _: object, index: int) -> int:
            return [0x61, 0x1F600, 0, 0x62, 0xFFFE, 0x63][index]

    assert pdf._characters(Library(), None) == "a\U0001f600 b\ufffec"


def test_a_page_image_has_its_boxes_marked(tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf([TEXT], size=(600, 800)))
    image = Image.open(io.BytesIO(render.page_png(path, 1, [(0.5, 0.5, 0.6, 0.6)], 300)))
    assert image.size == (300, 400)
    assert image.getpixel((165, 220)) == render.MARK
    assert image.getpixel((100, 300)) == (255, 255, 255)


def test_a_page_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf([TEXT]))
    for number in (0, 2):
        with pytest.raises(RequestError) as raised:
            render.page_png(path, number, ())
        assert raised.value.code == "not_found"


def test_a_huge_page_is_drawn_smaller(tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf(["x"], size=(100, 14_000)))
    image = Image.open(io.BytesIO(render.page_png(path, 1, ())))
    assert image.width * image.height <= 1.1 * render.MAX_PIXELS

"""What nobody sees stays out of the search text, in every format, and is counted."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag.ingest import parsers
from rag.ingest.invisible import cleaned
from rag.ingest.kinds import HTML, PDF, PLAIN_TEXT, RTF
from rag.ingest.packages import DOCX
from rag.ingest.parts import Part, assemble
from rag.model import Heading, Page, ParsedDocument, Word, pack_words, unpack_words
from tests import material


def _parsed(tmp_path: Path, content: bytes, media_type: str) -> ParsedDocument:
    path = tmp_path / "file"
    path.write_bytes(content)
    return assemble([parsers.read(path, media_type, 1, 24)])


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("pass\u200bword and co\u00adop", "password and coop", 2),
        ("\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x", 4),
        ("a\u200db\u200cc", "abc", 2),
        ("می\u200cخواهم", "می\u200cخواهم", 0),
        ("क्\u200dष", "क्\u200dष", 0),
        ("a 👩\u200d💻 ❤\ufe0f", "a 👩\u200d💻 ❤\ufe0f", 0),
        ("x\U000e0048\U000e0049 y", "x y", 2),
        ("a 🏴\U000e0067\U000e0062\U000e007f", "a 🏴\U000e0067\U000e0062\U000e007f", 0),
        ("a\ufe0f\ufe0e\ufe0fb", "a\ufe0fb", 2),
        ("word\ufeff\u2060\u2064", "word", 3),
    ],
)
def test_characters_without_a_shape_are_dropped_where_no_script_needs_them(
    tmp_path: Path, text: str, expected: str, count: int
) -> None:
    parsed = _parsed(tmp_path, text.encode(), PLAIN_TEXT)
    assert parsed.pages[0].text == expected
    told = {0: (), 1: ("1 invisible character was left out.",)}
    assert parsed.warnings == told.get(count, (f"{count} invisible characters were left out.",))


@given(st.lists(st.sampled_from(["word", "\u200b", "\u202e", "é", " ", "\n", "\u00ad"]), max_size=30))
def test_headings_and_words_stay_where_they_were(pieces: list[str]) -> None:
    text = "".join(pieces)
    places = [(at, at + 4) for at in range(len(text)) if text.startswith("word", at)]
    words = pack_words(Word(start, end, (0.0, 0.0, 1.0, 1.0)) for start, end in places)
    page = Page(1, text, words, tuple(Heading(1, "word", start) for start, _ in places))
    found = cleaned(Part((page,), 1)).pages[0]
    assert [found.text[word.start : word.end] for word in unpack_words(found.words)] == ["word"] * len(places)
    assert all(found.text.startswith("word", heading.start) for heading in found.headings)


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>unseen</p>",
        "<p aria-hidden='true'>unseen</p>",
        "<p style='DISPLAY : none !important'>unseen</p>",
        "<span style='visibility:hidden'>unseen</span>",
        "<span style='font-size:0'>unseen</span>",
        "<span style='opacity: 0.0'>unseen</span>",
        "<div style='position:absolute;left:-9999px'>unseen</div>",
        "<span style='color:#FFF;background:white'>unseen</span>",
        "<style>.x, #y { color: red; display:none }</style><p class=x>unseen</p>",
        "<style>@media print { p { display: none } } i.gone { visibility: hidden }</style><i class=gone>unseen</i>",
        "<ul hidden><li>un<li>seen</ul>",
    ],
)
def test_html_that_is_out_of_sight_is_counted(tmp_path: Path, hidden: str) -> None:
    parsed = _parsed(tmp_path, material.html(f"<p>before</p>{hidden}<p>after</p><ol><li>one</ol>"), HTML)
    assert parsed.pages[0].text == "before\n\nafter\n\n1. one"
    assert parsed.warnings == ("6 invisible characters were left out.",)


def test_hidden_white_and_tiny_runs_of_a_word_document_are_left_out(tmp_path: Path) -> None:
    content = material.docx(["seen", "MARK", "WHITE", "TINY", [("HEAD", "cell")]])
    main = material.part_of(content, "word/document.xml").decode()
    for word, properties in (
        ("MARK", "<w:vanish/>"),
        ("WHITE", '<w:color w:val="FFFFFF"/>'),
        ("TINY", '<w:sz w:val="2"/>'),
        ("HEAD", '<w:color w:val="FFFFFF"/>'),  # in a table: its style may have a dark ground
    ):
        main = main.replace(f"<w:r><w:t>{word}", f"<w:r><w:rPr>{properties}</w:rPr><w:t>{word}")
    parsed = _parsed(tmp_path, material.repacked(content, replace={"word/document.xml": main.encode()}), DOCX)
    assert parsed.pages[0].text == "seen\n\nHEAD | cell"
    assert parsed.warnings == ("13 invisible characters were left out.",)


def test_hidden_rtf_is_left_out(tmp_path: Path) -> None:
    parsed = _parsed(tmp_path, rb"{\rtf1\ansi seen {\v unseen} words\par}", RTF)
    assert parsed.pages[0].text == "seen words"
    assert parsed.warnings == ("6 invisible characters were left out.",)


def _pdf(draw: Any) -> bytes:
    out = io.BytesIO()
    canvas: Any = Canvas(out, pagesize=A4, invariant=1)  # type: ignore[no-untyped-call]
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _write(canvas: Any, y: float, text: str, *, mode: int = 0, size: float = 11, x: float = 72) -> None:
    canvas.saveState()
    line = canvas.beginText(x, y)
    line.setFont("Helvetica", size)
    line.setTextRenderMode(mode)
    line.textOut(text)
    canvas.drawText(line)
    canvas.restoreState()


def test_a_pdf_keeps_what_can_be_seen(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        _write(canvas, 700, "Everybody reads this.")
        _write(canvas, 680, "unseen mode", mode=3)
        _write(canvas, 660, "unseen tiny", size=0.4)
        _write(canvas, 640, "unseen outside", x=-500)
        canvas.setFillColorRGB(0, 0, 0.5)
        canvas.rect(60, 595, 300, 30, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        _write(canvas, 605, "White on blue.")
        _write(canvas, 560, "unseen white")

    parsed = _parsed(tmp_path, _pdf(draw), PDF)
    text = parsed.pages[0].text
    assert text.split() == ["Everybody", "reads", "this.", "White", "on", "blue."]
    words = unpack_words(parsed.pages[0].words)
    assert [text[word.start : word.end] for word in words] == text.split()
    assert parsed.warnings == (
        f"{len('unseen' * 4 + 'mode' + 'tiny' + 'outside' + 'white')} invisible characters were left out.",
    )


def test_the_text_layer_of_a_scan_is_its_text(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        picture = Image.open(io.BytesIO(material.png("scanned words", (600, 800))))
        canvas.drawInlineImage(picture, 0, 0, *A4)
        _write(canvas, 700, "What the recognition read.", mode=3)

    parsed = _parsed(tmp_path, _pdf(draw), PDF)
    assert parsed.pages[0].text == "What the recognition read."
    assert parsed.warnings == ()

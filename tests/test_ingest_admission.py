"""At the door: types told from content, sizes counted, names made fit to show."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.ingest.admission import MAX_NAME_CHARS, admit, display_name
from rag.ingest.kinds import (
    BMP,
    CSV,
    GIF,
    HTML,
    JPEG,
    MARKDOWN,
    PDF,
    PLAIN_TEXT,
    PNG,
    RTF,
    TIFF,
    WEBP,
    WEBVTT,
    media_type,
)
from rag.ingest.packages import DOCX, EPUB, ODT, PPTX, XLSX
from tests import material


def _declared(main_part: str) -> bytes:
    """A package that says its main part is of this type."""
    return material.archive(
        [("[Content_Types].xml", f"<Override ContentType='application/vnd.{main_part}'/>".encode())]
    )


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (material.pdf(["text"]), "a.txt", PDF),
        (b"\0junk\xff\n" + material.pdf(["text"]), "a.pdf", PDF),
        (material.docx(["text"]), "a.zip", DOCX),
        (_declared("wordprocessingml.template.main+xml"), "a", DOCX),
        (_declared("presentationml.slideshow.main+xml"), "a.docx", PPTX),
        (_declared("ms-powerpoint.presentation.macroEnabled.main+xml"), "a", PPTX),
        (_declared("spreadsheetml.sheet.main+xml"), "a.zip", XLSX),
        (_declared("ms-excel.sheet.macroEnabled.main+xml"), "a.xlsm", XLSX),
        (material.archive([("mimetype", b"application/epub+zip")]), "a", EPUB),
        (material.archive([("mimetype", b"application/vnd.oasis.opendocument.text-template")]), "a", ODT),
        (b"{\\rtf1 text}", "a.doc", RTF),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nwords", "a.txt", WEBVTT),
        (b"1\n00:00:01,000 --> 00:00:02,000\nwords", "a.srt", WEBVTT),
        (b"name,city\nAnna,Bergen\n", "a.csv", CSV),
        (b"name\tcity\n", "a.TSV", CSV),
        (b"<html><body>not a table</body></html>", "a.csv", HTML),
        (material.html("<p>text</p>"), "a.txt", HTML),
        (material.png(), "a.pdf", PNG),
        (material.jpeg(), "a.txt", JPEG),
        (b"BM\x36\0\0\0\0\0\0\0", "a", BMP),
        (b"MM\0*" + bytes(20), "a", TIFF),
        (b"RIFF\x20\0\0\0WEBPVP8 " + bytes(20), "a", WEBP),
        (b"GIF89a" + bytes(20), "a", GIF),
        (b"<?xml version='1.0'?>\n<!-- c --><html></html>", "a", HTML),
        (b"<p>only a fragment</p>", "a.htm", HTML),
        (b"<p>only a fragment</p>", "a.txt", PLAIN_TEXT),
        (b"just words", "a.md", MARKDOWN),
        (material.markdown([("One", "a"), ("Two", "b"), ("Three", "c")]), "a.txt", MARKDOWN),
        (b"The header of a PDF is %PDF-1.7, says this text.", "a.txt", PLAIN_TEXT),
        ("größer".encode("cp1252"), "a.txt", PLAIN_TEXT),
        ("größer".encode("utf-16"), "a.txt", PLAIN_TEXT),
        ("no mark before it".encode("utf-16-le"), "a.txt", PLAIN_TEXT),
        ("<p>no mark before it</p>".encode("utf-16-be"), "a.html", HTML),
        (b"12:00 a log with room for more\n" + bytes(4_096), "a.log", PLAIN_TEXT),
        (("a" * 65_534 + "é").encode(), "a.txt", PLAIN_TEXT),
    ],
)
def test_a_type_is_told_from_the_content(content: bytes, name: str, expected: str) -> None:
    assert media_type(io.BytesIO(content), name) == expected


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"8BPS\0\1" + bytes(40), "a Photoshop image"),
        (b"GIF8 and no more than that\0", "of an unknown kind (not text)"),
        (b"RIFF\x24\0\0\0AVI LIST", "an AVI video"),
        (material.program(), "a program"),
        (b"MZ\x90\0" + bytes(100), "a program"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "an MP4 video"),
        (b"<svg xmlns='x'></svg>", "an SVG image"),
        (OLE + b"\1" * 600, "a file of an old Office version (.doc, .xls, .ppt)"),
        (material.archive([("a.txt", b"x")]), "a ZIP archive"),
        (
            material.archive([("[Content_Types].xml", b"x ms-excel.sheet.binary.macroEnabled.main")]),
            "a binary Excel workbook (.xlsb)",
        ),
        (b"\1\0\2\0\3\0\4\0" * 100, "of an unknown kind (not text)"),
        (bytes(range(256)) * 10, "of an unknown kind (not text)"),
    ],
)
def test_what_cannot_be_read_is_called_by_its_name(content: bytes, found: str) -> None:
    with pytest.raises(DocumentError) as raised:
        media_type(io.BytesIO(content), "report.pdf")
    assert raised.value.code == "unsupported_type"
    assert raised.value.message.startswith(f"'report.pdf' is {found}, which Folio cannot read.")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_document"),
        (material.wav(), "damaged_document"),
        (b"\xff\xfb\x90\x64" + bytes(100), "damaged_document"),
        (b" \n\t\0", "empty_document"),
        (OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "encrypted_document"),
        (b"PK\x03\x04 and no more", "damaged_document"),
        (material.docx_bomb(), "parser_limit"),
    ],
)
def test_other_refusals_have_their_codes(content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as raised:
        media_type(io.BytesIO(content), "report.docx")
    assert raised.value.code == code


def test_an_admitted_file_can_be_read_again_and_nothing_is_left(tmp_path: Path) -> None:
    content = b"words " * 1_000_000
    with admit(io.BytesIO(content), "dir/words.txt", max_bytes=10_000_000, directory=tmp_path) as admitted:
        assert admitted.stream.read() == content
        assert (admitted.name, admitted.media_type, admitted.bytes) == ("words.txt", PLAIN_TEXT, len(content))
        assert len(admitted.sha256) == 64
    assert list(tmp_path.iterdir()) == []


class Endless(io.RawIOBase):
    """A stream that never ends and counts what was taken from it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"a" * size


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    source = Endless()
    refused = pytest.raises(DocumentError, match="is larger than 1 MB")
    with refused as raised, admit(cast("BinaryIO", source), "big.txt", max_bytes=1024 * 1024, directory=tmp_path):
        pass
    assert raised.value.code == "too_large"
    assert source.taken <= 2 * 1024 * 1024
    assert list(tmp_path.iterdir()) == []


def test_each_kind_may_have_its_own_limit(tmp_path: Path) -> None:
    limits = {PNG: 100}
    with admit(io.BytesIO(b"words " * 50), "a.txt", max_bytes=1_000, directory=tmp_path, max_bytes_of=limits) as let_in:
        assert let_in.bytes == 300
    refused = pytest.raises(DocumentError, check=lambda error: error.code == "too_large")
    picture = material.png() + bytes(100)
    with refused, admit(io.BytesIO(picture), "a.png", max_bytes=9_000, directory=tmp_path, max_bytes_of=limits):
        pass


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\report.pdf", "report.pdf"),
        ("Bericht 📈👩‍👩‍👧.pdf", "Bericht 📈👩‍👩‍👧.pdf"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\0b\nc\td.pdf", "abcd.pdf"),
        ("   ", "document"),
        ("..", "document"),
        ("", "document"),
        ("\ud800.pdf", ".pdf"),
        ("folder/", "folder"),
    ],
)
def test_names_are_made_fit_to_show(name: str, shown: str) -> None:
    assert display_name(name) == shown


def test_a_long_name_keeps_its_suffix() -> None:
    shown = display_name("x" * 500 + ".pdf")
    assert len(shown) == MAX_NAME_CHARS
    assert shown.endswith("….pdf")


@given(st.text())
def test_any_name_becomes_one_that_can_be_stored_and_shown(name: str) -> None:
    shown = display_name(name)
    shown.encode()
    assert 0 < len(shown) <= MAX_NAME_CHARS
    assert "/" not in shown
    assert "\\" not in shown
    assert shown.isprintable() or "\u200d" in shown or any(ord(character) >= 0x1F000 for character in shown)

"""Damaged files of every format end in text or in a published code, never in another exception."""

from __future__ import annotations

import random
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from rag.errors import CODES, DocumentError
from rag.ingest import kinds, parsers
from rag.ingest.parts import assemble
from tests import material
from tests.material_office import epub, odf, pptx, xlsx

WORDS = "Some words about ferries, harbours and tides. "
FILES = {
    "docx": material.docx(["# Report", WORDS * 20, [("Year", "Boats"), ("2020", "3")], "- item"]),
    "pptx": pptx([("Title", [WORDS, "point"]), ("Second", ["more"])]),
    "xlsx": xlsx({"Sheet": [("Name", "Age"), *((WORDS, n) for n in range(30))]}),
    "epub": epub([("a.xhtml", f"<h1>One</h1><p>{WORDS * 10}</p>"), ("b.xhtml", "<p>Two</p>")]),
    "odt": odf("text", f"<text:h>Head</text:h><text:p>{WORDS * 10}</text:p>"),
    "rtf": b"{\\rtf1\\ansi " + WORDS.encode() * 20 + b"\\par {\\b bold} \\u8364? \\'fc\\par}",
    "csv": b"Name,Age\n" + b"Anna,40\n" * 50,
    "html": material.html(f"<h1>Head</h1><table><tr><td rowspan=2>{WORDS}<td>x</table><ul><li>y</ul>"),
    "vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + WORDS.encode(),
}
PACKAGES = ("docx", "pptx", "xlsx", "epub", "odt")


def _ending(content: bytes, name: str, path: Path) -> str:
    """As a file goes: told apart, read, put together. -> "read" or the code it was refused with."""
    try:
        media_type = kinds.media_type(BytesIO(content), name)
        path.write_bytes(content)
        assert any(page.text for page in assemble([parsers.read(path, media_type, 1, 24)]).pages)
    except DocumentError as error:
        return error.code
    return "read"


@pytest.mark.parametrize("kind", FILES)
def test_files_cut_short_have_published_codes(kind: str, tmp_path: Path) -> None:
    content = FILES[kind]
    chance = random.Random(kind)
    endings = {_ending(content[: chance.randrange(len(content))], f"a.{kind}", tmp_path / "f") for _ in range(25)}
    assert endings <= CODES.keys() | {"read"}
    assert _ending(content, f"a.{kind}", tmp_path / "f") == "read"


@pytest.mark.parametrize("kind", FILES)
def test_files_with_flipped_bits_have_published_codes(kind: str, tmp_path: Path) -> None:
    chance = random.Random(kind)
    for _ in range(40):
        content = bytearray(FILES[kind])
        for _ in range(chance.randrange(1, 30)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        assert _ending(bytes(content), f"a.{kind}", tmp_path / "f") in CODES.keys() | {"read"}


@pytest.mark.parametrize("kind", PACKAGES)
def test_parts_with_noise_in_them_have_published_codes(kind: str, tmp_path: Path) -> None:
    """The archive is whole, what is in it is not: the readers themselves meet the damage."""
    chance = random.Random(kind)
    with zipfile.ZipFile(BytesIO(FILES[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(60):
        name = chance.choice([name for name in parts if len(parts[name]) > 10])
        damaged = bytearray(parts[name])
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randrange(5)] = chance.randbytes(chance.randrange(5))
        content = material.repacked(FILES[kind], replace={name: bytes(damaged)})
        assert _ending(content, f"a.{kind}", tmp_path / "f") in CODES.keys() | {"read"}


@pytest.mark.parametrize("kind", PACKAGES)
def test_attributes_with_absurd_numbers_have_published_codes(kind: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(FILES[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels", ".opf"))}
    for value in (b'="99999999999999999999"', b'="-1"', b'=""', b'="\xd9\xa3"', b'="1e999"'):
        changed = {name: b"".join(_swapped(content, value)) for name, content in parts.items()}
        assert _ending(material.repacked(FILES[kind], replace=changed), "a", tmp_path / "f") in CODES.keys() | {"read"}


def _swapped(content: bytes, value: bytes) -> list[bytes]:
    """Every attribute that is a number has another value."""
    pieces: list[bytes] = []
    for piece in content.split(b'="'):
        number, quote, rest = piece.partition(b'"')
        pieces.append(value + rest if quote and number.isdigit() else (b'="' if pieces else b"") + piece)
    return pieces


def test_a_polyglot_is_what_its_first_bytes_say(tmp_path: Path) -> None:
    both = material.pdf(["The words of the PDF."]) + FILES["docx"]
    assert kinds.media_type(BytesIO(both), "a.docx") == kinds.PDF
    assert _ending(both, "a.docx", tmp_path / "f") == "read"
    assert (
        _ending(b"GIF89a" + FILES["docx"], "a.docx", tmp_path / "f") == "too_large"
    )  # a picture of 20,000 by 1,000 and more


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = material.docx_bomb(200)
    nested = material.repacked(material.docx(["outer words"]), add=[("word/embeddings/inner.docx", inner)])
    assert _ending(nested, "a.docx", tmp_path / "f") == "read"
    assert _ending(material.archive([("inner.zip", inner)]), "a.zip", tmp_path / "f") == "unsupported_type"

"""What a file is, told from its content. A name only decides between kinds of text, which any name may hold."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import BinaryIO

from rag.errors import DocumentError
from rag.ingest import audio, packages
from rag.ingest.text import guess, without_mark

PDF = "application/pdf"
HTML = "text/html"
MARKDOWN = "text/markdown"
PLAIN_TEXT = "text/plain"
CSV = "text/csv"
WEBVTT = "text/vtt"
RTF = "application/rtf"
PNG, JPEG, TIFF, WEBP, BMP, GIF = (f"image/{kind}" for kind in ("png", "jpeg", "tiff", "webp", "bmp", "gif"))
IMAGES = frozenset({PNG, JPEG, TIFF, WEBP, BMP, GIF})
READABLE = (
    "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, RTF, CSV, HTML, Markdown, plain text, images (PNG, "
    "JPEG, TIFF, WEBP, BMP, GIF) and recordings (WAV, MP3, M4A, FLAC, OGG, WEBM)"
)

HEAD_BYTES = 64 * 1024
_PDF_WITHIN = 1024  # how much junk may stand before "%PDF-" (ISO 32000-1, Annex H, note 13)
_PICTURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (0, b"II*\0", TIFF),
    (0, b"MM\0*", TIFF),
    (0, b"II+\0\x08\0\0\0", TIFF),  # BigTIFF
    (0, b"MM\0+\0\x08\0\0", TIFF),
    (8, b"WEBPVP8", WEBP),
)
# (offset, signature, what to call it); the first that fits
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "a WAV recording"),
    (8, b"AVI ", "an AVI video"),
    (0, b"8BPS", "a Photoshop image"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 image"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (4, b"ftypM4A", "an M4A recording"),
    (4, b"ftypheic", "a HEIC image"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftyp", "an MP4 video"),
    (0, b"ID3", "an MP3 recording"),
    (0, b"fLaC", "a FLAC recording"),
    (0, b"OggS", "an OGG recording"),
    (0, b"\x1aE\xdf\xa3", "a WEBM or Matroska video"),
    (0, b"\x7fELF", "a program"),
    (0, b"\xca\xfe\xba\xbe", "a program"),
    (0, b"\xcf\xfa\xed\xfe", "a program"),
    (0, b"\x1f\x8b", "a GZIP archive"),
    (0, b"BZh", "a BZIP2 archive"),
    (0, b"\xfd7zXZ\0", "an XZ archive"),
    (0, b"7z\xbc\xaf'\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"(\xb5/\xfd", "a Zstandard archive"),
    (257, b"ustar", "a TAR archive"),
    (0, b"SQLite format 3\0", "a SQLite database"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"AT&TFORM", "a DjVu document"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_HTML_START = re.compile(rb"<(?:!doctype\s{1,20}html|html|head|body)\b", re.I)
_HTML_INSIDE = re.compile(rb"<(?:html|head|body|div|p|table|h[1-6]|ul|ol|article|section)[\s>]", re.I)
_SVG_START = re.compile(rb"<(?:!doctype\s{1,20})?svg\b", re.I)
_PROLOG = ((b"<!--", b"-->"), (b"<?", b"?>"))
_TEXT_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_RESERVED = bytes(64)
_MARKDOWN_LINE = re.compile(rb"^(?:#{1,6} \S|```|[ \t]{0,8}[-*] \[.\] |\[[^\]\n]{1,200}\]: )", re.M)
_MARKDOWN_SUFFIXES = {".md", ".markdown", ".mdown", ".mkd"}
_HTML_SUFFIXES = {".html", ".htm", ".xhtml"}
_CSV_SUFFIXES = {".csv", ".tsv", ".tab"}
_CAPTIONS = {".vtt", ".srt"}


def media_type(stream: BinaryIO, name: str) -> str:
    """The media type of a file we can read. `stream` is seekable; where it stands afterwards is undefined.

    Raises DocumentError: empty_document; unsupported_type, saying what the file really is; encrypted_document for an
    Office file behind a password; damaged_document and parser_limit for an archive that must not be unpacked;
    damaged_document for a recording without sound.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    if not head.strip(b"\0 \t\r\n"):
        raise DocumentError("empty_document", f"'{name}' is empty.")
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(stream, name)
    if head.lstrip().startswith(b"{\\rtf"):
        return RTF
    if head.startswith(_OLE):
        raise _old_office(stream, head, name)
    sound = audio.recognised(stream, name)
    if (found := sound.media_type if sound is not None else _picture(head)) is not None:
        return found
    if (what := _signature(head)) is not None:
        raise unsupported(name, what)
    if b"%PDF-" in head[:_PDF_WITHIN] and b"%%EOF" in _tail(stream):
        return PDF
    return _kind_of_text(head, name)


def unsupported(name: str, what: str) -> DocumentError:
    return DocumentError(
        "unsupported_type", f"'{name}' is {what}, which Folio cannot read. It reads {READABLE}.", {"found": what}
    )


def _picture(head: bytes) -> str | None:
    """The media type of an image that can be read."""
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return BMP
    return next((kind for at, sign, kind in _PICTURES if head[at : at + len(sign)] == sign), None)


def _signature(head: bytes) -> str | None:
    for offset, signature, what in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return what
    if head.startswith(b"MZ") and b"\0" in head[:64]:
        return "a program"
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 == 0xE2:  # frame sync, layer III
        return "an MP3 recording"
    return "an SVG image" if _SVG_START.match(_after_prolog(head)) else None


def _after_prolog(head: bytes) -> bytes:
    """What follows the comments and processing instructions that markup may begin with."""
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for _ in range(100):
        closer = next((closer for opener, closer in _PROLOG if rest.startswith(opener)), None)
        if closer is None:
            break
        rest = rest.partition(closer)[2].lstrip()
    return rest


def _tail(stream: BinaryIO) -> bytes:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 2_048))
    return stream.read()


def _package(stream: BinaryIO, name: str) -> str:
    kind, what = packages.told(stream)
    if kind:
        return kind
    raise unsupported(name, what)


def _old_office(stream: BinaryIO, head: bytes, name: str) -> DocumentError:
    if _ENCRYPTED_PACKAGE in head or _ENCRYPTED_PACKAGE in _tail(stream):
        return DocumentError("encrypted_document", f"'{name}' can only be opened with its password.")
    return unsupported(name, "a file of an old Office version (.doc, .xls, .ppt)")


def _kind_of_text(head: bytes, name: str) -> str:
    if not _is_text(head):
        raise unsupported(name, "of an unknown kind (not text)")
    suffix = PurePath(name).suffix.lower()
    plain = head.replace(b"\0", b"")  # UTF-16 looks like ASCII then
    if _HTML_START.match(_after_prolog(plain)) or (suffix in _HTML_SUFFIXES and _HTML_INSIDE.search(plain)):
        return HTML
    if plain.startswith((b"WEBVTT", b"\xef\xbb\xbfWEBVTT")) or (suffix in _CAPTIONS and b"-->" in plain):
        return WEBVTT
    if suffix in _CSV_SUFFIXES:
        return CSV
    if suffix in _MARKDOWN_SUFFIXES or len(_MARKDOWN_LINE.findall(plain)) >= 3:
        return MARKDOWN
    return PLAIN_TEXT


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    if without_mark(head):
        return True
    if head.endswith(_RESERVED):  # for more of it, as logs do
        head = head.rstrip(b"\0")
    if len(_TEXT_CONTROLS.findall(head)) > len(head) // 100:
        return False
    try:
        head[: len(head) - 3 if len(head) == HEAD_BYTES else None].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= HEAD_BYTES - 8:
            return True
        return guess(head) is not None or _is_mostly_ascii(head)
    return True


def _is_mostly_ascii(head: bytes) -> bool:
    """Text with a few bytes that no encoding explains."""
    return sum(byte < 0x80 for byte in head) > 0.9 * len(head)

"""What a ZIP-based file is: Office packages and OpenDocument files by the type they declare, e-books by theirs."""

from __future__ import annotations

import re
from typing import BinaryIO

from rag.ingest import archives

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
DOCX = _OFFICE + "wordprocessingml.document"
PPTX = _OFFICE + "presentationml.presentation"
XLSX = _OFFICE + "spreadsheetml.sheet"
EPUB = "application/epub+zip"
ODT, ODS, ODP = _OPEN + "text", _OPEN + "spreadsheet", _OPEN + "presentation"

# The declared type of the main part (templates, slide shows and files with macros too) -> the type it is read as.
_MAIN_PARTS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"wordprocessingml\.(?:document|template)\.main\+xml"), DOCX),
    (re.compile(rb"ms-word\.(?:document|template)\.macroEnabled(?:Template)?\.main\+xml"), DOCX),
    (re.compile(rb"presentationml\.(?:presentation|slideshow|template)\.main\+xml"), PPTX),
    (re.compile(rb"ms-powerpoint\.(?:presentation|slideshow|template)\.macroEnabled\.main\+xml"), PPTX),
    (re.compile(rb"spreadsheetml\.(?:sheet|template)\.main\+xml"), XLSX),
    (re.compile(rb"ms-excel\.(?:sheet|template)\.macroEnabled\.main\+xml"), XLSX),
)
_MIMETYPES = {
    **{kind.encode(): kind for kind in (EPUB, ODT, ODS, ODP)},
    **{kind.encode() + b"-template": kind for kind in (ODT, ODS, ODP)},
}
_UNREAD = ((b"ms-excel.sheet.binary", "a binary Excel workbook (.xlsb)"), (b"ms-package.", "an XPS document"))


def told(stream: BinaryIO) -> tuple[str, str]:
    """(media type, "") of a package we read, else ("", what it is).

    Raises DocumentError: damaged_document, parser_limit.
    """
    archives.check(stream)
    names, described = archives.content_types(stream)
    if "[Content_Types].xml" in names:
        for pattern, kind in _MAIN_PARTS:
            if pattern.search(described):
                return kind, ""
        return "", next((what for mark, what in _UNREAD if mark in described), "a ZIP archive")
    if described.strip() in _MIMETYPES:
        return _MIMETYPES[described.strip()], ""
    if "META-INF/container.xml" in names:
        return EPUB, ""
    return "", "a program" if {"AndroidManifest.xml", "META-INF/MANIFEST.MF"} & names else "a ZIP archive"

"""ZIP-based files (Office documents, e-books): looked at from outside before anything unpacks them.

The table of contents alone tells a bomb: how many entries, how large they say they will be. (Reading an entry never
gives more than it says: zipfile stops there.) XML parts of Office files have no document type; one that has one is an
attack.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from rag.errors import DocumentError

MAX_ENTRIES = 5_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_RATIO = 150  # unpacked to packed; looked at only past this size, since small XML packs very well
_RATIO_FROM_BYTES = 32 * 1024 * 1024
_PROLOG_BYTES = 4_096
_CONTENT_TYPES_BYTES = 1024 * 1024
_END_RECORD = struct.Struct("<4s4H2LH")  # end of central directory, PKWARE APPNOTE 4.3.16
_MAX_COMMENT = 65_535
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def check(stream: BinaryIO) -> None:
    """Raises DocumentError: damaged_document for no readable archive, parser_limit when it would unpack to too much."""
    entries, directory_bytes = _end_record(stream)
    if entries > MAX_ENTRIES or directory_bytes > MAX_ENTRIES * 512:
        raise DocumentError("parser_limit", f"This file is an archive of {entries:,} entries, more than it may have.")
    try:
        with zipfile.ZipFile(stream) as archive:
            listed = archive.infolist()
            unpacked = sum(entry.file_size for entry in listed)
            packed = max(1, sum(entry.compress_size for entry in listed))
    except BROKEN as error:
        raise damaged() from error
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > _RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed):
        megabytes = unpacked // (1024 * 1024)
        raise DocumentError("parser_limit", f"This file would unpack to {megabytes:,} MB, more than it may.")


def check_parts(stream: BinaryIO) -> None:
    """Raises DocumentError(damaged_document) when an XML part declares a document type."""
    try:
        with zipfile.ZipFile(stream) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        prolog = part.read(_PROLOG_BYTES).replace(b"\0", b"")  # UTF-16 looks like ASCII then
                    if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog:
                        raise DocumentError(
                            "damaged_document", "This file declares XML entities, which a real document never does."
                        )
    except BROKEN as error:
        raise damaged() from error


def content_types(stream: BinaryIO) -> tuple[set[str], bytes]:
    """(names of the entries, what describes their types: [Content_Types].xml or the entry `mimetype`, else b"")."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            for name in ("[Content_Types].xml", "mimetype"):
                if name in names:
                    with archive.open(name) as part:
                        return names, part.read(_CONTENT_TYPES_BYTES)
    except BROKEN as error:
        raise damaged() from error
    return names, b""


def damaged() -> DocumentError:
    return DocumentError(
        "damaged_document", "This file starts like an Office document or e-book, but it cannot be unpacked."
    )


def _end_record(stream: BinaryIO) -> tuple[int, int]:
    """(entries, bytes of the central directory) as the archive's last record says."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _MAX_COMMENT - _END_RECORD.size))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise damaged()
    record = _END_RECORD.unpack_from(tail, at)
    return record[4], record[5]

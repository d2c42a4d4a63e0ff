"""A file at the door: how large it is, what it is, what to call it. Believes nothing that was said about it.

The bytes go into a nameless temporary file in the data folder (small ones stay in memory): it is gone with its last
handle, so neither a refusal nor a crash leaves anything behind.
"""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rag.errors import DocumentError
from rag.ingest import kinds

MAX_NAME_CHARS = 200
_BLOCK_BYTES = 256 * 1024
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_JOINER = "\u200d"  # holds emoji together
_EMOJI = range(0x1F000, 0x1FB00)  # some are newer than Python's table of characters


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that may come in. `stream` stands at its start and is closed when the `with` of `admit` ends."""

    stream: BinaryIO
    name: str
    media_type: str
    sha256: str
    bytes: int


@contextmanager
def admit(
    stream: BinaryIO, name: str, *, max_bytes: int, directory: Path, max_bytes_of: Mapping[str, int] | None = None
) -> Iterator[Admitted]:
    """Take in a stream of unknown length, at most `max_bytes` of it, or what `max_bytes_of` says for its media type.

    Raises DocumentError: too_large (reading stops there), empty_document, unsupported_type, encrypted_document,
    damaged_document, parser_limit; OSError when the disk is full.
    """
    shown = display_name(name)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES, dir=str(directory)) as spooled:
        received = cast("BinaryIO", spooled)
        limits = max_bytes_of or {}
        size, sha256 = _copy(stream, received, max(max_bytes, *limits.values(), 0), shown)
        media_type = kinds.media_type(received, shown)
        _check_size(size, limits.get(media_type, max_bytes), shown)
        received.seek(0)
        yield Admitted(received, shown, media_type, sha256, size)


def _copy(source: BinaryIO, target: BinaryIO, max_bytes: int, name: str) -> tuple[int, str]:
    """-> (bytes, SHA-256 in hex)."""
    size, digest = 0, hashlib.sha256()
    while block := source.read(_BLOCK_BYTES):
        size += len(block)
        _check_size(size, max_bytes, name)
        digest.update(block)
        target.write(block)
    return size, digest.hexdigest()


def _check_size(size: int, max_bytes: int, name: str) -> None:
    if size > max_bytes:
        megabytes = max_bytes / (1024 * 1024)
        raise DocumentError(
            "too_large", f"'{name}' is larger than {megabytes:g} MB, the limit.", {"max_bytes": max_bytes}
        )


def display_name(name: str) -> str:
    """A name fit to be shown: its last component, without control and direction characters, at most 200 characters."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    composed = unicodedata.normalize("NFC", last)
    shown = "".join(character for character in composed if _is_shown(character))
    shown = " ".join(shown.split())
    if len(shown) > MAX_NAME_CHARS:
        stem, dot, suffix = shown.rpartition(".")
        keep = f"{dot}{suffix}" if stem and len(suffix) <= 10 else ""
        shown = shown[: MAX_NAME_CHARS - len(keep) - 1] + "…" + keep
    return shown if shown.strip(". ") else "document"


def _is_shown(character: str) -> bool:
    """Letters, marks, emoji, spaces; not controls, direction marks, lone surrogates or unassigned code points."""
    if character == _JOINER or ord(character) in _EMOJI:
        return True
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}

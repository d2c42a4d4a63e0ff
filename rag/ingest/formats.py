"""What can be uploaded, as a program asks for it: media types and the suffixes their files usually have."""

from __future__ import annotations

import mimetypes
from typing import Final, Literal

from rag.ingest.kinds import IMAGES

Kind = Literal["document", "pdf", "image", "audio"]
# Where Python's own table knows none, or knows odd ones first.
_SUFFIXES: Final = {
    "text/plain": (".txt", ".text", ".log"),
    "text/markdown": (".md", ".markdown"),
    "text/html": (".html", ".htm"),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "audio/wav": (".wav",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "audio/flac": (".flac",),
    "audio/ogg": (".ogg", ".oga"),
    "audio/webm": (".webm",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
}


def accepted() -> dict[str, tuple[str, ...]]:
    """Media type -> suffixes, of everything that has a reader."""
    from rag.ingest.parsers import READERS  # noqa: PLC0415 -- the readers' libraries load with it

    return {media_type: suffixes_of(media_type) for media_type in sorted({*READERS, *IMAGES})}


def suffixes_of(media_type: str) -> tuple[str, ...]:
    return _SUFFIXES.get(media_type) or tuple(sorted(mimetypes.guess_all_extensions(media_type)))


def kind_of(media_type: str) -> Kind:
    """Which upload address takes it, beside the one for everything."""
    if media_type == "application/pdf":
        return "pdf"
    if media_type.startswith("image/"):
        return "image"
    return "audio" if media_type.startswith(("audio/", "video/")) else "document"

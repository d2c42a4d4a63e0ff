"""A conversation as a file to keep: Markdown, JSON, HTML or Word, each answer with its numbered sources and quotes.

Texts are untrusted in every format: nothing in them becomes markup, a script, a link or a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from rag.export import html, markdown, plain, word
from rag.export.transcript import Transcript
from store.conversations import Conversation

Format = Literal["md", "json", "html", "docx"]
FORMATS: tuple[Format, ...] = get_args(Format)

_WRITERS: dict[Format, tuple[str, Callable[[Transcript], bytes]]] = {
    "md": ("text/markdown; charset=utf-8", markdown.write),
    "json": ("application/json", plain.write),
    "html": ("text/html; charset=utf-8", html.write),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", word.write),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """`name` is fit for a file system: no separators, no control characters, not empty."""

    name: str
    media_type: str
    content: bytes


def export(transcript: Transcript, wanted: Format) -> Exported:
    """The transcript as a file of this format."""
    return Exported(*file_of(transcript.conversation, wanted), _WRITERS[wanted][1](transcript))


def file_of(conversation: Conversation, wanted: Format) -> tuple[str, str]:
    """The name and the media type of the file that an export will be."""
    return f"{Transcript(conversation, (), '').file_stem}.{wanted}", _WRITERS[wanted][0]

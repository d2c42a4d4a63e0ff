"""What was said, segment by segment -> a document whose pages know when each of their words was said. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.errors import DocumentError
from rag.ingest.parts import has_text
from rag.model import Page, ParsedDocument, Timing, pack_times

PAGE_CHARS = 3_000
PARAGRAPH_CHARS = 500
_PAUSE_S = 2.0  # after a silence this long a new paragraph begins
_ENDS = (".", "!", "?", "。", "！", "？", "…")


@dataclass(frozen=True, slots=True)
class Segment:
    """`start_s`, `end_s` from the recording's beginning; both 0.0 when nobody knows."""

    start_s: float
    end_s: float
    text: str


def document(segments: Sequence[Segment]) -> ParsedDocument:
    """Pages of about 3,000 characters, in paragraphs. Raises DocumentError(no_text) when nothing was said."""
    said = [segment for segment in segments if has_text(segment.text)]
    if not said:
        raise DocumentError("no_text", "Nobody says anything in this recording that could be understood.")
    pages = tuple(_page(number, group) for number, group in enumerate(_groups(said), start=1))
    return ParsedDocument(pages)


def plain(segments: Sequence[Segment]) -> str:
    """All that was said on one line."""
    return " ".join(" ".join(segment.text for segment in segments).split())


def _groups(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    group: list[Segment] = []
    length = 0
    for segment in segments:
        if group and length + len(segment.text) > PAGE_CHARS and (_closes(group[-1]) or length > 1.4 * PAGE_CHARS):
            yield group
            group, length = [], 0
        group.append(segment)
        length += len(segment.text)
    yield group


def _page(number: int, segments: Sequence[Segment]) -> Page:
    text, paragraph_start = "", 0
    times: list[Timing] = []
    before: Segment | None = None
    for segment in segments:
        if before is not None:
            is_new = segment.start_s - before.end_s >= _PAUSE_S or (
                _closes(before) and len(text) - paragraph_start >= PARAGRAPH_CHARS
            )
            text += "\n\n" if is_new else " "
            paragraph_start = len(text) if is_new else paragraph_start
        said = " ".join(segment.text.split())
        if segment.end_s > 0:
            times.append(Timing(len(text), len(text) + len(said), segment.start_s, segment.end_s))
        text += said
        before = segment
    return Page(number, text, times=pack_times(times) if times else b"")


def _closes(segment: Segment) -> bool:
    return segment.text.rstrip().endswith(_ENDS)

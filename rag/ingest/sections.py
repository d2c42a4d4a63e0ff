"""Text without pages of its own (DOCX, HTML, Markdown, plain text) -> pages of about 3,000 characters. Pure.

Such a page is a *section*: it begins at a heading or a paragraph, so its number means something to a reader.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from rag.model import Heading, Page

TARGET_CHARS = 3_000
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n+")
_SENTENCE = re.compile(r"(?<=[.!?。！？])[\"”’)\]]*\s+")
_SPACE = re.compile(r"\s+")


def paginate(text: str, headings: Sequence[Heading] = (), *, target_chars: int = TARGET_CHARS) -> tuple[Page, ...]:
    """Cut `text` into pages, numbered from 1; white space at the cuts is dropped, everything else is kept as it is.

    `headings` are in order of their start in `text`; each page gets its own, counted from the page's start.
    """
    starts = [heading.start for heading in headings]
    pages: list[Page] = []
    for start, end in _spans(text, starts, target_chars):
        inside = headings[bisect_left(starts, start) : bisect_left(starts, end)]
        own = tuple(replace(heading, start=heading.start - start) for heading in inside)
        pages.append(Page(len(pages) + 1, text[start:end], headings=own))
    return tuple(pages)


def _spans(text: str, headings: Sequence[int], target_chars: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = _skip_space(text, 0)
    while start < len(text):
        cut = _cut(text, start, headings, target_chars)
        end = start + len(text[start:cut].rstrip())
        spans.append((start, end))
        start = _skip_space(text, cut)
    return spans


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _cut(text: str, start: int, headings: Sequence[int], target_chars: int) -> int:
    """Where the page that begins at `start` ends: at the best border between 60 % and 140 % of the target."""
    if len(text) - start <= 1.4 * target_chars:
        return len(text)
    first, last = start + int(0.6 * target_chars), start + int(1.4 * target_chars)
    wanted = start + target_chars
    at_heading = headings[bisect_left(headings, first) : bisect_right(headings, last)]
    if at_heading:
        return min(at_heading, key=lambda position: abs(position - wanted))
    for border in (_PARAGRAPH, _LINE, _SENTENCE, _SPACE):
        ends = [match.end() for match in border.finditer(text, first, last)]
        if ends:
            return min(ends, key=lambda position: abs(position - wanted))
    return wanted

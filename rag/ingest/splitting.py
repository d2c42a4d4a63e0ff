"""Pages -> passages of about 1,000 characters. Pure.

A passage never crosses a page, is exactly page.text[start:end], begins and ends at a word, and carries the path of
headings it stands under ("Part II > Item 7 > Liquidity"), which goes on from page to page. One that begins in the
middle of a table has the table's header as the last step of its path ("Item 7 > Year | Revenue").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.ingest.table_heads import TableHeads, head_at
from rag.model import Chunk, Heading, Page

MAX_PATH_CHARS = 200
# Headings end passages where what they say ends. Plain prose has only its length, and little of it is lost to the
# model's window: a passage there may be longer (measured on both: bench/RESULTS.md).
_PLAIN_SHARE = 1.1
_NEAR_START = 0.15  # a heading in the first 15 % of a passage (below a running head) is the passage's own
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\s*\n\s*")
_SENTENCE = re.compile(r"(?:(?<=[.!?])[\"”’)\]]*\s+|(?<=[。！？]))")
_SPACE = re.compile(r"\s+")
_ENDS = tuple(".!?。！？")
# From the best border to the worst, each with the earliest place in the passage where it is worth a cut.
_BORDERS = ((_PARAGRAPH, 0.5), (_LINE, 0.7), (_SENTENCE, 0.6), (_LINE, 0.4), (_SENTENCE, 0.3), (_SPACE, 0.0))


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int


def split(pages: Sequence[Page], *, target_chars: int = 1_000, overlap_chars: int = 150) -> Iterator[Chunk]:
    """The passages of a document in reading order, numbered from 1.

    A passage has at most 1.2 * target_chars characters (the tail of a page joins the passage before it), a tenth more
    on a page without tables that no heading stands above; neighbours on a page share up to `overlap_chars`, cut at a
    sentence, line or word. Every word of a page is in some passage.
    """
    if not 0 <= overlap_chars < target_chars // 2:
        raise ValueError("overlap_chars must be less than half of target_chars")
    path: list[Heading] = []
    tables = TableHeads()
    number = 0
    for page in pages:
        heads = tables.of(page.text)
        headings = sorted(page.headings, key=lambda heading: heading.start)
        passed = 0
        is_plain = not (path or headings or heads)
        size = int(_PLAIN_SHARE * target_chars) if is_plain else target_chars
        for span in _spans(page.text, [heading.start for heading in headings], size, overlap_chars):
            near = span.start + int(_NEAR_START * (span.end - span.start))
            while passed < len(headings) and headings[passed].start <= near:
                path = _entered(path, headings[passed])
                passed += 1
            number += 1
            above = " > ".join(filter(None, (_shown(path), head_at(heads, span.start))))
            yield Chunk(number, page.number, span.start, span.end, page.text[span.start : span.end], above)
        for heading in headings[passed:]:
            path = _entered(path, heading)


def _entered(path: Sequence[Heading], heading: Heading) -> list[Heading]:
    return [above for above in path if above.level < heading.level] + [heading]


def _shown(path: Sequence[Heading]) -> str:
    """The path as one line; where it is too long, the headings nearest to the text are kept."""
    kept: list[str] = []
    for heading in reversed(path):
        text = " ".join(heading.text.split())[:MAX_PATH_CHARS]
        if kept and sum(map(len, kept)) + len(text) > MAX_PATH_CHARS:
            break
        kept.append(text)
    return " > ".join(reversed(kept))


def _spans(text: str, headings: Sequence[int], target: int, overlap: int) -> Iterator[_Span]:
    start = cut = _skip_space(text, 0)
    end_of_text = len(text.rstrip())
    while start < end_of_text:
        following = _cut(text, start, end_of_text, headings, target)
        if following <= cut and start < cut:  # what comes next is too long to be repeated into
            start = _skip_space(text, cut)
            following = _cut(text, start, end_of_text, headings, target)
        cut = following
        yield _Span(start, start + len(text[start:cut].rstrip()))
        if cut >= end_of_text:
            return
        start = _skip_space(text, cut) if cut in headings else _resume(text, start, cut, overlap)


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _cut(text: str, start: int, end_of_text: int, headings: Sequence[int], target: int) -> int:
    """Where the passage that begins at `start` ends (white space before the cut is not part of it)."""
    if end_of_text - start <= 1.2 * target:
        return end_of_text
    last = start + target
    at_heading = [place for place in headings if start + 0.35 * target <= place <= last]
    if at_heading:
        return at_heading[-1]
    for border, earliest in _BORDERS:
        first = start + max(1, int(earliest * target))
        found = _last(match.end() for match in border.finditer(text, first, last + 1) if match.end() <= last)
        if found is not None:
            return found
    return last


def _resume(text: str, start: int, cut: int, overlap: int) -> int:
    """Where the next passage begins: at a sentence or line of the last `overlap` characters.

    A word of them will do where the cut went through a sentence; where it did not, nothing is repeated.
    """
    first = max(start + 1, cut - overlap)
    before = text[start:cut]
    words = before.rstrip()
    cut_is_clean = words.endswith(_ENDS) or "\n" in before[len(words) :]
    for border in (_SENTENCE, _LINE) if cut_is_clean else (_SENTENCE, _LINE, _SPACE):
        found = next((match.end() for match in border.finditer(text, first, cut) if match.end() < cut), None)
        if found is not None:
            return found
    return _skip_space(text, cut)


def _last(places: Iterable[int]) -> int | None:
    found = None
    for found in places:  # noqa: B007 -- the last one is what is wanted
        pass
    return found

"""Which lines of a document are its headings. Pure; knows nothing of file formats.

A PDF's own outline is believed first (`from_outline`). Without one, type tells: a short line that is bolder or larger
than the text around it (`from_type`). Plain text has only its wording (`from_wording`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.model import Heading, Page

MAX_LENGTH = 150
MAX_A_PAGE = 200
_PART = re.compile(r"(part|chapter|book|teil|kapitel|chapitre|partie)\s+([ivxlc]+|\d+)\b", re.IGNORECASE)
_ITEM = re.compile(r"(item|section|article|annex|appendix|anhang|abschnitt)\s+[\divxa-z]{1,4}\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,4})\.?\s+(?=[^\W\d_])")
_AMOUNT = re.compile(r"[$€£%]|\b\d[\d.,]*\b")
_NOT_AT_END = tuple(".,;:-–—&")
_NOT_AT_START = tuple("([•*$€£\"“'")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page as it is set: text = page.text[start:start + len(text)], height of its type in points."""

    text: str
    start: int
    height: float = 0.0
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A line of a document's own table of contents. `level` and `page` count from 1."""

    level: int
    text: str
    page: int


def from_type(lines: Sequence[Line]) -> tuple[Heading, ...]:
    """The lines of one page that are set as headings; a heading that runs over two lines is one."""
    body_height, body_is_bold = _body(lines)
    found: list[Heading] = []
    run: list[tuple[int, Line]] = []  # lines set like headings that follow each other, with their levels
    for line in lines:
        level = _level_by_type(line, body_height, body_is_bold)
        if level is not None:
            run.append((level, line))
            continue
        if run:
            found += _joined(run, before_table=_is_table_row(line))
            run = []
    return (*found, *_joined(run, before_table=False))


def _joined(run: Sequence[tuple[int, Line]], *, before_table: bool) -> list[Heading]:
    """A run of such lines -> headings. Three or more small ones, or one just above figures, head a table's columns."""
    weak = [level >= 4 for level, _ in run]
    if sum(weak) >= 3:
        run = [entry for entry, is_weak in zip(run, weak, strict=True) if not is_weak]
    elif before_table and weak and weak[-1]:
        run = run[:-1]
    found: list[Heading] = []
    previous: Line | None = None
    for level, line in run:
        if previous is not None and _goes_on(previous, line):
            found[-1] = replace(found[-1], text=f"{found[-1].text} {line.text}")
        else:
            found.append(Heading(level, line.text, line.start))
        previous = line
    return [heading for heading in found if len(heading.text) <= 2 * MAX_LENGTH]


def _body(lines: Sequence[Line]) -> tuple[float, bool]:
    """Height and weight that most of the page's characters have."""
    weight: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        weight[round(line.height, 1), line.bold] += len(line.text)
    return weight.most_common(1)[0][0] if weight else (0.0, False)


def _level_by_type(line: Line, body_height: float, body_is_bold: bool) -> int | None:
    larger = line.height >= 1.15 * body_height > 0
    stands_out = larger or (line.bold and not body_is_bold) or (line.italic and len(line.text) <= 60)
    if not stands_out or not _reads_like_one(line.text):
        return None
    if (level := _level_by_wording(line.text)) is not None:
        return level
    if line.height >= 1.4 * body_height > 0:
        return 2
    if line.bold or larger:
        return 3 if line.text.isupper() or larger else 4
    return 5


def _reads_like_one(text: str) -> bool:
    if len(text) > MAX_LENGTH or text.endswith(_NOT_AT_END) or text.startswith(_NOT_AT_START) or text[0].islower():
        return False
    letters = sum(map(str.isalpha, text))
    return letters >= 3 and letters >= 0.6 * len(text.replace(" ", ""))


def _is_table_row(line: Line) -> bool:
    return len(_AMOUNT.findall(line.text)) >= 2


def _goes_on(previous: Line, line: Line) -> bool:
    same_type = (previous.bold, previous.italic) == (line.bold, line.italic)
    return (
        same_type
        and abs(previous.height - line.height) < 0.5
        and len(previous.text) >= 50
        and previous.text.isupper() == line.text.isupper()
        and _level_by_wording(line.text) is None
    )


def _level_by_wording(text: str) -> int | None:
    if _PART.match(text):
        return 1
    if _ITEM.match(text):
        return 2
    if numbered := _NUMBERED.match(text):
        return 2 + numbered[1].count(".")
    return None


def from_wording(text: str) -> tuple[Heading, ...]:
    """The headings of plain text: numbered or in capitals, alone between blank lines."""
    found: list[Heading] = []
    position = 0
    lines = ["", *text.split("\n"), ""]
    for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
        stripped = line.strip()
        if stripped and not before.strip() and not after.strip() and _reads_like_one(stripped):
            level = _level_by_wording(stripped) or (2 if stripped.isupper() else None)
            if level is not None:
                found.append(Heading(level, stripped, position + line.index(stripped)))
        position += len(line) + 1
    return tuple(found)


def from_outline(pages: Sequence[Page], outline: Iterable[OutlineEntry]) -> tuple[Page, ...]:
    """The pages with the outline's entries as their headings, each where its words stand (else at the page's top)."""
    by_page: dict[int, list[OutlineEntry]] = {}
    for entry in outline:
        by_page.setdefault(entry.page, []).append(entry)
    return tuple(replace(page, headings=_placed(page, by_page.get(page.number, ()))) for page in pages)


def _placed(page: Page, entries: Iterable[OutlineEntry]) -> tuple[Heading, ...]:
    found = []
    position = 0
    for entry in islice(entries, MAX_A_PAGE):
        words = [re.escape(word) for word in entry.text.split()[:20]]
        place = re.compile(r"\s+".join(words), re.IGNORECASE).search(page.text, position)
        position = place.start() if place else position
        found.append(Heading(entry.level, entry.text, position))
    return tuple(found)


def without_running_heads(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages without the headings that come back on many of them: those are headers, not headings."""
    times = Counter(_key(heading) for page in pages for heading in page.headings)
    limit = max(3, len(pages) // 12)
    if not times or times.most_common(1)[0][1] <= limit:
        return tuple(pages)
    return tuple(
        replace(page, headings=tuple(heading for heading in page.headings if times[_key(heading)] <= limit))
        for page in pages
    )


def _key(heading: Heading) -> str:
    return re.sub(r"\d+", "0", heading.text.casefold())

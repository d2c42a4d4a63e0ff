"""Where the words of a search stand in a text, and the part of the text that shows it best. Pure.

Words are compared as the full-text index compares them: without case and accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
_AROUND = 60  # characters before the first mark
_LENGTH = 200
Marks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text and where the words that were looked for stand in it: (start, end) offsets, end exclusive, in order."""

    text: str
    marks: Marks


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [_folded(match.group()) for match in _WORD.finditer(text)]


def marked(text: str, words: Sequence[str], beginning: str = "") -> Snippet:
    """The whole text. Marked is what is one of `words`, or begins with `beginning` unless that is empty."""
    sought = frozenset(words)
    marks = []
    for match in _WORD.finditer(text):
        word = _folded(match.group())
        if word in sought or (beginning and word.startswith(beginning)):
            marks.append(match.span())
    return Snippet(text, tuple(marks))


def snippet(text: str, words: Sequence[str], beginning: str = "") -> Snippet:
    """About 200 characters of the text on one line, where most of the marks are; "…" stands for what is left out."""
    whole = marked(" ".join(text.split()), words, beginning)
    if len(whole.text) <= _LENGTH:
        return whole
    starts = [start for start, _ in whole.marks]
    best = max(starts, key=lambda start: sum(start <= other < start + _LENGTH - _AROUND for other in starts), default=0)
    first = _blank_before(whole.text, max(0, best - _AROUND))
    last = _blank_before(whole.text, min(len(whole.text), first + _LENGTH)) or first + _LENGTH
    last = max(last, *(end for start, end in whole.marks if start == best), first) if starts else last
    before, after = "…" if first else "", "…" if last < len(whole.text) else ""
    shift = len(before) - first
    marks = tuple((start + shift, end + shift) for start, end in whole.marks if first <= start and end <= last)
    return Snippet(before + whole.text[first:last] + after, marks)


def _blank_before(text: str, at: int) -> int:
    """The end of the last blank before `at`, not further than a word away; else `at` itself."""
    if at in {0, len(text)}:
        return at
    blank = text.rfind(" ", max(0, at - 30), at)
    return at if blank < 0 else blank + 1


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    plain = "".join(
        character for character in unicodedata.normalize("NFD", word) if not unicodedata.combining(character)
    )
    return plain.casefold()
